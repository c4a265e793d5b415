"""What the content of one part of an application identifier must satisfy beyond its length and characters. Pure.

Each check takes the part and says whether it holds. Sources: GS1 General Specifications, section 3 (the identifiers) and 7 (check
digits, check character pair, dates); ISO 3166-1, ISO 4217, ISO 5218, ISO 13616 for the lists and the account number; the North American
coupon application guideline of GS1 US for 8110 and 8112. The names stand in `application_identifiers.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from tiantou.gs1.identifiers import check_digit

CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
CSET39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CSET64 = "-0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_CSET32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@cache
def codes(name: str) -> frozenset[str]:
    """The codes of a list of `codes.txt`."""
    lines = (Path(__file__).parent / "codes.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(code for line in lines if line.startswith(f"{name} ") for code in line.split()[1:])


def check_pair(text: str) -> str:
    """The two check characters of a Global Model Number: primes from the right, modulo 1021, in characters of set 32."""
    total = sum(CSET82.index(char) * prime for char, prime in zip(reversed(text), _primes(), strict=False)) % 1021
    return _CSET32[total >> 5] + _CSET32[total & 31]


@cache
def _primes() -> tuple[int, ...]:
    return tuple(n for n in range(2, 510) if all(n % d for d in range(2, int(n**0.5) + 1)))


def _pair(text: str) -> bool:
    return 2 <= len(text) <= 99 and set(text[:-2]) <= set(CSET82) and text[-2:] == check_pair(text[:-2])  # noqa: PLR2004


def _check(text: str) -> bool:
    return len(text) > 1 and text.isdigit() and check_digit(text[:-1]) == text[-1]


def _prefix(text: str) -> bool:
    """A company prefix has at least four digits."""
    return re.match(r"[0-9]{4}", text) is not None


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


def _within(length: int, most: int) -> Callable[[str], bool]:
    return lambda text: _digits(text, length) and int(text) <= most


def _day(text: str, *, whole_month: bool = False) -> bool:
    """YYMMDD; the century is the one that puts the year nearest to now, which decides only about 29 February."""
    return _digits(text, 6) and _in_calendar(int(text[:2]), int(text[2:4]), int(text[4:]), whole_month=whole_month)


def _in_calendar(year: int, month: int, day: int, *, whole_month: bool = False) -> bool:
    if not 1 <= month <= 12:  # noqa: PLR2004
        return False
    if day == 0:
        return whole_month
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0 or year == 0)
    return day <= (_DAYS[month - 1] if month != 2 or leap else 28)  # noqa: PLR2004


def _date(text: str) -> bool:
    return _digits(text, 8) and int(text[:4]) > 0 and _in_calendar(int(text[:4]), int(text[4:6]), int(text[6:]))


def _piece(text: str) -> bool:
    half, odd = divmod(len(text), 2)
    return not odd and text.isdigit() and 0 < int(text[:half]) <= int(text[half:])


def _order(text: str) -> bool:
    found = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", text)
    return found is not None and int(found[1]) <= int(found[2])


def _iban(text: str) -> bool:
    if text[:2] not in codes("land") or not re.fullmatch(r"[0-9A-Z]{11,34}", text):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


class _Reader:
    """Takes fields off a coupon code one after another; a field that is not there ends the reading."""

    def __init__(self, text: str) -> None:
        self.left = text

    def take(self, length: int) -> str:
        if len(self.left) < length:
            raise ValueError(self.left)
        taken, self.left = self.left[:length], self.left[length:]
        return taken

    def one_of(self, allowed: str) -> int:
        digit = self.take(1)
        if digit not in allowed:
            raise ValueError(digit)
        return int(digit)

    def prefix(self, allowed: str = "0123456", *, none: str = "") -> None:
        """A length digit (counted from six) and a company prefix of that length."""
        length = self.one_of(allowed + none)
        if str(length) not in none and not _prefix(self.take(length + 6)):
            raise ValueError(self.left)

    def flag(self, digit: str) -> bool:
        found = self.left.startswith(digit)
        self.left = self.left[1:] if found else self.left
        return found


def _purchase(reader: _Reader) -> None:
    reader.take(reader.one_of("12345"))
    reader.one_of("012349")
    reader.take(3)


def _coupon(text: str) -> bool:
    if not text.isdigit():
        return False
    reader = _Reader(text)
    try:
        reader.prefix()
        reader.take(6)
        reader.take(reader.one_of("12345"))
        _purchase(reader)
        _coupon_options(reader)
    except ValueError:
        return False
    return not reader.left


def _coupon_options(reader: _Reader) -> None:
    """The optional fields, each announced by its digit, in rising order."""
    if reader.flag("1"):
        reader.one_of("0123")
        _purchase(reader)
        reader.prefix(none="9")
    if reader.flag("2"):
        _purchase(reader)
        reader.prefix(none="9")
    ends, starts = (reader.take(6) if reader.flag(digit) else "" for digit in "34")
    if not all(_day(day) for day in (ends, starts) if day) or (starts and ends and ends < starts):
        raise ValueError(reader.left)
    if reader.flag("5"):
        reader.take(reader.one_of("0123456789") + 6)
    if reader.flag("6"):
        reader.prefix("1234567")
    if reader.flag("9"):
        reader.one_of("01256")
        reader.one_of("012")
        reader.take(1)
        reader.one_of("01")


def _offer(text: str) -> bool:
    if not text.isdigit():
        return False
    reader = _Reader(text)
    try:
        reader.one_of("01")
        reader.take(reader.one_of("0123456") + 6)
        reader.take(6)
        reader.take(reader.one_of("0123456789") + 6)
    except ValueError:
        return False
    return not reader.left


def _percent(text: str) -> bool:
    return re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*", text) is not None


def _countries(text: str) -> bool:
    return text == "999" or text in codes("country")


def _time(text: str) -> bool:
    return _digits(text, 4) and int(text[:2]) <= 23 and int(text[2:]) <= 59  # noqa: PLR2004


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "check": _check,
    "pair": _pair,
    "prefix": _prefix,
    "prefix2": lambda text: _prefix(text[1:]),
    "day": _day,
    "month": lambda text: _day(text, whole_month=True),
    "date": _date,
    "time": _time,
    "hour": _within(2, 23),
    "minute": _within(2, 59),
    "second": _within(2, 59),
    "country": lambda text: text in codes("country"),
    "countries": _countries,
    "land": lambda text: text in codes("land"),
    "currency": lambda text: text in codes("currency"),
    "package": lambda text: text in codes("package"),
    "medium": lambda text: text in codes("medium"),
    "sex": lambda text: text in {"0", "1", "2", "9"},
    "winding": lambda text: text in {"0", "1", "9"},
    "flag": lambda text: text in {"0", "1"},
    "percent": _percent,
    "zero": lambda text: text != "" and not text.strip("0"),
    "nonzero": lambda text: text.isdigit() and int(text) > 0,
    "natural": lambda text: text.isdigit() and not text.startswith("0"),
    "piece": _piece,
    "order": _order,
    "letter": lambda text: not text.isdigit() and text != "",
    "importer": lambda text: re.fullmatch(r"[-_0-9A-Za-z]", text) is not None,
    "latitude": _within(10, 180_0000000),
    "longitude": _within(10, 360_0000000),
    "minus": lambda text: text != "" and not text.strip("-"),
    "iban": _iban,
    "coupon": _coupon,
    "offer": _offer,
}
