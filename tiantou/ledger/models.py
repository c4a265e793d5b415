"""Accounts, entries and postings."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from tiantou.kernel.actor import Actor
from tiantou.kernel.journal import Journal
from tiantou.registry.models import Party


class AccountQuerySet(models.QuerySet["Account"]):
    """Accounts."""

    def visible_to(self, actor: Actor) -> Self:
        """Region-wide roles (finance, auditors …) see all; a party its own."""
        if actor.region_wide:
            return self
        if actor.party_id is None:
            return self.none()
        return self.filter(holder__in=Party.objects.filter(pk=actor.party_id).values("code"))


class Account(models.Model):
    """账户: of a holder (a party's code, or a name such as `treasury`), of a kind of `rules.KINDS`; made at first use."""

    holder = models.CharField(max_length=64)
    kind = models.CharField(max_length=20)

    objects: ClassVar[Any] = AccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["holder", "kind"], name="ledger_account_once")]

    def __str__(self) -> str:
        return f"{self.holder}:{self.kind}"


class EntryQuerySet(models.QuerySet["Entry"]):
    """Entries."""

    def visible_to(self, actor: Actor) -> Self:
        """Those that touch an account which the actor sees."""
        if actor.region_wide:
            return self
        return self.filter(postings__account__in=Account.objects.visible_to(actor)).distinct()


class Entry(Journal):
    """凭证: a set of postings that sum to zero, about something (an order's, a case's number)."""

    at = models.DateTimeField()
    memo = models.CharField(max_length=200)
    about = models.CharField(max_length=100, db_index=True)
    person_id = models.BigIntegerField(null=True)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")

    objects: ClassVar[Any] = EntryQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.about} {self.memo}"


class PostingQuerySet(models.QuerySet["Posting"]):
    """Postings."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of accounts which the actor sees."""
        return self if actor.region_wide else self.filter(account__in=Account.objects.visible_to(actor))


class Posting(Journal):
    """分录: one line of an entry: an account gets (or, negative, gives) an amount in fen."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    amount_fen = models.BigIntegerField()

    objects: ClassVar[Any] = PostingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(amount_fen=0), name="ledger_posting_some")]
