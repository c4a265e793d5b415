"""What left its origin, and under which verdict."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor
from tiantou.kernel.journal import Journal
from tiantou.production.models import Lot
from tiantou.quality.models.commitments import Commitment


class Occasion(models.TextChoices):
    """Why the question was asked."""

    ASKED = "asked", _("开准出单")
    INTAKE = "intake", _("送市场")
    PICKUP = "pickup", _("装车起运")


class ExitPassQuerySet(models.QuerySet["ExitPass"]):
    """Exit passes."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the lot; and its producer, wherever the lot went."""
        if actor.region_wide:
            return self
        seen = Q(lot__in=Lot.objects.visible_to(actor))
        if actor.party_id is not None:
            seen |= Q(lot__producer_id=actor.party_id)
        return self.filter(seen)


class ExitPass(Journal):
    """准出单: that a lot might leave its origin, with everything that was looked at (certificate, uses, tests, advice)."""

    number = models.CharField(max_length=24, unique=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="exits")
    commitment = models.ForeignKey(Commitment, null=True, blank=True, on_delete=models.PROTECT, related_name="exits")
    #: Grams that left; 0 where the pass was asked for before anybody knew.
    mass_g = models.PositiveBigIntegerField()
    occasion = models.CharField(max_length=8, choices=Occasion)
    #: What took the goods away: number of the consignment or market.
    reference = models.CharField(max_length=60, blank=True)
    #: `{harvests: […], tests: […], advice: […]}` as judged then.
    looked_at = models.JSONField()
    at = models.DateTimeField(db_index=True)
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField(max_length=60, blank=True)

    objects: ClassVar[Any] = ExitPassQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.number
