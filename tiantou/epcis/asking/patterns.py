"""What `MATCH_…` parameters name: one thing, or all things of a pattern, as ranges of keys. Pure.

Things are kept under `gs1.identifiers.key`: `/01/<GTIN-14>/21/<serial>`. Such a key begins with the company's number, in the GTIN and
SSCC after a digit that the company chooses: a pattern for a whole company is then ten ranges. Source: Tag Data Standard 2.0, 6.4 and 8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tiantou.gs1.identifiers import check_digit, key

_PATTERN = re.compile(r"urn:epc:(?:idpat|classpat):([a-z]+):(.+)")


@dataclass(frozen=True, slots=True)
class Matcher:
    """Keys that equal `exact`, or begin with one of `prefixes` and have the shape `shape` (a regular expression for the whole key)."""

    exact: str = ""
    prefixes: tuple[str, ...] = ()
    shape: str = ""

    @property
    def ranges(self) -> tuple[tuple[str, str], ...]:
        """The prefixes as half-open ranges in the order of bytes."""
        return tuple((prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)) for prefix in self.prefixes)

    def matches(self, name: str) -> bool:
        """Whether a key is one of those."""
        if self.exact:
            return name == self.exact
        return name.startswith(self.prefixes) and re.fullmatch(self.shape, name) is not None


def matcher(uri: str, *, of_class: bool = False) -> Matcher:
    """The matcher of a URI or an EPC pattern, among pieces or among classes. Raises: ValueError, for a pattern that is none.

    `urn:epc:idpat:sgtin:<company>.<item>.*` names all pieces of a product, and among classes the product itself.
    """
    found = _PATTERN.fullmatch(uri)
    if not found:
        return Matcher(exact=key(uri))
    scheme, text = found.groups()
    parts = text.split(".")
    starred = [part == "*" for part in parts]
    if True not in starred:
        space = "class" if scheme == "lgtin" else "id"
        return Matcher(exact=key(f"urn:epc:{space}:{scheme}:{text}"))
    first = starred.index(True)
    if not all(starred[first:]) or any("*" in part for part in parts[:first]):
        raise ValueError(uri)
    if scheme == "sgtin" and of_class:
        return _product(parts[:first])
    if scheme in _SCHEMES:
        return _SCHEMES[scheme](parts[:first], len(parts))
    known = "".join(f"{part}." for part in parts[:first])
    prefix = f"urn:epc:id:{scheme}:{known}"
    return Matcher(prefixes=(prefix,), shape=f"{re.escape(prefix)}.+")


_ANY = r"[^/]+"
#: Company and item of a GTIN-14 without its check digit.
_GTIN_DIGITS = 13


def _gtin(tail: str) -> Callable[[list[str], int], Matcher]:
    """GTIN with a qualifier: company, item, then lot or serial."""

    def build(given: list[str], count: int) -> Matcher:
        shape = rf"/01/\d{{14}}/{tail}/{_ANY}"
        if len(given) <= 1:
            return Matcher(prefixes=_of_company("/01/", given), shape=shape)
        return Matcher(prefixes=(f"/01/{_gtin14(given)}/{tail}/",), shape=shape)

    return build


def _product(given: list[str]) -> Matcher:
    if len(given) <= 1:
        return Matcher(prefixes=_of_company("/01/", given), shape=r"/01/\d{14}")
    return Matcher(exact=f"/01/{_gtin14(given)}")


def _gtin14(given: list[str]) -> str:
    company, item = given[:2]
    _digits([company, item])
    if len(company) + len(item) != _GTIN_DIGITS:
        raise ValueError(item)
    body = item[0] + company + item[1:]
    return body + check_digit(body)


def _of_company(lead: str, given: list[str]) -> tuple[str, ...]:
    """Where the company chooses the first digit, its numbers begin in ten ways."""
    _digits(given)
    return tuple(f"{lead}{first}{given[0]}" for first in range(10)) if given else (lead,)


def _sscc(given: list[str], count: int) -> Matcher:
    return Matcher(prefixes=_of_company("/00/", given), shape=r"/00/\d{18}")


def _plain(ai: str, length: int, qualifier: str = "") -> Callable[[list[str], int], Matcher]:
    """A number of fixed length with a check digit, and perhaps a qualifier or a serial straight behind."""
    shape = rf"/{ai}/\d{{{length}}}" + qualifier

    def build(given: list[str], count: int) -> Matcher:
        # A company whose number fills all digits leaves an empty reference.
        _digits([*given[:1], *filter(None, given[1:])])
        body = "".join(given)
        whole = len(given) >= 2  # noqa: PLR2004 - company and reference
        lead = "0" if ai == "8003" else ""
        return Matcher(prefixes=(f"/{ai}/{lead}{body}{check_digit(body) if whole else ''}",), shape=shape)

    return build


def _free(ai: str) -> Callable[[list[str], int], Matcher]:
    """A company's number with the company's own text straight behind."""

    def build(given: list[str], count: int) -> Matcher:
        _digits(given[:1])
        return Matcher(prefixes=(f"/{ai}/{''.join(given)}",), shape=rf"/{ai}/.+")

    return build


def _digits(parts: list[str]) -> None:
    for part in parts:
        if not part.isdigit() or not part.isascii():
            raise ValueError(part)


_SCHEMES: Mapping[str, Callable[[list[str], int], Matcher]] = {
    "sgtin": _gtin("21"),
    "lgtin": _gtin("10"),
    "upui": _gtin("235"),
    "sscc": _sscc,
    "sgln": _plain("414", 13, rf"(?:/254/{_ANY})?"),
    "pgln": _plain("417", 13),
    "grai": _plain("8003", 14, r"[^/]*"),
    "gdti": _plain("253", 13, r"[^/]*"),
    "sgcn": _plain("255", 13, r"[^/]*"),
    "gsrn": _plain("8018", 18),
    "gsrnp": _plain("8017", 18),
    "gsin": _plain("402", 17),
    "giai": _free("8004"),
    "cpi": _free("8010"),
    "ginc": _free("401"),
    "itip": _free("8006"),
}
