"""The figures that a city is held to: a bulletin, and each figure with its method, districts, years and rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.areas import pack
from tiantou.areas import queries as areas
from tiantou.areas.models import Level
from tiantou.areas.rules import short_name
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, allow
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.errors import Absent
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page
from tiantou.registry.sheets import writing
from tiantou.statistics import catalogue, lake, measures, queries
from tiantou.statistics.catalogue import Indicator
from tiantou.statistics.models import Observation
from tiantou.statistics.rules import Figure, progress
from tiantou.ui.navigation import Place, register_place

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIRST_YEAR = 2010
PER_PAGE = 50
WHY = {
    "empty-register": gettext_lazy("名录里还没有登记"),
    "no-denominator": gettext_lazy("没有可比的基数"),
    "no-reports": gettext_lazy("这一年没有报送"),
    "only-reported": gettext_lazy("只转录公布值"),
}
_ROWS = {"orders": "market:orders", "intakes": "fieldmarket:ledger"}

register_place(Place(gettext_lazy("数字"), "chart", "statistics:figures", "public", order=80))
register_place(
    Place(gettext_lazy("指标"), "chart", "statistics:figures", "console", OFFICIALS, 60, gettext_lazy("统计"))
)


def day_asked(request: Request) -> date:
    """The day of the figures: today, or the last day of the year asked for."""
    year = request.GET.get("year", "")
    today = clock.today()
    if year.isdigit() and FIRST_YEAR <= int(year) < today.year:
        return date(int(year), 12, 31)
    return today


def row_of(indicator: Indicator, figure: Figure, published: Observation | None) -> dict[str, Any]:
    """One line of the bulletin: value, target, how far, and what was officially published."""
    return {
        "indicator": indicator,
        "figure": figure,
        "value": shown(figure),
        "unit": label(indicator.unit),
        "why": WHY.get(figure.why, ""),
        "progress": progress(figure.value, Decimal(indicator.target)) if indicator.target else None,
        "published": published,
    }


def bulletin(on: date) -> list[dict[str, Any]]:
    """Every line of the bulletin."""
    published = queries.latest_published()
    return [
        row_of(each, measures.MEASURES[each.measure](on).figure, published.get(each.code))
        for each in catalogue.indicators().values()
    ]


def shown(figure: Figure) -> str | None:
    """The value with thousands marks; whole where it is whole."""
    if figure.value is None:
        return None
    return f"{figure.value:,.2f}".rstrip("0").rstrip(".")


@page("figures/", name="figures", access=PUBLIC)
def figures(request: Request) -> HttpResponse:
    """The bulletin: every figure with its target, the published value beside it, and where its rows are."""
    on = day_asked(request)
    rows = bulletin(on)
    years = range(clock.today().year, FIRST_YEAR - 1, -1)
    return render(request, "statistics/figures.html", {"rows": rows, "on": on, "years": years})


@page("figures.xlsx", name="figures_sheet", access=PUBLIC)
def figures_sheet(request: Request) -> HttpResponse:
    """The bulletin as a workbook."""
    on = day_asked(request)
    headings = [
        _("代码"),
        _("指标"),
        _("数值"),
        _("单位"),
        _("分子"),
        _("分母"),
        _("目标"),
        _("条"),
        _("截至"),
        _("说明"),
        _("公布值"),
        _("出处"),
    ]
    content = writing.listing(
        str(_("数字")),
        headings,
        (_cells(row, on) for row in bulletin(on)),
        as_csv=False,
    )
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="figures.xlsx"'}
    )


def _cells(row: dict[str, Any], on: date) -> list[Any]:
    indicator, figure, published = row["indicator"], row["figure"], row["published"]
    return [
        indicator.code, label(indicator.names), float(figure.value) if figure.value is not None else str(_("未知")), row["unit"],
        figure.numerator, figure.denominator, indicator.target, indicator.article, on.isoformat(), str(row["why"]),
        float(published.value) if published else None, published.source if published else "",
    ]  # fmt: skip


@page("figures/<slug:code>/", name="indicator", access=PUBLIC)
def indicator(request: Request, code: str) -> HttpResponse:
    """One figure: what it means, how it is computed, by district and year, and its rows."""
    found = _indicator(code)
    on = day_asked(request)
    measured = measures.MEASURES[found.measure](on)
    context = row_of(found, measured.figure, queries.latest_published().get(code)) | {
        "on": on,
        "tiles": _tiles(measured.by_district, on),
        "published_rows": queries.published(code),
        "series": _series(found) if found.yearly else [],
        "turnover": queries.turnover() if found.rows == "lake" else [],
        "rows_href": _rows_href(found),
        "official": request.actor.role in OFFICIALS,
    }
    return render(request, "statistics/indicator.html", context)


def _indicator(code: str) -> Indicator:
    found = catalogue.indicators().get(code)
    if found is None:
        raise Absent
    return found


def _rows_href(found: Indicator) -> str:
    sort, _slash, rest = found.rows.partition("/")
    if sort == "register":
        register, _slash, kind = rest.partition("/")
        return reverse("registry:list", args=[register, kind])
    if sort == "lake":
        return reverse("statistics:lines")
    return reverse(_ROWS[sort]) if sort in _ROWS else ""


def _tiles(counts: Any, on: date) -> list[dict[str, Any]]:
    if not counts:
        return []
    top, layout = max(counts.values()), pack.tiles(settings.REGION)
    tiles = []
    for area in areas.as_of(on, Level.DISTRICT):
        column, row = layout.get(area.code, (None, None))
        number = counts.get(area.code, 0)
        shade = 1 + min(4, number * 5 // (top + 1)) if number else 0
        tiles.append(
            {
                "code": area.code,
                "label": short_name(area.name),
                "value": number,
                "href": "",
                "shade": shade,
                "column": column,
                "row": row,
            }
        )
    return tiles


def _series(found: Indicator) -> list[dict[str, Any]]:
    """The value of every year that has one; what is not known is left out and not drawn as zero."""
    years = sorted({row.year for row in queries.turnover()} | {clock.today().year})
    values = [(year, measures.MEASURES[found.measure](date(year, 12, 31)).figure.value) for year in years]
    return [{"label": str(year), "value": float(value)} for year, value in values if value is not None]


@page("figures/online_trade/lines/", name="lines", access=allow(*OFFICIALS))
def lines(request: Request) -> HttpResponse:
    """The order lines behind the trade figure, newest first; buyers are not in it."""
    pieces = queries.visible_pieces()
    total = sum(row.lines for row in queries.turnover())
    found = Paginator(range(total), PER_PAGE).get_page(request.GET.get("page"))
    with lake.session() as duck:
        rows = duck.execute(
            "SELECT made_on, platform, order_no, product_name, quantity, gross_fen, cancelled_fen, receipt_id"  # noqa: S608 - own paths
            f" FROM {lake.current(pieces)} WHERE counted ORDER BY made_on DESC, line_id LIMIT ? OFFSET ?",
            [PER_PAGE, (found.number - 1) * PER_PAGE],
        ).fetchall()
    return render(request, "statistics/lines.html", {"page": found, "rows": rows, "total": total})
