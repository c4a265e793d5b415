"""Pages of the areas: the region as tiles, one area with its lineage, any day since the history begins, and the list as a file."""

from __future__ import annotations

import csv
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.areas import pack, queries, rules, services
from tiantou.areas.forms import ChangeForm, DayForm, level_name
from tiantou.areas.models import Area, Change, Level, Succession
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.ui.navigation import Place, register_place

register_place(Place(gettext_lazy("区划"), "place", "areas:region", "console", OFFICIALS, 80, gettext_lazy("资料")))

#: Upper bounds of the shades of the tiles, by number of village committees.
SHADES = (0, 100, 200, 300, 400)


@page("areas/", name="region", access=PUBLIC)
def region(request: Request) -> HttpResponse:
    """The region on a day: counts, districts as tiles and as a list; or what a search found."""
    form = DayForm(request.GET)
    on = form.day(clock.today())
    words = form.cleaned_data.get("q", "") if form.is_valid() else ""
    try:
        context = _region(on)
    except Refused as refused:
        return render(request, "areas/region.html", {"form": form, "refusal": refused, "on": on}, status=refused.status)
    found = [(hit, _address(hit.area), level_name(hit.area)) for hit in queries.find(words)] if words else []
    return render(request, "areas/region.html", context | {"form": form, "words": words, "found": found})


def _region(on: date) -> dict[str, Any]:
    districts = list(queries.as_of(on, Level.DISTRICT))
    counts = queries.count_below(on)
    top = queries.as_of(on, Level.REGION).first()
    if top is None:
        raise Absent(_("还没有载入区划资料。"), _("请管理员运行 tiantou serve，它会载入地区包。"))
    about = pack.about(settings.REGION)
    return {
        "on": on,
        "top": top,
        "counts": counts[top.pk] | {"districts": len(districts)},
        "kinds": queries.district_kinds(on),
        "tiles": _tiles(districts, counts, on),
        "rows": [(area, _address(area, on), counts[area.pk]) for area in districts],
        "days": queries.change_days(),
        "units": [unit for unit in pack.reporting_units(settings.REGION) if unit.ends is None or on < unit.ends],
        "zones": [zone for zone in pack.zones(settings.REGION) if zone.starts <= on],
        "about": about,
    }


def _tiles(districts: list[Area], counts: dict[int, dict[str, int]], on: date) -> list[dict[str, Any]]:
    places = pack.tiles(settings.REGION)
    tiles = []
    for area in districts:
        villages = counts[area.pk]["village_committees"]
        tile = {
            "code": area.code,
            "label": rules.short_name(area.name),
            "value": villages,
            "href": _address(area, on),
            "shade": sum(villages > bound for bound in SHADES),
        }
        if area.code in places:
            tile["column"], tile["row"] = places[area.code]
        tiles.append(tile)
    return tiles


def _address(area: Area, on: date | None = None) -> str:
    address = reverse("areas:area", args=[area.code])
    if on is not None and on != clock.today():
        return f"{address}?on={on.isoformat()}"
    return address if area.ends is None else f"{address}?on={area.starts.isoformat()}"


@page("areas/<str:code>/", name="area", access=PUBLIC, methods=("GET", "POST"))
def area(request: Request, code: str) -> HttpResponse:
    """One area on a day: where it lies, what lies in it, what it was and became. A POST records a change."""
    form = DayForm(request.GET)
    on = form.day(clock.today())
    found = queries.get(code, form.cleaned_data.get("on") if form.is_valid() else None)
    if request.method == "POST":
        services.KEEPERS.require(request.actor)
        return _change(request, found)
    return render(request, "areas/area.html", _area(request, found, on) | {"form": form})


def _area(request: Request, found: Area, on: date) -> dict[str, Any]:
    counts = queries.count_below(on)
    parent = queries.parent_of(found, on)
    below = queries.children_of(found, on)
    zone = queries.zone_of(found.code, on) if found.level == Level.DISTRICT else None
    facts = [
        (_("代码"), found.code, ""),
        (_("级别"), level_name(found), ""),
        (_("上级"), parent.name if parent else "–", _address(parent, on) if parent else ""),
        (_("资料起止"), _life(found), ""),
        (_("来源"), found.source, ""),
    ]
    if found.village_committee is not None:
        facts.insert(2, (_("组织"), _("村委会") if found.village_committee else _("居委会"), ""))
    if zone:
        facts.insert(3, (_("功能区域（待核）"), zone.name, ""))
    may_change = services.KEEPERS.admits(request.actor) and found.ends is None and found.level > Level.REGION
    return {
        "area": found,
        "on": on,
        "path": queries.path_of(found) if found.level > Level.DISTRICT else "",
        "facts": facts,
        "counts": counts.get(found.pk),
        "rows": [(child, _address(child, on), counts.get(child.pk)) for child in below],
        "history": [_entry(each) for each in queries.lineage(found)],
        "back": _address(parent, on) if parent and parent.level else reverse("areas:region"),
        "back_label": parent.name if parent else _("区划"),
        "change": ChangeForm() if may_change else None,
    }


def _life(found: Area) -> str:
    ends = found.ends.isoformat() if found.ends else _("至今")
    return _("{starts} 至 {ends}").format(starts=found.starts.isoformat(), ends=ends)


def _entry(each: Succession) -> dict[str, Any]:
    """One line of the timeline."""
    old, new, about = each.predecessor, each.successor, each.about
    if about is not None and old is not None and new is not None:
        title = _("{what} 由 {old} 改属 {new}").format(what=about.name, old=old.name, new=new.name)
    elif old is not None and new is not None:
        title = _("{old} {change} → {new}").format(old=old.name, change=Change(each.kind).label, new=new.name)
    else:
        only = new or old
        title = f"{Change(each.kind).label} {only.name if only else ''}"
    target = new or old
    return {
        "at": each.on,
        "title": title,
        "text": " · ".join(filter(None, [each.note, each.source])),
        "href": _address(target) if target else "",
        "kind": "info",
    }


def _change(request: Request, found: Area) -> HttpResponse:
    form = ChangeForm(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        told = form.cleaned_data
        common = {"by": request.actor, "at": clock.now(), "area": found, "on": told["on"], "source": told["source"]}
        try:
            if told["what"] == ChangeForm.MOVE:
                changed = services.move_area(**common, parent=queries.get(told["parent"], told["on"]))
            else:
                changed = services.rename_area(**common, name=told["name"], code=told["code"])
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("已登记。各项数字从生效日起按新的区划计。"))
            return see_other(_address(changed))
    context = _area(request, found, clock.today()) | {"form": DayForm(), "change": form, "refusal": refusal}
    return render(request, "areas/area.html", context, status=refusal.status if refusal else 422)


@page("areas.csv", name="export", access=PUBLIC)
def export(request: Request) -> HttpResponse:
    """All areas of a day as CSV with a byte order mark, as spreadsheet programs here read it."""
    form = DayForm(request.GET)
    on = form.day(clock.today())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="areas-{on.isoformat()}.csv"'
    response.write("\ufeff")
    sheet = csv.writer(response)
    sheet.writerow([_("代码"), _("名称"), _("级别"), _("上级代码"), _("村委会"), _("资料起"), _("来源")])
    day = queries.picture(on)
    rows = {row.pk: row for row in queries.as_of(on)}
    for row in sorted(rows.values(), key=lambda each: (each.level, each.code)):
        above = day.parents[row.pk]
        committee = {True: "1", False: "0", None: ""}[row.village_committee]
        parent = rows[above].code if above is not None else ""
        sheet.writerow([row.code, row.name, level_name(row), parent, committee, row.starts.isoformat(), row.source])
    return response
