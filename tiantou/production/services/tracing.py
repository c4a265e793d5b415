"""What production tells the trace journal, and how goods and places are named there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from tiantou.gs1 import identifiers
from tiantou.kernel.actor import Actor
from tiantou.kernel.clock import ZONE
from tiantou.production.models import Lot
from tiantou.production.queries import gtin_of, place_uri
from tiantou.production.services.introducing import introduce
from tiantou.registry.models import Product
from tiantou.trace import services as trace
from tiantou.trace.rules import EventDraft, kilograms


def lot_epc(product: Product, code: str) -> str:
    """The identifier of a lot of a product: `urn:epc:class:lgtin:…`."""
    gtin = gtin_of(product)
    return identifiers.lgtin(gtin, code, identifiers.prefix_length(gtin))


def commissioned(lot: Lot, *, by: Actor, at: datetime) -> None:
    """It is on record that the lot came into being: where, from which plot, on which day."""
    facts = {"lotNumber": lot.code, "product": lot.product.name, "harvestedOn": lot.harvested_on.isoformat()}
    if lot.plot is not None:
        facts |= {"plot": lot.plot.code, "plotName": lot.plot.name}
    draft = EventDraft(
        type="Object",
        event_time=at.astimezone(ZONE),
        action="ADD",
        biz_step="commissioning",
        disposition="active",
        read_point=place_uri(lot.place),
        biz_location=place_uri(lot.place),
        quantities=[kilograms(lot.epc, lot.mass_g)],
        ilmd=facts,
        extensions={"place": lot.place.name},
    )
    trace.record(by=by, at=at, event=draft)
    introduce([lot], at=at)


def transformed(
    parents: Mapping[Lot, int],
    lots: Sequence[Lot],
    *,
    by: Actor,
    at: datetime,
    step: str,
    pieces: Mapping[int, Sequence[str]],
) -> None:
    """It is on record that the lots (with their pieces) came out of the parents."""
    place = lots[0].place
    facts = {"product": lots[0].product.name, "lotNumbers": ",".join(lot.code for lot in lots)}
    if grades := ",".join(dict.fromkeys(lot.grade for lot in lots if lot.grade)):
        facts["grades"] = grades
    draft = EventDraft(
        type="Transformation",
        event_time=at.astimezone(ZONE),
        biz_step=step or "commissioning",
        disposition="active",
        read_point=place_uri(place),
        biz_location=place_uri(place),
        input_quantities=[kilograms(parent.epc, mass_g) for parent, mass_g in parents.items()],
        output_quantities=[kilograms(lot.epc, lot.mass_g) for lot in lots],
        outputs=[epc for index in sorted(pieces) for epc in pieces[index]],
        ilmd=facts,
        extensions={"place": place.name},
    )
    trace.record(by=by, at=at, event=draft)
    introduce(lots, at=at)


def observed(
    lots: Sequence[Lot],
    step: str,
    disposition: str,
    *,
    by: Actor,
    at: datetime,
    papers: Sequence[tuple[str, str]] = (),
    facts: Mapping[str, str] | None = None,
) -> None:
    """It is on record what was found or decided of the lots: business step and disposition are words of CBV 2.0, 7.1 and 7.2."""
    if not lots:
        return
    place = lots[0].place
    draft = EventDraft(
        type="Object",
        event_time=at.astimezone(ZONE),
        action="OBSERVE",
        biz_step=step,
        disposition=disposition,
        read_point=place_uri(place),
        quantities=[kilograms(lot.epc, lot.mass_g) for lot in lots],
        biz_transactions=papers,
        extensions={"place": place.name, **(facts or {})},
    )
    trace.record(by=by, at=at, event=draft)
