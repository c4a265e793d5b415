"""Offers, orders and payment records for programs: the same verbs as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Header, Schema, Status

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.kernel.rest import actor_of, admits, api
from tiantou.market import queries, services
from tiantou.market.models import Offer, Order
from tiantou.market.services import BUYERS, SELLERS
from tiantou.people.models import Appointment
from tiantou.production.models import Lot
from tiantou.registry.queries import party_by_code

offers = api("offers", "market")
orders = api("orders", "market")
MOST = 200


class OfferOut(Schema):
    """An offer."""

    id: int
    lot: str
    product: str
    grade: str
    seller: str
    place: str
    price_fen: int
    unit_g: int
    left: int
    note: str


class OfferIn(Schema):
    """An offer to make; `lot` is the lot's number."""

    lot: str
    price_fen: int
    unit_g: int
    quantity: int
    note: str = ""


class OrderIn(Schema):
    """An order to place."""

    offer: int
    quantity: int
    ship_name: str
    ship_phone: str
    ship_address: str


class OrderOut(Schema):
    """An order; the address is told to its two sides only."""

    number: str
    state: str
    lot: str
    product: str
    quantity: int
    amount_fen: int
    seller: str
    placed_at: datetime
    delivered_at: datetime | None


class PaymentIn(Schema):
    """A payment made outside the platform."""

    method: str
    amount_fen: int
    evidence: str


class ConsignIn(Schema):
    """With whom an order is sent: the carrier's code and, where known, the driver's telephone."""

    carrier: str
    driver_phone: str = ""


class ConsignedOut(Schema):
    """The consignment that fulfils an order."""

    consignment: str


def _offer(offer: Offer) -> OfferOut:
    lot = offer.lot
    return OfferOut(
        id=offer.pk,
        lot=lot.code,
        product=lot.product.name,
        grade=lot.grade,
        seller=offer.seller.masked_name(),
        place=offer.place.name,
        price_fen=offer.price_fen,
        unit_g=offer.unit_g,
        left=offer.left,
        note=offer.note,
    )


def _order(order: Order) -> OrderOut:
    return OrderOut(
        number=order.number,
        state=order.state,
        lot=order.offer.lot.code,
        product=order.offer.lot.product.name,
        quantity=order.quantity,
        amount_fen=order.amount_fen,
        seller=order.offer.seller.masked_name(),
        placed_at=order.placed_at,
        delivered_at=order.delivered_at,
    )


@offers.get("/", response=list[OfferOut], auth=admits(PUBLIC))
def list_offers(request: HttpRequest, q: str = "", offset: int = 0, limit: int = 50) -> list[OfferOut]:
    """What is for sale now, newest first."""
    first = max(0, offset)
    return [_offer(offer) for offer in queries.shop(q)[first : first + max(1, min(limit, MOST))]]


@offers.post("/", response={201: OfferOut}, auth=admits(SELLERS))
def make_offer(
    request: HttpRequest, data: OfferIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[OfferOut]:
    """A packed lot is for sale."""
    actor = actor_of(request)
    lot = Lot.objects.visible_to(actor).filter(code=data.lot).first()
    if lot is None:
        raise Absent
    made = services.offer(
        by=actor, at=clock.now(), lot=lot, price_fen=data.price_fen, unit_g=data.unit_g, quantity=data.quantity, note=data.note,
        key=key,
    )  # fmt: skip
    return Status(201, _offer(made))


@offers.delete("/{offer_id}", response=OfferOut, auth=admits(SELLERS))
def withdraw(request: HttpRequest, offer_id: int) -> OfferOut:
    """The offer is taken down."""
    return _offer(services.withdraw_offer(by=actor_of(request), at=clock.now(), offer_id=offer_id))


@orders.get("/", response=list[OrderOut], auth=admits(SIGNED_IN))
def list_orders(request: HttpRequest, state: str = "", offset: int = 0, limit: int = 50) -> list[OrderOut]:
    """The orders that the actor sees, newest first."""
    rows = queries.orders_of(actor_of(request))
    rows = rows.filter(state=state) if state else rows
    first = max(0, offset)
    return [_order(order) for order in rows[first : first + max(1, min(limit, MOST))]]


@orders.post("/", response={201: OrderOut}, auth=admits(BUYERS))
def place(
    request: HttpRequest, data: OrderIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[OrderOut]:
    """An order is placed; the same key places it once."""
    made = services.place_order(
        by=actor_of(request), at=clock.now(), offer_id=data.offer, quantity=data.quantity, ship_name=data.ship_name,
        ship_phone=data.ship_phone, ship_address=data.ship_address, key=key,
    )  # fmt: skip
    return Status(201, _order(made))


@orders.get("/{number}", response=OrderOut, auth=admits(SIGNED_IN))
def one_order(request: HttpRequest, number: str) -> OrderOut:
    """One order."""
    return _order(queries.order_seen(actor_of(request), number))


@orders.post("/{number}/payments", response={201: OrderOut}, auth=admits(BUYERS))
def pay(
    request: HttpRequest, number: str, data: PaymentIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[OrderOut]:
    """A payment made outside the platform is recorded."""
    actor = actor_of(request)
    services.record_payment(
        by=actor,
        at=clock.now(),
        number=number,
        method=data.method,
        amount_fen=data.amount_fen,
        evidence=data.evidence,
        key=key,
    )
    return Status(201, _order(queries.order_seen(actor, number)))


@orders.post("/{number}/confirm-payment", response=OrderOut, auth=admits(SELLERS))
def confirm_payment(request: HttpRequest, number: str) -> OrderOut:
    """The seller has the money."""
    return _order(services.confirm_payment(by=actor_of(request), at=clock.now(), number=number))


@orders.post("/{number}/consign", response={201: ConsignedOut}, auth=admits(SELLERS))
def consign(
    request: HttpRequest, number: str, data: ConsignIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[ConsignedOut]:
    """The order's packs are booked with a carrier."""
    carrier = party_by_code(data.carrier)
    driver = (
        Appointment.objects.filter(role="driver", ends=None, party=carrier, person__phone=data.driver_phone)
        .select_related("person")
        .first()
    )
    if data.driver_phone and driver is None:
        raise Invalid(
            problems=[Problem("driver_phone", _("这个号码不是所选承运商的司机。"), _("核对号码，或留空由承运商安排。"))]
        )
    made = services.consign_order(
        by=actor_of(request), at=clock.now(), number=number, carrier=carrier, driver_id=driver.person_id if driver else None,
        driver_name=driver.person.name if driver else "", key=key,
    )  # fmt: skip
    return Status(201, ConsignedOut(consignment=made.number))


@orders.post("/{number}/cancel", response=OrderOut, auth=admits(SIGNED_IN))
def cancel(request: HttpRequest, number: str) -> OrderOut:
    """The order is off; the goods can be sold again."""
    return _order(services.cancel_order(by=actor_of(request), at=clock.now(), number=number))
