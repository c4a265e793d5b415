"""Plots, field records and lots. Area is kept in hundredths of a mu (亩), mass in grams."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tiantou.kernel.actor import Actor, Role
from tiantou.registry.models import Party, Product, Site, Standard

#: Officers and inspectors see the rows of the area they answer for.
AREA_ROLES = frozenset({Role.DISTRICT_OFFICER, Role.INSPECTOR})


def in_area(path: str, area_code: str) -> Q:
    """Rows whose site at `path` lies in the area (a district, or the very area) named by `area_code`."""
    return Q(**{f"{path}__area__code": area_code}) | Q(**{f"{path}__area__district__code": area_code})


class PlotQuerySet(models.QuerySet["Plot"]):
    """Plots."""

    def visible_to(self, actor: Actor) -> Self:
        """Its grower and the holder of its base; an officer those of the area; region-wide roles all; nobody else."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.party_id is not None:
            seen |= Q(grower_id=actor.party_id) | Q(base__holder_id=actor.party_id)
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= in_area("base", actor.area_code)
        return self.filter(seen)


class Plot(models.Model):
    """地块: a piece of a base on which one product grows and one grower answers for it."""

    base = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=60)
    area_mu_hundredths = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    grower = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = PlotQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["base_id", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["base", "code"], name="production_plot_code_once"),
            models.CheckConstraint(condition=Q(area_mu_hundredths__gt=0), name="production_plot_has_area"),
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gt=F("starts")), name="production_plot_ends_late"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def area_mu(self) -> Decimal:
        """The area in mu, two places."""
        return Decimal(self.area_mu_hundredths) / 100


class OfPlotQuerySet(models.QuerySet[Any]):
    """Rows that belong to a plot."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the plot."""
        return self.filter(plot__in=Plot.objects.visible_to(actor))


class PlotAssignment(models.Model):
    """标准落实: that a standard binds one grower on one plot from a date to a date (article 4: 落实到每个田块)."""

    plot = models.ForeignKey(Plot, on_delete=models.PROTECT, related_name="assignments")
    standard = models.ForeignKey(Standard, on_delete=models.PROTECT, related_name="+")
    grower = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    signed_on = models.DateField()
    ends = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = OfPlotQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["plot", "standard", "grower"], condition=Q(ends=None), name="production_assignment_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.standard_id} on {self.plot_id}"


class Work(models.TextChoices):
    """What was done on a plot."""

    SOW = "sow", _("播种定植")
    FERTILISE = "fertilise", _("施肥")
    PROTECT = "protect", _("用药")
    IRRIGATE = "irrigate", _("灌溉")
    TEND = "tend", _("修剪除草等")


class FieldRecord(models.Model):
    """农事记录: one piece of work on a plot; where something was applied: what, how much, and how long not to harvest."""

    plot = models.ForeignKey(Plot, on_delete=models.PROTECT, related_name="records")
    kind = models.CharField(max_length=12, choices=Work)
    on = models.DateField()
    #: What was applied, as on its label, and its registration number (农药登记证号).
    input_name = models.CharField(max_length=60, blank=True)
    registration = models.CharField(max_length=40, blank=True)
    #: The batch printed on its package (生产批号): what a recall of the input asks for.
    input_batch = models.CharField(max_length=40, blank=True)
    dose = models.CharField(max_length=40, blank=True)
    #: 安全间隔期: days between the last use and the harvest, from the label.
    interval_days = models.PositiveSmallIntegerField(default=0)
    #: First day on which harvest is allowed again; null where there is no interval.
    harvest_from = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = OfPlotQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-on", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["plot", "harvest_from"]),
            models.Index(fields=["input_batch"], condition=~Q(input_batch=""), name="production_input_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"


class Kind(models.TextChoices):
    """How far a lot has come."""

    HARVEST = "harvest", _("采收批次")
    GRADED = "graded", _("分级批次")
    PACKED = "packed", _("包装批次")


class LotQuerySet(models.QuerySet["Lot"]):
    """Lots."""

    def visible_to(self, actor: Actor) -> Self:
        """Producer and holder; the market or station where it lies; an officer the area's; region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.party_id is not None:
            seen |= Q(producer_id=actor.party_id) | Q(holder_id=actor.party_id)
        if actor.site_id is not None:
            seen |= Q(place_id=actor.site_id)
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= in_area("place", actor.area_code) | in_area("plot__base", actor.area_code)
        return self.filter(seen)


class Lot(models.Model):
    """批次: goods of one product, one origin and one treatment. `mass_g` is the mass at birth; `stock` knows what is left."""

    #: `urn:epc:class:lgtin:<company prefix>.<item>.<code>`
    epc = models.CharField(max_length=120, unique=True)
    #: The number people read out: `20261120-01`, once in the region.
    code = models.CharField(max_length=20, unique=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    producer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    holder = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    grade = models.CharField(max_length=20, blank=True)
    mass_g = models.PositiveBigIntegerField()
    place = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    plot = models.ForeignKey(Plot, null=True, blank=True, on_delete=models.PROTECT, related_name="lots")
    harvested_on = models.DateField()
    made_at = models.DateTimeField()
    #: The hold slot: why the lot may not be worked on ("" where free), since when, and on which lot the hold was placed.
    hold_reason = models.CharField(max_length=200, blank=True)
    held_since = models.DateTimeField(null=True, blank=True)
    held_with = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="holds_up")

    objects: ClassVar[Any] = LotQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["producer", "-made_at"]),
            models.Index(fields=["holder", "-made_at"]),
            models.Index(fields=["place", "-made_at"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(mass_g__gt=0), name="production_lot_has_mass"),
            models.CheckConstraint(
                condition=Q(hold_reason="", held_since=None, held_with=None)
                | (~Q(hold_reason="") & Q(held_since__isnull=False, held_with__isnull=False)),
                name="production_lot_hold_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def on_hold(self) -> bool:
        """Whether the lot may not be worked on, offered or shipped."""
        return bool(self.hold_reason)


class Subject(models.TextChoices):
    """What a hold was placed on; everything made of it is held with it."""

    LOT = "lot", pgettext_lazy("place", "批次")
    PLOT = "plot", _("地块")
    INPUT = "input", _("投入品批号")
    UNIT = "unit", _("箱或件")
    CERTIFICATE = "certificate", _("合格证")


class HoldQuerySet(models.QuerySet["Hold"]):
    """Holds."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees a lot that it holds; region-wide roles all."""
        if actor.region_wide:
            return self
        lots = HeldLot.objects.filter(lot__in=Lot.objects.visible_to(actor))
        return self.filter(pk__in=lots.values("hold_id"))

    def living(self) -> Self:
        """Not lifted."""
        return self.filter(lifted_at=None)


class Hold(models.Model):
    """扣留令: that a lot, the lots of a plot or of an input batch … and all that was or will be made of them are stopped."""

    kind = models.CharField(max_length=12, choices=Subject)
    #: What people call it: the lot's number, the plot's name, the input and its batch, the code on the crate.
    subject = models.CharField(max_length=200)
    plot = models.ForeignKey(Plot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    #: First day of harvest that counts; null for all of them.
    since = models.DateField(null=True, blank=True)
    input_name = models.CharField(max_length=60, blank=True)
    input_batch = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200)
    #: Slot of a package above: what ordered it (`recall:12`); then only that package lifts it.
    because = models.CharField(max_length=40, blank=True, db_index=True)
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=60, blank=True)
    person_id = models.BigIntegerField(null=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=60, blank=True)
    lift_reason = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = HoldQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-placed_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["placed_at"], condition=Q(lifted_at=None), name="production_held_now")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class HeldLotQuerySet(models.QuerySet["HeldLot"]):
    """Which lots are under which hold."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of visible lots."""
        return self if actor.region_wide else self.filter(lot__in=Lot.objects.visible_to(actor))


class HeldLot(models.Model):
    """在扣批次: that a hold covers a lot, because it is `root` or was made of it. Rows stay when the hold is lifted."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="held")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="holds")
    root = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[Any] = HeldLotQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["hold", "lot"], name="production_held_once")]

    def __str__(self) -> str:
        return f"{self.lot_id} under {self.hold_id}"


class CounterQuerySet(models.QuerySet["Counter"]):
    """Counters."""

    def visible_to(self, actor: Actor) -> Self:
        """Nobody but the system reads counters."""
        return self if actor.role is Role.SYSTEM else self.none()


class Counter(models.Model):
    """编号: the last number given out under a name (`lot:20261120`)."""

    name = models.CharField(max_length=40, unique=True)
    last = models.PositiveIntegerField()

    objects: ClassVar[Any] = CounterQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"
