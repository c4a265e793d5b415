"""What an event says beyond the standard's own fields (extensions, ILMD), in a form that queries can ask. Pure.

A fact is one value of one field: where it stands, its full name, and its value as a text, a number and a time as far as it is one.
The query language of EPCIS 2.0 (8.2.7.1) asks for nothing else of such fields.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

#: Prefixes that the standard's own context explains, so that events need not.
KNOWN: Mapping[str, str] = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "dcterms": "http://purl.org/dc/terms/",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
#: Objects of the standard that may carry fields of others beside their own `id`.
_PLACES = ("readPoint", "bizLocation")


def facts(event: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The extension fields of the event; None where it has none.

    Each fact has `w` (where: event, ilmd, error, sensorElement, sensorMetadata, sensorReport, readPoint, bizLocation), `n` (the full
    name: namespace and local name in one), `p` (the name as it was written, where that differs), `v` (the text, absent for a field
    that holds others), `f` (the number), `t` (the instant in UTC, always of one width) and `i` where it stands inside another.
    """
    parts = list(_parts(event))
    if not parts:
        return None
    spaces = {**KNOWN, **namespaces(event)}
    found: list[dict[str, Any]] = []
    for where, holder in parts:
        for name, value in holder.items():
            if ":" in name:
                _collect(found, spaces, where, name, value, inner=False)
    return found or None


def _parts(event: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of the event that hold such fields, cheaply: most events have none."""
    if _extended(event):
        yield "event", event
    if ilmd := event.get("ilmd"):
        yield "ilmd", ilmd
    for place in _PLACES:
        holder = event.get(place)
        if isinstance(holder, dict) and len(holder) > 1:
            yield place, holder
    if error := event.get("errorDeclaration"):
        yield "error", error
    for element in event.get("sensorElementList", ()):
        yield from _sensor_parts(element)


def _sensor_parts(element: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if _extended(element):
        yield "sensorElement", element
    if (metadata := element.get("sensorMetadata")) and _extended(metadata):
        yield "sensorMetadata", metadata
    for report in element.get("sensorReport", ()):
        if _extended(report):
            yield "sensorReport", report


def _extended(holder: Mapping[str, Any]) -> bool:
    return any(":" in name for name in holder)


def namespaces(event: Mapping[str, Any]) -> dict[str, str]:
    """The prefixes that the event's own context explains."""
    context = event.get("@context") or ()
    parts = context if isinstance(context, list) else (context,)
    return {name: uri for part in parts if isinstance(part, dict) for name, uri in part.items() if isinstance(uri, str)}


def full_name(name: str, spaces: Mapping[str, str]) -> str:
    """Namespace and local name of `prefix:local` in one; a name whose prefix nobody explains is its own."""
    prefix, _colon, local = name.partition(":")
    return spaces[prefix] + local if prefix in spaces else name


def _collect(
    found: list[dict[str, Any]], spaces: Mapping[str, str], where: str, name: str, value: Any, *, inner: bool
) -> None:
    fact: dict[str, Any] = {"w": where, "n": full_name(name, spaces)}
    if fact["n"] != name:
        fact["p"] = name
    if inner:
        fact["i"] = True
    values = value if isinstance(value, list) else [value]
    plain = [text for item in values if (text := _plain(item)) is not None]
    found.extend([fact | reading(text) for text in plain] or [fact])
    for item in values:
        _collect_inside(found, spaces, where, item)


def _collect_inside(found: list[dict[str, Any]], spaces: Mapping[str, str], where: str, item: Any) -> None:
    if isinstance(item, list):
        for one in item:
            _collect_inside(found, spaces, where, one)
    elif isinstance(item, dict):
        for name, value in item.items():
            if ":" in name:
                _collect(found, spaces, where, name, value, inner=True)
            elif not name.startswith("@"):
                _collect_inside(found, spaces, where, value)


def _plain(value: Any) -> str | None:
    """A scalar as a text; None for what holds other things."""
    if isinstance(value, dict):
        return _plain(value.get("@value", value.get("@id", value.get("#text", {}) if "#text" in value else None)))
    if value is None or isinstance(value, list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def reading(text: str) -> dict[str, Any]:
    """The text as `v`, with `f` where it is a number and `t` where it is a time."""
    found: dict[str, Any] = {"v": text}
    if (number := as_number(text)) is not None:
        found["f"] = number
    elif (instant := as_time(text)) is not None:
        found["t"] = instant
    return found


def as_number(text: str) -> float | None:
    """The number that the text is, if it is one that a double can hold."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def as_time(text: str) -> str | None:
    """The instant that the text is, in UTC and always of one width, so that texts compare as times do; a day is its midnight."""
    if not _TIME.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
