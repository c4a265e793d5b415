"""Offers, orders and payment records."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.journal import Journal
from tiantou.market.rules import State
from tiantou.production.models import Lot
from tiantou.registry.models import Party, Site

STATE_NAMES = {
    State.PLACED: _("待付款"),
    State.PAID: _("待发货"),
    State.CONSIGNED: _("待取货"),
    State.SHIPPED: _("运输中"),
    State.DELIVERED: _("已签收"),
    State.CANCELLED: _("已取消"),
}


class OfferQuerySet(models.QuerySet["Offer"]):
    """Offers."""

    def visible_to(self, actor: Actor) -> Self:
        """Open offers are public; the seller sees its closed ones too, region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(closed_at=None)
        if actor.party_id is not None:
            seen |= Q(seller_id=actor.party_id)
        return self.filter(seen)

    def open(self) -> Self:
        """Not closed, with something left to sell, of a lot that is not on hold."""
        return self.filter(closed_at=None, sold__lt=F("quantity"), lot__hold_reason="")


class Offer(models.Model):
    """挂牌: packs of one lot for sale at a price per pack. `sold` counts packs ordered and not cancelled."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="offers")
    seller = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    price_fen = models.PositiveIntegerField()
    unit_g = models.PositiveIntegerField()
    quantity = models.PositiveIntegerField()
    sold = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = OfferQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-opened_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sold__lte=F("quantity")), name="market_not_oversold"),
            models.CheckConstraint(
                condition=Q(price_fen__gt=0, unit_g__gt=0, quantity__gt=0), name="market_offer_sound"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lot.code} {self.price_fen}"

    @property
    def left(self) -> int:
        """Packs of the offer not yet ordered."""
        return self.quantity - self.sold

    @property
    def price_per_kg_fen(self) -> int:
        """The price of a kilogram, rounded to the fen, for comparison."""
        return round(self.price_fen * 1000 / self.unit_g)


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders."""

    def visible_to(self, actor: Actor) -> Self:
        """Buyer (its party, or the person) and seller; region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.party_id is not None and actor.role is not Role.DRIVER:
            seen |= Q(buyer_id=actor.party_id) | Q(offer__seller_id=actor.party_id)
        elif actor.person_id is not None:
            seen |= Q(buyer=None, person_id=actor.person_id)
        return self.filter(seen)


class Order(models.Model):
    """订单: packs of one offer, ordered by a party or a person. Name, telephone and address are for the delivery only."""

    number = models.CharField(max_length=24, unique=True)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="orders")
    buyer = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    person_id = models.BigIntegerField(null=True)
    quantity = models.PositiveIntegerField()
    price_fen = models.PositiveIntegerField()
    amount_fen = models.PositiveBigIntegerField()
    state = models.CharField(
        max_length=10, choices=[(state.value, name) for state, name in STATE_NAMES.items()], db_index=True
    )
    ship_name = models.CharField(max_length=60)
    ship_phone = models.CharField(max_length=20)
    ship_address = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    consigned_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reservation_id = models.BigIntegerField()

    objects: ClassVar[Any] = OrderQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-placed_at", "-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(quantity__gt=0), name="market_order_some")]

    def __str__(self) -> str:
        return self.number

    @property
    def state_name(self) -> str:
        """The state in words."""
        return str(STATE_NAMES[State(self.state)])

    @property
    def payer(self) -> str:
        """The holder of the buyer's mirror account in the ledger."""
        return self.buyer.code if self.buyer is not None else f"person-{self.person_id}"


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Payment records."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of visible orders."""
        return self.filter(order__in=Order.objects.visible_to(actor))


class Payment(Journal):
    """付款记录: that money for an order is said to have been paid outside the platform, with what shows it."""

    class Method(models.TextChoices):
        """How it was paid."""

        BANK = "bank", _("银行转账")
        CASH = "cash", _("现金")
        INSTITUTION = "institution", _("支付机构")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    seller = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=12, choices=Method)
    amount_fen = models.PositiveBigIntegerField()
    #: Number of the bank's receipt or of the cash receipt.
    evidence = models.CharField(max_length=60)
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = PaymentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seller", "method", "evidence"], name="market_evidence_once")
        ]
