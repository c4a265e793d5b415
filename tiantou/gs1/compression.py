"""Compressed GS1 Digital Link URIs: the same data in about half the characters of a QR code. Pure.

Source: GS1 Digital Link Standard, Compression: application identifiers as hexadecimal digits, sequences that occur often as one code
(table O), values in as few bits as their characters need, the whole in URI-safe base 64. Foreign parameters of the query may be
compressed too (flag F).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache
from urllib.parse import unquote_to_bytes

from tiantou.gs1 import application_identifiers as table
from tiantou.gs1 import digital_link
from tiantou.gs1.application_identifiers import ApplicationIdentifier, Malformed
from tiantou.gs1.digital_link import Link
from tiantou.gs1.elements import Elements

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HEX = "0123456789ABCDEF"
_ASCII = "".join(map(chr, range(128)))
_SAFE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 127
_BYTE = 8
#: How a text is written, the first that fits: code, characters, alphabet. Code 0 is a number.
_WAYS = (
    (0, re.compile(r"[0-9]+"), ""),
    (2, re.compile(r"[0-9A-F]+"), _HEX),
    (1, re.compile(r"[0-9a-f]+"), _HEX.lower()),
    (3, _SAFE, _BASE64),
    (4, re.compile(r"[\x01-\x7f]*"), _ASCII),
)
#: Table O: sequences of identifiers that have a code of their own.
_SEQUENCES = {
    "0A": "01 22", "0B": "01 10", "0C": "01 21", "0D": "01 17", "0E": "01 7003", "0F": "01 30",
    "1A": "01 10 17 21", "1B": "01 15", "1C": "01 11", "1D": "01 16", "1E": "01 91", "1F": "01 10 15",
    **{f"2{letter}": f"01 310{n}" for n, letter in enumerate("ABCDEF")},
    **{f"3{letter}": f"01 320{n}" for n, letter in enumerate("ABCDEF")},
    "9A": "8010 8011", "9B": "8017 8019", "9C": "8018 8019", "9D": "254 414",
    **{f"A{n}": f"01 392{n}" for n in range(10)},
    **{f"C{n}": f"255 390{n}" for n in range(10)},
    **{f"C{letter}": f"255 394{n}" for n, letter in enumerate("ABCD")},
}  # fmt: skip


def compress(link: Link, *, sequences: bool = True, foreign: bool = True, keep_key: bool = False) -> str:
    """The compressed URI. `keep_key` leaves the primary key readable; `foreign` compresses other parameters too.

    What the format cannot carry (characters outside ASCII, names outside base 64) stays in the query as it is.
    """
    given = dict(link.elements)
    stem = link.stem
    if keep_key:
        key, value = link.key
        stem += f"/{key}/{digital_link.escape(value)}"
        del given[key]
        if not given:
            return link.uri()
    packed, left = _foreign(link.other) if foreign else ([], list(link.other))
    bits = _pack(given, sequences=sequences) + "".join(_pack_foreign(*pair) for pair in packed)
    bits += "0" * (-len(bits) % 6)
    text = "".join(_BASE64[int(bits[n : n + 6], 2)] for n in range(0, len(bits), 6))
    return f"{stem}/{text}{'?' if left else ''}{'&'.join(left)}"


def expand(uri: str) -> Link:
    """The Digital Link of a URI that is wholly or in part compressed. Raises: Malformed.

    Parameters outside the compressed part are kept, and GS1 attributes among them checked like all others.
    """
    address, _, query = uri.partition("#")[0].partition("?")
    rest, _, packed = address.rpartition("/")
    if not _SAFE.fullmatch(packed) or "://" not in rest:
        raise Malformed("not_compressed", uri[:80])
    elements, foreign = _unpack("".join(f"{_BASE64.index(char):06b}" for char in packed))
    stem = rest
    segments = rest.split("/")
    if len(segments) > 4 and segments[-2] in table.table() and table.find(segments[-2]).key:  # noqa: PLR2004 - https://host/AI/value
        stem, kept = "/".join(segments[:-2]), digital_link.parse("/".join(["https://host", *segments[-2:]]))
        elements = kept.path + elements
    if not elements:
        raise Malformed("not_compressed", uri[:80])
    built = digital_link.build(elements, stem)
    if len(dict(elements)) < len(elements):
        raise Malformed("twice")
    words = [*foreign, *filter(None, query.split("&"))]
    return digital_link.parse(built.uri() + ("&" if built.attributes else "?") + "&".join(words)) if words else built


def _foreign(words: Iterable[str]) -> tuple[list[tuple[str, str]], list[str]]:
    packed, left = [], []
    for word in words:
        name, equals, value = word.partition("=")
        value = unquote_to_bytes(value).decode("utf-8", "replace")
        fits = equals and _SAFE.fullmatch(name) and len(name) <= _LONGEST and len(value) <= _LONGEST
        if fits and value and _WAYS[-1][1].fullmatch(value):
            packed.append((name, value))
        else:
            left.append(word)
    return packed, left


def _pack_foreign(name: str, value: str) -> str:
    letters = "".join(f"{_BASE64.index(char):06b}" for char in name)
    return f"1111{len(name):07b}{letters}{_pack_text(value, f'{len(value):07b}')}"


def _pack(given: dict[str, str], *, sequences: bool) -> str:
    left = sorted(given)
    words: list[tuple[str, Sequence[str]]] = []
    while sequences and (fitting := [each for each in _sequences() if set(each[1]) <= set(left)]):
        code, ais = max(fitting, key=lambda each: len("".join(each[1])))
        words.append((code, ais))
        left = [ai for ai in left if ai not in ais]
    words += [(ai, (ai,)) for ai in left]
    return "".join(
        "".join(f"{int(digit, 16):04b}" for digit in code) + "".join(_pack_value(ai, given[ai]) for ai in ais)
        for code, ais in words
    )


@cache
def _sequences() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((code, tuple(ais.split())) for code, ais in _SEQUENCES.items())


def _fields(row: ApplicationIdentifier) -> list[tuple[bool, bool, int]]:
    """The fields of a value in table F: whether numeric, whether of one length, how long at most.

    Numbers of one length that follow one another are one field, so are optional numbers, and so is text.
    """
    fields: list[tuple[bool, bool, int]] = []
    for part in row.parts:
        numeric, fixed, most = part.kind == "N", part.fixed and not part.optional, part.most
        if fields and fields[-1][0] == numeric and (fields[-1][1] == fixed or not numeric):
            most += fields.pop()[2]
        fields.append((numeric, fixed, most))
    return fields


def _length_bits(most: int) -> int:
    return math.ceil(math.log2(most) + 0.01)


def _number_bits(digits: int) -> int:
    """Bits of a number of so many digits, by the standard's formula."""
    return math.ceil(digits * math.log2(10) + 0.01)


def _pack_value(ai: str, value: str) -> str:
    bits = ""
    for numeric, fixed, most in _fields(table.find(ai)):
        piece, value = (value[:most], value[most:]) if fixed else (value, "")
        length = "" if fixed else f"{len(piece):0{_length_bits(most)}b}"
        bits += length + _number(piece) if numeric else _pack_text(piece, length)
    return bits


def _number(digits: str) -> str:
    return f"{int(digits or 0):0{_number_bits(len(digits))}b}"


def _pack_text(text: str, length: str) -> str:
    code, alphabet = next((code, alphabet) for code, characters, alphabet in _WAYS if characters.fullmatch(text))
    if code == 0:
        return f"{code:03b}{length}{_number(text)}"
    width = (len(alphabet) - 1).bit_length()
    return f"{code:03b}{length}" + "".join(f"{alphabet.index(char):0{width}b}" for char in text)


class _Bits:
    """Reads numbers off a string of bits. Raises: Malformed, at its end."""

    def __init__(self, bits: str) -> None:
        self.bits, self.place = bits, 0

    def take(self, width: int) -> int:
        if self.place + width > len(self.bits):
            raise Malformed("truncated")
        self.place += width
        return int(self.bits[self.place - width : self.place] or "0", 2)

    def number(self, digits: int) -> str:
        text = f"{self.take(_number_bits(digits)):0{digits}d}" if digits else str(self.take(_number_bits(0)))[1:]
        if len(text) != digits:
            raise Malformed("truncated")
        return text

    def text(self, code: int, length: int) -> str:
        if code == 0:
            return self.number(length)
        alphabet = next((alphabet for known, _, alphabet in _WAYS if known == code), "")
        if not alphabet:
            raise Malformed("not_compressed")
        return "".join(alphabet[self.take((len(alphabet) - 1).bit_length())] for _ in range(length))


def _unpack(bits: str) -> tuple[Elements, list[str]]:
    reader = _Bits(bits)
    elements: list[tuple[str, str]] = []
    foreign: list[str] = []
    while len(bits) - reader.place > _BYTE:
        code = f"{reader.take(8):02X}"
        if code[0] == "F":
            reader.place -= 4
            name = "".join(_BASE64[reader.take(6)] for _ in range(reader.take(7)))
            way = reader.take(3)
            foreign.append(f"{name}={digital_link.escape(reader.text(way, reader.take(7)))}")
        elif code in _SEQUENCES:
            elements += [(ai, _unpack_value(ai, reader)) for ai in _SEQUENCES[code].split()]
        else:
            ai = _identifier(code, reader)
            elements.append((ai, _unpack_value(ai, reader)))
    return tuple(elements), foreign


def _identifier(code: str, reader: _Bits) -> str:
    while code.isdigit() and len(code) <= 4:  # noqa: PLR2004 - the longest identifier
        if code in table.table():
            return code
        code += f"{reader.take(4):X}"
    raise Malformed("unknown_ai", code)


def _unpack_value(ai: str, reader: _Bits) -> str:
    value = ""
    for numeric, fixed, most in _fields(table.find(ai)):
        code = 0 if numeric else reader.take(3)
        length = most if fixed else reader.take(_length_bits(most))
        value += reader.text(code, length)
    return value
