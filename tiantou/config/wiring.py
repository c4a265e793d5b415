"""Who hears what: announcements of lower packages and the verbs of higher ones that follow, in the same transaction."""

from __future__ import annotations

from tiantou.epcis import services as epcis
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
from tiantou.quality import whereabouts
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


def wire() -> None:
    """Every subscription of the platform stands; wiring again changes nothing."""
    whereabouts.tell(where=logistics.whereabouts, packed=fieldmarket.packed, inside=fieldmarket.lots_inside)
    subscribe(ConsignmentPickedUp, _picked_up)
    subscribe(ConsignmentDelivered, _delivered)
    subscribe(ConsignmentCancelled, _cancelled)
    subscribe(ConsignmentReturned, _returned)
    subscribe(EventsRecorded, _recorded)
