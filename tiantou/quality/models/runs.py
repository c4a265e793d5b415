"""Certificates in numbers: many issued by one submission, many copies printed in one batch."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from tiantou.kernel.actor import Actor
from tiantou.quality.models.commitments import Commitment
from tiantou.registry.models import Party


class OwnQuerySet(models.QuerySet[Any]):
    """Rows of a party."""

    def visible_to(self, actor: Actor) -> Self:
        """The party's own, and region-wide roles all."""
        if actor.region_wide:
            return self
        return self.filter(party_id=actor.party_id) if actor.party_id is not None else self.none()


class IssueRun(models.Model):
    """批量开证: that one submission issued certificates for many lots."""

    number = models.CharField(max_length=24, unique=True)
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    commitments: models.ManyToManyField[Commitment, Any] = models.ManyToManyField(Commitment, related_name="issue_runs")
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = OwnQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.number


class Stock(models.TextChoices):
    """What it is printed on."""

    A4 = "a4", "A4"
    A4_EIGHT = "a4x8", "A4 × 8"
    LABEL_60 = "60x40", "60 × 40 mm"
    LABEL_40 = "40x30", "40 × 30 mm"
    ROLL_58 = "roll58", "58 mm"
    ROLL_80 = "roll80", "80 mm"


class PrintRun(models.Model):
    """印制批次: that so many copies of certificates were printed on a stock; copies of one certificate are numbered throughout."""

    number = models.CharField(max_length=24, unique=True)
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    stock = models.CharField(max_length=8, choices=Stock)
    copies = models.PositiveIntegerField()
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = OwnQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(copies__gt=0), name="quality_print_some")]

    def __str__(self) -> str:
        return self.number


class PrintLineQuerySet(models.QuerySet["PrintLine"]):
    """Lines of print runs."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of visible runs."""
        return self.filter(run__in=PrintRun.objects.visible_to(actor))


class PrintLine(models.Model):
    """One certificate in a print run: its copies are numbered from `first`."""

    run = models.ForeignKey(PrintRun, on_delete=models.PROTECT, related_name="lines")
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="prints")
    first = models.PositiveIntegerField()

    objects: ClassVar[Any] = PrintLineQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["commitment", "first"], name="quality_copies_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id} · {self.first}"
