"""The schema's verdict on envelopes and events, in plain sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs

from tiantou.epcis.parts import Fault
from tiantou.epcis.words import SCHEMA


def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{name}"}, validate_formats=True)


_ENVELOPE, _EVENTS, _EVENT = _validator("envelope"), _validator("events"), _validator("event")
_MOST = 20


def is_envelope(document: Any) -> bool:
    """Whether everything but the events is as the standard has it."""
    return _is_valid(_ENVELOPE, document)


def are_events(events: Any) -> bool:
    """Whether all events of a list are as the standard has them: one pass for all, the usual case."""
    return _is_valid(_EVENTS, events)


def is_event(event: Any) -> bool:
    """Whether one event is as the standard has it."""
    return _is_valid(_EVENT, event)


def _is_valid(validator: jsonschema_rs.Draft202012Validator, value: Any) -> bool:
    try:
        return validator.is_valid(value)
    except (ValueError, OverflowError, RecursionError):
        return False  # nested too deeply, or a number that fits nowhere


def envelope_faults(document: Any) -> list[Fault]:
    """What is wrong with a document besides its events."""
    return _faults(_ENVELOPE, document)


def event_faults(event: Any) -> list[Fault]:
    """What is wrong with one event, as pointers below it."""
    return _faults(_EVENT, event)


def _faults(validator: jsonschema_rs.Draft202012Validator, value: Any) -> list[Fault]:
    found: dict[Fault, None] = {}
    try:
        for error in validator.iter_errors(value):
            found[_fault(error, value)] = None
            if len(found) == _MOST:
                break
    except (ValueError, OverflowError, RecursionError):
        found[Fault("", "It is nested too deeply, or holds a number that fits nowhere.")] = None
    return list(found)


def _fault(error: jsonschema_rs.ValidationError, value: Any) -> Fault:
    path = [str(part) for part in error.instance_path]
    say = _SAYINGS.get(error.kind.name)
    reason = say(error, path, value) if say else _shortened(error.message)
    return Fault("".join("/" + part.replace("~", "~0").replace("/", "~1") for part in [*path, *_member(error)]), reason)


def _member(error: jsonschema_rs.ValidationError) -> list[str]:
    """The member that is missing or not wanted: pointed at by name, though the error stands at its object."""
    kind: Any = error.kind
    if kind.name == "required":
        return [str(kind.property)]
    return [str(kind.unexpected[0])] if kind.name == "additionalProperties" else []


def _shortened(text: str) -> str:
    return f"{text}." if len(text) <= 300 else text[:299] + "…"  # noqa: PLR2004 - one sentence


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f"“{text[:80]}”"


def _name(path: list[str]) -> str:
    """The member that a path ends in, passing over places in lists."""
    return next((part for part in reversed(path) if not part.isdigit()), "")


def _required(error: Any, path: list[str], value: Any) -> str:
    return f"{error.kind.property} is missing."


def _additional(error: Any, path: list[str], value: Any) -> str:
    names = ", ".join(_shown(name) for name in error.kind.unexpected[:5])
    return f"{names} is not known here: an own member has a prefix that the context explains."


def _false(error: Any, path: list[str], value: Any) -> str:
    kind = value.get("type") if isinstance(value, Mapping) else None
    return f"{_name(path)} does not belong here" + (f" in a {kind}." if isinstance(kind, str) else ".")


_GOODS = {
    "ObjectEvent": "An ObjectEvent names what it is about: epcList, quantityList or sensorElementList.",
    "AggregationEvent": "An AggregationEvent names its parent (unless it observes) and its children (unless it deletes).",
    "AssociationEvent": "An AssociationEvent names its children unless it deletes (TCR-54, step 4).",
    "TransactionEvent": "A TransactionEvent names what it is about, unless it deletes: epcList or quantityList.",
    "TransformationEvent": "A TransformationEvent has inputs and outputs, or one of these and a transformationID.",
}


def _any_of(error: Any, path: list[str], value: Any) -> str:
    if not path and isinstance(value, Mapping):
        return _GOODS.get(str(value.get("type")), "It lacks what its type needs.")
    if isinstance(error.instance, Mapping) and _name(path) == "sensorReport":
        return "A sensor report says what was measured (type) or what was wrong (exception)."
    if _name(path) in {"certificationInfo", "@context"}:
        return f"{_name(path)} is an address or a list of addresses."
    return f"{_shown(error.instance)} is neither a word of CBV 2.0 for {_name(path)} nor the address of an own word."


def _enum(error: Any, path: list[str], value: Any) -> str:
    options = ", ".join(str(option) for option in error.kind.options)
    return f"{_shown(error.instance)} is not one of {options}."


def _format(error: Any, path: list[str], value: Any) -> str:
    wanted = {"uri": "a URI", "date-time": "a time with its zone (2026-04-01T08:00:00+08:00)"}
    return f"{_shown(error.instance)} is not {wanted.get(error.kind.format, error.kind.format)}."


def _constant(error: Any, path: list[str], value: Any) -> str:
    if path == ["action"]:
        return "Master data of instances or lots (ilmd) stands only with action ADD."
    return _shortened(error.message)


def _pattern(error: Any, path: list[str], value: Any) -> str:
    return f"{_shown(error.instance)} does not have the form of {_name(path) or 'it'}."


_SAYINGS: Mapping[str, Callable[[Any, list[str], Any], str]] = {
    "required": _required,
    "additionalProperties": _additional,
    "falseSchema": _false,
    "anyOf": _any_of,
    "enum": _enum,
    "format": _format,
    "const": _constant,
    "pattern": _pattern,
}
