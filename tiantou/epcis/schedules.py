"""When a scheduled subscription runs: the fields of the standard's query schedule (EPCIS 2.0, 8.2.5.3). Pure.

A field holds numbers and ranges parted by commas: `1,[5-9]`. A field that is left out holds any value if it is coarser than a given
one, and its first value if it is finer: `hour: 1, minute: 5` is five past one, once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tiantou.kernel.clock import ZONE

#: Field → (lowest, highest), from fine to coarse.
FIELDS = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
_CLOCK = ("second", "minute", "hour")
#: No schedule that ever comes is farther away: a 29 February on a given weekday.
_FARTHEST = timedelta(days=366 * 41)


class BadSchedule(ValueError):
    """The schedule cannot be read, or never comes."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values at which it runs, by field."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def has_day(self, at: datetime) -> bool:
        """Whether it runs on that day at all."""
        return at.month in self.months and at.day in self.days and at.isoweekday() in self.weekdays


def read(fields: Mapping[str, object]) -> Schedule:
    """The schedule that the fields say. Raises: BadSchedule, naming the field."""
    if unknown := [name for name in fields if name not in FIELDS]:
        raise BadSchedule(f"There is no field {unknown[0]} in a schedule.")
    given = [name for name in FIELDS if name in fields]
    if not given:
        raise BadSchedule("A schedule needs a field.")
    finest = list(FIELDS).index(given[0])
    sets = []
    for place, (name, (low, high)) in enumerate(FIELDS.items()):
        if name in fields:
            sets.append(_values(name, str(fields[name]), low, high))
        elif place < finest and name in _CLOCK:
            sets.append(frozenset({low}))
        else:
            sets.append(frozenset(range(low, high + 1)))
    return Schedule(*sets)


def _values(name: str, text: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(?:([0-9]{1,2})|\[\s*([0-9]{1,2})\s*-\s*([0-9]{1,2})\s*\])\s*", part)
        if not match:
            raise BadSchedule(f"{name} takes numbers and ranges such as 1,[5-9].")
        first = int(match[1] or match[2])
        last = int(match[1] or match[3])
        if not low <= first <= last <= high:
            raise BadSchedule(f"{name} takes {low} to {high}.")
        found |= set(range(first, last + 1))
    return frozenset(found)


def next_after(schedule: Schedule, at: datetime) -> datetime:
    """The first instant after `at` at which the schedule runs, by the region's clock. Raises: BadSchedule, if it never does."""
    local = at.astimezone(ZONE).replace(microsecond=0) + timedelta(seconds=1)
    end = local + _FARTHEST
    while local < end:
        if not schedule.has_day(local):
            local = local.replace(hour=0, minute=0, second=0) + timedelta(days=1)
        elif local.hour not in schedule.hours:
            local = local.replace(minute=0, second=0) + timedelta(hours=1)
        elif local.minute not in schedule.minutes:
            local = local.replace(second=0) + timedelta(minutes=1)
        elif local.second not in schedule.seconds:
            local += timedelta(seconds=1)
        else:
            return local
    raise BadSchedule("The schedule never comes.")
