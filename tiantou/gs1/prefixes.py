"""How long the company prefix of a number is, by table; unknown where the table does not say. Pure.

An EPC URN needs the length, a Digital Link does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def _table() -> Mapping[str, int]:
    found: dict[str, int] = {}
    for line in (Path(__file__).parent / "prefix_lengths.txt").read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].split()
        if words:
            first, _, last = words[0].partition("-")
            found |= {str(n).zfill(len(first)): int(words[1]) for n in range(int(first), int(last or first) + 1)}
    return found


def length(digits: str) -> int | None:
    """The length of the company prefix with which `digits` begin (a number without its indicator or extension digit)."""
    table = _table()
    return next((table[digits[:n]] for n in range(len(digits), 0, -1) if digits[:n] in table), None)
