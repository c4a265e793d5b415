"""Pure rules of commitment certificates: which template is in force, who must issue, numbers, and how long to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from stdnum import luhn

PREFIX = "HG"
#: A quick test made longer ago says nothing about the goods at the gate.
TEST_SPEAKS_DAYS = 7


class Duty(StrEnum):
    """Whether a certificate has to come with a batch: it must, it may (and is encouraged), or the rules do not apply."""

    MUST = "must"
    MAY = "may"
    NONE = "none"


#: What may stay off the paper where the package shows it already (Art. 14); promise, ground and title may not.
OMISSIBLE = ("product", "quantity", "origin", "issued_on", "issuer", "contact")


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
    #: Kinds of parties that must; every other is encouraged to.
    obliged: Sequence[str]
    basis: Sequence[str]
    promise: Mapping[str, str]
    keep_months: int
    #: What the rules apply to (a positive list: Art. 3 of the decree), and names that take a product out again.
    goods: Sequence[Mapping[str, Any]]
    exempt: Sequence[str] = ()
    was: Mapping[str, str] = field(default_factory=dict)

    def good_of(self, names: Iterable[str]) -> Mapping[str, Any] | None:
        """The good of the list that a product with these names (its own, its categories') is; None for what is not on it."""
        names = list(names)
        if any(word in name for word in self.exempt for name in names):
            return None
        found = (good for name in names for good in self.goods if any(word in name for word in good["words"]))
        return next(found, None)

    def covers(self, names: Iterable[str]) -> bool:
        """Whether the rules apply to a product with these names."""
        return self.good_of(names) is not None

    def obliges(self, kind: str, *, natural_person: bool) -> bool:
        """Whether a party of this kind must issue one for each batch."""
        return not natural_person and kind in self.obliged

    def duty(self, names: Iterable[str], kind: str, *, natural_person: bool, bought: bool) -> Duty:
        """What a party of this kind owes for a batch that it grew, or (with `bought`) mixed or repacked from others'."""
        if not self.covers(names):
            return Duty.NONE
        must = (bought and self.obliges_markets) or self.obliges(kind, natural_person=natural_person)
        return Duty.MUST if must else Duty.MAY


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
