"""Pure rules of consignments: what was scanned against what was booked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """What a scan found: packs that are missing, and scanned identifiers that are not of this consignment."""

    missing: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether everything booked, and nothing else, was scanned."""
        return not self.missing and not self.foreign


def count(booked: Mapping[str, str], scanned: Iterable[str]) -> Count:
    """Compare scans with what was booked (pack -> its crate, "" where none); scanning a crate counts all of its packs in it.

    A thing scanned twice counts once. A crate of which only part was booked is foreign: it must be opened.
    """
    found: set[str] = set()
    foreign = []
    for identifier in dict.fromkeys(scanned):
        inside = {identifier} & booked.keys() or {
            pack for pack, crate in booked.items() if crate and crate == identifier
        }
        found |= inside
        if not inside:
            foreign.append(identifier)
    return Count(tuple(pack for pack in booked if pack not in found), tuple(foreign))
