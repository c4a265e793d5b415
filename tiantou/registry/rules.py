"""Pure rules of the register: what changed, which numbers are given, when a paper is valid."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any


class Validity(StrEnum):
    """What the public check says of a certificate."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    UNCONFIRMED = "unconfirmed"
    UNKNOWN = "unknown"


def own_number(prefix: str, number: int) -> str:
    """`S-000123`: an own number of a register."""
    return f"{prefix}-{number:06d}"


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """`{field: [old, new]}` for every field that differs; a missing field and None are the same."""
    names = sorted(before.keys() | after.keys())
    return {name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)}


def validity(*, status: str, starts: date | None, ends: date | None, on: date) -> Validity:
    """How a certificate stands on a day: `ends` is its last valid day, as printed on certificates (有效期至)."""
    if status == "closed":
        return Validity.WITHDRAWN
    if status != "confirmed":
        return Validity.UNCONFIRMED
    if starts is not None and on < starts:
        return Validity.NOT_YET
    if ends is not None and on > ends:
        return Validity.EXPIRED
    return Validity.VALID


def overlaps(starts: date, ends: date | None, other_starts: date, other_ends: date | None) -> bool:
    """Whether two periods (from a day until the day before `ends`, None: still) share a day."""
    return (other_ends is None or starts < other_ends) and (ends is None or other_starts < ends)
