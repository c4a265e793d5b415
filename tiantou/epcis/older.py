"""Events in an older or looser shape whose meaning is clear, put into the standard's. Pure.

Drafts of EPCIS 2.0 said `isA` and `id` where the standard says `type` and `eventID`, wrote one thing where a list stands, and gave sensor
elements a type; many writers still send CBV's URNs and addresses where JSON has the short word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiantou.epcis.words import SCHEMA, short

_EVENT = SCHEMA["$defs"]["event"]["properties"]
_LISTS = frozenset(name for name in _EVENT if name.endswith(("List", "EPCs")))
_TYPED = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
_REPORT_WORDS = {"type": "measurement", "exception": "exception", "component": "component"}


def straighten(event: Any, aliases: Mapping[str, str]) -> None:
    """Whatever can be read in only one way is in the standard's shape afterwards; everything else is as it was."""
    if not isinstance(event, dict):
        return
    _rename(event, aliases)
    if "id" in event and "eventID" not in event:
        event["eventID"] = event.pop("id")
    for name in _LISTS & event.keys():
        if isinstance(event[name], dict | str):
            event[name] = [event[name]]
    for name in ("readPoint", "bizLocation"):
        if isinstance(event.get(name), str):
            event[name] = {"id": event[name]}
        elif isinstance(event.get(name), dict):
            _rename(event[name], aliases)
    for name in ("bizStep", "disposition"):
        _shorten(event, name, name)
    _lists(event, aliases)


def _rename(body: dict[str, Any], aliases: Mapping[str, str]) -> None:
    for alias, name in (*aliases.items(), ("@type", "type"), ("@id", "id"), ("isA", "type")):
        if alias in body and name not in body:
            body[name] = body.pop(alias)


def _shorten(body: dict[str, Any], name: str, vocabulary: str) -> None:
    if isinstance(body.get(name), str):
        body[name] = short(vocabulary, body[name])


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _lists(event: dict[str, Any], aliases: Mapping[str, str]) -> None:
    for name, vocabulary in _TYPED.items():
        for part in _dicts(event.get(name)):
            _rename(part, aliases)
            _shorten(part, "type", vocabulary)
    persistent = event.get("persistentDisposition")
    if isinstance(persistent, dict):
        for name, words in persistent.items():
            listed = [words] if isinstance(words, str) else words
            if isinstance(listed, list):
                persistent[name] = [short("disposition", word) if isinstance(word, str) else word for word in listed]
    declaration = event.get("errorDeclaration")
    if isinstance(declaration, dict):
        _shorten(declaration, "reason", "reason")
    for element in _dicts(event.get("sensorElementList")):
        _sensor(element, aliases)


def _sensor(element: dict[str, Any], aliases: Mapping[str, str]) -> None:
    if str(element.get("type", "")).removeprefix("epcis:") == "SensorElement":
        del element["type"]
    if isinstance(element.get("sensorReport"), dict):
        element["sensorReport"] = [element["sensorReport"]]
    for report in _dicts(element.get("sensorReport")):
        _rename(report, aliases)
        for name, vocabulary in _REPORT_WORDS.items():
            _shorten(report, name, vocabulary)
