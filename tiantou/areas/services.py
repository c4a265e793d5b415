"""Verbs over areas: load a region, then keep its lineage as the law changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from tiantou.areas import pack, rules
from tiantou.areas.loading import Loaded, bring_in, refresh_today
from tiantou.areas.models import Area, Change, Level, Placement, Succession
from tiantou.areas.queries import within
from tiantou.kernel.access import SYSTEM_ONLY, allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Conflict, Invalid, Problem
from tiantou.kernel.events import publish
from tiantou.kernel.search import tokens
from tiantou.kernel.verbs import verb

KEEPERS = allow(Role.CITY_OFFICER, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class AreaSucceeded:
    """Announced when an area ended and `successor_id` took its place: whoever points at the old one may follow."""

    predecessor_id: int
    successor_id: int
    on: date
    kind: str


class AreaEnded(Conflict):
    """The area no longer exists, so nothing can happen to it."""

    code = "area-ended"


@verb(SYSTEM_ONLY)
def load_region(*, by: Actor, at: datetime, region: str) -> Loaded:
    """The areas of the region pack stand, with all dated changes; loading again changes nothing.

    Raises: pack.NoSuchRegion; ValueError for a pack that contradicts itself.
    """
    about = pack.about(region)
    told = rules.history(
        pack.divisions(region),
        pack.events(region),
        horizon=about["horizon"],
        listed=about["listed"],
        source=about["source"],
    )
    return load_division(by=by, at=at, told=told)


@verb(SYSTEM_ONLY)
def load_division(*, by: Actor, at: datetime, told: rules.History) -> Loaded:
    """The areas, placements and successions of `told` are on record; what people changed since stays."""
    return bring_in(told, local_date(at))


@verb(KEEPERS)
def rename_area(
    *, by: Actor, at: datetime, area: Area, name: str, on: date, source: str, code: str = "", note: str = ""
) -> Area:
    """From `on` the area is called `name` (更名, 撤县设区), under `code` if the law gave a new one; all in it follows.

    Returns the area under its new name. Raises: Invalid; AreaEnded.
    """
    area = _open(area)
    _check(at=at, on=on, source=source, areas=[area], name=name)
    successor = _succeed([area], code.strip() or area.code, name.strip(), on, source)
    _succession(area, successor, on, Change.RENAME, _size(area), source, note)
    _hand_over(area, successor, on, source)
    _close(area, on)
    refresh_today(local_date(at))
    publish(AreaSucceeded(area.pk, successor.pk, on, Change.RENAME))
    successor.refresh_from_db()
    return successor


@verb(KEEPERS)
def move_area(*, by: Actor, at: datetime, area: Area, parent: Area, on: date, source: str, note: str = "") -> Area:
    """From `on` the area lies below `parent` (改属); what is in it goes with it.

    Raises: Invalid where `parent` is not one level higher; AreaEnded.
    """
    area, parent = _open(area), _open(parent)
    _check(at=at, on=on, source=source, areas=[area, parent])
    if parent.level != area.level - 1:
        raise Invalid(
            problems=[Problem("parent", _("{name} 不是上一级区划。").format(name=parent.name), _("请选上一级。"))]
        )
    old = _current(area)
    if old.parent_id == parent.pk:
        raise Invalid(problems=[Problem("parent", _("它本来就在 {name}。").format(name=parent.name))])
    _succession(old.parent, parent, on, Change.MOVE, _size(area), source, note, about=area)
    _place(area, parent, on, source)
    refresh_today(local_date(at))
    area.refresh_from_db()
    return area


@verb(KEEPERS)
def merge_areas(
    *,
    by: Actor,
    at: datetime,
    areas: Sequence[Area],
    code: str,
    name: str,
    on: date,
    source: str,
    note: str = "",
) -> Area:
    """From `on` the areas are one area (合并) of this code and name, which may be that of one of them; theirs is in it.

    Raises: Invalid for fewer than two areas, areas of different levels or parents; AreaEnded.
    """
    merged = [_open(each) for each in areas]
    _check(at=at, on=on, source=source, areas=merged, name=name, code=code)
    parents = {_current(each).parent_id for each in merged}
    if len({each.pk for each in merged}) < len("两个") or len({each.level for each in merged}) > 1 or len(parents) > 1:
        raise Invalid(problems=[Problem("areas", _("合并要两个以上、同一级、同一上级的区划。"))])
    successor = _succeed(merged, code.strip(), name.strip(), on, source)
    for area in merged:
        _succession(area, successor, on, Change.MERGE, _size(area), source, note)
        _hand_over(area, successor, on, source)
        _close(area, on)
        publish(AreaSucceeded(area.pk, successor.pk, on, Change.MERGE))
    refresh_today(local_date(at))
    successor.refresh_from_db()
    return successor


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an area that is split: its code and name, the children that go there, and (where there are none) its weight."""

    code: str
    name: str
    children: tuple[Area, ...] = ()
    weight: int = 1


@verb(KEEPERS)
def split_area(
    *, by: Actor, at: datetime, area: Area, parts: Sequence[Part], on: date, source: str, note: str = ""
) -> Area:
    """From `on` the area is the parts (拆分); every child has gone to exactly one of them. Returns the first part.

    Raises: Invalid where a child is left out or named twice, or a weight is not positive; AreaEnded.
    """
    area = _open(area)
    _check(at=at, on=on, source=source, areas=[area])
    children = {each.child_id for each in Placement.objects.filter(parent=area, ends=None)}
    named = [child.pk for part in parts for child in part.children]
    if len(parts) < len("两个") or sorted(named) != sorted(children) or any(part.weight < 1 for part in parts):
        raise Invalid(
            problems=[
                Problem("parts", _("拆分要两部分以上，每个下级恰好归入其中一部分。"), _("请核对各部分的下级名单。"))
            ]
        )
    made = []
    for part in parts:
        _check(at=at, on=on, source=source, areas=[], name=part.name, code=part.code)
        successor = _succeed([area], part.code.strip(), part.name.strip(), on, source)
        made.append(successor)
        weight = sum(_size(child) for child in part.children) or part.weight
        _succession(area, successor, on, Change.SPLIT, weight, source, note)
        for child in part.children:
            _place(child, successor, on, source)
    _close(area, on)
    refresh_today(local_date(at))
    made[0].refresh_from_db()
    return made[0]


@verb(KEEPERS)
def create_area(
    *, by: Actor, at: datetime, parent: Area, code: str, name: str, on: date, source: str,
    village_committee: bool | None = None, note: str = "",
) -> Area:  # fmt: skip
    """From `on` there is a new area below `parent` that was made of nothing on record (新设).

    Raises: Invalid; AreaEnded for a parent that no longer exists.
    """
    parent = _open(parent)
    _check(at=at, on=on, source=source, areas=[parent], name=name, code=code)
    if parent.level == Level.VILLAGE or (village_committee is None) == (parent.level == Level.TOWN):
        raise Invalid(problems=[Problem("village_committee", _("村级区划要说明是村委会还是居委会，其他级别不填。"))])
    area = _new(code.strip(), parent.level + 1, name.strip(), on, source, village_committee)
    _place(area, parent, on, source)
    _succession(None, area, on, Change.CREATE, 1, source, note)
    refresh_today(local_date(at))
    area.refresh_from_db()
    return area


@verb(KEEPERS)
def abolish_area(*, by: Actor, at: datetime, area: Area, into: Area, on: date, source: str, note: str = "") -> Area:
    """From `on` the area is gone and what was in it lies in `into`, an existing area of its level (撤销并入). Returns `into`.

    Raises: Invalid where the levels differ or both are the same; AreaEnded.
    """
    area, into = _open(area), _open(into)
    _check(at=at, on=on, source=source, areas=[area, into])
    if area.level != into.level or area.pk == into.pk:
        raise Invalid(problems=[Problem("into", _("只能并入另一个同级的区划。"))])
    _succession(area, into, on, Change.MERGE, _size(area), source, note)
    _hand_over(area, into, on, source)
    _close(area, on)
    refresh_today(local_date(at))
    publish(AreaSucceeded(area.pk, into.pk, on, Change.MERGE))
    into.refresh_from_db()
    return into


def _check(
    *, at: datetime, on: date, source: str, areas: Sequence[Area], name: str | None = None, code: str | None = None
) -> None:
    """Raises Invalid with every fault: what is empty, a day in the future or before the areas' last change."""
    problems = []
    if not source.strip():
        problems.append(Problem("source", _("没有写依据。"), _("请写批复文号或公告和日期。")))
    if name is not None and not name.strip():
        problems.append(Problem("name", _("没有写名称。")))
    if code is not None and not code.strip().isalnum():
        problems.append(Problem("code", _("区划代码只能是数字（临时代码可带字母）。"), _("请写 12 位以内的代码。")))
    if on > local_date(at):
        problems.append(Problem("on", _("生效日期还没有到。"), _("请到生效那天再登记。")))
    problems += [
        Problem("on", _("{name} 在这一天之后还有变更。").format(name=each.name), _("变更要按日期先后登记。"))
        for each in areas
        if on <= each.starts
        or Placement.objects.filter(child=each, starts__gte=on).exists()
        or Placement.objects.filter(parent=each, starts__gt=on).exists()
    ]
    if problems:
        raise Invalid(problems=problems)


def _open(area: Area) -> Area:
    """The area, locked, still existing."""
    row = Area.objects.select_for_update().get(pk=area.pk)
    if row.ends is not None:
        raise AreaEnded(
            _("{name} 自 {day} 起已不存在。").format(name=row.name, day=row.ends.isoformat()),
            _("请在它的沿革里找到现在的区划。"),
        )
    return row


def _current(area: Area) -> Placement:
    placement = Placement.objects.filter(child=area, ends=None).select_related("parent").first()
    if placement is None:
        raise Conflict(_("{name} 没有上级，不能这样变更。").format(name=area.name))
    return placement


def _succeed(ending: Sequence[Area], code: str, name: str, on: date, source: str) -> Area:
    """A new area in the place of the `ending` ones, which may bequeath it their code."""
    model = ending[0]
    placement = Placement.objects.filter(child=model).select_related("parent").order_by("-starts").first()
    if placement is None:
        raise Conflict(_("{name} 没有上级，不能这样变更。").format(name=model.name))
    Area.objects.filter(code=code, ends=None, pk__in=[each.pk for each in ending]).update(ends=on)
    area = _new(code, model.level, name, on, source, model.village_committee)
    _place(area, placement.parent, on, source)
    return area


def _new(code: str, level: int, name: str, on: date, source: str, village_committee: bool | None) -> Area:
    if Area.objects.filter(code=code, ends=None).exists():
        raise Invalid(problems=[Problem("code", _("代码 {code} 已经有了。").format(code=code[:12]))])
    return Area.objects.create(
        code=code,
        level=level,
        name=name,
        starts=on,
        source=source[:200],
        village_committee=village_committee,
        tokens=tokens(name),
    )


def _close(area: Area, on: date) -> None:
    Area.objects.filter(pk=area.pk).update(ends=on)
    Placement.objects.filter(child=area, ends=None).update(ends=on)


def _place(area: Area, parent: Area, on: date, source: str) -> None:
    Placement.objects.filter(child=area, ends=None).update(ends=on)
    Placement.objects.create(child=area, parent=parent, starts=on, source=source[:200])


def _hand_over(area: Area, successor: Area, on: date, source: str) -> None:
    for placement in Placement.objects.filter(parent=area, ends=None).select_related("child"):
        _place(placement.child, successor, on, source)


def _size(area: Area) -> int:
    """Number of village-level areas at or below: the weight by which a figure would be divided."""
    return max(1, Area.objects.filter(pk__in=within(area.code), level=Level.VILLAGE, ends=None).count())


def _succession(
    predecessor: Area | None,
    successor: Area | None,
    on: date,
    kind: Change,
    weight: int,
    source: str,
    note: str,
    *,
    about: Area | None = None,
) -> Succession:
    return Succession.objects.create(
        predecessor=predecessor,
        successor=successor,
        about=about,
        on=on,
        kind=kind,
        weight=weight,
        source=source[:200],
        note=note[:300],
    )
