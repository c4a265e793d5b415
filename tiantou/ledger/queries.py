"""Reads: balances, entries about something, a statement, and the checks that drills rely on."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Sum, Window

from tiantou.ledger.models import Account, Entry, Posting
from tiantou.ledger.rules import PLATFORM, PLATFORM_KINDS


def balance_fen(account: Account) -> int:
    """The sum of the account's postings, in fen."""
    return int(account.postings.aggregate(total=Sum("amount_fen"))["total"] or 0)


def balance_of(holder: str, kind: str) -> int:
    """The balance of an account by its name, in fen; 0 where it was never used."""
    total = Posting.objects.filter(account__holder=holder, account__kind=kind).aggregate(total=Sum("amount_fen"))[
        "total"
    ]
    return int(total or 0)


def entries_about(about: str) -> list[Entry]:
    """The entries about something, oldest first, with their postings."""
    return list(Entry.objects.filter(about=about).order_by("id").prefetch_related("postings__account"))


def statement(account: Account) -> QuerySet[Any]:
    """The account's postings, oldest first, each with `balance`, the running balance after it."""
    rows = account.postings.select_related("entry").order_by("id")
    return rows.annotate(balance=Window(Sum("amount_fen"), order_by="id"))


def unbalanced_entries() -> QuerySet[Entry]:
    """Entries whose postings do not sum to zero: always empty, since the database refuses them."""
    found: QuerySet[Entry] = Entry.objects.annotate(total=Sum("postings__amount_fen")).exclude(total=0)
    return found


def buyers_money_held_fen() -> int:
    """What stands in accounts of the platform other than its fee, in fen, without regard to sign: provably 0, since `post` refuses it.

    Signs are left out so that two wrong accounts cannot hide each other.
    """
    held = Posting.objects.filter(account__holder=PLATFORM).exclude(account__kind__in=PLATFORM_KINDS)
    balances = held.values("account").annotate(total=Sum("amount_fen")).values_list("total", flat=True)
    return sum(abs(balance) for balance in balances)
