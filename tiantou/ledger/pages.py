"""Accounts and their statements, for finance officers, auditors and whoever an account belongs to."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import Role
from tiantou.kernel.clock import ZONE
from tiantou.kernel.errors import Absent
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page
from tiantou.ledger import queries
from tiantou.ledger.models import Account
from tiantou.ledger.rules import KINDS
from tiantou.registry.sheets import writing
from tiantou.ui.navigation import Place, register_place

PER_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
register_place(
    Place(
        gettext_lazy("账户"),
        "bank",
        "ledger:accounts",
        "console",
        frozenset({Role.FINANCE_OFFICER, Role.AUDITOR, Role.CITY_OFFICER}),
        70,
        gettext_lazy("资金"),
    )
)


@page("ledger/", name="accounts", access=SIGNED_IN)
def accounts(request: Request) -> HttpResponse:
    """The accounts that the actor sees, with their balances."""
    rows: Any = (
        Account.objects.visible_to(request.actor)
        .annotate(balance=Sum("postings__amount_fen"))
        .order_by("holder", "kind")
    )
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    shown = [{"account": row, "kind": label(KINDS[row.kind]), "balance": row.balance or 0} for row in found]
    return render(
        request, "ledger/accounts.html", {"page": found, "rows": shown, "held": queries.buyers_money_held_fen()}
    )


def _account(request: Request, holder: str, kind: str) -> Account:
    found: Account | None = Account.objects.visible_to(request.actor).filter(holder=holder, kind=kind).first()
    if found is None:
        raise Absent
    return found


@page("ledger/<str:holder>/<slug:kind>/", name="statement", access=SIGNED_IN)
def statement(request: Request, holder: str, kind: str) -> HttpResponse:
    """One account's postings with the running balance."""
    account = _account(request, holder, kind)
    found = Paginator(queries.statement(account), PER_PAGE).get_page(request.GET.get("page"))
    context = {"account": account, "kind": label(KINDS[kind]), "page": found, "balance": queries.balance_fen(account)}
    return render(request, "ledger/statement.html", context)


@page("ledger/<str:holder>/<slug:kind>/statement.xlsx", name="statement_sheet", access=SIGNED_IN)
def statement_sheet(request: Request, holder: str, kind: str) -> HttpResponse:
    """The whole statement as a workbook."""
    account = _account(request, holder, kind)
    headings = [_("时间"), _("事由"), _("摘要"), _("金额（元）"), _("余额（元）")]
    rows = (
        [
            row.entry.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M"),
            row.entry.about,
            row.entry.memo,
            row.amount_fen / 100,
            row.balance / 100,
        ]
        for row in queries.statement(account)
    )
    content = writing.listing(str(_("对账单")), headings, rows, as_csv=False)
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="statement.xlsx"'}
    )
