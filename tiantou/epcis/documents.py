"""EPCIS documents: reading, checking, translating and writing EPCIS 2.0 (JSON, JSON-LD, XML) and reading EPCIS 1.2 (XML). Pure.

Whatever is sent, reading answers with a `Document`, perhaps with faults of single events, or raises `Unreadable`: nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiantou.epcis import json_reading, xml_reading
from tiantou.epcis.parts import Document, Fault, Master, Unreadable, unreadable

__all__ = ["Document", "Fault", "Master", "Unreadable", "faults", "read", "read_event"]

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


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
