"""Pure rules of the field market: conservation when grading, packs out of a mass, crates, temperatures, prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

#: Grades used where a product's standard names none.
GRADES = ("特级", "一级", "二级", "等外")
MOST_PACKS = 2_000
#: A lorry at the gate carries at most this (grams); more is a slip of the unit.
LARGEST_INTAKE_G = 50_000_000


def grading_loss(taken_g: int, grades: Mapping[str, int], loss_g: int | None = None) -> int:
    """The loss in grams: what was taken in less all grades.

    Raises: ValueError (`nothing`, `negative`, `too much`, `mismatch`) unless every grade weighs something and grades
    with the stated loss (where one is stated) weigh exactly what was taken in.
    """
    if not grades:
        raise ValueError("nothing")
    if min(grades.values()) <= 0 or (loss_g is not None and loss_g < 0):
        raise ValueError("negative")
    rest = taken_g - sum(grades.values())
    if rest < 0:
        raise ValueError("too much")
    if loss_g is not None and loss_g != rest:
        raise ValueError("mismatch")
    return rest


@dataclass(frozen=True, slots=True)
class Fill:
    """How a mass goes into packs: how many, how much is packed and how much is left over, in grams."""

    packs: int
    packed_g: int
    left_g: int


def fill(mass_g: int, net_g: int, packs: int | None = None) -> Fill:
    """`packs` packs of `net_g` grams (else as many as fill up) out of `mass_g`, and the leftover.

    Raises: ValueError where the mass does not fill that many, or not one.
    """
    if net_g <= 0 or mass_g < 0:
        raise ValueError("a pack weighs something")
    packs = mass_g // net_g if packs is None else packs
    if packs <= 0 or packs * net_g > mass_g:
        raise ValueError("not enough")
    return Fill(packs, packs * net_g, mass_g - packs * net_g)


def crates(serials: Sequence[str], per_crate: int) -> list[Sequence[str]]:
    """The packs in groups of `per_crate`, the last one perhaps smaller."""
    return [serials[start : start + per_crate] for start in range(0, len(serials), per_crate)]


def tenths(celsius: str | Decimal) -> int:
    """Whole tenths of a degree of a temperature that was typed.

    Raises: ValueError for what is no number, and outside -60 … 60 °C.
    """
    try:
        value = Decimal(str(celsius).strip())
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not value.is_finite() or abs(value) > 60:  # noqa: PLR2004 - no cold room, no shed
        raise ValueError("out of range")
    return int((value * 10).to_integral_value())


def show_tenths(value: int) -> str:
    """`4.5`: degrees Celsius."""
    return f"{Decimal(value) / 10:.1f}"
