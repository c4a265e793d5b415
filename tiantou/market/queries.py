"""Reads of offers and orders."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet, Sum

from tiantou.fieldmarket.models import Pack
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent
from tiantou.logistics.queries import travelling
from tiantou.market import rules
from tiantou.market.models import Offer, Order
from tiantou.market.rules import State
from tiantou.production.models import Kind, Lot
from tiantou.quality.models import Commitment
from tiantou.stock.queries import level


def shop(q: str = "", product: str = "") -> QuerySet[Offer]:
    """What is for sale now, newest first, with lot, product, seller and place."""
    found = Offer.objects.open().select_related(
        "lot__product", "lot__plot__base__area__district", "seller", "place__area__district"
    )
    if q:
        found = found.filter(
            Q(lot__product__name__contains=q) | Q(seller__name__contains=q) | Q(place__area__name__contains=q)
        )
    if product:
        found = found.filter(lot__product__code=product)
    rows: QuerySet[Offer] = found
    return rows


def offer_seen(actor: Actor, pk: int) -> Offer:
    """The offer. Raises: Absent."""
    rows = Offer.objects.visible_to(actor).select_related(
        "lot__product", "lot__plot__base__area", "lot__producer", "seller", "place__area"
    )
    found: Offer | None = rows.filter(pk=pk).first()
    if found is None:
        raise Absent
    return found


def available(offer: Offer) -> int:
    """How many packs of the offer can be ordered now."""
    free_g = level(offer.lot.epc, offer.place.code).free
    return rules.packs_available(offer.quantity, offer.sold, free_g, offer.unit_g)


def sellable_lots(actor: Actor) -> QuerySet[Lot]:
    """Packed lots of the actor's party that are not on hold."""
    found: QuerySet[Lot] = (
        Lot.objects.visible_to(actor)
        .filter(holder_id=actor.party_id, kind=Kind.PACKED, hold_reason="")
        .select_related("product", "place", "packing")
    )
    return found


def orders_of(actor: Actor) -> QuerySet[Order]:
    """The orders an actor sees, newest first."""
    rows = Order.objects.visible_to(actor).select_related(
        "offer__lot__product", "offer__seller", "offer__place", "buyer"
    )
    found: QuerySet[Order] = rows
    return found


def order_seen(actor: Actor, number: str) -> Order:
    """The order of that number. Raises: Absent, alike for another's and for none."""
    found = orders_of(actor).filter(number=number).first()
    if found is None:
        raise Absent
    return found


def packs_to_send(order: Order) -> list[Pack]:
    """The packs that will fulfil an order: the first of the lot, by serial number, that travel nowhere else yet.

    Raises: Absent, if there are fewer than ordered (the stock would not have allowed the order).
    """
    packs = list(Pack.objects.filter(lot=order.offer.lot).order_by("pk"))
    taken = travelling([pack.epc for pack in packs])
    free = [pack for pack in packs if pack.epc not in taken][: order.quantity]
    if len(free) < order.quantity:
        raise Absent
    return free


@dataclass(frozen=True, slots=True)
class Sold:
    """What a seller sold and delivered: packs, money, and how many of the lots carry no living certificate."""

    parcels: int
    amount_fen: int
    uncertified_lots: int


def delivered_in_year(seller_id: int, year: int) -> Sold:
    """What was delivered within a calendar year."""
    orders = Order.objects.filter(offer__seller_id=seller_id, state=State.DELIVERED, delivered_at__year=year)
    totals = orders.aggregate(parcels=Sum("quantity"), amount=Sum("amount_fen"))
    lots = set(orders.values_list("offer__lot_id", flat=True))
    certified = set(Commitment.objects.living().filter(lot_id__in=lots).values_list("lot_id", flat=True))
    return Sold(totals["parcels"] or 0, totals["amount"] or 0, len(lots - certified))


def outstanding(actor: Actor) -> dict[str, int]:
    """How many of the actor's sales wait for what: payment to be confirmed, dispatch."""
    sales = Order.objects.filter(offer__seller_id=actor.party_id)
    return {
        "to_confirm": sales.filter(state=State.PLACED, payments__isnull=False).distinct().count(),
        "to_send": sales.filter(state=State.PAID).count(),
        "open": sales.exclude(state__in=[State.DELIVERED, State.CANCELLED]).count(),
    }
