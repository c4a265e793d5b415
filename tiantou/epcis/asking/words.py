"""How words and things may be written in a query: reduced to how events hold them. Pure.

Events hold the words of CBV in short (`documents` reads them so); things they hold as they were captured.
"""

from __future__ import annotations

import re

from tiantou.epcis.words import short as short_of
from tiantou.gs1.identifiers import digital_link, key, urn
from tiantou.trace.facts import as_number, as_time

_EVENT_TYPE = re.compile(
    r"(?:epcis:|https?://ref\.gs1\.org/(?:standards/)?epcis/)?((?:Object|Aggregation|Transaction|Transformation|Association)Event)"
)
_MEASUREMENT = re.compile(r"(?:gs1:|https?://(?:www\.)?gs1\.org/voc/)(?:MeasurementType-)?(\w+)")


def event_type(text: str) -> str:
    """An event type in its short form."""
    found = _EVENT_TYPE.fullmatch(text)
    return found[1] if found else text


def biz_step(text: str) -> str:
    """A business step in its short form."""
    return short_of("bizStep", text)


def disposition(text: str) -> str:
    """A disposition in its short form."""
    return short_of("disposition", text)


def reason(text: str) -> str:
    """An error reason in its short form."""
    return short_of("reason", text)


def paper_type(text: str, kind: str) -> str:
    """The type of a bizTransaction, source or destination in its short form."""
    return short_of(kind, text)


def measurement(text: str) -> str:
    """A measurement type in its short form."""
    found = _MEASUREMENT.fullmatch(text)
    return found[1] if found else text


def code(identifier: str) -> str:
    """The name under which events hold what master data describes: a word of CBV in short, anything else by its key."""
    return key(disposition(biz_step(identifier)))


def spellings_of_thing(text: str) -> tuple[str, ...]:
    """A thing as it was asked for, as a URN and as a Digital Link of GS1's own domain."""
    name = key(text)
    found = [text]
    if name.startswith("/"):
        found.append(f"https://id.gs1.org{name}")
        found.append(urn(name))
    elif text.startswith("urn:epc:"):
        found.append(digital_link(text))
    return tuple(dict.fromkeys(spelling for spelling in found if not spelling.startswith("/")))


def is_number(text: str) -> bool:
    """Whether the text is a number."""
    return as_number(text) is not None


def is_time(text: str) -> bool:
    """Whether the text is a time."""
    return as_time(text) is not None
