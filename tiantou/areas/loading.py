"""Brings a computed history into the tables in few statements. Only `services` calls it, inside a verb's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from tiantou.areas.models import Area, Level, Placement, Succession
from tiantou.areas.rules import DatedArea, History
from tiantou.kernel.search import tokens

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows a load made and how many it brought to an end."""

    created: int
    ended: int


def bring_in(told: History, on: date) -> Loaded:
    """Areas, placements and successions of `told` are on record; what people recorded since stays.

    A second load of the same history changes nothing: rows are found by code and first day, nothing is reopened and no
    name is written over.
    """
    areas, done = _areas(told)
    placed = _placements(told, areas)
    made = _successions(told, areas)
    refresh_today(on)
    if done.created:
        _count_rows()
    return Loaded(done.created + placed.created + made, done.ended + placed.ended)


def _count_rows() -> None:
    """The planner knows how large the tables have become; else the next joins over them take minutes, not milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE areas_area, areas_placement, areas_succession")


def _areas(told: History) -> tuple[dict[str, Area], Loaded]:
    stored: dict[tuple[str, date], Area] = {(each.code, each.starts): each for each in Area.objects.all()}
    open_rows = {each.code: each for each in stored.values() if each.ends is None}
    found: dict[str, Area] = {}
    fresh: list[Area] = []
    ended: list[Area] = []
    for fact in told.areas.values():
        # The second look-up takes an area that was written down by hand before the list was loaded.
        row = stored.get((fact.code, fact.starts)) or open_rows.get(fact.code)
        if row is None:
            row = _row(fact)
            fresh.append(row)
        elif row.ends is None and fact.ends is not None:
            row.ends = fact.ends
            ended.append(row)
        found[fact.code] = row
    Area.objects.bulk_update(ended, ["ends"])
    Area.objects.bulk_create(fresh, batch_size=CHUNK)
    return found, Loaded(len(fresh), len(ended))


def _row(fact: DatedArea) -> Area:
    return Area(
        code=fact.code,
        level=fact.level,
        name=fact.name,
        starts=fact.starts,
        ends=fact.ends,
        village_committee=fact.village_committee,
        source=fact.source[:200],
        tokens=tokens(fact.name),
    )


def _placements(told: History, areas: dict[str, Area]) -> Loaded:
    stored = {(each.child_id, each.starts): each for each in Placement.objects.all()}
    open_rows = {each.child_id: each for each in stored.values() if each.ends is None}
    fresh: list[Placement] = []
    ended: list[Placement] = []
    for fact in told.placements:
        child, parent = areas[fact.child], areas[fact.parent]
        row = stored.get((child.pk, fact.starts))
        if row is not None:
            if row.ends is None and fact.ends is not None:
                row.ends = fact.ends
                ended.append(row)
                open_rows.pop(child.pk)
            continue
        if fact.ends is None and child.pk in open_rows:
            continue  # somebody has moved it since: the newer word stands
        fresh.append(
            Placement(child=child, parent=parent, starts=fact.starts, ends=fact.ends, source=fact.source[:200])
        )
    Placement.objects.bulk_update(ended, ["ends"])
    Placement.objects.bulk_create(fresh, batch_size=CHUNK)
    return Loaded(len(fresh), len(ended))


def _successions(told: History, areas: dict[str, Area]) -> int:
    stored = set(Succession.objects.values_list("predecessor_id", "successor_id", "about_id", "on", "kind"))
    fresh = []
    for fact in told.successions:
        ends = [areas[code].pk if code else None for code in (fact.predecessor, fact.successor, fact.about)]
        if (*ends, fact.on, fact.kind) in stored:
            continue
        fresh.append(
            Succession(
                predecessor_id=ends[0],
                successor_id=ends[1],
                about_id=ends[2],
                on=fact.on,
                kind=fact.kind,
                weight=fact.weight,
                source=fact.source[:200],
                note=fact.note[:300],
            )
        )
    Succession.objects.bulk_create(fresh)
    return len(fresh)


def refresh_today(on: date) -> None:
    """`parent` and `district` of every placed area say where it lies on `on` (or lay last)."""
    last: dict[int, Placement] = {}
    for placement in Placement.objects.filter(starts__lte=on).order_by("starts"):
        last[placement.child_id] = placement
    rows = {each.pk: each for each in Area.objects.all()}
    changed: list[Area] = []
    for row in rows.values():
        if row.pk not in last:
            continue
        parent, district = last[row.pk].parent_id, _district(row, last, rows)
        if (row.parent_id, row.district_id) != (parent, district):
            row.parent_id, row.district_id = parent, district
            changed.append(row)
    _write(changed)


def _write(changed: Sequence[Area]) -> None:
    """One statement for all rows: Django's bulk_update needs seconds for a region."""
    if not changed:
        return
    columns: list[Any] = [
        [each.pk for each in changed],
        [each.parent_id for each in changed],
        [each.district_id for each in changed],
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE areas_area SET parent_id = now.parent, district_id = now.district "
            "FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS now (id, parent, district) "
            "WHERE areas_area.id = now.id",
            columns,
        )


def _district(row: Area, last: dict[int, Placement], rows: dict[int, Area]) -> int | None:
    if row.level <= Level.DISTRICT:
        return None
    above = row
    while above.level > Level.DISTRICT:
        if above.pk not in last:
            return None
        above = rows[last[above.pk].parent_id]
    return above.pk
