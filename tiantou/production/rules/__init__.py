"""Pure rules of plots and lots: intervals, conservation of mass, numbers, and the sheet of plots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

T = TypeVar("T")

#: No farm plot of a region is larger (in mu); a larger number is a slip of the unit (square metres).
LARGEST_PLOT_MU = Decimal(20_000)


def harvest_from(on: date, interval_days: int) -> date | None:
    """First day on which harvest is allowed after a use on `on`; None where the label sets no interval.

    安全间隔期 (pre-harvest interval) is the number of days between the last use and the harvest: a use on the 1st with
    7 days allows harvest from the 8th (农药管理条例, article 34; the number is printed on the label).
    """
    return on + timedelta(days=interval_days) if interval_days else None


@dataclass(frozen=True, slots=True)
class Use:
    """What a plot's record says about one use: what, when, and from when harvest is allowed."""

    name: str
    on: date
    harvest_from: date | None


def blocking_use(uses: Iterable[Use], on: date) -> Use | None:
    """The use whose interval forbids harvest on `on`; of several the one that ends last; None where harvest is allowed.

    A use after `on` says nothing about a harvest on `on`.
    """
    barring = [use for use in uses if use.harvest_from is not None and use.on <= on < use.harvest_from]
    return max(barring, key=lambda use: use.harvest_from or use.on, default=None)


def lot_code(day: date, number: int) -> str:
    """The number people read out: `20261120-01`; it grows by itself after 99 lots of a day."""
    return f"{day:%Y%m%d}-{number:02d}"


def loss_g(inputs: Iterable[int], outputs: Iterable[int]) -> int:
    """Mass that went in and did not come out, in grams.

    Raises: ValueError for a part that weighs nothing, and where more would come out than went in.
    """
    went_in, came_out = list(inputs), list(outputs)
    if min([*went_in, *came_out], default=0) <= 0 or not went_in or not came_out:
        raise ValueError("every part has a mass above zero")
    loss = sum(went_in) - sum(came_out)
    if loss < 0:
        raise ValueError("more came out than went in")
    return loss


def common(values: Sequence[T]) -> T | None:
    """The one value that all share; None where they differ or there are none."""
    first = next(iter(values), None)
    return first if all(value == first for value in values) else None


def hundredths_of_mu(text: str | int | Decimal) -> int:
    """Whole hundredths of a mu of what was typed (`12.5` is 1250).

    Raises: ValueError, with `more than two places`, `not a number`, `not above zero` or `too large`.
    """
    try:
        mu = Decimal(str(text).strip())
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not mu.is_finite():
        raise ValueError("not a number")
    if mu <= 0:
        raise ValueError("not above zero")
    if mu > LARGEST_PLOT_MU:
        raise ValueError("too large")
    if mu != mu.quantize(Decimal("0.01")):
        raise ValueError("more than two places")
    return int(mu * 100)


#: Columns of the sheet of plots, in order: field and heading.
PLOT_COLUMNS = {
    "base": "基地编码",
    "code": "地块编号",
    "name": "地块名称",
    "area_mu": "面积（亩）",
    "product": "产品编码",
    "grower": "种植者编码",
    "starts": "启用日期",
}


def read_date(value: object) -> date | None:
    """The date of a cell: a date, or `2026-11-20`, `2026/11/20`, `2026.11.20`, `20261120`; None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    digits = "".join(part.zfill(2) for part in str(value).strip().replace("/", "-").replace(".", "-").split("-"))
    try:
        return datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None
