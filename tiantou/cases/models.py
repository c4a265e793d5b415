"""Cases, their entries and rounds. The state beside the entries is their fold, written in the same transaction."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.journal import Journal


class RoundQuerySet(models.QuerySet["Round"]):
    """Rounds."""

    def visible_to(self, actor: Actor) -> Self:
        """Rounds are announced publicly."""
        return self


class Round(models.Model):
    """批次: a window in which a programme takes applications, with quota and budget."""

    programme = models.CharField(max_length=60, db_index=True)
    name = models.CharField(max_length=120)
    area_code = models.CharField(max_length=12, blank=True)
    opens = models.DateField()
    closes = models.DateField()
    quota = models.PositiveIntegerField(null=True, blank=True)
    budget_fen = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[Any] = RoundQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(closes__gte=models.F("opens")), name="cases_round_window")
        ]

    def __str__(self) -> str:
        return self.name


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases."""

    def visible_to(self, actor: Actor) -> Self:
        """Region-wide roles see all, an officer or inspector the area's, a party its own; the public none (see notices)."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=[])
        if actor.party_id is not None:
            seen |= Q(party_id=actor.party_id)
        if actor.role in {Role.DISTRICT_OFFICER, Role.INSPECTOR} and actor.area_code:
            seen |= Q(area_code__startswith=actor.area_code)
        return self.filter(seen)

    def on_notice(self) -> Self:
        """Cases whose public notice runs now."""
        return self.filter(step_kind="publicity")


class Case(models.Model):
    """办件: one application of one party under one version of a programme."""

    number = models.CharField(max_length=40, unique=True)
    programme = models.CharField(max_length=60, db_index=True)
    version = models.PositiveIntegerField()
    round = models.ForeignKey(Round, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    party_id = models.BigIntegerField(db_index=True)
    party_name = models.CharField(max_length=120)
    area_code = models.CharField(max_length=12, db_index=True)
    #: What the decision rests on: facts, the rules' verdicts and the amount, as they were when applied.
    facts = models.JSONField()
    form = models.JSONField(default=dict)
    amount_fen = models.BigIntegerField(null=True, blank=True)
    opened_at = models.DateTimeField()
    step = models.CharField(max_length=40, blank=True)
    step_kind = models.CharField(max_length=12, blank=True)
    step_role = models.CharField(max_length=32, blank=True)
    visit = models.PositiveSmallIntegerField(default=1)
    since = models.DateField()
    due = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True)

    objects: ClassVar[Any] = CaseQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["step_role", "due"])]

    def __str__(self) -> str:
        return self.number


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the case sees its entries."""
        return self.filter(case__in=Case.objects.visible_to(actor))


class Entry(Journal):
    """办理记录: what was done at a step: verb, by whom, when, with what note and data."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="entries")
    step = models.CharField(max_length=40)
    visit = models.PositiveSmallIntegerField()
    verb = models.CharField(max_length=12)
    at = models.DateTimeField()
    on = models.DateField()
    role = models.CharField(max_length=32)
    person_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=100, blank=True)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    objects: ClassVar[Any] = EntryQuerySet.as_manager()
