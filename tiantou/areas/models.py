"""Dated areas. Areas are public knowledge: everybody sees all of them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tiantou.kernel.actor import Actor


class Level(models.IntegerChoices):
    """How deep an area lies below the region."""

    REGION = 0, "市"
    DISTRICT = 1, "区县"
    TOWN = 2, "乡镇街道"
    VILLAGE = 3, "村社区"


class AreaQuerySet(models.QuerySet["Area"]):
    """Areas."""

    def visible_to(self, actor: Actor) -> AreaQuerySet:
        """Everybody sees every area."""
        return self


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
    tokens = models.TextField(blank=True, help_text="search tokens, see kernel.search")

    objects: ClassVar[models.Manager[Area]] = AreaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["code", "starts"], name="areas_area_code_from")]

    def __str__(self) -> str:
        return self.name
