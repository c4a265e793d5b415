"""Certificates that buyers and markets took in and keep."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor
from tiantou.production.models import AREA_ROLES, Lot, in_area
from tiantou.quality.models.commitments import Commitment
from tiantou.registry.models import Party, Site


class ReceivedQuerySet(models.QuerySet["Received"]):
    """Received certificates."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever took it in (the party, or the keepers of the site); officers and inspectors of the area; region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.party_id is not None:
            seen |= Q(collector_id=actor.party_id)
        if actor.site_id is not None:
            seen |= Q(site_id=actor.site_id)
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= in_area("site", actor.area_code) | in_area("collector", actor.area_code)
        return self.filter(seen)


class Form(models.TextChoices):
    """As what it came: issued on this platform, on paper, as another platform's electronic one, or another proof of quality."""

    OWN = "own", _("本平台的合格证")
    PAPER = "paper", _("纸质合格证")
    ELECTRONIC = "electronic", _("其他平台的电子合格证")
    OTHER = "other", _("其他质量安全合格证明")


class Received(models.Model):
    """收取的合格证: that a buyer or market took in a certificate (or another proof) and keeps it until `keep_until` at least."""

    number = models.CharField(max_length=24, unique=True)
    collector = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    #: The market through whose gate it came; null where a buyer took it in elsewhere.
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=10, choices=Form)
    commitment = models.ForeignKey(Commitment, null=True, blank=True, on_delete=models.PROTECT, related_name="receipts")
    #: What stands on it; of our own copied, so that the collection is whole in itself.
    paper_number = models.CharField(max_length=60, blank=True)
    issuer_name = models.CharField(max_length=120)
    product_name = models.CharField(max_length=120)
    quantity_g = models.PositiveBigIntegerField()
    origin = models.CharField(max_length=200)
    issued_on = models.DateField()
    contact = models.CharField(max_length=40, blank=True)
    basis = models.CharField(max_length=60, blank=True)
    #: The lot that it came with, where that lot is known here.
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="received_certificates")
    photo = models.ImageField(upload_to="received", blank=True)
    received_on = models.DateField()
    received_at = models.DateTimeField()
    keep_until = models.DateField()
    taker_name = models.CharField(max_length=100, blank=True)
    person_id = models.BigIntegerField(null=True)
    #: SHA-256 of who took in what on which day: the same one handed in again is the same row.
    fingerprint = models.CharField(max_length=64, unique=True)

    objects: ClassVar[Any] = ReceivedQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-received_on", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["collector", "-received_on"]),
            models.Index(fields=["site", "-received_on"]),
            models.Index(fields=["keep_until"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity_g__gt=0), name="quality_received_has_mass"),
            models.CheckConstraint(
                condition=Q(form="own", commitment__isnull=False) | (~Q(form="own") & Q(commitment=None)),
                name="quality_received_own_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.number
