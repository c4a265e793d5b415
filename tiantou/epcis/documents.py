"""EPCIS documents: reading, checking, translating and writing EPCIS 2.0 (JSON, JSON-LD, XML) and reading EPCIS 1.2 (XML). Pure.

Whatever is sent, reading answers with a `Document`, perhaps with faults of single events, or raises `Unreadable`: nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tiantou.epcis import contexts, json_reading, xml_reading, xml_writing
from tiantou.epcis.merging import merge
from tiantou.epcis.parts import Document, Fault, Master, Unreadable, unreadable
from tiantou.epcis.translation import translate

__all__ = ["Document", "Fault", "Master", "Unreadable", "faults", "read", "read_event", "translate", "write"]

_JSON = frozenset({"application/json", "application/ld+json"})
_XML = frozenset({"application/xml", "text/xml"})


def read(body: bytes, *, media_type: str) -> Document:
    """A document and what is wrong with its events. Raises: Unreadable, where the document itself is wrong."""
    if _plain(media_type) in _JSON:
        return json_reading.read(body)
    if _plain(media_type) in _XML:
        return xml_reading.read(body)
    raise unreadable(f"“{media_type[:80]}” is no form of an EPCIS document.")


def read_event(body: bytes, *, media_type: str) -> dict[str, Any]:
    """One bare event without a fault. Raises: Unreadable."""
    if _plain(media_type) in _JSON:
        return json_reading.read_event(body)
    if _plain(media_type) in _XML:
        return xml_reading.read_event(body)
    raise unreadable(f"“{media_type[:80]}” is no form of an EPCIS event.")


def faults(event: Mapping[str, Any]) -> list[Fault]:
    """What schema and standard say against one bare event; nothing where it is one."""
    return json_reading.faults(event)


def write(
    events: Sequence[Mapping[str, Any]],
    *,
    media_type: str,
    at: datetime,
    epc_format: str = "Always_GS1_Digital_Link",
    cbv_format: str = "",
    query: tuple[str, str] | None = None,
) -> bytes:
    """The events as an EPCISDocument; with `query` (subscriptionID, queryName) as the EPCISQueryDocument of its results.

    The contexts of the events become the document's. JSON always has CBV's short words, as the standard says; `cbv_format` is for XML.
    Raises: ValueError, for a form or format that the standard does not know.
    """
    prefixes, merged = merge(events)
    translated = [translate(event, epc_format) for event in merged]
    if _plain(media_type) in _XML:
        return xml_writing.write(translated, prefixes, at=at, cbv_format=cbv_format, query=query)
    if _plain(media_type) not in _JSON or cbv_format not in xml_writing.CBV_FORMATS:
        raise ValueError(media_type, cbv_format)
    own = [{prefix: uri} for prefix, uri in sorted(prefixes.items())]
    head = {
        "@context": [contexts.STANDARD, *own],
        "schemaVersion": "2.0",
        "creationDate": at.isoformat(timespec="milliseconds"),
    }
    if query is None:
        return msgspec.json.encode({"type": "EPCISDocument", **head, "epcisBody": {"eventList": translated}})
    subscription, name = query
    results = {"subscriptionID": subscription} if subscription else {}
    results |= {"queryName": name, "resultsBody": {"eventList": translated}}  # type: ignore[dict-item]
    return msgspec.json.encode({"type": "EPCISQueryDocument", **head, "epcisBody": {"queryResults": results}})


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
