"""The verbs of the ledger: post, and reverse a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tiantou.kernel.access import SIGNED_IN, allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Absent, Conflict, Refused
from tiantou.kernel.verbs import verb
from tiantou.ledger import rules
from tiantou.ledger.models import Account, Entry, Posting


class NoEntry(Refused):
    """The lines are no entry: they do not sum to zero, are empty, or name an unknown kind of account."""

    status = 422
    code = "no-entry"


class AlreadyReversed(Conflict):
    """The entry was reversed before."""

    code = "already-reversed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an entry."""

    account: Account
    amount_fen: int


def account(holder: str, kind: str) -> Account:
    """The account of that holder and kind, made at first use. Raises: NoEntry, for an unknown kind."""
    if kind not in rules.KINDS:
        raise NoEntry(_("没有这种账户：%(kind)s。") % {"kind": kind})
    Account.objects.bulk_create([Account(holder=holder, kind=kind)], ignore_conflicts=True)
    found: Account = Account.objects.get(holder=holder, kind=kind)
    return found


@verb(SIGNED_IN)
def post(*, by: Actor, at: datetime, memo: str, about: str, lines: Sequence[Line], key: str = "") -> Entry:
    """记账: an entry with these lines is in the ledger. Raises: NoEntry, if they do not sum to zero."""
    amounts = [rules.Amount(line.account.holder, line.account.kind, line.amount_fen) for line in lines]
    if fault := rules.fault_of(amounts):
        raise NoEntry(_("借贷不平或账户有误（%(fault)s），没有记账。") % {"fault": fault})
    return _write(by, at, memo, about, lines)


@verb(allow(Role.FINANCE_OFFICER))
def reverse(*, by: Actor, at: datetime, entry: Entry, memo: str) -> Entry:
    """冲正: an entry with the opposite lines stands beside a mistaken one. Raises: Absent, AlreadyReversed."""
    original = Entry.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=entry.pk).first()
    if original is None:
        raise Absent
    if Entry.objects.filter(reverses=original).exists():
        raise AlreadyReversed(_("这张凭证已经冲正过。"))
    lines = [Line(posting.account, -posting.amount_fen) for posting in original.postings.select_related("account")]
    return _write(by, at, memo, original.about, lines, reverses=original)


def _write(
    by: Actor, at: datetime, memo: str, about: str, lines: Sequence[Line], reverses: Entry | None = None
) -> Entry:
    entry: Entry = Entry.objects.create(at=at, memo=memo, about=about, person_id=by.person_id, reverses=reverses)
    Posting.objects.bulk_create(
        [Posting(entry=entry, account=line.account, amount_fen=line.amount_fen) for line in lines]
    )
    return entry
