"""Quick tests."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from tiantou.kernel.actor import Actor
from tiantou.production.models import AREA_ROLES, Lot, in_area
from tiantou.registry.models import Site


class QuickTestQuerySet(models.QuerySet["QuickTest"]):
    """Quick tests."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the lot, and the area's officers where the test was made."""
        if actor.region_wide:
            return self
        seen = Q(lot__in=Lot.objects.visible_to(actor))
        if actor.site_id is not None:
            seen |= Q(site_id=actor.site_id)
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= in_area("site", actor.area_code)
        return self.filter(seen)


class QuickTest(models.Model):
    """快速检测: one item measured on a sample of a lot with a quick method."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="tests")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=12, decimal_places=4)
    limit = models.DecimalField(max_digits=12, decimal_places=4)
    unit = models.CharField(max_length=12)
    passed = models.BooleanField()
    instrument = models.CharField(max_length=60)
    tested_at = models.DateTimeField()
    tester = models.CharField(max_length=60)
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = QuickTestQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-tested_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.item}: {self.value} / {self.limit} {self.unit}"
