"""Identifiers in events: whether an EPC URN or a Digital Link is well formed, what it names, and its other spelling. Pure.

Sources: EPC Tag Data Standard 2.0, chapter 6 (URN forms); GS1 Digital Link URI Syntax 1.4; CBV 2.0, 8.9 (which link stands for which URN).
What is neither (a private URN, any other address) is nobody's business here: it is well formed and never changes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

from tiantou.gs1 import prefixes
from tiantou.gs1.identifiers import check_digit, digital_link

_SERIAL = r"(?:[A-Za-z0-9!'()*+,\-.:;=_]|%[0-9A-Fa-f]{2})"
_TRADE = r"(?=[\d.]{14}\.)\d{6,12}\.\d{1,7}"
_TWELVE = r"(?=[\d.]{13}(?:\.|$))\d{6,12}\.\d{0,6}"
_SEVENTEEN = r"(?=[\d.]{18}$)\d{6,12}\.\d{5,11}"
#: What follows the scheme: company prefix and reference together have a fixed number of digits. TDS 2.0, 6.3.
_SHAPES: Mapping[str, re.Pattern[str]] = {
    scheme: re.compile(shape)
    for scheme, shape in {
        "sgtin": rf"{_TRADE}\.{_SERIAL}{{1,20}}",
        "lgtin": rf"{_TRADE}\.{_SERIAL}{{1,20}}",
        "upui": rf"{_TRADE}\.{_SERIAL}{{1,28}}",
        "itip": rf"{_TRADE}\.\d\d\.\d\d\.{_SERIAL}{{1,20}}",
        "sscc": _SEVENTEEN,
        "gsrn": _SEVENTEEN,
        "gsrnp": _SEVENTEEN,
        "gsin": r"(?=[\d.]{17}$)\d{6,12}\.\d{4,10}",
        "sgln": rf"{_TWELVE}\.{_SERIAL}{{1,20}}",
        "pgln": _TWELVE,
        "grai": rf"{_TWELVE}\.{_SERIAL}{{1,16}}",
        "gdti": rf"{_TWELVE}\.{_SERIAL}{{1,17}}",
        "sgcn": rf"{_TWELVE}\.\d{{1,12}}",
        "giai": rf"\d{{6,12}}\.{_SERIAL}{{1,24}}",
        "ginc": rf"\d{{6,12}}\.{_SERIAL}{{1,24}}",
        "cpi": r"\d{6,12}\.(?:[0-9A-Z-]|%23|%2F){1,24}\.\d{1,12}",
    }.items()
}
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(.+)", re.DOTALL)
#: The first GS1 key in a path, its value and what follows it; any host, as the syntax allows.
_LINK = re.compile(
    r"https?://[^/?#]+(?:/[^/?#]+)*?/(00|01|253|255|401|402|414|417|8003|8004|8006|8010|8017|8018)/([^/?#]+)((?:/[^/?#]+)*)/?([?#].*)?"
)
#: How many digits of the key's value are checked by the last of them; serials may follow.
_DIGITS = {
    "00": 18,
    "01": 14,
    "253": 13,
    "255": 13,
    "402": 17,
    "414": 13,
    "417": 13,
    "8003": 14,
    "8006": 14,
    "8017": 18,
    "8018": 18,
}
_EXACT = frozenset({"00", "01", "402", "414", "417", "8017", "8018"})
INSTANCE, CLASS = "instance", "class"


@functools.lru_cache(maxsize=65536)
def look(text: str) -> tuple[str, str]:
    """What an identifier names, INSTANCE, CLASS or nothing known, and what is wrong with it, empty where nothing is."""
    if text.startswith("urn:epc:"):
        return _look_urn(text)
    if text.startswith("http") and (found := _LINK.fullmatch(text)):
        return _look_link(text, found[1], found[2], found[3])
    return "", ""


def _look_urn(text: str) -> tuple[str, str]:
    found = _URN.fullmatch(text)
    if not found:
        return "", ""
    form, scheme, rest = found[1], found[2], found[3]
    shape = _SHAPES.get(scheme)
    grain = INSTANCE if form == "id" else CLASS
    if shape is None:
        return grain, ""
    if (scheme == "lgtin") != (form == "class"):
        return grain, f"“{text[:120]}” is no EPC: {scheme} does not stand after urn:epc:{form}."
    filled = _filled(scheme, rest) if form == "idpat" else rest
    if filled and not shape.fullmatch(filled):
        return (
            grain,
            f"“{text[:120]}” is no {scheme}: its company prefix, reference or serial has the wrong length or signs.",
        )
    return grain, ""


def _filled(scheme: str, pattern: str) -> str:
    """A pattern with something in place of its stars; empty where not even the reference is told."""
    parts = pattern.split(".")
    if len(parts) < 2 or "*" in parts[:2]:  # noqa: PLR2004 - company prefix and reference
        return "" if set(parts[1:]) <= {"*"} and len(parts) > 1 else "-"
    fill = "01" if scheme == "itip" else "1"
    return ".".join([*parts[:2], *(fill if part == "*" else part for part in parts[2:])])


def _look_link(text: str, key: str, value: str, rest: str) -> tuple[str, str]:
    digits = _DIGITS.get(key)
    number = value[:digits]
    if digits is None:
        return INSTANCE if key != "8010" or "/8011/" in rest else CLASS, ""
    if (
        len(number) < digits
        or not number.isdecimal()
        or not number.isascii()
        or (key in _EXACT and len(value) != digits)
    ):
        return "", ""
    # An asset's number has a leading zero that is no part of it; zero weighs nothing.
    if check_digit(number[:-1]) != number[-1]:
        return "", f"“{text[:120]}” has a wrong check digit after /{key}/."
    if key == "01":
        return (INSTANCE if "/21/" in rest or "/235/" in rest else CLASS), ""
    if key == "8006":
        return (INSTANCE if "/21/" in rest else CLASS), ""
    return (INSTANCE if key in _EXACT or len(value) > digits else CLASS), ""


@functools.lru_cache(maxsize=65536)
def as_link(text: str) -> str:
    """An EPC URN as Digital Link; anything else, and a malformed URN, as it is."""
    found = _URN.fullmatch(text) if text.startswith("urn:epc:") else None
    if not found or found[2] not in _SHAPES or look(text)[1]:
        return text
    if found[1] != "idpat":
        return digital_link(text)
    # A pattern that leaves the serial open is the class; one that leaves more open has no link.
    scheme, parts = found[2], found[3].split(".")
    if "*" in parts[:2] or parts[-1] != "*" or (scheme == "itip" and "*" in parts[2:4]):
        return text
    serial = {"sgtin": "/21/*", "upui": "/235/*", "itip": "/21/*", "cpi": "/8011/*", "sgln": "/254/*"}.get(scheme, "*")
    return digital_link("urn:epc:id:" + text.removeprefix("urn:epc:idpat:")).removesuffix(serial)


@functools.lru_cache(maxsize=65536)
def as_urn(text: str) -> str:
    """A Digital Link as EPC URN, where the length of the company prefix is known and nothing would be lost; anything else as it is."""
    found = _LINK.fullmatch(text) if text.startswith("http") else None
    if not found or found[4] or look(text)[1] or not look(text)[0]:
        return text
    key, value = found[1], found[2]
    names = found[3].split("/")[1:]
    if len(names) % 2:
        return text
    urn = _URNS[key](value, dict(zip(names[::2], names[1::2], strict=True)))
    # Whatever a URN cannot say (a variant, a lot beside a serial) keeps the link.
    return (
        urn if urn and not look(urn)[1] and as_link(urn).partition("://")[2].partition("/")[2] == _tail(found) else text
    )


def _tail(found: re.Match[str]) -> str:
    return f"{found[1]}/{found[2]}{found[3]}"


def _length(number: str) -> int:
    """Digits of the company prefix that a number begins with; 0 where it is not known here."""
    return prefixes.length(number) or 0


def _split(number: str, reference: Callable[[int], str]) -> str:
    length = _length(number)
    return f"{number[:length]}.{reference(length)}" if length else ""


def _trade(gtin: str) -> str:
    return _split(gtin[1:13], lambda length: gtin[0] + gtin[1 + length : 13])


def _urn(form: str, scheme: str, *parts: str) -> str:
    return f"urn:epc:{form}:{scheme}:{'.'.join(parts)}" if all(parts) else ""


def _of_gtin(gtin: str, given: Mapping[str, str]) -> str:
    base = _trade(gtin)
    if "235" in given:
        return _urn("id", "upui", base, given["235"])
    if "21" in given:
        return _urn("id", "sgtin", base, given["21"])
    return _urn("class", "lgtin", base, given["10"]) if "10" in given else _urn("idpat", "sgtin", base, "*")


def _of_piece(value: str, given: Mapping[str, str]) -> str:
    form, serial = ("id", given["21"]) if "21" in given else ("idpat", "*")
    return _urn(form, "itip", _trade(value[:14]), value[14:16], value[16:18], serial)


def _of_component(value: str, given: Mapping[str, str]) -> str:
    form, serial = ("id", given["8011"]) if "8011" in given else ("idpat", "*")
    return _urn(form, "cpi", _open(value), serial)


def _open(value: str) -> str:
    """A key without check digit, split where the company prefix ends."""
    return _split(value, lambda length: value[length:])


def _checked(digits: str) -> str:
    """A key whose last digit is the check digit, split, without it."""
    return _split(digits, lambda length: digits[length:-1])


def _numbered(scheme: str, digits: str, serial: str) -> str:
    return _urn("id", scheme, _checked(digits), serial) if serial else _urn("idpat", scheme, _checked(digits), "*")


_URNS: Mapping[str, Callable[[str, Mapping[str, str]], str]] = {
    "00": lambda value, _: _urn("id", "sscc", _split(value[1:], lambda length: value[0] + value[1 + length : 17])),
    "01": _of_gtin,
    "253": lambda value, _: _numbered("gdti", value[:13], value[13:]),
    "255": lambda value, _: _numbered("sgcn", value[:13], value[13:]),
    "401": lambda value, _: _urn("id", "ginc", _open(value)),
    "402": lambda value, _: _urn("id", "gsin", _checked(value)),
    "414": lambda value, given: _urn("id", "sgln", _checked(value), given.get("254", "0")),
    "417": lambda value, _: _urn("id", "pgln", _checked(value)),
    "8003": lambda value, _: _numbered("grai", value[1:14], value[14:]),
    "8004": lambda value, _: _urn("id", "giai", _open(value)),
    "8006": _of_piece,
    "8010": _of_component,
    "8017": lambda value, _: _urn("id", "gsrnp", _checked(value)),
    "8018": lambda value, _: _urn("id", "gsrn", _checked(value)),
}
