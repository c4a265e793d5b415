"""What a field market writes down: intakes, gradings, packings with their packs, cold rooms and prices."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor
from tiantou.production.models import AREA_ROLES, Lot, in_area
from tiantou.quality.models import Commitment
from tiantou.registry.models import Party, Product, Site


class OfMarketQuerySet(models.QuerySet[Any]):
    """Rows of one market."""

    def visible_to(self, actor: Actor) -> Self:
        """The market's keeper and operator; an officer the area's; region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.site_id is not None:
            seen |= Q(market_id=actor.site_id)
        if actor.party_id is not None:
            seen |= Q(market__holder_id=actor.party_id)
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= in_area("market", actor.area_code)
        return self.filter(seen)


class Terms(models.TextChoices):
    """In whose name goods lie at the market."""

    KEPT = "kept", _("代为处理（货仍是送货人的）")
    BOUGHT = "bought", _("收购（货归市场经营者）")


class IntakeQuerySet(OfMarketQuerySet):
    """Intakes."""

    def visible_to(self, actor: Actor) -> Self:
        """As for the market; the deliverer sees its own."""
        seen = super().visible_to(actor)
        return seen if actor.party_id is None else seen | self.filter(deliverer_id=actor.party_id)


class Intake(models.Model):
    """入场: a weighed delivery of one lot through the market's gate; one line of 入场登记台账."""

    market = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=24, unique=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="intakes")
    commitment = models.ForeignKey(Commitment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    #: What stood in for a commitment ("" where there is one): not needed, or another proof of quality.
    other_proof = models.CharField(max_length=200, blank=True)
    deliverer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    terms = models.CharField(max_length=6, choices=Terms, default=Terms.KEPT)
    mass_g = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    keeper_name = models.CharField(max_length=60)
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = IntakeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["market", "-at"])]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(mass_g__gt=0), name="fieldmarket_intake_mass")]

    def __str__(self) -> str:
        return self.number


class Grading(models.Model):
    """定级: an intake split into grades. Grades and loss together weigh what was taken in."""

    market = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    intake = models.OneToOneField(Intake, on_delete=models.PROTECT, related_name="grading")
    lots = models.ManyToManyField(Lot, related_name="+")
    loss_g = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = OfMarketQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.intake_id}: -{self.loss_g} g"


class Packing(models.Model):
    """包装: a run in which part of a lot was packed into equal packs. What was not packed stays in the source lot."""

    market = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="packings")
    lot = models.OneToOneField(Lot, on_delete=models.PROTECT, related_name="packing")
    packs_count = models.PositiveIntegerField()
    net_g = models.PositiveIntegerField()
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = OfMarketQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(packs_count__gt=0, net_g__gt=0), name="fieldmarket_packing_packs")
        ]

    def __str__(self) -> str:
        return f"{self.packs_count} x {self.net_g} g"


class PackQuerySet(models.QuerySet["Pack"]):
    """Packs."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the lot, and the market that packed it."""
        if actor.region_wide:
            return self
        return self.filter(Q(lot__in=Lot.objects.visible_to(actor)) | Q(packing__in=Packing.objects.visible_to(actor)))


class Pack(models.Model):
    """一件: one labelled pack. Its identifier is an SGTIN; the crate it was put in, if any, has an SSCC."""

    epc = models.CharField(max_length=120, unique=True)
    serial = models.CharField(max_length=20)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="packs")
    packing = models.ForeignKey(Packing, on_delete=models.PROTECT, related_name="packs")
    net_g = models.PositiveIntegerField()
    #: `urn:epc:id:sscc:…` of the crate in which it left the packing table.
    crate = models.CharField(max_length=60, blank=True, db_index=True)

    objects: ClassVar[Any] = PackQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.serial


class ColdRoom(models.Model):
    """冷库: a cold room or bin of a market and the temperatures it should keep, in tenths of a degree Celsius."""

    market = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    low_tenths = models.SmallIntegerField()
    high_tenths = models.SmallIntegerField()

    objects: ClassVar[Any] = OfMarketQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["market_id", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["market", "code"], name="fieldmarket_coldroom_once"),
            models.CheckConstraint(
                condition=Q(low_tenths__lt=models.F("high_tenths")), name="fieldmarket_coldroom_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OfRoomQuerySet(models.QuerySet[Any]):
    """Rows of a cold room."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the room."""
        return self.filter(room__in=ColdRoom.objects.visible_to(actor))


class Stowage(models.Model):
    """入库: that a lot lies in a cold room from an instant until it was taken out."""

    room = models.ForeignKey(ColdRoom, on_delete=models.PROTECT, related_name="stowages")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="stowages")
    in_at = models.DateTimeField()
    out_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = OfRoomQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lot"], condition=Q(out_at=None), name="fieldmarket_lot_in_one_room")
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} in {self.room_id}"


class Reading(models.Model):
    """温度记录: the temperature of a cold room at an instant, in tenths of a degree Celsius."""

    room = models.ForeignKey(ColdRoom, on_delete=models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    tenths = models.SmallIntegerField()
    within = models.BooleanField()

    objects: ClassVar[Any] = OfRoomQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["room", "-at"])]

    def __str__(self) -> str:
        return f"{self.tenths / 10} C"


class PriceQuoteQuerySet(models.QuerySet["PriceQuote"]):
    """Price quotes are posted for everybody to read."""

    def visible_to(self, actor: Actor) -> Self:
        """Everybody sees every quote."""
        return self


class PriceQuote(models.Model):
    """报价: what a market pays or asks for one grade of a product from an instant on, in fen a kilogram."""

    market = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    grade = models.CharField(max_length=20, blank=True)
    fen_per_kg = models.PositiveIntegerField()
    at = models.DateTimeField()

    objects: ClassVar[Any] = PriceQuoteQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["market", "product", "grade", "-at"])]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(fen_per_kg__gt=0), name="fieldmarket_price_positive")
        ]

    def __str__(self) -> str:
        return f"{self.grade} {self.fen_per_kg}"
