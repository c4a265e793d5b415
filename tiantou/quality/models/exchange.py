"""Who read whose traces, for what: one line for each access, never changed."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.journal import Journal
from tiantou.registry.models import Agreement, Party


class Purpose(models.TextChoices):
    """For what traces are read."""

    SUPERVISION = "supervision", _("日常监管")
    INVESTIGATION = "investigation", _("案件调查")
    RECALL = "recall", _("召回协查")
    MARKET_ENTRY = "market_entry", _("市场准入查验")


class AccessQuerySet(models.QuerySet["ExchangeAccess"]):
    """Accesses."""

    def visible_to(self, actor: Actor) -> Self:
        """Whose data it was; the authority that read; auditors and other region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.party_id is not None:
            seen |= Q(owners__contains=[actor.party_id])
            seen |= Q(reader_id=actor.party_id) if actor.role is Role.AUTHORITY else Q(pk__in=())
        elif actor.person_id is not None:
            seen |= Q(person_id=actor.person_id)
        return self.filter(seen)


class ExchangeAccess(Journal):
    """调取记录: that somebody took (or brought) the traces of a batch: when, who, for what purpose, under which case and agreement."""

    at = models.DateTimeField(db_index=True)
    #: False: read by another; True: brought in from another platform.
    brought = models.BooleanField(default=False)
    reader = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="+")
    reader_name = models.CharField(max_length=120)
    person_id = models.BigIntegerField(null=True)
    agreement = models.ForeignKey(Agreement, null=True, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=16, choices=Purpose)
    case_ref = models.CharField(max_length=80)
    batch = models.CharField(max_length=200)
    direction = models.CharField(max_length=4)
    links = models.PositiveIntegerField()
    #: Whether names of natural persons were shown.
    personal = models.BooleanField()
    #: The parties whose data it was.
    owners = ArrayField(models.BigIntegerField(), default=list)

    objects: ClassVar[Any] = AccessQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [GinIndex(fields=["owners"], name="quality_access_owners")]
