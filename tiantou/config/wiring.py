"""Who hears what: announcements of lower packages and the verbs of higher ones that follow, in the same transaction."""

from __future__ import annotations

from tiantou.epcis import services as epcis
from tiantou.evidence import codes
from tiantou.fieldmarket import queries as fieldmarket
from tiantou.kernel.actor import SYSTEM
from tiantou.kernel.events import subscribe
from tiantou.logistics import queries as logistics
from tiantou.logistics.events import (
    ConsignmentCancelled,
    ConsignmentDelivered,
    ConsignmentPickedUp,
    ConsignmentReturned,
)
from tiantou.market import services as market
from tiantou.production.models import Lot
from tiantou.quality import whereabouts
from tiantou.quality.queries import by_number
from tiantou.trace.events import EventsRecorded


def _picked_up(event: ConsignmentPickedUp) -> None:
    market.note_picked_up(by=SYSTEM, at=event.at, order_ref=event.order_ref)


def _delivered(event: ConsignmentDelivered) -> None:
    market.note_delivered(by=SYSTEM, at=event.at, order_ref=event.order_ref)


def _cancelled(event: ConsignmentCancelled) -> None:
    market.note_consignment_cancelled(by=SYSTEM, at=event.at, order_ref=event.order_ref)


def _returned(event: ConsignmentReturned) -> None:
    market.note_returned(by=SYSTEM, at=event.at, order_ref=event.order_ref)


def _recorded(event: EventsRecorded) -> None:
    epcis.wake_subscribers()


def _lot_numbered(text: str) -> str | None:
    lot = Lot.objects.filter(code=text).only("epc").first()
    return lot.epc if lot else None


def _lot_certified(text: str) -> str | None:
    commitment = by_number(text)
    return commitment.lot.epc if commitment else None


def wire() -> None:
    """Every subscription of the platform stands; wiring again changes nothing."""
    codes.tell([_lot_numbered, _lot_certified])
    whereabouts.tell(where=logistics.whereabouts, packed=fieldmarket.packed, inside=fieldmarket.lots_inside)
    subscribe(ConsignmentPickedUp, _picked_up)
    subscribe(ConsignmentDelivered, _delivered)
    subscribe(ConsignmentCancelled, _cancelled)
    subscribe(ConsignmentReturned, _returned)
    subscribe(EventsRecorded, _recorded)
