"""Reads over areas: who lay where on a day, what to divide a coverage by, and figures carried from one day to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from tiantou.areas import pack, rules
from tiantou.areas.models import Area, AreaQuerySet, Change, Level, Placement, Succession
from tiantou.areas.rules import LineLost, Picture, kind_of_district
from tiantou.kernel import clock, search
from tiantou.kernel.errors import Absent, Invalid, Problem


@dataclass(frozen=True, slots=True)
class Denominator:
    """What a coverage is divided by: a whole number, the day it holds for, and where it comes from."""

    value: int
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a search: the area, its full path, and whether another hit has the same name in the same district."""

    area: Area
    path: str


def first_day() -> date | None:
    """The first day the areas tell about; None before a region is loaded."""
    top = Area.objects.filter(level=Level.REGION).order_by("starts").first()
    return top.starts if top else None


def as_of(on: date, level: int | None = None) -> AreaQuerySet:
    """Areas that exist on a day, by code; of one level where it is given.

    Raises: Invalid for a day before the region's history begins.
    """
    begin = first_day()
    if begin is not None and on < begin:
        raise Invalid(
            problems=[
                Problem(
                    "on",
                    _("区划资料从 {begin} 起，没有 {on} 的。").format(begin=begin.isoformat(), on=on.isoformat()),
                    _("请选 {begin} 或以后的日期。").format(begin=begin.isoformat()),
                )
            ]
        )
    found = Area.objects.on(on)
    return (found if level is None else found.filter(level=level)).order_by("code")


def get(code: str, on: date | None = None) -> Area:
    """The area of this code on a day (without a day: the latest of this code). Raises: Absent."""
    rows = Area.objects.filter(code=code)
    if on is not None:
        rows = rows.on(on)
    area = rows.select_related("parent", "district").order_by("-starts").first()
    if area is None:
        raise Absent(_("没有代码为 {code} 的区划。").format(code=code[:12]), _("请到“区划”页按名称查找。"))
    return area


def parent_of(area: Area, on: date | None = None) -> Area | None:
    """What the area lay directly below on a day; None for the region and for a day on which the area was not there."""
    if on is None:
        return area.parent
    placement = Placement.objects.on(on).filter(child=area).select_related("parent").first()
    return placement.parent if placement else None


def within(code: str, on: date | None = None) -> set[int]:
    """Ids of the area and all areas below it, on a day (without a day: as they lie today). Empty for an unknown code."""
    if on is None:
        return set(
            Area.objects.filter(
                Q(code=code) | Q(parent__code=code) | Q(district__code=code) | Q(parent__parent__code=code)
                if not Area.objects.filter(code=code, level=Level.REGION).exists()
                else Q()
            ).values_list("pk", flat=True)
        )
    top = Area.objects.on(on).filter(code=code).first()
    if top is None:
        return set()
    below = picture(on).below()
    found, waiting = set(), [top.pk]
    while waiting:
        area = waiting.pop()
        found.add(area)
        waiting += below.get(area, [])
    return found


def scope_codes(code: str, on: date | None = None) -> set[str]:
    """Codes of all areas at or below an officer's area code; empty for an unknown code."""
    return set(Area.objects.filter(pk__in=within(code, on)).values_list("code", flat=True))


def denominator(what: str, on: date) -> Denominator:
    """`village_committees`, `villages`, `towns`, `districts` or `districts_with_villages` on a day.

    Raises: Invalid for an unknown name or a day before the history; KeyError never.
    """
    areas = as_of(on)
    counts = {
        "village_committees": lambda: areas.filter(level=Level.VILLAGE, village_committee=True).count(),
        "villages": lambda: areas.filter(level=Level.VILLAGE).count(),
        "towns": lambda: areas.filter(level=Level.TOWN).count(),
        "districts": lambda: areas.filter(level=Level.DISTRICT).count(),
        "districts_with_villages": lambda: len(districts_with_villages(on)),
    }
    if what not in counts:
        raise Invalid(problems=[Problem("what", _("没有“{what}”这个分母。").format(what=what[:40]), "、".join(counts))])
    top = Area.objects.filter(level=Level.REGION).first()
    return Denominator(counts[what](), on, top.source if top else "")


def districts_with_villages(on: date) -> list[Area]:
    """Districts (涉农区县) that have at least one village committee on a day, by code."""
    placed = Placement.objects.on(on)
    villages = Area.objects.on(on).filter(level=Level.VILLAGE, village_committee=True)
    above = placed.filter(child__in=villages).values_list("parent_id", flat=True).distinct()
    town_lies_in = dict(placed.filter(child__level=Level.TOWN).values_list("child_id", "parent_id"))
    districts = {town_lies_in.get(pk, pk) for pk in above}  # a village may lie in a district without a town between
    return list(as_of(on, Level.DISTRICT).filter(pk__in=districts))


def picture(on: date) -> Picture:
    """Who lies below whom on a day."""
    areas = dict(as_of(on).values_list("pk", "level"))
    placed = Placement.objects.on(on).values_list("child_id", "parent_id")
    parents: dict[int, int | None] = dict.fromkeys(areas)
    parents |= {child: parent for child, parent in placed if child in areas and parent in areas}
    return Picture(parents, areas)


@dataclass(frozen=True, slots=True)
class RebasedFigures:
    """Figures by area code of the other day, and the codes that hold a divided (estimated) part."""

    values: dict[str, int]
    estimated: frozenset[str]


def rebase(figures: Mapping[str, int], period: date, to: date) -> RebasedFigures:
    """Whole-number figures by area code of `period`'s day, carried to the areas of `to`'s day; the total is the same.

    Figures of any level stay at their level. The rule of division is told in `rules.rebase`.

    Raises: Invalid naming each code that did not exist on `period`, or whose lineage is not known.
    """
    ids = dict(as_of(period).filter(code__in=figures.keys()).values_list("code", "pk"))
    if unknown := [code for code in figures if code not in ids]:
        raise Invalid(problems=[_not_there(code, period) for code in unknown])
    before, after = picture(period), picture(to)
    try:
        done = rules.rebase({ids[code]: value for code, value in figures.items()}, before, after, _edges(period, to))
    except LineLost as lost:
        area = Area.objects.get(pk=lost.args[0])
        reason = _("不知道 {name}（{code}）后来归了哪里。").format(name=area.name, code=area.code)
        raise Invalid(problems=[Problem(area.code, reason, _("请先在区划沿革里登记它的变更。"))]) from None
    codes = dict(Area.objects.filter(pk__in=done.values).values_list("pk", "code"))
    return RebasedFigures(
        {codes[pk]: value for pk, value in done.values.items()}, frozenset(codes[pk] for pk in done.estimated)
    )


def _edges(period: date, to: date) -> list[tuple[int, int, int]]:
    early, late = sorted((period, to))
    rows = Succession.objects.filter(
        on__gt=early, on__lte=late, about=None, predecessor__isnull=False, successor__isnull=False
    ).values_list("predecessor_id", "successor_id", "weight")
    if to >= period:
        return [(old, new, weight) for old, new, weight in rows if old is not None and new is not None]
    return [(new, old, weight) for old, new, weight in rows if old is not None and new is not None]


def _not_there(code: str, on: date) -> Problem:
    known = Area.objects.filter(code=code).order_by("-starts").first()
    if known is None:
        return Problem(code[:12], _("没有代码为 {code} 的区划。").format(code=code[:12]), _("请到“区划”页按名称查找。"))
    reason = _("{name}（{code}）在 {on} 不存在。").format(name=known.name, code=code, on=on.isoformat())
    others = "、".join(f"{each.name}（{each.code}）" for each in kin(known))
    return Problem(code, reason, _("相关的区划：{others}").format(others=others) if others else "")


def kin(area: Area) -> list[Area]:
    """What the area came from and became, directly."""
    return list(
        Area.objects.filter(
            Q(successions__successor=area, successions__about=None) | Q(origins__predecessor=area, origins__about=None)
        ).distinct()
    )


def find(q: str, on: date | None = None, limit: int = 50) -> list[Found]:
    """Areas whose name answers a query (characters, pinyin, initials, code), best first, each with its whole path.

    88 names occur twice within one district, so the path goes down from the district. Without a day, past areas are found too.
    """
    words = q.strip()
    for suffix in ("村民委员会", "居民委员会", "村委会", "居委会"):
        words = words.removesuffix(suffix)
    rows = Area.objects.all() if on is None else Area.objects.on(on)
    rows = rows.filter(search.matching(words) | Q(code=words.upper()))
    rows = rows.select_related("parent", "district").order_by(search.rank(words), "level", "code", "starts")
    return [Found(area, path_of(area)) for area in rows[:limit]]


def path_of(area: Area) -> str:
    """`奉节县 › 草堂镇 › 欧营村`: from the district down, as the area lies today."""
    names = [area.name]
    if area.level == Level.VILLAGE and area.parent:
        names.insert(0, area.parent.name)
    if area.level >= Level.TOWN and area.district:
        names.insert(0, area.district.name)
    return " › ".join(names)


def lineage(area: Area) -> Sequence[Succession]:
    """Everything on record that happened to the area, oldest first."""
    return list(
        Succession.objects.filter(Q(predecessor=area) | Q(successor=area) | Q(about=area))
        .select_related("predecessor", "successor", "about")
        .order_by("on", "pk")
    )


def children_of(area: Area, on: date) -> list[Area]:
    """Areas directly below on a day, by code."""
    return list(
        Area.objects.on(on).filter(placements__in=Placement.objects.on(on).filter(parent=area)).order_by("code")
    )


def count_below(on: date) -> dict[int, dict[str, int]]:
    """For each district and town of a day: `towns`, `villages` and `village_committees` below it."""
    day = picture(on)
    committees = set(
        Area.objects.on(on).filter(level=Level.VILLAGE, village_committee=True).values_list("pk", flat=True)
    )
    found: dict[int, dict[str, int]] = {
        pk: {"towns": 0, "villages": 0, "village_committees": 0}
        for pk, level in day.levels.items()
        if level < Level.VILLAGE
    }
    for pk, level in day.levels.items():
        above = day.parents[pk]
        while above is not None:
            if level == Level.VILLAGE:
                found[above]["villages"] += 1
                found[above]["village_committees"] += pk in committees
            elif level == Level.TOWN:
                found[above]["towns"] += 1
            above = day.parents[above]
    return found


def district_kinds(on: date) -> dict[str, int]:
    """How many districts, counties and autonomous counties there are on a day."""
    counts = {"district": 0, "county": 0, "autonomous": 0}
    for name in as_of(on, Level.DISTRICT).values_list("name", flat=True):
        if kind := kind_of_district(name):
            counts[kind] += 1
    return counts


def zone_of(code: str, on: date) -> pack.Zone | None:
    """The zone a district lay in on a day; None where there was none, or where it lay in several.

    A district that was renamed is found by any of its codes.
    """
    codes = {code} | set(
        Succession.objects.filter(kind=Change.RENAME)
        .filter(Q(predecessor__code=code) | Q(successor__code=code))
        .values_list("successor__code", flat=True)
    )
    zones = [
        each for each in pack.zones(settings.REGION) if each.starts <= on and (each.ends is None or on < each.ends)
    ]
    return next((zone for zone in zones if codes & set(zone.districts)), None)


def change_days() -> list[date]:
    """Days on which districts changed, oldest first: what a date switch offers."""
    rows = Succession.objects.filter(Q(predecessor__level=Level.DISTRICT) | Q(successor__level=Level.DISTRICT))
    return sorted(set(rows.values_list("on", flat=True)))


def last_change() -> date | None:
    """The day of the latest change on record."""
    found: date | None = Succession.objects.aggregate(latest=Max("on"))["latest"]
    return found


def today() -> date:
    """The day pages show where none is asked for."""
    return clock.today()
