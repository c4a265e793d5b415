"""How areas change and how figures follow them. Pure: no database, no clock.

The division list is one day's picture; `history` turns it and the dated events of a region pack into dated areas,
placements and successions. `rebase` carries figures from the areas of one day to those of another, to the last unit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K")

#: Where a district's kind of government is written: at the end of its name, the longest first.
_ENDINGS = {"自治县": "autonomous", "区": "district", "县": "county"}


@dataclass(frozen=True, slots=True)
class Division:
    """One line of a division list. `village_committee` is None above village level."""

    code: str
    level: int
    name: str
    parent: str
    village_committee: bool | None = None


@dataclass(frozen=True, slots=True)
class Rename:
    """From `on`, what was `old` (code and name) is `new`, with all that lies in it."""

    on: date
    old: tuple[str, str]
    new: tuple[str, str]
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Regroup:
    """On `on`, districts are abolished and others made; every town named or left over has its new district."""

    on: date
    abolished: tuple[tuple[str, str], ...]
    created: tuple[tuple[str, str], ...]
    #: Where towns go: town code to district code.
    moves: Mapping[str, str]
    #: Where all other towns of an abolished district go.
    rest: str
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DatedArea:
    """An area with its life."""

    code: str
    level: int
    name: str
    starts: date
    ends: date | None = None
    village_committee: bool | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class DatedPlacement:
    """A child below a parent (both by code) for a time."""

    child: str
    parent: str
    starts: date
    ends: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class DatedSuccession:
    """What became of an area; codes, "" where there is none."""

    predecessor: str
    successor: str
    about: str
    on: date
    kind: str
    weight: int
    source: str
    note: str = ""


@dataclass(slots=True)
class History:
    """Everything a region pack says about its areas."""

    areas: dict[str, DatedArea] = field(default_factory=dict)
    placements: list[DatedPlacement] = field(default_factory=list)
    successions: list[DatedSuccession] = field(default_factory=list)


def kind_of_district(name: str) -> str:
    """`autonomous`, `district` or `county`, by the end of the name; "" for what is none of them."""
    return next((kind for ending, kind in _ENDINGS.items() if name.endswith(ending)), "")


def history(
    divisions: Iterable[Division],
    events: Iterable[Rename | Regroup],
    *,
    horizon: date,
    listed: date,
    source: str,
) -> History:
    """Dated areas of a list as of `listed`, told from `horizon` on.

    Events before `listed` are already in the list (it names only what came of them), later ones are not. A code stands
    for one area only; an area that is renamed without a new code needs a new entry of the pack.

    Raises: ValueError for an event about an area that is not there.
    """
    made = History()
    for each in divisions:
        made.areas[each.code] = DatedArea(
            each.code, each.level, each.name, horizon, None, each.village_committee, source
        )
        if each.parent:
            made.placements.append(DatedPlacement(each.code, each.parent, horizon, None, source))
    for event in sorted(events, key=lambda each: each.on):
        if isinstance(event, Regroup):
            _regroup(made, event)
        elif event.on <= listed:
            _unwind(made, event)
        else:
            _rename(made, event)
    return made


def _unwind(made: History, event: Rename) -> None:
    """The list knows only the new area: tell what it was before."""
    code, name = event.new
    new = _there(made, code)
    made.areas[event.old[0]] = replace(new, code=event.old[0], name=event.old[1], ends=event.on, source=event.source)
    made.areas[code] = replace(new, name=name, starts=event.on)
    told: list[DatedPlacement] = []
    for each in made.placements:
        if code not in {each.parent, each.child}:
            told.append(each)
            continue
        before = replace(
            each,
            parent=event.old[0] if each.parent == code else each.parent,
            child=event.old[0] if each.child == code else each.child,
            ends=event.on,
        )
        told += [before, replace(each, starts=event.on)]
    made.placements = told
    _note_rename(made, event)


def _rename(made: History, event: Rename) -> None:
    """The list knows only the old area: tell what it is after."""
    old, (code, name) = _there(made, event.old[0]), event.new
    made.areas[old.code] = replace(old, ends=event.on)
    made.areas[code] = DatedArea(code, old.level, name, event.on, None, old.village_committee, event.source)
    told: list[DatedPlacement] = []
    for each in made.placements:
        told.append(each)
        if each.ends is None and old.code in {each.parent, each.child}:
            told[-1] = replace(each, ends=event.on)
            told.append(
                replace(
                    each,
                    parent=code if each.parent == old.code else each.parent,
                    child=code if each.child == old.code else each.child,
                    starts=event.on,
                    source=event.source,
                )
            )
    made.placements = told
    _note_rename(made, event)


def _note_rename(made: History, event: Rename) -> None:
    weight = _units(made, event.new[0], event.on)
    made.successions.append(
        DatedSuccession(event.old[0], event.new[0], "", event.on, "rename", weight, event.source, event.note)
    )


def _regroup(made: History, event: Regroup) -> None:
    gone = {code for code, _name in event.abolished}
    now = {each.child: each for each in made.placements if each.ends is None}
    region = next(now[code].parent for code in gone)
    for code in gone:
        made.areas[code] = replace(_there(made, code), ends=event.on)
        _end(made, now[code], event.on)
    for code, name in event.created:
        made.areas[code] = DatedArea(code, 1, name, event.on, None, None, event.source)
        made.placements.append(DatedPlacement(code, region, event.on, None, event.source))
    flows: dict[tuple[str, str], int] = defaultdict(int)
    moves = dict(event.moves)
    for child, placement in now.items():
        if placement.parent in gone:
            moves.setdefault(child, event.rest)
    for town, target in moves.items():
        _there(made, town)
        weight = _units(made, town, event.on)
        source_district = now[town].parent
        _end(made, now[town], event.on)
        made.placements.append(DatedPlacement(town, target, event.on, None, event.source))
        flows[source_district, target] += weight
        if town in event.moves:
            made.successions.append(
                DatedSuccession(source_district, target, town, event.on, "move", weight, event.source)
            )
    for (old, new), weight in flows.items():
        if old in gone:
            kind = "merge" if new == event.rest else "split"
            made.successions.append(DatedSuccession(old, new, "", event.on, kind, weight, event.source, event.note))
    made.successions += [
        DatedSuccession("", code, "", event.on, "create", 1, event.source, event.note) for code, _name in event.created
    ]


def _there(made: History, code: str) -> DatedArea:
    if code not in made.areas:
        raise ValueError(f"an event speaks of {code}, which is not in the list")
    return made.areas[code]


def _end(made: History, placement: DatedPlacement, on: date) -> None:
    made.placements[made.placements.index(placement)] = replace(placement, ends=on)


def _units(made: History, code: str, on: date) -> int:
    """How many lowest areas lie at or below `code` on a day."""
    below: dict[str, list[str]] = defaultdict(list)
    for each in made.placements:
        if each.starts <= on and (each.ends is None or each.ends > on):
            below[each.parent].append(each.child)
    return len(_leaves(code, below))


def _leaves(top: str, below: Mapping[str, list[str]]) -> list[str]:
    found, waiting = [], [top]
    while waiting:
        code = waiting.pop()
        children = below.get(code)
        if children:
            waiting += children
        else:
            found.append(code)
    return found


# -- figures ---------------------------------------------------------------------------------------------------------


def apportion(value: int, weights: Mapping[K, Fraction | int]) -> dict[K, int]:
    """`value` divided by `weights` into whole numbers whose sum is exactly `value`.

    Largest remainder; equal remainders in the order of `weights`. Works for negative values too.

    Raises: ValueError where no weight is positive.
    """
    total = sum(weights.values(), start=Fraction(0))
    if total <= 0:
        raise ValueError("nothing to divide by")
    sign, size = (-1, -value) if value < 0 else (1, value)
    exact = {key: size * Fraction(weight) / total for key, weight in weights.items()}
    shares = {key: int(share) for key, share in exact.items()}
    left = size - sum(shares.values())
    for key in sorted(exact, key=lambda each: shares[each] - exact[each])[:left]:
        shares[key] += 1
    return {key: sign * share for key, share in shares.items()}


@dataclass(frozen=True, slots=True)
class Picture:
    """Who lay below whom on one day (by any identifier): `parents` holds every area of the day but the region (None)."""

    parents: Mapping[int, int | None]
    levels: Mapping[int, int]

    def below(self) -> dict[int, list[int]]:
        """Children by parent."""
        found: dict[int, list[int]] = defaultdict(list)
        for child, parent in self.parents.items():
            if parent is not None:
                found[parent].append(child)
        return found

    def at_level(self, area: int, level: int) -> int | None:
        """The area itself, or what lies above it, at `level`."""
        at: int | None = area
        while at is not None and self.levels[at] > level:
            at = self.parents[at]
        return at


@dataclass(frozen=True, slots=True)
class Rebased:
    """Figures by area of the other day; those in `estimated` hold a part that was divided by the rule of `rebase`."""

    values: dict[int, int]
    estimated: frozenset[int]


class LineLost(LookupError):
    """Nothing says what became of an area (`args[0]`)."""


def rebase(
    figures: Mapping[int, int], before: Picture, after: Picture, edges: Iterable[tuple[int, int, int]]
) -> Rebased:
    """The figures of `before`'s areas carried to `after`'s areas of the same level; the sum stays exactly the same.

    A figure goes where the area's lowest units (villages, else towns) went. Where they went to several areas the figure
    is divided by the number of units, in whole numbers by largest remainder, and marked as estimated. `edges` are
    (from, to, weight) of units that ended in between.

    Raises: LineLost where a unit ended and no edge says what it became.
    """
    onward: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for source, target, weight in edges:
        onward[source].append((target, weight))
    below = before.below()
    values: dict[int, int] = defaultdict(int)
    estimated: set[int] = set()
    for area, value in figures.items():
        weights: dict[int, Fraction] = defaultdict(Fraction)
        for unit in _units_of(area, below):
            for end, share in _ends(unit, after, onward):
                upper = after.at_level(end, before.levels[area])
                if upper is None:
                    raise LineLost(area)
                weights[upper] += share
        for target, share_of_value in apportion(value, dict(sorted(weights.items()))).items():
            values[target] += share_of_value
        if len(weights) > 1:
            estimated |= weights.keys()
    return Rebased(dict(values), frozenset(estimated))


def _units_of(area: int, below: Mapping[int, list[int]]) -> list[int]:
    found, waiting = [], [area]
    while waiting:
        each = waiting.pop()
        children = below.get(each)
        if children:
            waiting += children
        else:
            found.append(each)
    return found


def _ends(unit: int, after: Picture, onward: Mapping[int, list[tuple[int, int]]]) -> list[tuple[int, Fraction]]:
    """Where a unit lies in `after`, in shares that add up to one."""
    found: list[tuple[int, Fraction]] = []
    waiting = [(unit, Fraction(1))]
    passed: set[int] = set()
    while waiting:
        each, share = waiting.pop()
        if each in after.parents:
            found.append((each, share))
            continue
        ways = onward.get(each)
        if not ways or each in passed:
            raise LineLost(unit)
        passed.add(each)
        total = sum(weight for _target, weight in ways)
        waiting += [(target, share * weight / total) for target, weight in ways]
    return found


def short_name(name: str) -> str:
    """`石柱` for 石柱土家族自治县: a district's name as it fits on a tile; a name of two characters stays whole."""
    plain = re.sub("(?:土家族|苗族)*自治县$|新区$|[区县]$", "", name)
    return plain if len(plain) > 1 else name
