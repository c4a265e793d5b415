"""Commitments and quick tests."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor
from tiantou.production.models import Lot
from tiantou.registry.models import Party


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    """Commitments."""

    def visible_to(self, actor: Actor) -> Self:
        """The issuer and whoever sees the lot. (The public check page asks for one by its number and shows it masked.)"""
        if actor.region_wide:
            return self
        seen = Q(lot__in=Lot.objects.visible_to(actor))
        if actor.party_id is not None:
            seen |= Q(issuer_id=actor.party_id)
        return self.filter(seen)

    def living(self) -> Self:
        """Neither revoked nor replaced."""
        return self.filter(revoked_at=None, replaced_at=None)

    def gone(self) -> Self:
        """Revoked or replaced."""
        return self.exclude(revoked_at=None, replaced_at=None)


class Style(models.TextChoices):
    """The two styles of the decree: of who grew it, of who bought and mixed or repacked it."""

    PRODUCER = "producer", _("样式一（生产者）")
    BUYER = "buyer", _("样式二（收购者）")


class Commitment(models.Model):
    """承诺达标合格证: that the issuer promises, on a stated basis, that this lot is within the rules (令 2025 年第 4 号)."""

    number = models.CharField(max_length=24, unique=True)
    #: Identifier of the template (`quality/commitments.yaml`) whose words it bears.
    template = models.CharField(max_length=20)
    style = models.CharField(max_length=8, choices=Style)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="commitments")
    product_name = models.CharField(max_length=120)
    quantity_g = models.PositiveBigIntegerField()
    origin = models.CharField(max_length=200)
    issuer = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    issuer_name = models.CharField(max_length=120)
    contact = models.CharField(max_length=40, blank=True)
    basis = models.CharField(max_length=20)
    issued_on = models.DateField()
    issued_at = models.DateTimeField()
    #: The commitments that this one rests on: of the lots that were mixed or repacked, or the one it replaces.
    sources = models.ManyToManyField("self", symmetrical=False, related_name="rests_on_it", blank=True)
    #: Received certificates of others that it rests on, where a lot that went in came with one on paper.
    received: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "quality.Received", related_name="rests_on_it", blank=True
    )
    #: What stays off the paper because the package shows it already (`rules.OMISSIBLE`).
    omitted = models.JSONField(default=list, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoke_reason = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = CommitmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-issued_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lot"], condition=Q(revoked_at=None, replaced_at=None), name="quality_one_living_commitment"
            ),
            models.CheckConstraint(condition=Q(quantity_g__gt=0), name="quality_commitment_has_mass"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def living(self) -> bool:
        """Whether it stands: neither revoked nor replaced."""
        return self.revoked_at is None and self.replaced_at is None
