"""Pure rules of recalls: what a level demands, what an answer must say, how well a recall works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

#: By level: hours until it has to begin, working days until it has to be over (食品召回管理办法, 2015 年总局令第 12 号, articles 13, 18).
BEGIN_HOURS: Mapping[str, int] = {"1": 24, "2": 48, "3": 72}
FINISH_WORKING_DAYS: Mapping[str, int] = {"1": 10, "2": 20, "3": 30}
_SATURDAY = 5


def finish_on(start: date, level: str) -> date:
    """The last day on which a recall begun on `start` should be over; Saturdays and Sundays do not count, public holidays are not known."""
    day, left = start, FINISH_WORKING_DAYS[level]
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day


@dataclass(frozen=True, slots=True)
class Answer:
    """What a holder says became of one lot, in grams."""

    lot: str
    stopped_g: int = 0
    returned_g: int = 0
    destroyed_g: int = 0
    sold_g: int = 0
    proof: str = ""
    note: str = ""

    @property
    def accounted_g(self) -> int:
        """All of it."""
        return self.stopped_g + self.returned_g + self.destroyed_g + self.sold_g


def faults(answer: Answer, expected_g: int, most_g: int) -> list[tuple[str, str]]:
    """What keeps an answer from being taken, as (field, fault): `most_g` is all that the lot ever weighed.

    An answer may leave something open or find more than the books say, if it says why.
    """
    found = [
        (name, "negative") for name in ("stopped_g", "returned_g", "destroyed_g", "sold_g") if getattr(answer, name) < 0
    ]
    if found:
        return found
    if answer.accounted_g > most_g:
        found.append(("stopped_g", "too much"))
    if answer.destroyed_g and not answer.proof.strip():
        found.append(("proof", "missing"))
    if answer.accounted_g != expected_g and not answer.note.strip():
        found.append(("note", "unexplained"))
    return found


@dataclass(frozen=True, slots=True)
class Effect:
    """How well a recall works. Shares are whole per cents of what they are shares of; None of nothing."""

    parties: int = 0
    told: int = 0
    answered: int = 0
    overdue: int = 0
    lots: int = 0
    late_lots: int = 0
    expected_g: int = 0
    stock_g: int = 0
    road_g: int = 0
    bought_g: int = 0
    private_g: int = 0
    located_g: int = 0
    stopped_g: int = 0
    returned_g: int = 0
    destroyed_g: int = 0
    sold_g: int = 0
    mean_hours: float | None = None

    @property
    def recovered_g(self) -> int:
        """What is out of circulation: stopped, returned or destroyed."""
        return self.stopped_g + self.returned_g + self.destroyed_g

    @property
    def told_share(self) -> int | None:
        """Of the holders, how many were told."""
        return percent(self.told, self.parties)

    @property
    def answered_share(self) -> int | None:
        """Of the holders, how many answered for every lot."""
        return percent(self.answered, self.parties)

    @property
    def located_share(self) -> int | None:
        """Of the mass, how much a holder accounted for."""
        return percent(self.located_g, self.expected_g)

    @property
    def recovered_share(self) -> int | None:
        """Of the mass, how much is out of circulation."""
        return percent(min(self.recovered_g, self.expected_g), self.expected_g)


def percent(part: int, whole: int) -> int | None:
    """Whole per cents, rounded down so that 100 means all; None of nothing."""
    return part * 100 // whole if whole else None


def next_drill(last: date, months: int) -> date:
    """The day so many months later; the last day of a shorter month."""
    years, month = divmod(last.month - 1 + months, 12)
    for day in (last.day, 30, 29, 28):
        try:
            return date(last.year + years, month + 1, day)
        except ValueError:
            continue
    raise AssertionError


def numbers_in_words(codes: Iterable[str], most: int = 12) -> str:
    """The first of many codes, and how many there are: `A、B、… (30)`."""
    found = list(codes)
    shown = "、".join(found[:most])
    return shown if len(found) <= most else f"{shown} …（{len(found)}）"
