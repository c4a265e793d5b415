"""Reads of exchange: a batch's way up and down the chain as links of parties, and who read whose data."""

from __future__ import annotations

from typing import Any

from tiantou.gs1.identifiers import key
from tiantou.kernel.actor import Actor
from tiantou.production.models import Lot
from tiantou.production.queries import ancestor_lots, descendant_lots
from tiantou.quality.models.exchange import ExchangeAccess
from tiantou.quality.rules.exchange import Record, Row
from tiantou.registry.models import Party
from tiantou.trace.models import Event
from tiantou.trace.queries import about_all

_KINDS = {"receiving": "purchase", "storing": "storage", "shipping": "transport", "commissioning": "production"}


def way(lot: Lot, direction: str, *, personal: bool) -> tuple[Record, set[int]]:
    """The links of the batch and of what it was made of (`up`) or made into (`down`), oldest first, and whose data they are.

    Without `personal`, natural persons are masked and have neither code nor address.
    """
    lots = {lot.pk: lot}
    if direction in {"up", "both"}:
        lots |= {each.pk: each for each in ancestor_lots(lot).select_related("product", "producer")}
    if direction in {"down", "both"}:
        lots |= {each.pk: each for each in descendant_lots(lot).select_related("product", "producer")}
    by_key = {key(each.epc): each for each in lots.values()}
    events = about_all([each.epc for each in lots.values()])
    packs = _packs(events, by_key)
    if packs:
        known = {event.pk for event in events}
        events += [event for event in about_all(packs) if event.pk not in known]
        events.sort(key=lambda event: (event.event_time, event.pk))
    links: list[Row] = []
    for event in events:
        links += _links(event, by_key, packs)
    owners = {each.producer_id for each in lots.values()} | {each.holder_id for each in lots.values()}
    parties = {link["subject"] for link in links} | owners
    subjects = {party.pk: party for party in Party.objects.filter(pk__in=parties).select_related("area")}
    kept = [link for link in links if link["subject"] in subjects]
    _neighbours(kept)
    names = {pk: _subject(party, personal=personal) for pk, party in subjects.items()}
    shown = [
        {
            **link,
            "subject": names[link["subject"]]["id"],
            **{way: names[link[way]]["name"] for way in ("source", "destination") if link.get(way) in names},
        }
        for link in kept
    ]
    used = {link["subject"] for link in shown}
    return Record([row for row in names.values() if row["id"] in used], shown), owners


def _subject(party: Party, *, personal: bool) -> Row:
    hidden = party.natural_person and not personal
    return {
        "id": f"M{party.pk}" if party.natural_person else party.code,
        "name": party.masked_name() if hidden else party.name,
        "kind": party.kind,
        "credit_code": "" if party.natural_person else party.code,
        "address": "" if hidden or party.area is None else party.area.name,
        "natural_person": party.natural_person,
    }


def _packs(events: list[Event], lots: dict[str, Lot]) -> dict[str, Lot]:
    """Which lot a pack is of: they came out of one transformation."""
    found: dict[str, Lot] = {}
    for event in events:
        out = [key(each["epcClass"]) for each in event.body.get("outputQuantityList", ())]
        mine = [lots[each] for each in out if each in lots]
        if len(mine) == 1:
            found |= {key(epc): mine[0] for epc in event.body.get("outputEPCList", ())}
    return found


def _links(event: Event, lots: dict[str, Lot], packs: dict[str, Lot]) -> list[Row]:
    """The links that one event tells: one for each batch that comes out of it."""
    body = event.body
    base: Row = {"at": event.event_time, "place": str(body.get("tiantou:place", "")), "subject": event.party_id}
    if event.type == "TransformationEvent":
        into = [lots[name] for each in body.get("inputQuantityList", ()) if (name := key(each["epcClass"])) in lots]
        rows = [
            _out(base, "processing", lots[name], each, [lot.code for lot in into])
            for each in body.get("outputQuantityList", ())
            if (name := key(each["epcClass"])) in lots
        ]
        return rows if into else []
    kind = _KINDS.get(event.biz_step)
    if kind is None or event.type != "ObjectEvent":
        return []
    rows = [
        _out(base, kind, lots[name], each, [] if kind == "production" else [lots[name].code])
        for each in body.get("quantityList", ())
        if (name := key(each["epcClass"])) in lots
    ]
    if kind != "transport":  # a delivery is told by the carrier; who received is the buyer's own affair
        return rows
    of_packs = {packs[name].pk: packs[name] for epc in body.get("epcList", ()) if (name := key(epc)) in packs}
    return rows + [_out(base, kind, lot, {}, [lot.code]) for lot in of_packs.values()]


def _out(base: Row, kind: str, lot: Lot, amount: dict[str, Any], batches: list[str]) -> Row:
    row = {**base, "kind": kind, "product": lot.product.name, "batches_in": batches, "batch_out": lot.code}
    if amount.get("uom") == "KGM":
        row["quantity_kg"] = amount["quantity"]
    if kind == "production":
        row["subject"] = lot.producer_id
    return row


def _neighbours(links: list[Row]) -> None:
    """来源 and 去向: of each link the party of the link before on the batch that came in, and of the next on the batch that went out."""
    last: dict[str, Row] = {}
    for link in links:
        for code in link["batches_in"]:
            before = last.get(code)
            if before is not None:
                link["source"] = before["subject"]
                before["destination"] = link["subject"]
        last[link["batch_out"]] = link


def accesses_of(actor: Actor) -> Any:
    """谁看过我的数据: accesses that the actor may know of, newest first."""
    return ExchangeAccess.objects.visible_to(actor).select_related("agreement", "reader").order_by("-at", "-pk")
