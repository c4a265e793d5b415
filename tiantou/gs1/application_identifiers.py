"""The application identifiers of the GS1 General Specifications: what may stand behind each, and beside what. Pure.

The table is `application_identifiers.txt`; its first lines say how it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

from tiantou.gs1 import checks

_CHARACTERS = {
    "N": frozenset("0123456789"),
    "X": frozenset(checks.CSET82),
    "Y": frozenset(checks.CSET39),
    "Z": frozenset(checks.CSET64),
}
#: First two digits of the identifiers whose length is laid down for ever, so that no FNC1 follows. General Specifications, 7.8.5.
_PREDEFINED = frozenset(
    "00 01 02 03 04 11 12 13 14 15 16 17 18 19 20 31 32 33 34 35 36 41".split()  # noqa: SIM905 - reads as the standard's list
)
_LENGTH = re.compile(r"([NXYZ])(?:(\d+)-)?(\d+)")


class Malformed(ValueError):
    """What is no GS1 data: `reason` is a word for programs, `about` the identifier or the text that it is about."""

    def __init__(self, reason: str, about: str = "") -> None:
        super().__init__(f"{reason}: {about}" if about else reason)
        self.reason, self.about = reason, about


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a value."""

    kind: str
    least: int
    most: int
    checks: tuple[str, ...]
    optional: bool

    @property
    def fixed(self) -> bool:
        """Whether it has one length."""
        return self.least == self.most


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """One application identifier."""

    ai: str
    parts: tuple[Part, ...]
    title: str
    attribute: bool
    key: bool
    qualifiers: tuple[tuple[str, ...], ...]
    needs: tuple[tuple[tuple[str, ...], ...], ...]
    never: tuple[str, ...]

    @property
    def predefined(self) -> bool:
        """Whether no FNC1 follows its value."""
        return self.ai[:2] in _PREDEFINED

    @property
    def paths(self) -> frozenset[tuple[str, ...]]:
        """The sequences of qualifiers that may follow it in the path of a Digital Link: each line with any of them left out."""
        return frozenset(
            chosen
            for line in self.qualifiers or ((),)
            for n in range(len(line) + 1)
            for chosen in combinations(line, n)
        )

    def check(self, value: str) -> None:
        """Raises: Malformed, where the value is none of this identifier."""
        left = value
        for part in self.parts:
            if part.optional and not left:
                break
            piece, left = left[: part.most], left[part.most :]
            if len(piece) < part.least:
                raise Malformed("too_short", self.ai)
            if not set(piece) <= _CHARACTERS[part.kind]:
                raise Malformed("character", self.ai)
            if part.kind == "Z" and not re.fullmatch(r"[^=]*={0,2}", piece):
                raise Malformed("character", self.ai)
            for name in part.checks:
                if not checks.CHECKS[name](piece):
                    raise Malformed("check_digit" if name in {"check", "pair"} else name, self.ai)
        if left:
            raise Malformed("too_long", self.ai)


@cache
def table() -> Mapping[str, ApplicationIdentifier]:
    """Every application identifier by its digits."""
    found: dict[str, ApplicationIdentifier] = {}
    for line in (Path(__file__).parent / "application_identifiers.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            found |= {each.ai: each for each in _rows(line)}
    return found


def _rows(line: str) -> Iterable[ApplicationIdentifier]:
    ais, value, marks, title = [*(cell.strip() for cell in line.split(" | ")), ""][:4]
    first, _, last = ais.partition("-")
    said = [(name, text) for name, _, text in (mark.partition("=") for mark in marks.split())]
    for number in range(int(first), int(last or first) + 1):
        yield ApplicationIdentifier(
            ai=str(number).zfill(len(first)),
            parts=tuple(_part(text) for text in value.split()),
            title=title,
            attribute=("attribute", "") in said,
            key=any(name == "key" for name, _ in said),
            qualifiers=tuple(
                tuple(line.split("/")) for name, text in said if name == "key" and text for line in text.split("|")
            ),
            needs=tuple(
                tuple(tuple(group.split("+")) for group in text.split(",")) for name, text in said if name == "with"
            ),
            never=tuple(ai for name, text in said if name == "never" for ai in text.split(",")),
        )


def _part(text: str) -> Part:
    shape, *names = text.removesuffix("?").split(":")
    found = _LENGTH.fullmatch(shape)
    if found is None:
        raise ValueError(text)
    return Part(found[1], int(found[2] or found[3]), int(found[3]), tuple(names), text.endswith("?"))


def find(ai: str) -> ApplicationIdentifier:
    """Raises: Malformed, for digits that are no application identifier."""
    found = table().get(ai)
    if found is None:
        raise Malformed("unknown_ai", ai)
    return found


def check(ai: str, value: str) -> None:
    """Raises: Malformed, where there is no such identifier or the value is none of it."""
    find(ai).check(value)


def check_together(ais: Iterable[str]) -> None:
    """Raises: Malformed, where identifiers stand together that must not, or one lacks what it must stand beside.

    The rule holds over all symbols on one thing together (General Specifications, 4.13 and 4.14), not for each symbol.
    """
    present = set(ais)
    for ai in sorted(present):
        row = find(ai)
        if any(_like(other, pattern) for pattern in row.never for other in present - {ai}):
            raise Malformed("never_together", ai)
        for groups in row.needs:
            if not any(all(any(_like(p, want) for p in present) for want in group) for group in groups):
                raise Malformed("lacks_company", ai)


def _like(ai: str, pattern: str) -> bool:
    return len(ai) == len(pattern) and all(want in {"n", got} for got, want in zip(ai, pattern, strict=True))
