"""All kinds; the list of one kind with search, filters, districts and export."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.areas import pack
from tiantou.areas.models import Area, Level
from tiantou.areas.rules import short_name
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.actor import OFFICIALS, Actor
from tiantou.kernel.forms import Field
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page
from tiantou.registry import queries
from tiantou.registry.kinds import Kind
from tiantou.registry.models import Record, Status
from tiantou.registry.pages.shared import (
    IMPORTERS,
    STATUS_NAMES,
    STATUS_SHAPES,
    WRITERS,
    cell,
    kind_or_404,
    links_in,
    list_url,
    place_of,
    show,
)
from tiantou.registry.queries import Asked
from tiantou.registry.sheets import writing
from tiantou.registry.words import REGISTER_NAMES
from tiantou.ui.navigation import Place, register_place

PAGE_SIZE = 50
SORT_NAMES = {
    "name": gettext_lazy("名称"),
    "new": gettext_lazy("最近改动"),
    "area": gettext_lazy("所在地"),
    "code": gettext_lazy("编号"),
}
register_place(Place(gettext_lazy("登记簿"), "document", "registry:home", "public", order=30))
register_place(
    Place(
        gettext_lazy("登记簿"),
        "document",
        "registry:home",
        "console",
        roles=OFFICIALS,
        order=20,
        group=gettext_lazy("登记簿"),
    )
)


@page("register/", name="home", access=PUBLIC)
def home(request: Request) -> HttpResponse:
    """Every kind with its count, in the words of the trade; a query searches all registers at once."""
    q = request.GET.get("q", "").strip()[:80]
    counts = queries.counts_by_kind(request.actor)
    registers = [
        {
            "name": name, "title": title,
            "groups": [
                (group, [(each, list_url(each), counts.get((name, each.name), 0)) for each in kinds])
                for group, kinds in queries.kinds_by_group(name).items()
            ],
        }
        for name, title in REGISTER_NAMES.items()
    ]  # fmt: skip
    found = [
        (REGISTER_NAMES[name], [(queries.shown_name(request.actor, each), each.get_absolute_url(), kind_title(each), place_of(each)) for each in rows])
        for name, rows in queries.find_everywhere(q, request.actor).items()
    ] if q else []  # fmt: skip
    return show(request, "home.html", {"registers": registers, "q": q, "found": found})


def kind_title(record: Record) -> str:
    """The name of the record's kind."""
    return kind_or_404(record._meta.model_name or "", record.kind).title


@page("register/<str:register>/<str:kind>/", name="list", access=PUBLIC)
def kind_list(request: Request, register: str, kind: str) -> HttpResponse:
    """The list of a kind; everything that is chosen stands in the address."""
    definition = kind_or_404(register, kind)
    asked = asked_of(request, definition)
    rows = queries.listed(definition, request.actor, asked)
    counts = queries.district_counts(queries.listed(definition, request.actor, everywhere(asked)))
    total = counts.get(asked.district, 0) if asked.district else sum(counts.values())
    shown = Paginator(range(total), PAGE_SIZE).get_page(request.GET.get("page"))
    first = (shown.number - 1) * PAGE_SIZE
    fields = columns_of(definition)
    own = frozenset(each.name for each in definition.fields)
    districts = _district_options(asked)
    context = {
        "kind": definition, "asked": asked, "page": shown, "headings": [each.title for each in fields],
        "rows": [_row(request.actor, record, fields, own) for record in queries.page_of(rows, first, first + PAGE_SIZE, _joined(definition))],
        "filters": _filters(definition, asked), "sorts": _sorts(asked), "statuses": _statuses(request.actor, asked),
        "districts": districts, "tiles": _tiles(definition, request, counts, districts),
        "register_title": REGISTER_NAMES[register], "query": _query(request),
        # Strangers see confirmed records only, so the column would say the same in every row.
        "show_status": request.actor.signed_in,
        "may_write": request.actor.role in WRITERS, "may_import": request.actor.role in IMPORTERS,
    }  # fmt: skip
    return show(request, "list.html", context)


@page("register/<str:register>/<str:kind>/export/<str:form>/", name="export", access=PUBLIC)
def export(request: Request, register: str, kind: str, form: str) -> HttpResponse:
    """Exactly what the list shows, all its pages, as `xlsx` or `csv`; names masked as on the page."""
    definition = kind_or_404(register, kind)
    asked = asked_of(request, definition)
    rows = queries.listed(definition, request.actor, asked).select_related(*_joined(definition))
    fields = [definition.field("code"), *(each for each in columns_of(definition) if each.name != "code")]
    body = writing.listing(
        definition.title,
        [*(each.title for each in fields), _("登记状态")],
        _export_rows(request.actor, rows.iterator(chunk_size=2000), fields, definition),
        as_csv=form == "csv",
    )
    return download(body, f"{definition.title}-{clock.today().isoformat()}", "csv" if form == "csv" else "xlsx")


def _export_rows(actor: Actor, rows: Iterator[Record], fields: list[Field], kind: Kind) -> Iterator[list[Any]]:
    own = frozenset(each.name for each in kind.fields)
    for record in rows:
        yield [*(cell(actor, record, field, own)[0] for field in fields), str(STATUS_NAMES[Status(record.status)])]


def download(body: bytes, name: str, suffix: str) -> HttpResponse:
    """A file to save."""
    types = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    response = HttpResponse(body, content_type=types[suffix])
    from urllib.parse import quote

    response["Content-Disposition"] = (
        f"attachment; filename=\"register.{suffix}\"; filename*=UTF-8''{quote(name)}.{suffix}"
    )
    return response


@page("register/<str:register>/<str:kind>/template/", name="template", access=PUBLIC)
def template(request: Request, register: str, kind: str) -> HttpResponse:
    """The kind's Excel template; the places on offer are those the officer answers for, else districts and towns."""
    definition = kind_or_404(register, kind)
    areas = Area.objects.filter(ends=None)
    code = request.actor.area_code
    areas = (
        areas.filter(district__code=code) | areas.filter(code=code)
        if code
        else areas.filter(level__in=[Level.DISTRICT, Level.TOWN])
    )
    names = [f"{area} {district or ''}{name if name != district else ''}" for area, district, name in
             areas.order_by("code").values_list("code", "district__name", "name")]  # fmt: skip
    return download(writing.template(definition, names), _("{kind}导入模板").format(kind=definition.title), "xlsx")


def asked_of(request: Request, kind: Kind) -> Asked:
    """What the address asks for; what it cannot mean is left out."""
    get = request.GET
    choices = {name: get[name] for name in kind.filters if get.get(name)}
    try:
        on = date.fromisoformat(get.get("on", ""))
    except ValueError:
        on = None
    sort = get.get("sort", "name")
    status = get.get("status", "")
    return Asked(
        q=get.get("q", "").strip()[:80].replace("\0", ""), district=get.get("district", "")[:12].replace("\0", ""),
        status=status if status in Status.values else "", on=on,
        choices={name: value.replace("\0", "")[:60] for name, value in choices.items()},
        sort=sort if sort in queries.SORTS else "name",
    )  # fmt: skip


def columns_of(kind: Kind) -> list[Field]:
    """The fields that the kind's list shows: what is public, so that the list is the same for everybody."""
    names = kind.columns or ("name", "area")
    last_active = Field(name="last_active", label={"zh": "最近活动", "en": "Last active"}, type="date")
    known = {
        **{each.name: each for each in kind.all_fields},
        **({"last_active": last_active} if kind.register == "site" else {}),
    }
    return [known[name] for name in names if known[name].open]


def _joined(kind: Kind) -> list[str]:
    return [
        "area__district",
        *(f"{name}__area__district" if name in {"holder", "other", "platform"} else name for name in links_in(kind)),
    ]


def _row(actor: Actor, record: Record, fields: list[Field], own: frozenset[str]) -> dict[str, Any]:
    cells = []
    for field in fields:
        text, href = cell(actor, record, field, own)
        cells.append(
            {
                "label": field.title,
                "text": text,
                "href": href,
                "num": field.type in {"integer", "decimal", "money", "mass", "area_mu"},
            }
        )
    return {
        "cells": cells, "status": STATUS_NAMES[Status(record.status)], "shape": STATUS_SHAPES[Status(record.status)],
        "code": record.code,
    }  # fmt: skip


def _filters(kind: Kind, asked: Asked) -> list[dict[str, Any]]:
    filters = []
    for name in kind.filters:
        field = kind.field(name)
        chosen = (asked.choices or {}).get(name, "")
        options = [(choice.code, label(choice.label)) for choice in field.choices]
        if field.type == "boolean":
            options = [("true", _("是")), ("false", _("否"))]
        filters.append({"name": name, "title": field.title, "options": options, "chosen": chosen})
    return filters


def _sorts(asked: Asked) -> list[tuple[str, str, bool]]:
    return [(name, str(title), name == asked.sort) for name, title in SORT_NAMES.items()]


def _statuses(actor: Actor, asked: Asked) -> list[tuple[str, str, bool]]:
    if not actor.signed_in:
        return []
    return [(value.value, str(title), value.value == asked.status) for value, title in STATUS_NAMES.items()]


def _district_options(asked: Asked) -> list[tuple[str, str, bool]]:
    rows = Area.objects.filter(level=Level.DISTRICT, ends=None).order_by("code").values_list("code", "name")
    return [(code, name, code == asked.district) for code, name in rows]


def _query(request: Request) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


def everywhere(asked: Asked) -> Asked:
    """The same in all districts."""
    return Asked(q=asked.q, status=asked.status, on=asked.on, choices=asked.choices)


def _tiles(
    kind: Kind, request: Request, counts: dict[str, int], districts: list[tuple[str, str, bool]]
) -> list[dict[str, Any]]:
    """A tile for each district with what the list holds there; empty where the kind has no places."""
    if not any(counts):
        return []
    places = pack.tiles(settings.REGION)
    most = max(n for code, n in counts.items() if code)
    query = request.GET.copy()
    query.pop("page", None)
    tiles = []
    for code, name, _chosen in districts:
        query["district"] = code
        n = counts.get(code, 0)
        column, row = places.get(code, (None, None))
        tiles.append(
            {
                "code": code,
                "label": short_name(name),
                "value": n,
                "href": f"{list_url(kind)}?{query.urlencode()}",
                "shade": 0 if n == 0 else 1 + min(4, n * 5 // (most + 1)),
                "column": column,
                "row": row,
            }
        )
    return tiles
