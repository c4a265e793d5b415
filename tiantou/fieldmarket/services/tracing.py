"""What the field market tells the trace journal, and how packs and crates are named there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tiantou.fieldmarket.models import Intake, Reading, Stowage
from tiantou.gs1 import identifiers
from tiantou.kernel.actor import Actor
from tiantou.kernel.clock import ZONE
from tiantou.production.models import Lot
from tiantou.production.queries import OWN_PREFIX, gtin_of, left_g, place_uri
from tiantou.registry.models import Product, Site
from tiantou.trace import services as trace
from tiantou.trace.rules import EventDraft, Quantity, kilograms, temperature


def pack_epc(product: Product, serial: str) -> str:
    """The identifier of one pack: `urn:epc:id:sgtin:…`."""
    gtin = gtin_of(product)
    return identifiers.sgtin(gtin, serial, identifiers.prefix_length(gtin))


def crate_epc(number: int) -> str:
    """The identifier of one crate: `urn:epc:id:sscc:…`."""
    return identifiers.sscc(OWN_PREFIX, 0, number)


def received(intake: Intake, source: Site, *, by: Actor, at: datetime) -> None:
    """It is on record that the goods came in, whence, and under which papers."""
    papers = [("recadv", f"urn:tiantou:intake:{intake.number}")]
    if intake.commitment is not None:
        papers.append(("cert", f"urn:tiantou:commitment:{intake.commitment.number}"))
    draft = EventDraft(
        type="Object",
        event_time=at.astimezone(ZONE),
        action="OBSERVE",
        biz_step="receiving",
        disposition="in_progress",
        read_point=place_uri(intake.market),
        biz_location=place_uri(intake.market),
        quantities=[kilograms(intake.lot.epc, intake.mass_g)],
        biz_transactions=papers,
        sources=[("location", place_uri(source))],
        destinations=[("location", place_uri(intake.market))],
        extensions={"place": intake.market.name},
    )
    trace.record(by=by, at=at, event=draft)


def crated(crate: str, packs: Sequence[str], market: Site, *, by: Actor, at: datetime) -> None:
    """It is on record which packs went into a crate."""
    draft = EventDraft(
        type="Aggregation",
        event_time=at.astimezone(ZONE),
        action="ADD",
        biz_step="packing",
        disposition="in_progress",
        read_point=place_uri(market),
        biz_location=place_uri(market),
        parent=crate,
        children=packs,
        extensions={"place": market.name},
    )
    trace.record(by=by, at=at, event=draft)


def stored(stowage: Stowage, *, by: Actor, at: datetime) -> None:
    """It is on record that the lot went into a cold room."""
    _moved(stowage, "storing", by, at)


def taken_out(stowage: Stowage, *, by: Actor, at: datetime) -> None:
    """It is on record that the lot came out of a cold room."""
    _moved(stowage, "removing", by, at)


def _moved(stowage: Stowage, step: str, by: Actor, at: datetime) -> None:
    market = stowage.room.market
    draft = EventDraft(
        type="Object",
        event_time=at.astimezone(ZONE),
        action="OBSERVE",
        biz_step=step,
        disposition="in_progress",
        read_point=place_uri(market),
        biz_location=place_uri(market),
        quantities=_amounts([stowage.lot]),
        extensions={"place": market.name, "room": stowage.room.name},
    )
    trace.record(by=by, at=at, event=draft)


def measured(reading: Reading, lots: Sequence[Lot], *, by: Actor, at: datetime) -> None:
    """It is on record how cold the lots lay at that instant."""
    market = reading.room.market
    draft = EventDraft(
        type="Object",
        event_time=at.astimezone(ZONE),
        action="OBSERVE",
        biz_step="sensor_reporting",
        disposition="in_progress",
        read_point=place_uri(market),
        biz_location=place_uri(market),
        quantities=_amounts(lots),
        sensors=[temperature(reading.tenths / 10, at.astimezone(ZONE))],
        extensions={"place": market.name, "room": reading.room.name},
    )
    trace.record(by=by, at=at, event=draft)


def _amounts(lots: Sequence[Lot]) -> list[Quantity]:
    """What is left of each lot; a lot that is all gone still names itself with what it was."""
    return [kilograms(lot.epc, left_g(lot) or lot.mass_g) for lot in lots]
