"""Dated areas. Areas are public knowledge: everybody sees all of them."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor


class Level(models.IntegerChoices):
    """How deep an area lies below the region."""

    REGION = 0, _("市")
    DISTRICT = 1, _("区县")
    TOWN = 2, _("乡镇街道")
    VILLAGE = 3, _("村社区")


class AreaQuerySet(models.QuerySet["Area"]):
    """Areas."""

    def visible_to(self, actor: Actor) -> AreaQuerySet:
        """Everybody sees every area."""
        return self

    def on(self, on: date) -> AreaQuerySet:
        """Areas that exist on a date."""
        return self.filter(Q(ends=None) | Q(ends__gt=on), starts__lte=on)

    def living(self) -> AreaQuerySet:
        """Areas that nothing has ended."""
        return self.filter(ends=None)


class Area(models.Model):
    """行政区划: one area from `starts` until the day before `ends` (null: still there), under the code of the division list."""

    code = models.CharField(max_length=12, db_index=True)
    level = models.PositiveSmallIntegerField(choices=Level)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    #: 村委会 (True) or 居委会 (False); null above village level.
    village_committee = models.BooleanField(null=True)
    #: The parent and the district as of today; `Placement` has the dated truth.
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    district = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=200, blank=True)
    tokens = ArrayField(models.CharField(max_length=40), default=list, help_text="see kernel.search")

    objects: ClassVar[AreaQuerySet] = AreaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "starts"], name="areas_area_code_from"),
            models.UniqueConstraint(fields=["code"], condition=Q(ends=None), name="areas_area_code_once"),
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gt=F("starts")), name="areas_area_lives"),
        ]
        indexes: ClassVar = [GinIndex(fields=["tokens"], name="area_tokens")]

    def __str__(self) -> str:
        return self.name


class PlacementQuerySet(models.QuerySet["Placement"]):
    """Placements."""

    def visible_to(self, actor: Actor) -> PlacementQuerySet:
        """Everybody sees every placement."""
        return self

    def on(self, on: date) -> PlacementQuerySet:
        """Placements that hold on a date."""
        return self.filter(Q(ends=None) | Q(ends__gt=on), starts__lte=on)


class Placement(models.Model):
    """隶属: that `child` lay directly below `parent` from `starts` until the day before `ends` (null: still)."""

    child = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="placements")
    parent = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="placed")
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    objects: ClassVar[PlacementQuerySet] = PlacementQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["child", "starts"], name="areas_placement_from"),
            models.UniqueConstraint(fields=["child"], condition=Q(ends=None), name="areas_placement_one_parent"),
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gt=F("starts")), name="areas_placement_lasts"),
        ]
        indexes: ClassVar = [models.Index(fields=["parent", "starts"])]

    def __str__(self) -> str:
        return f"{self.child_id}<{self.parent_id} {self.starts}"


class Change(models.TextChoices):
    """What happened to an area."""

    RENAME = "rename", _("更名")
    MERGE = "merge", _("并入")
    SPLIT = "split", _("拆分")
    MOVE = "move", _("改属")
    ABOLISH = "abolish", _("撤销")
    CREATE = "create", _("设立")


class SuccessionQuerySet(models.QuerySet["Succession"]):
    """Successions."""

    def visible_to(self, actor: Actor) -> SuccessionQuerySet:
        """Everybody sees every succession."""
        return self


class Succession(models.Model):
    """沿革: that on a date `predecessor` (or part of it) became or came to `successor`.

    For a move, predecessor and successor are the old and new parent and `about` is the area that moved. `weight` is the
    number of village-level units that went this way: the only measure by which a figure without finer detail is divided.
    """

    predecessor = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="origins")
    about = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="moves")
    on = models.DateField()
    kind = models.CharField(max_length=8, choices=Change)
    weight = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=200)
    note = models.CharField(max_length=300, blank=True)

    objects: ClassVar[SuccessionQuerySet] = SuccessionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["predecessor", "successor", "about", "on", "kind"],
                nulls_distinct=False,
                name="areas_succession_once",
            ),
            models.CheckConstraint(
                condition=Q(predecessor__isnull=False) | Q(successor__isnull=False),
                name="areas_succession_names_an_area",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["on"])]

    def __str__(self) -> str:
        return f"{self.predecessor_id} {self.kind} {self.successor_id} {self.on}"
