"""Pure: a record in the shape of NY/T 4712-2025 (see `exchange.yaml`) read from and written to plain data, fault by fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: A record longer than this is no way of one batch.
MOST_LINKS = 5_000
MOST_TEXT = 300


@dataclass(frozen=True, slots=True)
class FieldShape:
    """One field: our element name, the standard's term, its type."""

    name: str
    term: str
    type: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """The whole of `exchange.yaml`."""

    standard: str
    version: str
    links: Mapping[str, str]
    subject: Sequence[FieldShape]
    link: Sequence[FieldShape]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of one row: `part` is subjects or links, `row` counts from 1."""

    part: str
    row: int
    term: str
    code: str


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """The parties and the links of a batch's way, oldest first; values are as the shape's types say."""

    subjects: Sequence[Row]
    links: Sequence[Row]


def shape(raw: Mapping[str, Any]) -> Shape:
    """The shape that the data file describes."""
    fields = {part: tuple(FieldShape(**each) for each in raw[part]) for part in ("subject", "link")}
    return Shape(raw["standard"], raw["version"], raw["links"], **fields)


def checked(raw: Any, shape: Shape) -> tuple[Record, list[Fault]]:
    """The record of parsed data, and every fault of it; a faulty field is left out of its row."""
    if (
        not isinstance(raw, Mapping)
        or not isinstance(raw.get("links"), list)
        or not isinstance(raw.get("subjects"), list)
    ):
        return Record((), ()), [Fault("record", 1, "record", "shape")]
    if len(raw["links"]) > MOST_LINKS or len(raw["subjects"]) > MOST_LINKS:
        return Record((), ()), [Fault("record", 1, "record", "too long")]
    if not raw["links"]:
        return Record((), ()), [Fault("links", 1, "links", "missing")]
    faults: list[Fault] = []
    parts = {}
    for part, fields in (("subjects", shape.subject), ("links", shape.link)):
        rows = []
        for number, each in enumerate(raw[part], 1):
            row, found = _row(each, fields, shape)
            faults += [Fault(part, number, term, code) for term, code in found]
            rows.append(row)
        parts[part] = rows
    known = {row.get("id") for row in parts["subjects"]}
    for number, row in enumerate(parts["links"], 1):
        if "subject" in row and row["subject"] not in known:
            faults.append(Fault("links", number, "主体编号", "unknown"))
        if row.get("kind") == "processing" and not row.get("batches_in"):
            faults.append(Fault("links", number, "入库批次", "missing"))
    return Record(parts["subjects"], parts["links"]), faults


def _row(each: Any, fields: Sequence[FieldShape], shape: Shape) -> tuple[Row, list[tuple[str, str]]]:
    if not isinstance(each, Mapping):
        return {}, [("row", "shape")]
    row: Row = {}
    found: list[tuple[str, str]] = [
        (str(name)[:40], "not known") for name in each if name not in {field.name for field in fields}
    ]
    for field in fields:
        value = each.get(field.name)
        if value in (None, "", []):
            found += [(field.term, "missing")] if field.required else []
            continue
        try:
            row[field.name] = _read(value, field.type, shape)
        except ValueError as fault:
            found.append((field.term, str(fault)))
    return row, found


def _read(value: Any, sort: str, shape: Shape) -> Any:
    """The value of a type. Raises: ValueError, with what is wrong."""
    if sort == "list":
        items = value if isinstance(value, list) else [value]
        return [_text(item) for item in items]
    if sort == "number":
        return _number(value)
    if sort == "boolean":
        if value not in (True, False, "true", "false"):
            raise ValueError("not yes or no")
        return value in (True, "true")
    text = _text(value)
    if sort == "instant":
        return _instant(text)
    if sort == "link" and text not in shape.links:
        raise ValueError("no such link")
    return text


def _text(value: Any) -> str:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text or len(text) > MOST_TEXT or any(ord(sign) < ord(" ") for sign in text):
        raise ValueError("no text")
    return text


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("no number") from None
    if isinstance(value, bool) or not 0 < number < 10**9:  # also refuses NaN
        raise ValueError("no number")
    return number


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("no time") from None
    if at.utcoffset() is None:
        raise ValueError("no time zone")
    return at


def plain(record: Record, shape: Shape) -> dict[str, Any]:
    """The record as JSON keeps it: instants as text, empty fields left out."""
    return {
        "standard": shape.standard,
        "version": shape.version,
        "subjects": [dict(_plain(row, shape.subject)) for row in record.subjects],
        "links": [dict(_plain(row, shape.link)) for row in record.links],
    }


def _plain(row: Row, fields: Sequence[FieldShape]) -> Iterator[tuple[str, Any]]:
    for field in fields:
        value = row.get(field.name)
        if value not in (None, "", []):
            yield field.name, value.isoformat() if isinstance(value, datetime) else value
