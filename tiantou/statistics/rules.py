"""What a platform profile may say, and how figures are formed. No Django, clock or I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Columns that a profile must map, and those that it may map.
NEEDED = ("order_no", "product_name", "quantity", "unit_price", "created")
POSSIBLE = (*NEEDED, "product_code", "unit", "buyer", "seller", "area", "buyer_area", "status", "version")
#: The line key that means: the platform numbers no lines, so a line is known by the whole row.
WHOLE_ROW = "*"
MAX_QUANTITY = Decimal(1_000_000)
MAX_UNIT_PRICE = Decimal(10_000_000)
MAX_RATE = Decimal(1000)


class ProfileFault(ValueError):
    """A profile file says something that cannot be used; the text names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """When a line takes turnover back instead of adding it (退款、作废)."""

    order_prefix: str = ""
    negative_quantity: bool = False
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """平台对接方案: how the files of one platform are read, and what its figures mean.

    `rate` is the yuan that one unit of `currency` is counted as: 1 for CNY, else a fixed rate that `statement` explains.
    `operator` is the code of the platform firm's party; only its people and the city's officers may send files.
    `counted_prefixes` are product codes that count as farm products; empty: all lines count.
    """

    code: str
    names: Mapping[str, str]
    statement: Mapping[str, str]
    columns: Mapping[str, str]
    line_key: tuple[str, ...]
    zone: str
    created_format: str
    operator: str = ""
    demonstration: bool = False
    encodings: tuple[str, ...] = ("utf-8",)
    delimiter: str = ","
    currency: str = "CNY"
    rate: Decimal = Decimal(1)
    cancellation: Cancellation = field(default_factory=Cancellation)
    seller: str = ""
    area: str = ""
    counted_prefixes: tuple[str, ...] = ()
    ends_with_newline: bool = False

    @property
    def numbers_lines(self) -> bool:
        """Whether the platform itself numbers the lines of an order."""
        return self.line_key != (WHOLE_ROW,)


def profile_from(data: Mapping[str, Any], where: str) -> Profile:
    """The profile that a YAML mapping describes.

    Raises: ProfileFault.
    """
    file, created = data.get("file", {}), data.get("created", {})
    currency, cancellation = data.get("currency", {}), data.get("cancellation", {})
    columns: dict[str, str] = dict(data.get("columns", {}))
    profile = Profile(
        code=str(data.get("code", "")),
        names=data.get("name", {}),
        statement=data.get("statement", {}),
        columns=columns,
        line_key=_words(data.get("line_key", [])),
        zone=created.get("zone", ""),
        created_format=created.get("format", ""),
        operator=str(data.get("operator", "")),
        demonstration=bool(data.get("demonstration", False)),
        encodings=_words(file.get("encodings", ["utf-8"])),
        delimiter=file.get("delimiter", ","),
        currency=currency.get("code", "CNY"),
        rate=Decimal(str(currency.get("rate", "1"))),
        cancellation=Cancellation(
            order_prefix=cancellation.get("order_prefix", ""),
            negative_quantity=bool(cancellation.get("negative_quantity", False)),
            statuses=_words(cancellation.get("statuses", [])),
        ),
        seller=str(data.get("seller", "")),
        area=str(data.get("area", "")),
        counted_prefixes=_words(data.get("counted_prefixes", [])),
        ends_with_newline=bool(file.get("ends_with_newline", False)),
    )
    if faults := list(_faults(profile)):
        raise ProfileFault(f"{where}: {'; '.join(faults)}")
    return profile


def _words(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(word) for word in value)


def _faults(profile: Profile) -> list[str]:
    faults = [f"columns.{name} is missing" for name in NEEDED if not profile.columns.get(name)]
    faults += [f"columns.{name} is not known" for name in profile.columns if name not in POSSIBLE]
    if not profile.code.replace("-", "").isalnum() or not profile.code.islower():
        faults.append("code must be lower-case letters, digits and hyphens")
    faults += [f"{what}.{lang} is missing" for what, texts in (("name", profile.names), ("statement", profile.statement))
               for lang in ("zh", "en") if not texts.get(lang)]  # fmt: skip
    if not profile.line_key:
        faults.append("line_key is missing")
    if not 0 < profile.rate <= MAX_RATE:
        faults.append("currency.rate must be above 0 and at most 1000")
    if profile.currency == "CNY" and profile.rate != 1:
        faults.append("currency.rate of CNY is 1")
    if not profile.created_format:
        faults.append("created.format is missing")
    try:
        ZoneInfo(profile.zone)
    except (ZoneInfoNotFoundError, ValueError):
        faults.append(f"created.zone {profile.zone!r} is no time zone")
    return faults


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of an indicator for one area and period. `value` None: not known; `why` then says why.

    `numerator` over `denominator` where the figure is a share; `demonstration` where invented or demonstration rows are in it.
    """

    value: Decimal | None = None
    numerator: int | None = None
    denominator: int | None = None
    why: str = ""
    demonstration: bool = False


def count(found: int, *, base: int | None = None) -> Figure:
    """A count; not known while the register it is counted from (`base` rows) is empty."""
    known = found if base is None else base
    return Figure(Decimal(found)) if known else Figure(why="empty-register")


def share(numerator: int, denominator: int, *, base: int) -> Figure:
    """`numerator` of `denominator` in per cent, one place, half up; not known without rows or without a denominator."""
    if not denominator:
        return Figure(why="no-denominator")
    if not base:
        return Figure(denominator=denominator, why="empty-register")
    tenths = (Decimal(numerator) * 1000 / denominator + Decimal("0.5")) // 1
    return Figure(tenths / 10, numerator, denominator)


def progress(value: Decimal | None, target: Decimal | None) -> int | None:
    """Whole per cent of the target that is reached, rounded down, at most 100; None where either is not known."""
    if value is None or not target:
        return None
    return min(100, max(0, int(value * 100 / target)))
