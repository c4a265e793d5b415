"""入场登记台账: a dense table for officials, a sheet for the file, a workbook for Excel."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from tiantou.fieldmarket import queries
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.fieldmarket.sheets import ledger_sheet
from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import OFFICIALS, Role
from tiantou.kernel.web import Request, page
from tiantou.production.rules import read_date
from tiantou.ui.navigation import Place, register_place

READERS = allow(Role.MARKET_KEEPER, *OFFICIALS)
#: A workbook of more days is asked for by mistake.
LONGEST = timedelta(days=366)
register_place(
    Place(
        gettext_lazy("入场台账"),
        "weigh",
        "fieldmarket:ledger",
        "console",
        OFFICIALS,
        order=45,
        group=gettext_lazy("质量安全"),
    )
)


def _period(request: Request) -> tuple[date, date]:
    """First and last day asked for; today where nothing (or nonsense) was."""
    first = read_date(request.GET.get("from", "")) or clock.today()
    last = read_date(request.GET.get("to", "")) or max(first, clock.today())
    return (first, last) if first <= last <= first + LONGEST else (last, last)


@page("fieldmarket/ledger/", name="ledger", access=READERS)
def ledger(request: Request) -> HttpResponse:
    """The ledger of the days asked for, today's at first."""
    first, last = _period(request)
    rows = queries.ledger_of(request.actor, first, last)
    official = request.actor.role in OFFICIALS
    context = {
        "page": Paginator(rows, 100).get_page(request.GET.get("page")),
        "sums": queries.sums_of(rows),
        "first": first,
        "last": last,
        "base_template": "ui/console.html" if official else "ui/workbench.html",
    }
    return render(request, "fieldmarket/ledger.html", context)


@page("fieldmarket/ledger.xlsx", name="ledger_xlsx", access=READERS)
def ledger_xlsx(request: Request) -> HttpResponse:
    """Exactly what the ledger shows, as a workbook."""
    first, last = _period(request)
    content = ledger_sheet(queries.ledger_of(request.actor, first, last))
    response = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = f'attachment; filename="ledger-{first:%Y%m%d}-{last:%Y%m%d}.xlsx"'
    return response


@page("fieldmarket/day-sheet/", name="day_sheet", access=KEEPERS)
def day_sheet(request: Request) -> HttpResponse:
    """The day's ledger as a sheet to sign and file."""
    market = queries.market_of(request.actor)
    day = read_date(request.GET.get("on", "")) or clock.today()
    context = {"market": market, "day": queries.day_of(request.actor, market, day)}
    return render(request, "fieldmarket/day_sheet.html", context)
