"""What the standard asks of an event and no schema can see (EPCIS 2.0, chapter 7; TCR-53; TCR-54). Pure, and lean: it runs for every event.

`look_over` supposes an event of the schema's shape. It finds faults, spells the standard's words short, and leaves in `@context` exactly the
own prefixes that the event uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping
from datetime import datetime
from typing import Any

from tiantou.epcis.contexts import PREFIXES, SCHEMES
from tiantou.epcis.names import CLASS, INSTANCE, look
from tiantou.epcis.words import short

#: Prefixes that readers of an event know without being told, as long as they mean what the standard means.
_TOLD = frozenset({"cbv", "cbvmda", "gs1"})
_DEEPEST = 32
_GREATEST = 1e30
_HASH = re.compile(r"ni:///sha-256;[0-9a-f]{64}\?ver=CBV\d\.\d")
#: Attributes that stand in the metadata or in a report, not in both (TCR-53, step 29). A report that states all of them stands for
#: itself and takes nothing from the metadata: so do GS1's own examples of all possible fields.
_ONCE = frozenset({"dataProcessingMethod", "deviceID", "deviceMetadata", "rawData", "time"})


class Sight:
    """What is seen while one event is looked over."""

    __slots__ = ("faults", "prefixes", "used")

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.prefixes = prefixes
        self.used: set[str] = set()
        self.faults: list[tuple[str, str]] = []

    def fault(self, where: str, reason: str) -> None:
        """Notes one thing wrong at a JSON pointer below the event."""
        self.faults.append((where, reason))

    def name(self, name: str, where: str) -> None:
        """Notes the prefix of an own name; a prefix that nobody explains is a fault."""
        prefix, _, local = name.partition(":")
        if prefix in self.prefixes:
            self.used.add(prefix)
        elif prefix in PREFIXES:
            if prefix not in _TOLD:
                self.used.add(prefix)
        elif prefix not in SCHEMES or not local:
            self.fault(where, f"“{name[:120]}” has a prefix that no context explains.")

    def value(self, text: str) -> None:
        """Notes the prefix of a value that is a CURIE of an explained prefix."""
        prefix = text.partition(":")[0]
        if prefix in self.prefixes and not text.startswith("//", len(prefix) + 1):
            self.used.add(prefix)


def look_over(event: MutableMapping[str, Any], prefixes: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with an event, as (JSON pointer, reason)."""
    sight = Sight(prefixes)
    for name, value in list(event.items()):
        check = _CHECKS.get(name)
        if check is not None:
            changed = check(sight, name, value)
            if changed is not None:
                event[name] = changed
        elif ":" in name:
            sight.name(name, f"/{_escape(name)}")
            _own(sight, value, f"/{_escape(name)}", 1)
    _settle(sight, event)
    return sight.faults


def _settle(sight: Sight, event: MutableMapping[str, Any]) -> None:
    event.pop("@context", None)
    if sight.used:
        known = {**PREFIXES, **sight.prefixes}
        used = [prefix for prefix in sorted(sight.used) if prefix not in _TOLD or known[prefix] != PREFIXES[prefix]]
        if used:
            event["@context"] = [{prefix: known[prefix]} for prefix in used]


def explain(event: Any, prefixes: Mapping[str, str]) -> None:
    """Leaves in a faulty event's `@context` all prefixes that hold in it: which of them it uses cannot be told."""
    if isinstance(event, dict):
        event.pop("@context", None)
        if prefixes:
            event["@context"] = [{prefix: uri} for prefix, uri in sorted(prefixes.items())]


def _escape(name: str) -> str:
    """A name as part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _own(sight: Sight, value: Any, where: str, depth: int) -> None:
    """Looks over a value of somebody's own: prefixes, depth, numbers that no database could hold."""
    if isinstance(value, str):
        return
    if depth > _DEEPEST:
        sight.fault(where, f"Own data is nested more than {_DEEPEST} levels deep.")
    elif isinstance(value, Mapping):
        _own_members(sight, value, where, depth)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _own(sight, inner, f"{where}/{place}", depth + 1)
    elif isinstance(value, int | float) and not -_GREATEST <= value <= _GREATEST:
        sight.fault(where, "A number is too great to be kept.")


def _own_members(sight: Sight, value: Mapping[str, Any], where: str, depth: int) -> None:
    for name, inner in value.items():
        path = f"{where}/{_escape(name)}"
        if name == "@context":
            sight.fault(path, "A context stands at the document or at the event, not inside own data.")
        elif ":" in name:
            sight.name(name, path)
        _own(sight, inner, path, depth + 1)


def _time(sight: Sight, name: str, value: str) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        sight.fault(f"/{name}", f"“{value[:64]}” is no time.")
        return
    # Years that no clock of the trade shows; the first and last also have no UTC for every zone.
    if not "1000" <= value[:4] < "9900":
        sight.fault(f"/{name}", f"“{value[:64]}” is no year in which goods were traded.")


def _word(vocabulary: str) -> Callable[[Sight, str, str], str | None]:
    def check(sight: Sight, name: str, value: str) -> str | None:
        if ":" not in value:
            return None
        sight.value(value)
        return short(vocabulary, value)

    return check


def _identifier(sight: Sight, where: str, text: str, refused: str = "") -> None:
    """One identifier; `refused` is the grain that may not stand here."""
    grain, wrong = look(text)
    if wrong:
        sight.fault(where, wrong)
    elif grain:
        if grain == refused:
            said = (
                "a class, where single things are listed"
                if grain == CLASS
                else "a single thing, where a class is meant"
            )
            sight.fault(where, f"“{text[:120]}” names {said}.")
    elif sight.prefixes:
        sight.value(text)


def _one(sight: Sight, name: str, value: str) -> None:
    _identifier(sight, f"/{name}", value)


def _event_id(sight: Sight, name: str, value: str) -> None:
    if value.startswith("ni:") and not _HASH.fullmatch(value):
        sight.fault(
            f"/{name}", "The event's identifier is no event hash: ni:///sha-256;<64 hexadecimal digits>?ver=CBV2.0."
        )


def _epcs(sight: Sight, name: str, value: list[str]) -> None:
    for place, text in enumerate(value):
        grain, wrong = look(text)
        if wrong or grain != INSTANCE:
            _identifier(sight, f"/{name}/{place}", text, CLASS)


def _quantities(sight: Sight, name: str, value: list[dict[str, Any]]) -> None:
    for place, element in enumerate(value):
        text = element["epcClass"]
        grain, wrong = look(text)
        if wrong or grain != CLASS:
            _identifier(sight, f"/{name}/{place}/epcClass", text, INSTANCE)


def _place(sight: Sight, name: str, value: dict[str, Any]) -> None:
    _identifier(sight, f"/{name}/id", value["id"])
    if len(value) > 1:
        _extras(sight, value, f"/{name}", frozenset({"id"}))


def _extras(sight: Sight, value: Mapping[str, Any], where: str, known: frozenset[str] = frozenset()) -> None:
    for name, inner in value.items():
        if name not in known:
            path = f"{where}/{_escape(name)}"
            sight.name(name, path)
            _own(sight, inner, path, 1)


def _typed(member: str) -> Callable[[Sight, str, list[dict[str, Any]]], None]:
    def check(sight: Sight, name: str, value: list[dict[str, Any]]) -> None:
        for place, element in enumerate(value):
            kind = element.get("type")
            if kind is not None and ":" in kind:
                sight.value(kind)
                element["type"] = short(member, kind)
            _identifier(sight, f"/{name}/{place}/{member}", element[member])

    return check


def _persistent(sight: Sight, name: str, value: dict[str, list[str]]) -> None:
    for part, words in value.items():
        value[part] = [short("disposition", word) for word in words]
        for word in words:
            if ":" in word:
                sight.value(word)
    for word in set(value.get("set", ())) & set(value.get("unset", ())):
        sight.fault(f"/{name}", f"The disposition “{word[:120]}” is both set and unset.")


_DECLARED = frozenset({"declarationTime", "reason", "correctiveEventIDs"})


def _declaration(sight: Sight, name: str, value: dict[str, Any]) -> None:
    _time(sight, f"{name}/declarationTime", value["declarationTime"])
    if ":" in value.get("reason", ""):
        sight.value(value["reason"])
        value["reason"] = short("reason", value["reason"])
    for place, text in enumerate(value.get("correctiveEventIDs", ())):
        _event_id(sight, f"{name}/correctiveEventIDs/{place}", text)
    _extras(sight, value, f"/{name}", _DECLARED)


_ELEMENT = frozenset({"sensorMetadata", "sensorReport"})
_METADATA = frozenset(
    {"time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"}
)
_REPORT_WORDS = (("type", "measurement"), ("exception", "exception"), ("component", "component"))
_REPORT = frozenset(
    {
        "type", "exception", "component", "time", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules",
        "microorganism", "chemicalSubstance", "coordinateReferenceSystem", "value", "minValue", "maxValue", "meanValue", "sDev",
        "percRank", "percValue", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "uom",
    }
)  # fmt: skip


def _sensors(sight: Sight, name: str, value: list[dict[str, Any]]) -> None:
    for place, element in enumerate(value):
        where = f"{name}/{place}"
        metadata: Mapping[str, Any] = element.get("sensorMetadata", {})
        _times(sight, f"{where}/sensorMetadata", metadata, ("time", "startTime", "endTime"))
        _extras(sight, metadata, f"/{where}/sensorMetadata", _METADATA)
        for number, report in enumerate(element["sensorReport"]):
            _report(sight, report, metadata, f"{where}/sensorReport/{number}")
        _extras(sight, element, f"/{where}", _ELEMENT)


def _times(sight: Sight, where: str, body: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name in body:
            _time(sight, f"{where}/{name}", body[name])


def _report(sight: Sight, report: dict[str, Any], metadata: Mapping[str, Any], where: str) -> None:
    for name, vocabulary in _REPORT_WORDS:
        text = report.get(name)
        if text is not None and ":" in text:
            sight.value(text)
            report[name] = short(vocabulary, text)
    _times(sight, where, report, ("time",))
    both = report.keys() & metadata.keys() & _ONCE
    for name in sorted(both) if both != _ONCE else ():
        sight.fault(f"/{where}/{name}", f"{name} stands in the sensor's metadata already (TCR-53, step 29).")
    if report.keys() - _REPORT:
        _extras(sight, report, f"/{where}", _REPORT)


def _ilmd(sight: Sight, name: str, value: dict[str, Any]) -> None:
    _extras(sight, value, f"/{name}")


_CHECKS: Mapping[str, Callable[[Sight, str, Any], Any]] = {
    "eventTime": _time,
    "recordTime": _time,
    "eventID": _event_id,
    "errorDeclaration": _declaration,
    "bizStep": _word("bizStep"),
    "disposition": _word("disposition"),
    "persistentDisposition": _persistent,
    "readPoint": _place,
    "bizLocation": _place,
    "parentID": _one,
    "transformationID": _one,
    "epcList": _epcs,
    "childEPCs": _epcs,
    "inputEPCList": _epcs,
    "outputEPCList": _epcs,
    "quantityList": _quantities,
    "childQuantityList": _quantities,
    "inputQuantityList": _quantities,
    "outputQuantityList": _quantities,
    "bizTransactionList": _typed("bizTransaction"),
    "sourceList": _typed("source"),
    "destinationList": _typed("destination"),
    "sensorElementList": _sensors,
    "ilmd": _ilmd,
}
