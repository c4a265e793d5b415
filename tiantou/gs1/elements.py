"""Element strings: `(01)09521234000013(10)A-7` as people read them, and the raw data of a bar code with FNC1. Pure.

Source: GS1 General Specifications, 7.8 (processing of data from a GS1 symbology) and 4.14 (human readable interpretation).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tiantou.gs1 import application_identifiers as table
from tiantou.gs1.application_identifiers import Malformed

Elements = tuple[tuple[str, str], ...]
GS = "\x1d"
_SYMBOLOGY = re.compile(r"^\](?:C1|e[0-2]|d2|Q3|J1)")
_BRACKET = re.compile(r"\((\d{2,4})\)")


def read(text: str) -> Elements:
    """The elements of either form, each checked. Raises: Malformed."""
    text = text.strip(" \r\n\t")
    found = _bracketed(text) if text.startswith("(") else _raw(text)
    for ai, value in found:
        table.check(ai, value)
    _no_contradiction(found)
    return found


def bracketed(elements: Iterable[tuple[str, str]]) -> str:
    """`(01)…(10)…`; a bracket within a value stands behind a backslash."""
    return "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in elements)


def raw(elements: Sequence[tuple[str, str]], separator: str = GS) -> str:
    """What a scanner gives: a separator behind each value of variable length but the last."""
    words = []
    for place, (ai, value) in enumerate(elements):
        open_ended = not table.find(ai).predefined and place < len(elements) - 1
        words.append(f"{ai}{value}{separator if open_ended else ''}")
    return "".join(words)


def _bracketed(text: str) -> Elements:
    masked = text.replace("\\(", "\0")
    starts = list(_BRACKET.finditer(masked))
    if not starts or starts[0].start() != 0:
        raise Malformed("no_ai", text[:20])
    ends = [start.start() for start in starts[1:]] + [len(masked)]
    return tuple(
        (start[1], masked[start.end() : end].replace("\0", "(")) for start, end in zip(starts, ends, strict=True)
    )


def _raw(text: str) -> Elements:
    text = _SYMBOLOGY.sub("", text).lstrip(GS)
    found: list[tuple[str, str]] = []
    while text:
        ai = next((text[:n] for n in (2, 3, 4) if text[:n] in table.table()), "")
        if not ai:
            raise Malformed("unknown_ai", text[:4])
        row = table.find(ai)
        if row.predefined:
            end = len(ai) + sum(part.most for part in row.parts)
            value, text = text[len(ai) : end], text[end:]
            text = text.removeprefix(GS)
        else:
            value, _, text = text[len(ai) :].partition(GS)
        found.append((ai, value))
    if not found:
        raise Malformed("no_ai")
    return tuple(found)


def _no_contradiction(elements: Elements) -> None:
    seen: dict[str, str] = {}
    for ai, value in elements:
        if seen.setdefault(ai, value) != value:
            raise Malformed("twice", ai)
