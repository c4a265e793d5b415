"""What a market's gate keeps: the sellers' file, and one row for every decision."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor
from tiantou.kernel.journal import Journal
from tiantou.production.models import AREA_ROLES, Lot, in_area
from tiantou.quality.models.commitments import Commitment
from tiantou.registry.models import Party, Site


class OfGateQuerySet(models.QuerySet[Any]):
    """Rows of one market's gate."""

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


class Vendor(models.Model):
    """供货者档案: who brings goods to a market: name, number, telephone, from where."""

    market = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    #: Unified social credit code; empty for a natural person without one.
    code = models.CharField(max_length=24, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    origin = models.CharField(max_length=120, blank=True)
    since = models.DateTimeField()

    objects: ClassVar[Any] = OfGateQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["market", "name", "phone"], name="quality_vendor_once")
        ]

    def __str__(self) -> str:
        return self.name


class GateDecision(models.TextChoices):
    """What became of the goods."""

    ACCEPT = "accept", _("放行")
    REFUSE = "refuse", _("拒收")
    QUARANTINE = "quarantine", _("隔离")


class GateEntryQuerySet(OfGateQuerySet):
    """Decisions at gates."""

    def visible_to(self, actor: Actor) -> Self:
        """As for the market; whose goods they were sees its own."""
        seen = super().visible_to(actor)
        if actor.region_wide or actor.party_id is None:
            return seen
        return seen | self.filter(Q(lot__producer_id=actor.party_id) | Q(lot__holder_id=actor.party_id))


class GateEntry(Journal):
    """进场查验: one decision at a market's gate, with what was looked at; kept six months at least, corrected by a later row."""

    number = models.CharField(max_length=24, unique=True)
    market = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    #: What was scanned or typed.
    code = models.CharField(max_length=200)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="gate_entries")
    commitment = models.ForeignKey(Commitment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    #: The piece or crate, where one was scanned.
    epc = models.CharField(max_length=200, blank=True)
    goods = models.CharField(max_length=120, blank=True)
    vendor = models.ForeignKey(Vendor, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    vendor_name = models.CharField(max_length=120, blank=True)
    truck = models.CharField(max_length=20, blank=True)
    mass_g = models.PositiveBigIntegerField(null=True)
    decision = models.CharField(max_length=10, choices=GateDecision)
    reason = models.CharField(max_length=200, blank=True)
    #: `[{name, state, advice}]` as the platform saw it when the row was written.
    checks = models.JSONField()
    advice = models.CharField(max_length=10)
    #: `{item, value, limit, unit, instrument, passed}` of a rapid test at the gate.
    test = models.JSONField(null=True)
    #: Decided on a phone without network, on the list that it had.
    offline = models.BooleanField(default=False)
    #: Let in without network although something stood against it: somebody must look for the goods.
    alarm = models.BooleanField(default=False)
    #: The key that the phone gave the line: the same line sent again is this row.
    client_key = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(db_index=True)
    recorded_at = models.DateTimeField()
    keep_until = models.DateField()
    keeper_name = models.CharField(max_length=60)
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = GateEntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-decided_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["market", "-decided_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["market", "person_id", "client_key"], condition=~Q(client_key=""), name="quality_gate_line_once"
            )
        ]

    def __str__(self) -> str:
        return self.number
