"""Results against limits, pure: what was read (a number, below something, not found) and what the limit of the food says.

A verdict is computed and never typed. Units: mg/kg and µg/kg are one scale; an inhibition in % is another and is not compared with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

#: How laboratories write that nothing was found.
_NOT_FOUND = re.compile(r"(?:nd|n\.d\.|not detected|未检出|-|—)", re.IGNORECASE)
_BELOW_LOD = re.compile(r"[<＜]\s*(?:lod|检出限)", re.IGNORECASE)
_BELOW = re.compile(r"[<＜]\s*(?P<number>[\d.,]+)")
_SCALES = {
    "mg/kg": Decimal(1),
    "µg/kg": Decimal("0.001"),
    "μg/kg": Decimal("0.001"),
    "ug/kg": Decimal("0.001"),
    "mg/l": Decimal(1),
}
#: Ten digits before the point and six behind it, as they are kept.
LARGEST = Decimal(10) ** 8


class Outcome(StrEnum):
    """What a line says: within the limit, above it, no limit known for this food, or the method cannot see as low as the limit."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NO_LIMIT = "no_limit"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Limit:
    """The most of a substance that a food may hold; `absent`: it must not be found at all."""

    substance: str
    foods: Sequence[str]
    value: Decimal
    unit: str
    source: str
    starts: date
    absent: bool = False
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: a number; or only that it is below one (None: below what the method can see, which nobody stated)."""

    value: Decimal | None
    below: Decimal | None = None

    @property
    def found(self) -> bool:
        """Whether the substance was seen."""
        return self.value is not None and self.value > 0


def read(text: str, lod: str = "", *, decimal_comma: bool = False) -> Reading:
    """The reading in what was typed or stood in a file: `0.012`, `<0.01`, `<LOD`, `ND`, `未检出`. Raises: ValueError."""
    text = text.strip()
    least = _number(lod, decimal_comma=decimal_comma) if lod.strip() else None
    if _NOT_FOUND.fullmatch(text) or _BELOW_LOD.fullmatch(text):
        return Reading(None, least)
    if below := _BELOW.fullmatch(text):
        return Reading(None, _number(below["number"], decimal_comma=decimal_comma))
    value = _number(text, decimal_comma=decimal_comma)
    return Reading(None, least) if least is not None and value < least else Reading(value)


def _number(text: str, *, decimal_comma: bool) -> Decimal:
    text = text.strip()
    if decimal_comma:
        text = text.replace(".", "").replace(",", ".") if "," in text else text
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite() or not 0 <= number < LARGEST or number != round(number, 6):
        raise ValueError(text)
    return number


def scaled(value: Decimal, unit: str, target: str) -> Decimal | None:
    """A value in another unit; None where the two are no units of the same thing."""
    unit, target = unit.strip().lower(), target.strip().lower()
    if unit == target:
        return value
    if unit in _SCALES and target in _SCALES:
        return value * _SCALES[unit] / _SCALES[target]
    return None


def limit_for(limits: Iterable[Limit], substance: str, names: Sequence[str], on: date) -> Limit | None:
    """The limit of a substance in a product with these names (its own first, then its categories') on a day; None where none is known."""
    fitting = [
        (near, -limit.starts.toordinal(), limit.value, limit)
        for limit in limits
        if limit.substance == substance and limit.starts <= on and (near := _nearness(limit, names)) is not None
    ]
    return min(fitting, key=lambda row: row[:3])[3] if fitting else None


def _nearness(limit: Limit, names: Sequence[str]) -> tuple[int, int] | None:
    """How near the food that the limit names is to the product: place of the name, then how long the word that fits; None: not at all."""
    if not limit.foods:
        return (len(names), 0)
    found = [(place, -len(word)) for place, name in enumerate(names) for word in limit.foods if word in name]
    return min(found, default=None)


def judge(reading: Reading, unit: str, limit: Limit | None) -> Outcome:
    """What a reading says against a limit."""
    if limit is None:
        return Outcome.NO_LIMIT
    if reading.value is None:
        least = None if reading.below is None else scaled(reading.below, unit, limit.unit)
        too_coarse = least is not None and not limit.absent and least > limit.value
        return Outcome.UNSURE if too_coarse else Outcome.PASS
    value = scaled(reading.value, unit, limit.unit)
    if value is None:
        return Outcome.NO_LIMIT
    if limit.absent:
        return Outcome.FAIL if reading.found else Outcome.PASS
    return Outcome.PASS if value <= limit.value else Outcome.FAIL


def passed(outcomes: Sequence[Outcome]) -> bool | None:
    """Whether a report passes: no line fails and at least one passes; None where nothing could be judged."""
    if Outcome.FAIL in outcomes:
        return False
    return True if Outcome.PASS in outcomes and Outcome.UNSURE not in outcomes else None
