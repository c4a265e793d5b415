"""EPCIS 2.0 JSON and JSON-LD: bytes to documents and events. Pure; nothing is fetched, nothing but `Unreadable` is raised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tiantou.epcis import contexts, schema
from tiantou.epcis.checks import explain, look_over
from tiantou.epcis.older import straighten
from tiantou.epcis.parts import Document, Fault, Master, Unreadable, unreadable

_LISTS = {"EPCISDocument": ("eventList",), "EPCISQueryDocument": ("queryResults", "resultsBody", "eventList")}
#: Signs that neither a database (NUL) nor XML could hold, and the escapes that write them.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def parse(body: bytes) -> Any:
    """The value that JSON text stands for; of a member that stands twice the last holds. Raises: Unreadable, where it is no JSON."""
    body = body.removeprefix(b"\xef\xbb\xbf")  # RFC 8259, 8.1: a reader may pass over a byte order mark
    try:
        value = msgspec.json.decode(body)
        if b"\\" in body or b"\xef\xbf" in body:
            _look_for_unseen(value, "")
    except RecursionError:
        raise unreadable("The document is nested too deeply.") from None
    except (ValueError, OverflowError) as error:  # what msgspec raises is a ValueError, too
        raise unreadable(f"The document is no well-formed JSON: {str(error)[:200]}.") from None
    return value


def _look_for_unseen(value: Any, where: str) -> None:
    if isinstance(value, str):
        if _UNSEEN.search(value):
            raise unreadable("A text holds a control character (NUL or another that XML cannot write).", where)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            path = f"{where}/{name.replace('~', '~0').replace('/', '~1')}"
            if _UNSEEN.search(name):
                raise unreadable("A name holds a control character.", where)
            _look_for_unseen(inner, path)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _look_for_unseen(inner, f"{where}/{place}")


def read(body: bytes) -> Document:
    """A document from JSON. Raises: Unreadable."""
    document = parse(body)
    if not isinstance(document, dict):
        raise unreadable("An EPCIS document is a JSON object.")
    context = contexts.read(document.get("@context"), "/@context")
    if not schema.is_envelope(document):
        _rename(document, context.aliases)
        if not schema.is_envelope(document):
            raise Unreadable(schema.envelope_faults(document) or [Fault("", "It is no EPCIS document.")])
    kind = document["type"]
    holder = document["epcisBody"]
    for name in _LISTS[kind][:-1]:
        holder = holder[name]
    events = holder["eventList"]
    where = "/epcisBody/" + "/".join(_LISTS[kind])
    return Document(
        kind, events, _go_through(events, context, where), _masters(document), document.get("creationDate", "")
    )


def _rename(body: dict[str, Any], aliases: Mapping[str, str]) -> None:
    """Puts `type` and `id` where a context gives them another name."""
    for alias, name in (*aliases.items(), ("@type", "type"), ("@id", "id"), ("isA", "type")):
        if alias in body and name not in body:
            body[name] = body.pop(alias)


def _go_through(events: list[Any], above: contexts.Context, where: str) -> list[Fault]:
    """Faults of all events. The schema is asked once for all; only where it objects, once for each."""
    faults: list[Fault] = []
    good = schema.are_events(events)
    prefixes = above.prefixes
    for index, event in enumerate(events):
        is_usual = good and "@context" not in event
        found = look_over(event, prefixes) if is_usual else _one(event, above, good=good)
        if found:
            faults += [Fault(f"{where}/{index}{path}", reason, index) for path, reason in found]
    return faults


def _one(event: Any, above: contexts.Context, *, good: bool) -> list[tuple[str, str]]:
    try:
        context = contexts.read(event.get("@context"), "/@context", above) if isinstance(event, dict) else above
    except Unreadable as refused:
        return [(fault.where, fault.reason) for fault in refused.faults]
    if not good and not schema.is_event(event):
        straighten(event, context.aliases)
        if not schema.is_event(event):
            wrong = [(fault.where, fault.reason) for fault in schema.event_faults(event)]
            explain(event, context.prefixes)
            return wrong
    return look_over(event, context.prefixes)


def read_event(body: bytes) -> dict[str, Any]:
    """One bare event from JSON. Raises: Unreadable."""
    event = parse(body)
    if not isinstance(event, dict):
        raise unreadable("An event is a JSON object.")
    if found := _one(event, contexts.EMPTY, good=False):
        raise Unreadable([Fault(where, reason) for where, reason in found])
    return event


def faults(event: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with one bare event that is at hand as an object; the event stays as it is."""
    copy: dict[str, Any] = {**event}
    if not schema.is_event(copy):
        return schema.event_faults(copy) or [Fault("", "It is no event.")]
    try:
        context = contexts.read(copy.get("@context"), "/@context")
    except Unreadable as refused:
        return refused.faults
    return [Fault(where, reason) for where, reason in look_over(_own_copy(copy), context.prefixes)]


def _own_copy(event: dict[str, Any]) -> dict[str, Any]:
    """A copy whose words may be respelled without touching the original."""
    for name in _RESPELLED & event.keys():
        event[name] = msgspec.json.decode(msgspec.json.encode(event[name]))
    return event


_RESPELLED = frozenset(
    {
        "persistentDisposition",
        "errorDeclaration",
        "bizTransactionList",
        "sourceList",
        "destinationList",
        "sensorElementList",
    }
)


def _masters(document: Mapping[str, Any]) -> list[Master]:
    """The vocabulary elements of a header or of a query's results."""
    header = document.get("epcisHeader", {}).get("epcisMasterData", {}).get("vocabularyList", [])
    results = document["epcisBody"].get("queryResults", {}).get("resultsBody", {}).get("vocabularyList", [])
    found = []
    for vocabulary in [*header, *results]:
        for element in vocabulary.get("vocabularyElementList", []):
            attributes: dict[str, Any] = {}
            for attribute in element.get("attributes", []):
                put(attributes, attribute["id"], attribute.get("attribute", ""))
            found.append(Master(vocabulary["type"], element["id"], attributes, list(element.get("children", []))))
    return found


def put(body: dict[str, Any], name: str, value: Any) -> None:
    """Puts a member that may stand several times: the second time makes a list."""
    if name not in body:
        body[name] = value
    elif isinstance(body[name], list):
        body[name].append(value)
    else:
        body[name] = [body[name], value]
