"""Pure rules of commitment certificates: which template is in force, who must issue, numbers, and how long to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from stdnum import luhn

PREFIX = "HG"
#: A quick test made longer ago says nothing about the goods at the gate.
TEST_SPEAKS_DAYS = 7


@dataclass(frozen=True, slots=True)
class Template:
    """One version of the certificate, as the law had it from `starts` on."""

    id: str
    starts: date
    source: str
    title: Mapping[str, str]
    #: Whether markets and buyers may take in nothing without one.
    obliges_markets: bool
    must_issue: Mapping[str, str]
    #: Kinds of parties that are encouraged, not obliged.
    encouraged: Sequence[str]
    basis: Sequence[str]
    promise: Mapping[str, str]
    keep_months: int
    exempt: Sequence[str] = ()
    was: Mapping[str, str] = field(default_factory=dict)

    def covers(self, names: Iterable[str]) -> bool:
        """Whether the rules apply to a product with these names (its own and its categories')."""
        return not any(word in name for word in self.exempt for name in names)

    def obliges(self, kind: str, *, natural_person: bool) -> bool:
        """Whether a party of this kind must issue one for each batch."""
        return not natural_person and kind not in self.encouraged


def in_force(templates: Iterable[Template], on: date) -> Template | None:
    """The template in force on a day; None before there was any."""
    begun = [template for template in templates if template.starts <= on]
    return max(begun, key=lambda template: template.starts, default=None)


def basis_in(template: Template, basis: str) -> str | None:
    """The basis in this template's words: itself, or what the words of an older one became; None for any other."""
    if basis in template.basis:
        return basis
    return template.was.get(basis)


def commitment_number(day: date, number: int) -> str:
    """`HG`, the day, the number of the day and a Luhn check digit: a slip in typing it does not find another's."""
    digits = f"{day:%Y%m%d}{number:05d}"
    return f"{PREFIX}{digits}{luhn.calc_check_digit(digits)}"


def normal_number(text: str) -> str | None:
    """The certificate number in what was typed or scanned (spaces, small letters, a whole address); None where none is."""
    last = text.strip().rstrip("/").rpartition("/")[2]
    bare = "".join(last.split()).upper().removeprefix(PREFIX)
    return f"{PREFIX}{bare}" if len(bare) >= 14 and bare.isascii() and bare.isdigit() and luhn.is_valid(bare) else None  # noqa: PLR2004 - day, five digits, check


def keep_until(template: Template, on: date) -> date:
    """The last day until which whoever took the certificate keeps it: at least so many months (令 2025 年第 4 号)."""
    years, month = divmod(on.month - 1 + template.keep_months, 12)
    year, month = on.year + years, month + 1
    for day in (on.day, 30, 29, 28):
        try:
            return date(year, month, day)
        except ValueError:
            continue
    raise AssertionError


def passes(value: Decimal, limit: Decimal) -> bool:
    """Whether a measured value is within its limit (a value at the limit is)."""
    return value <= limit
