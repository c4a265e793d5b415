"""What the market tells the trace journal: which goods an order concerns. Who a natural person is, it does not tell."""

from __future__ import annotations

from datetime import datetime

from tiantou.kernel.actor import SYSTEM
from tiantou.kernel.clock import ZONE
from tiantou.market.models import Order
from tiantou.production.queries import party_uri, place_uri
from tiantou.trace import services as trace
from tiantou.trace.rules import EventDraft, kilograms

#: How each step of an order is told: action, business step, disposition (CBV 2.0, 7.1 and 7.2).
_STEPS = {
    "place": ("ADD", "reserving", "reserved"),
    "cancel": ("DELETE", "void_shipping", "sellable_accessible"),
    "deliver": ("OBSERVE", "retail_selling", "retail_sold"),
}


def ordered(order: Order, step: str, *, at: datetime) -> None:
    """It is on record that the goods of the order were reserved (`place`), free again (`cancel`) or sold (`deliver`)."""
    offer = order.offer
    action, biz_step, disposition = _STEPS[step]
    parties = [(offer.seller, "sources"), (order.buyer, "destinations")]
    told = {
        name: [("owning_party", party_uri(party))]
        for party, name in parties
        if party is not None and not party.natural_person
    }
    draft = EventDraft(
        type="Transaction",
        event_time=at.astimezone(ZONE),
        action=action,
        biz_step=biz_step,
        disposition=disposition,
        read_point=place_uri(offer.place),
        biz_location=place_uri(offer.place),
        quantities=[kilograms(offer.lot.epc, order.quantity * offer.unit_g)],
        biz_transactions=[("po", f"urn:tiantou:order:{order.number}")],
        sources=told.get("sources", ()),
        destinations=told.get("destinations", ()),
        extensions={"place": offer.place.name},
    )
    trace.record(by=SYSTEM, at=at, event=draft)
