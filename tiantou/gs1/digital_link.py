"""GS1 Digital Link URIs: strictly read, written, brought into canonical form, walked up from a piece to its kind. Pure.

Source: GS1 Digital Link Standard, URI Syntax (1.4 and later): numeric application identifiers only; path of primary key and its
qualifiers in the standard's order; everything else that is GS1 data in the query.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote_to_bytes

from tiantou.gs1 import application_identifiers as table
from tiantou.gs1.application_identifiers import Malformed
from tiantou.gs1.elements import Elements
from tiantou.gs1.elements import bracketed as _bracketed
from tiantou.gs1.elements import raw as _raw

CANONICAL = "https://id.gs1.org"
_URI = re.compile(r"(https?://|HTTPS?://)([A-Za-z0-9.:\[\]-]+)(/[^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_LEGAL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*")
_GTIN = {"01", "02"}
_SHORT_GTIN = {8, 12, 13}
_GTIN_LENGTH = 14


@dataclass(frozen=True, slots=True)
class Link:
    """A Digital Link URI taken apart."""

    stem: str
    path: Elements
    attributes: Elements = ()
    other: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Primary key and its value."""
        return self.path[0]

    @property
    def qualifiers(self) -> Elements:
        """The key's qualifiers, in order."""
        return self.path[1:]

    @property
    def elements(self) -> Elements:
        """All GS1 data of it."""
        return self.path + self.attributes

    def value(self, ai: str) -> str:
        """The value of an identifier; empty where it is not there."""
        return dict(self.elements).get(ai, "")

    def way(self) -> str:
        """The path of key and qualifiers, `/01/…/10/…`."""
        return "".join(f"/{ai}/{escape(value)}" for ai, value in self.path)

    def uri(self, stem: str | None = None) -> str:
        """The whole URI, below another stem if one is given."""
        words = [f"{ai}={escape(value)}" for ai, value in self.attributes] + list(self.other)
        return f"{self.stem if stem is None else stem}{self.way()}{'?' if words else ''}{'&'.join(words)}"

    def canonical(self) -> str:
        """The one form of the identifiers in it: GS1's own domain, attributes by number, nothing else in the query."""
        return replace(self, attributes=tuple(sorted(self.attributes)), other=()).uri(CANONICAL)

    def levels(self) -> Iterator[Link]:
        """Itself without query, then what it is one of, up to the primary key alone."""
        for length in range(len(self.path), 0, -1):
            yield Link(self.stem, self.path[:length])

    def bracketed(self) -> str:
        """`(01)…(10)…`."""
        return _bracketed(self.elements)

    def raw(self, separator: str = "\x1d") -> str:
        """As a bar code carries it."""
        return _raw(self.elements, separator)


def escape(value: str) -> str:
    """A value with all but the unreserved characters of RFC 3986 percent-encoded."""
    return quote(value, safe="-._~")


def parse(uri: str, *, short_gtins: bool = True) -> Link:
    """A Digital Link URI, taken apart and checked. Raises: Malformed.

    `short_gtins`: GTINs of 8, 12 and 13 digits are filled to 14, as the standard's earlier releases allowed; otherwise refused.
    """
    found = _URI.fullmatch(uri)
    if not found or not _LEGAL.fullmatch(uri):
        raise Malformed("not_a_uri", uri[:80])
    segments = found[3].split("/")[1:]
    start = _start(segments)
    path = tuple(
        (ai, _value(ai, text, short_gtins=short_gtins))
        for ai, text in zip(segments[start::2], segments[start + 1 :: 2], strict=True)
    )
    check_path(path)
    attributes, other = _query(found[4] or "", short_gtins=short_gtins)
    check_attributes(path, attributes)
    return Link(
        "".join([found[1].lower(), found[2], *(f"/{each}" for each in segments[:start])]), path, attributes, other
    )


def build(elements: Iterable[tuple[str, str]], stem: str = CANONICAL) -> Link:
    """The Digital Link of element strings: the first primary key among them, as many qualifiers as fit. Raises: Malformed."""
    given = dict(elements)
    for ai, value in given.items():
        table.check(ai, value)
    key = next((ai for ai in given if table.find(ai).key), "")
    if not key:
        raise Malformed("no_key")
    left = {ai for ai in given if not table.find(ai).attribute} - {key}
    fitting = [line for line in table.find(key).paths if set(line) <= given.keys()]
    line = min(fitting, key=lambda each: (not left <= set(each), -len(each), each))
    path = tuple((ai, given[ai]) for ai in (key, *line))
    attributes = tuple((ai, value) for ai, value in given.items() if ai not in {key, *line})
    check_attributes(path, attributes)
    return Link(stem.rstrip("/"), path, attributes)


def check_path(path: Elements) -> None:
    """Raises: Malformed, where qualifiers do not belong to the key or stand in the wrong order."""
    if tuple(ai for ai, _ in path[1:]) not in table.find(path[0][0]).paths:
        raise Malformed("order", path[0][0])


def check_attributes(path: Elements, attributes: Elements) -> None:
    """Raises: Malformed, for what is twice there, may not stand in a query, or belongs into the path."""
    ais = [ai for ai, _ in (*path, *attributes)]
    if len(set(ais)) < len(ais):
        raise Malformed("twice", next(ai for ai in ais if ais.count(ai) > 1))
    key, *line = [ai for ai, _ in path]
    paths = table.find(key).paths
    for ai, _ in attributes:
        if not table.find(ai).attribute:
            raise Malformed("not_attribute", ai)
        if any((*line[:n], ai, *line[n:]) in paths for n in range(len(line) + 1)):
            raise Malformed("belongs_in_path", ai)


def _start(segments: list[str]) -> int:
    """Where the primary key stands: the last one from which only identifiers and values follow in pairs."""
    place = len(segments) - 2
    while place >= 0 and segments[place] in table.table():
        if table.find(segments[place]).key:
            return place
        place -= 2
    raise Malformed("no_key")


def _query(query: str, *, short_gtins: bool) -> tuple[Elements, tuple[str, ...]]:
    attributes: list[tuple[str, str]] = []
    other: list[str] = []
    for word in filter(None, query.split("&")):
        name, equals, text = word.partition("=")
        if equals and name.isdigit():
            attributes.append((name, _value(name, text.replace("+", " "), short_gtins=short_gtins)))
        else:
            other.append(word)
    return tuple(attributes), tuple(other)


def _value(ai: str, text: str, *, short_gtins: bool) -> str:
    row = table.find(ai)
    if not text:
        raise Malformed("empty", ai)
    value = unquote_to_bytes(text).decode("latin-1")
    if short_gtins and ai in _GTIN and len(value) in _SHORT_GTIN:
        value = value.zfill(_GTIN_LENGTH)
    row.check(value)
    return value
