"""Files of laboratory instruments, pure: rows by a mapping profile, each fault with its row, field, reason and remedy."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
#: The head of an instrument's file stands within its first lines; what stands above it is the instrument's own.
HEAD_WITHIN = 30
NEEDED = ("sample", "substance", "reading")


@dataclass(frozen=True, slots=True)
class Profile:
    """How one maker's files are read."""

    id: str
    label: Mapping[str, str]
    method: str
    delimiter: str
    columns: Mapping[str, str]
    times: Sequence[str] = ()
    unit: str = ""
    decimal_comma: bool = False
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One result as it stood in the file. `number` is its line there."""

    number: int
    sample: str
    substance: str
    reading: str
    unit: str
    lod: str = ""
    tested_at: datetime | None = None
    instrument: str = ""
    kind: str = ""


class NoHead(ValueError):
    """No line of the file has the columns that the profile needs; `args` names those that the best line lacks."""


def text_of(content: bytes) -> str:
    """The text of a file in UTF-8 (with or without mark), UTF-16 with mark, or GB18030. Raises: UnicodeDecodeError."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030")


def lines_of(content: bytes, profile: Profile) -> list[list[str]]:
    """The cells of every line. Raises: UnicodeDecodeError; csv.Error."""
    reader = csv.reader(io.StringIO(text_of(content), newline=""), delimiter=profile.delimiter)
    return [[cell.strip() for cell in line] for line in reader]


def rows_of(lines: Sequence[Sequence[str]], profile: Profile) -> Iterator[tuple[Row | None, tuple[int, str] | None]]:
    """Each result, or (line, field) of what keeps it from being one: an empty needed cell, or a time that cannot be read.

    Raises: NoHead.
    """
    at, places = _head(lines, profile)
    for number, line in enumerate(lines[at + 1 :], start=at + 2):
        values = {name: line[place] if place < len(line) else "" for name, place in places.items()}
        if not any(values.values()):
            continue
        empty = next((name for name in NEEDED if not values[name]), None)
        if empty:
            yield None, (number, empty)
            continue
        try:
            tested_at = _time(values.get("tested_at", ""), profile)
        except ValueError:
            yield None, (number, "tested_at")
            continue
        yield _row(number, values, tested_at, profile), None


def _row(number: int, values: Mapping[str, Any], tested_at: datetime | None, profile: Profile) -> Row:
    return Row(
        number=number,
        sample=values["sample"].upper(),
        substance=profile.names.get(values["substance"], values["substance"]),
        reading=values["reading"],
        unit=values.get("unit") or profile.unit,
        lod=values.get("lod", ""),
        tested_at=tested_at,
        instrument=values.get("instrument", ""),
        kind=values.get("kind", ""),
    )


def _head(lines: Sequence[Sequence[str]], profile: Profile) -> tuple[int, dict[str, int]]:
    missing = [profile.columns[name] for name in NEEDED]
    for number, line in enumerate(lines[:HEAD_WITHIN]):
        lacking = [profile.columns[name] for name in NEEDED if profile.columns[name] not in line]
        if not lacking:
            return number, {name: line.index(head) for name, head in profile.columns.items() if head in line}
        missing = min(missing, lacking, key=len)
    raise NoHead(*missing)


def _time(text: str, profile: Profile) -> datetime | None:
    """The instant without its zone, which instruments do not write; None for nothing. Raises: ValueError."""
    if not text:
        return None
    for form in profile.times:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the instrument stands in the region's zone
        except ValueError:
            continue
    raise ValueError(text)
