"""GS1 identifiers: check digits, EPC URNs and Digital Links. Pure.

Sources: GS1 General Specifications (check digit, 7.9), EPC Tag Data Standard 2.x (URN forms), GS1 Digital Link URI Syntax.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

from tiantou.gs1 import prefixes

_URN = re.compile(r"urn:epc:(id|class):([a-z]+):(.+)")
_LINK = re.compile(r"(?:https?://[^/]+)?(?:/id)?/(00|01|414)/(\d+)((?:/(?:10|21|254|22)/[^/?#]+)*)/?")
_GTIN, _TAKEN = 14, 9
#: Company prefix and reference fill 13 digits (GTIN), 17 (SSCC) or 12 (GLN); the check digit stands only in the link. TDS 2.0, 6.3.
_SHAPES = {
    "sgtin": re.compile(r"(?=[\d.]{14}\.)\d{6,12}\.\d{1,7}\.[^\s]+"),
    "lgtin": re.compile(r"(?=[\d.]{14}\.)\d{6,12}\.\d{1,7}\.[^\s]+"),
    "sscc": re.compile(r"(?=[\d.]{18}$)\d{6,12}\.\d{5,11}"),
    "sgln": re.compile(r"(?=[\d.]{13}\.)\d{6,12}\.\d{0,6}\.[^\s]+"),
}


def check_digit(digits: str) -> str:
    """The GS1 check digit of the digits before it: weights 3 and 1 from the right."""
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(digits)
    # Sums over the bytes of the digits ("0" is 48): identifiers are read by the thousand.
    signs = digits.encode()
    total = 3 * sum(signs[-1::-2]) + sum(signs[-2::-2]) - 48 * (len(signs) + 2 * ((len(signs) + 1) // 2))
    return str(-total % 10)


def is_checked(number: str) -> bool:
    """Whether a GTIN, GLN or SSCC carries the right check digit."""
    return number.isdigit() and len(number) in {8, 12, 13, 14, 18} and check_digit(number[:-1]) == number[-1]


def gtin14(number: str) -> str:
    """A GTIN as 14 digits. Raises: ValueError, for what is no GTIN or has a wrong check digit."""
    if len(number) not in {8, 12, 13, 14} or not is_checked(number):
        raise ValueError(number)
    return number.zfill(14)


def lgtin(gtin: str, lot: str, prefix_length: int) -> str:
    """`urn:epc:class:lgtin:…` of a lot of a product. Raises: ValueError."""
    return f"urn:epc:class:lgtin:{_split_gtin(gtin, prefix_length)}.{_escape(lot)}"


def sgtin(gtin: str, serial: str, prefix_length: int) -> str:
    """`urn:epc:id:sgtin:…` of one piece of a product. Raises: ValueError."""
    return f"urn:epc:id:sgtin:{_split_gtin(gtin, prefix_length)}.{_escape(serial)}"


def sscc(prefix: str, extension: int, serial: int) -> str:
    """`urn:epc:id:sscc:…` of one logistic unit. Raises: ValueError, where the serial does not fit."""
    width = 16 - len(prefix)
    if not 0 <= extension <= 9 or not 0 <= serial < 10**width:  # noqa: PLR2004 - one digit
        raise ValueError(serial)
    return f"urn:epc:id:sscc:{prefix}.{extension}{serial:0{width}d}"


def sgln(gln: str, prefix_length: int) -> str:
    """`urn:epc:id:sgln:…` of a place. Raises: ValueError."""
    if len(gln) != 13 or not is_checked(gln):  # noqa: PLR2004 - GLN-13
        raise ValueError(gln)
    return f"urn:epc:id:sgln:{gln[:prefix_length]}.{gln[prefix_length:12]}.0"


def pgln(gln: str, prefix_length: int) -> str:
    """`urn:epc:id:pgln:…` of a party. Raises: ValueError."""
    if len(gln) != 13 or not is_checked(gln):  # noqa: PLR2004 - GLN-13
        raise ValueError(gln)
    return f"urn:epc:id:pgln:{gln[:prefix_length]}.{gln[prefix_length:12]}"


def _split_gtin(gtin: str, prefix_length: int) -> str:
    number = gtin14(gtin)
    prefix, item = number[1 : 1 + prefix_length], number[0] + number[1 + prefix_length : 13]
    return f"{prefix}.{item}"


def _escape(text: str) -> str:
    return quote(text, safe="!'()*+,-.:;=_")


def digital_link(urn: str, base: str = "https://id.gs1.org") -> str:
    """The Digital Link of an EPC URN below `base`; what has no GS1 key, or is malformed, comes back as it is.

    `https://id.gs1.org/01/<GTIN-14>/10/<lot>` and so on, the canonical form in which events are hashed.
    """
    path = _path(urn)
    return f"{base}{path}" if path else urn


@functools.lru_cache(maxsize=1 << 17)
def _path(urn: str) -> str:
    """The path of the Digital Link of an EPC URN; "" where it has no GS1 key or is malformed."""
    found = _URN.fullmatch(urn)
    try:
        return _PATHS[found[2]](found[3].split(".")) if found and found[2] in _PATHS else ""
    except (IndexError, ValueError):
        return ""


def _gtin_of(prefix: str, item: str) -> str:
    digits = item[0] + prefix + item[1:]
    return digits + check_digit(digits)


def _serial(parts: list[str], first: int) -> str:
    return ".".join(parts[first:])


def _key(ai: str, prefix: str, rest: str) -> str:
    return f"/{ai}/{prefix}{rest}{check_digit(prefix + rest)}"


def _sgln_path(parts: list[str]) -> str:
    extension = _serial(parts, 2)
    return _key("414", parts[0], parts[1]) + ("" if extension == "0" else f"/254/{extension}")


def _itip_serial(rest: list[str]) -> str:
    return f"/21/{'.'.join(rest)}" if rest and rest != ["*"] else ""


_PATHS: Mapping[str, Callable[[list[str]], str]] = {
    "sgtin": lambda p: f"/01/{_gtin_of(p[0], p[1])}" + ("" if _serial(p, 2) == "*" else f"/21/{_serial(p, 2)}"),
    "lgtin": lambda p: f"/01/{_gtin_of(p[0], p[1])}/10/{_serial(p, 2)}",
    "sscc": lambda p: f"/00/{p[1][0]}{p[0]}{p[1][1:]}{check_digit(p[1][0] + p[0] + p[1][1:])}",
    "sgln": _sgln_path,
    "grai": lambda p: f"/8003/0{p[0]}{p[1]}{check_digit(p[0] + p[1])}{_serial(p, 2)}",
    "giai": lambda p: f"/8004/{p[0]}{_serial(p, 1)}",
    "gsrn": lambda p: _key("8018", p[0], p[1]),
    "gsrnp": lambda p: _key("8017", p[0], p[1]),
    "gdti": lambda p: _key("253", p[0], p[1]) + _serial(p, 2),
    "cpi": lambda p: f"/8010/{p[0]}{p[1]}/8011/{_serial(p, 2)}",
    "sgcn": lambda p: _key("255", p[0], p[1]) + _serial(p, 2),
    "ginc": lambda p: f"/401/{p[0]}{_serial(p, 1)}",
    "gsin": lambda p: _key("402", p[0], p[1]),
    "itip": lambda p: f"/8006/{_gtin_of(p[0], p[1])}{p[2]}{p[3]}" + _itip_serial(p[4:]),
    "upui": lambda p: f"/01/{_gtin_of(p[0], p[1])}/235/{_serial(p, 2)}",
    "pgln": lambda p: _key("417", p[0], p[1]),
}


def prefix_length(number: str) -> int:
    """How long the company prefix of a number is, by `prefixes`; `number` is a GTIN-14, or a GLN or SSCC without its extension digit.

    Where the table does not say, nine digits are taken: a URN is then only a name within this platform. Everything is looked up
    by `key`, in which the prefix is not set apart, so that it finds what others write with the right length.
    """
    digits = number[1:] if len(number) == _GTIN else number
    return prefixes.length(digits) or _TAKEN


def epc(text: str) -> str:
    """The EPC URN that a scanned or typed text names: a URN, a Digital Link, an SSCC or `(01)…(10)…`. Raises: ValueError."""
    text = text.strip().partition("?")[0].partition("#")[0]
    if found := _URN.fullmatch(text):
        if found[2] in _SHAPES and not _SHAPES[found[2]].fullmatch(found[3]):
            raise ValueError(text)
        return text
    text = re.sub(r"^\(00\)(\d{18})$", r"/00/\1", text)
    text = re.sub(
        r"^\(01\)(\d{14})\(10\)([^(]+)(?:\(21\)(.+))?$",
        lambda m: f"/01/{m[1]}/10/{m[2]}" + (f"/21/{m[3]}" if m[3] else ""),
        text,
    )
    text = f"/00/{text}" if re.fullmatch(r"\d{18}", text) else text
    found = _LINK.fullmatch(text)
    if not found:
        raise ValueError(text)
    key, number, rest = found[1], found[2], found[3]
    qualifiers = dict(re.findall(r"/(10|21|254|22)/([^/?#]+)", rest))
    return _from_link(key, number, {name: unquote(value) for name, value in qualifiers.items()})


def _from_link(key: str, number: str, qualifiers: dict[str, str]) -> str:
    if not is_checked(number):
        raise ValueError(number)
    if key == "00":
        length = prefix_length(number[1:])
        return f"urn:epc:id:sscc:{number[1 : 1 + length]}.{number[0]}{number[1 + length : 17]}"
    if key == "414":
        return sgln(number, prefix_length(number))
    length = prefix_length(number)
    if "21" in qualifiers:
        return sgtin(number, qualifiers["21"], length)
    if "10" in qualifiers:
        return lgtin(number, qualifiers["10"], length)
    raise ValueError(number)


_WEB = re.compile(
    r"https?://[^/]+(?:/[^/]+)*?/(00|01|253|255|401|402|414|417|8003|8004|8006|8010|8013|8017|8018)/([^/?#]+)((?:/[^/?#]+)*)/?"
    r"(?:[?#].*)?"
)
_PATH = re.compile(r"/(00|01|253|255|401|402|414|417|8003|8004|8006|8010|8013|8017|8018)/([^/?#]+)((?:/[^/?#]+)*)/?")
_PATTERN = "urn:epc:idpat:"


@functools.lru_cache(maxsize=1 << 17)
def key(text: str) -> str:
    """The one name of a thing, whichever way it was written: `/01/<GTIN-14>/10/<lot>`, `/00/<SSCC>`, `/414/<GLN>` …

    A URN and a Digital Link below any domain give the same key; a piece is named without its lot (as an SGTIN is); what has no
    GS1 key, or is no well-formed one, is named by itself.
    """
    if text.startswith("urn:epc:"):
        urn = "urn:epc:id:" + text.removeprefix(_PATTERN) if text.startswith(_PATTERN) else text
        path = _path(urn)
        if path and path.isascii() and "%" not in path and "*" not in path:
            return path
        found = _PATH.fullmatch(path)
    else:
        found = _WEB.fullmatch(text) or _PATH.fullmatch(text)
    return _compact(*found.groups()) if found else text


def _compact(ai: str, value: str, rest: str) -> str:
    if ai == "01" and value.isdigit():
        value = value.zfill(14)
    steps = rest.split("/")[1:]
    qualifiers = list(zip(steps[::2], steps[1::2], strict=False))
    if any(name == "21" for name, _ in qualifiers):
        qualifiers = [(name, held) for name, held in qualifiers if name not in {"10", "22"}]
    path = f"/{ai}/{_plain(value.removesuffix('*'))}"
    for name, held in qualifiers:
        if held != "*":
            path += f"/{name}/{_plain(held)}"
    return path


def _plain(value: str) -> str:
    return value if value.isalnum() and value.isascii() else _escape(unquote(value))


def lot_of(text: str) -> str:
    """The key of the lot that a Digital Link of a piece names (`…/10/<lot>/21/<serial>`); "" where it names none."""
    found = re.search(r"(/01/[^/?#]+/10/[^/?#]+)/21/", text)
    return key(found[1]) if found else ""


def urn(of: str) -> str:
    """The EPC URN of a key, where the length of its company prefix is known; else the key itself."""
    found = _LINK.fullmatch(of)
    if not found:
        return of
    qualifiers = dict(re.findall(r"/(10|21|254|22)/([^/?#]+)", found[3]))
    try:
        name = _from_link(found[1], found[2], {ai: unquote(value) for ai, value in qualifiers.items()})
    except ValueError:
        return of
    return name.removesuffix("0") + qualifiers["254"] if "254" in qualifiers else name
