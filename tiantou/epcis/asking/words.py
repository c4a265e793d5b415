"""The words of CBV and the spellings of one thing: what a client may write for what was captured. Pure."""

from __future__ import annotations

import re

from tiantou.gs1.identifiers import digital_link, key, urn
from tiantou.trace.facts import as_number, as_time
from tiantou.trace.rules import word

_EVENT_TYPE = re.compile(
    r"(?:epcis:|https?://ref\.gs1\.org/(?:standards/)?epcis/)?((?:Object|Aggregation|Transaction|Transformation|Association)Event)"
)
_WEB = "https://ref.gs1.org/cbv/"
_MEASUREMENT = re.compile(r"(?:gs1:|https?://(?:www\.)?gs1\.org/voc/)(?:MeasurementType-)?(\w+)")
_WORD = re.compile(r"(?:urn:epcglobal:cbv:[a-z]+:|https?://(?:ref|ns)\.gs1\.org/cbv/[A-Za-z]+-|cbv:[A-Za-z]+-)(.+)")


def short(text: str) -> str:
    """A business step or disposition in its short form."""
    found = _WORD.fullmatch(text)
    return found[1] if found else word(text)


def event_type(text: str) -> str:
    """An event type in its short form."""
    found = _EVENT_TYPE.fullmatch(text)
    return found[1] if found else text


def _spellings(text: str, urn_part: str, web_part: str) -> tuple[str, ...]:
    name = short(text)
    if ":" in name:
        return (text,)
    return (name, f"urn:epcglobal:cbv:{urn_part}:{name}", f"{_WEB}{web_part}-{name}")


def spellings_of_disposition(text: str) -> tuple[str, ...]:
    """A disposition as CBV lets it be written."""
    return _spellings(text, "disp", "Disp")


def spellings_of_reason(text: str) -> tuple[str, ...]:
    """An error reason as CBV lets it be written."""
    return _spellings(text, "er", "ER")


def spellings_of_type(text: str, kind: str) -> tuple[str, ...]:
    """The type of a business transaction, a source or a destination as CBV lets it be written."""
    return _spellings(text, *(("btt", "BTT") if kind == "bizTransaction" else ("sdt", "SDT")))


def spellings_of_measurement(text: str) -> tuple[str, ...]:
    """A measurement type, short and in the GS1 Web Vocabulary."""
    found = _MEASUREMENT.fullmatch(text)
    name = found[1] if found else text
    if ":" in name:
        return (text,)
    return (name, f"gs1:{name}", f"gs1:MeasurementType-{name}", f"https://gs1.org/voc/MeasurementType-{name}", text)


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
