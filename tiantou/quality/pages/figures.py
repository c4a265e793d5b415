"""Monthly figures of certificates, for officials."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.web import Request, page
from tiantou.quality import certificate_sheets as sheets
from tiantou.quality.queries import figures
from tiantou.ui.navigation import Place, register_place

READERS = allow(*OFFICIALS)
register_place(
    Place(
        gettext_lazy("合格证月报"),
        "chart",
        "quality:figures",
        "console",
        OFFICIALS,
        order=44,
        group=gettext_lazy("质量安全"),
    )
)


@page("certificates/figures/", name="figures", access=READERS)
def month(request: Request) -> HttpResponse:
    """What was issued in a month, by district and product, and who of those that must does."""
    found = figures.month_of(request.actor, _month(request))
    before = found.starts - timedelta(days=1)
    after = found.starts + timedelta(days=32)
    context = {
        "month": found,
        "before": f"{before:%Y-%m}",
        "after": f"{after:%Y-%m}" if after.replace(day=1) <= clock.today() else "",
        "asked": f"{found.starts:%Y-%m}",
    }
    return render(request, "quality/figures.html", context)


@page("certificates/figures/export/", name="export_figures", access=READERS)
def export(request: Request) -> HttpResponse:
    """The same as a sheet."""
    found = figures.month_of(request.actor, _month(request))
    return sheets.download(f"certificates-{found.starts:%Y%m}", sheets.month_sheet(found))


def _month(request: Request) -> date:
    """The month that is asked for; this one where that is none."""
    year, _dash, number = request.GET.get("month", "").partition("-")
    try:
        return date(int(year), int(number), 1)
    except ValueError:
        return clock.today()
