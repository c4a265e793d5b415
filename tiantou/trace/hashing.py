"""The event hash of CBV 2.0 (section 8.9): the same event, however it was written, has the same name. Pure.

The pre-hash string puts the members in the standard's order, identifiers as canonical Digital Links, CBV words as web addresses, times in
UTC with milliseconds, lists sorted; eventID, recordTime and errorDeclaration are left out.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tiantou.gs1.identifiers import digital_link

VERSION = "CBV2.0"
_CBV = "https://ref.gs1.org/cbv/"
_VOC = "https://gs1.org/voc/"
_WORDS = {
    "urn:epcglobal:cbv:bizstep:": f"{_CBV}BizStep-",
    "urn:epcglobal:cbv:disp:": f"{_CBV}Disp-",
    "urn:epcglobal:cbv:btt:": f"{_CBV}BTT-",
    "urn:epcglobal:cbv:sdt:": f"{_CBV}SDT-",
    "urn:epcglobal:cbv:er:": f"{_CBV}ER-",
}
_LINK = re.compile(
    r"https?://[^/]+(?:/[^/]+)*?(/(?:00|01|253|255|401|402|414|417|8003|8004|8006|8010|8017|8018)/[^?#]+)(?:[?#].*)?"
)
#: What follows the milliseconds where a time is told no finer than that.
_ZONES = ("Z", "+", "-")
_IDPAT = re.compile(r"urn:epc:idpat:(.+)")
#: Prefixes that the standard's own context explains (epcis-context.jsonld); a document need not repeat them.
_STANDARD = {"cbv": _CBV, "cbvmda": "urn:epcglobal:cbv:mda:", "gs1": _VOC}
_SKIPPED = frozenset({"eventID", "recordTime", "errorDeclaration", "@context", "isA", "rdfs:comment", "hash"})


def event_hash(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    """`ni:///sha-256;<hex>?ver=CBV2.0`; `namespaces` are the prefixes of the document's context."""
    digest = hashlib.sha256(pre_hash(event, namespaces).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver={VERSION}"


def pre_hash(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    """The string that is hashed."""
    parts = [f"eventType={event['type']}"]
    # An empty list or object says nothing, as one that is not there.
    for name, show in _EVENT:
        if value := event.get(name):
            parts.append(_sensors(value, namespaces) if name == "sensorElementList" else show(value))
            if name in _PLACES and len(value) > 1:
                parts.append(_extensions(value, ("id",), namespaces))
    return "".join([*parts, *_ilmd(event, namespaces), _extensions(event, _KNOWN, namespaces)])


def _ilmd(event: Mapping[str, Any], namespaces: Mapping[str, str]) -> list[str]:
    ilmd = event.get("ilmd")
    return ["ilmd" + _extensions(ilmd, _SKIPPED, namespaces)] if ilmd else []


def _extensions(body: Mapping[str, Any], known: Iterable[str], namespaces: Mapping[str, str]) -> str:
    found = [_extension(name, value, namespaces) for name, value in body.items() if name not in known]
    return "".join(sorted(found))


def _extension(name: str, value: Any, namespaces: Mapping[str, str]) -> str:
    if isinstance(value, list):
        return "".join(sorted(_extension(name, item, namespaces) for item in value))
    prefix, colon, local = name.partition(":")
    namespace = namespaces.get(prefix) or _STANDARD.get(prefix) if colon else None
    key = f"{{{namespace}}}{local}" if namespace else name
    if isinstance(value, Mapping):
        return key + _extensions(value, ("@context",), namespaces)
    return f"{key}={_scalar(value)}"


def _scalar(value: Any) -> str:
    """One value in canonical form: times, numbers, identifiers, words, other text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    text = str(value)
    if len(text) > 18 and text[4:5] == "-" and text[10:11] == "T":  # noqa: PLR2004 - the shape of a time
        try:
            return _time(text)
        except (ValueError, OverflowError):
            return text  # in somebody's own field: it only looks like one
    return canonical(text)


def _number(value: float | str) -> str:
    number = Decimal(str(value)).normalize()
    return format(number, "f")


@functools.lru_cache(maxsize=65536)
def canonical(text: str) -> str:
    """An identifier as its canonical Digital Link, a CBV URN as its web address, anything else as it is."""
    try:
        return _canonical(text)
    except (ValueError, IndexError):
        return text  # a malformed URN in somebody's own field


def _canonical(text: str) -> str:
    if text.startswith("urn:"):
        for urn, address in _WORDS.items():
            if text.startswith(urn):
                return address + text[len(urn) :]
        if found := _IDPAT.fullmatch(text):
            return (
                digital_link("urn:epc:id:" + found[1]).removesuffix("/21/*").removesuffix("/8011/*").removesuffix("*")
            )
        return digital_link(text)
    if text.startswith("http"):
        found = _LINK.fullmatch(text)
        return "https://id.gs1.org" + found[1] if found else text
    return text


def _time(text: str) -> str:
    """UTC, milliseconds, half a millisecond rounded up."""
    if "." not in text or (text[19:20] == "." and text[23:24] in _ZONES):
        return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    fraction = re.search(r"\.(\d+)", text)
    digits = fraction[1] if fraction else ""
    at = datetime.fromisoformat(text.replace(f".{digits}", "", 1) if digits else text).astimezone(UTC)
    millis = (int((digits + "0000")[:4]) + 5) // 10
    at += timedelta(milliseconds=millis)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _word(prefix: str) -> Callable[[str], str]:
    def show(text: str) -> str:
        return canonical(text) if ":" in text else prefix + text

    return show


def _field(name: str, show: Callable[[Any], str] = _scalar) -> tuple[str, Callable[[Any], str]]:
    return name, lambda value: f"{name}={show(value)}"


def _list(name: str, item: Callable[[Any], str]) -> tuple[str, Callable[[Any], str]]:
    return name, lambda values: name + "".join(sorted(item(value) for value in values))


def _epcs(name: str) -> tuple[str, Callable[[Any], str]]:
    return _list(name, lambda value: f"epc={canonical(value)}")


def _certificates(value: str | list[str]) -> str:
    return "".join(
        sorted(f"certificationInfo={canonical(one)}" for one in ([value] if isinstance(value, str) else value))
    )


def _quantity(value: Mapping[str, Any]) -> str:
    text = f"quantityElementepcClass={canonical(value['epcClass'])}"
    if value.get("quantity") is not None:
        text += f"quantity={_number(value['quantity'])}"
    return text + (f"uom={value['uom']}" if value.get("uom") else "")


def _place(name: str) -> tuple[str, Callable[[Any], str]]:
    return name, lambda value: f"{name}id={canonical(value['id'])}"


def _typed(prefix: str, member: str) -> Callable[[Mapping[str, Any]], str]:
    word = _word(prefix)

    def show(value: Mapping[str, Any]) -> str:
        kind = f"type={word(value['type'])}" if value.get("type") else ""
        return f"{kind}{member}={canonical(value[member])}"

    return show


def _persistent(value: Mapping[str, Any]) -> str:
    word = _word(f"{_CBV}Disp-")
    return "persistentDisposition" + "".join(
        "".join(sorted(f"{name}={word(item)}" for item in value.get(name, ()))) for name in ("set", "unset")
    )


_METADATA = (
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
)
_REPORT = (
    "type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time", "microorganism",
    "chemicalSubstance", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue",
    "meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem", "bizRules",
)  # fmt: skip
_SENSOR_WORDS = {"type": _VOC, "exception": _VOC, "component": f"{_CBV}Comp-"}


def _sensor_value(name: str, value: Any) -> str:
    if name in _SENSOR_WORDS and isinstance(value, str):
        if value.startswith(("gs1:", "cbv:")):
            return (_VOC if value.startswith("gs1:") else _CBV) + value[4:]
        return _word(_SENSOR_WORDS[name])(value)
    return _scalar(value)


def _sensor_part(name: str, order: tuple[str, ...], value: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    text = name + "".join(f"{member}={_sensor_value(member, value[member])}" for member in order if member in value)
    return text + _extensions(value, order, namespaces)


def _sensor(value: Mapping[str, Any], namespaces: Mapping[str, str]) -> str:
    metadata = value.get("sensorMetadata")
    text = _sensor_part("sensorMetadata", _METADATA, metadata, namespaces) if metadata else ""
    reports = sorted(
        _sensor_part("sensorReport", _REPORT, report, namespaces) for report in value.get("sensorReport", ())
    )
    return "sensorElement" + text + "".join(reports) + _extensions(value, _ELEMENT, namespaces)


def _sensors(value: Iterable[Mapping[str, Any]], namespaces: Mapping[str, str]) -> str:
    return "sensorElementList" + "".join(sorted(_sensor(element, namespaces) for element in value))


_ELEMENT = ("sensorMetadata", "sensorReport")
_PLACES = frozenset({"readPoint", "bizLocation"})


#: The members in the standard's order.
_EVENT: tuple[tuple[str, Callable[[Any], str]], ...] = (
    _field("eventTime"),
    _field("eventTimeZoneOffset", str),
    ("certificationInfo", _certificates),
    _epcs("epcList"),
    _field("parentID", canonical),
    _epcs("inputEPCList"),
    _list("inputQuantityList", _quantity),
    _epcs("childEPCs"),
    _list("quantityList", _quantity),
    _list("childQuantityList", _quantity),
    _epcs("outputEPCList"),
    _list("outputQuantityList", _quantity),
    _field("action", str),
    _field("transformationID", canonical),
    _field("bizStep", _word(f"{_CBV}BizStep-")),
    _field("disposition", _word(f"{_CBV}Disp-")),
    ("persistentDisposition", _persistent),
    _place("readPoint"),
    _place("bizLocation"),
    _list("bizTransactionList", _typed(f"{_CBV}BTT-", "bizTransaction")),
    _list("destinationList", _typed(f"{_CBV}SDT-", "destination")),
    _list("sourceList", _typed(f"{_CBV}SDT-", "source")),
    _field("sensorElementList"),  # told by _sensors: it holds fields of others, whose names need the prefixes
)
_KNOWN = frozenset(name for name, _ in _EVENT) | _SKIPPED | {"type", "ilmd"}
