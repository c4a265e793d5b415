"""Units of measure: the same amount in every unit of its kind, exactly. Pure.

A query in kelvins finds what was captured in degrees Celsius (TCR-53, step 26).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import yaml

#: Digits that a converted amount is given to; more than any instrument has.
_DIGITS = 15


@functools.cache
def _table() -> Mapping[str, tuple[str, Fraction, Fraction]]:
    """Code → (kind, factor, what is added before)."""
    kinds = yaml.safe_load((Path(__file__).parent / "units.yaml").read_text())
    found: dict[str, tuple[str, Fraction, Fraction]] = {}
    for kind, units in kinds.items():
        for code, value in units.items():
            factor, add = value if isinstance(value, list) else (value, 0)
            found[str(code)] = (kind, _fraction(factor), _fraction(add))
    return found


def _fraction(value: str | int) -> Fraction:
    above, _slash, below = str(value).partition("/")
    return Fraction(above) / Fraction(below or 1)


def is_known(code: str) -> bool:
    """Whether amounts in this unit can be converted."""
    return code in _table()


def in_all_units(amount: Decimal, code: str, *, difference: bool = False) -> dict[str, Decimal]:
    """The amount in every unit of the same kind, the given one first; only that one where it is not known.

    A `difference` (a standard deviation) has no zero point: 1 K is 1 °C of it.
    """
    found = {code: amount}
    if code not in _table():
        return found
    kind, factor, add = _table()[code]
    base = (Fraction(amount) + (0 if difference else add)) * factor
    for other, (other_kind, other_factor, other_add) in _table().items():
        if other_kind == kind and other != code:
            found[other] = _decimal(base / other_factor - (0 if difference else other_add))
    return found


def _decimal(value: Fraction) -> Decimal:
    """To fifteen significant digits."""
    if not value:
        return Decimal(0)
    size = len(str(abs(value.numerator))) - len(str(value.denominator))
    scale = _DIGITS - size
    shifted = round(value * Fraction(10) ** scale)
    return Decimal(shifted).scaleb(-scale).normalize()
