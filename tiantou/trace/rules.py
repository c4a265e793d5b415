"""An event before it is recorded, and its EPCIS 2.0 JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
#: Our own words in events (plot, harvest day, grade …); a namespace, not an address.
NAMESPACE = "https://tiantou.example/epcis/"
EXTENSIONS = {"tiantou": NAMESPACE}


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much of a class (a lot): `uom` is a UN/ECE Rec. 20 code, `KGM` for kilograms; without it a number of pieces."""

    epc_class: str
    quantity: float
    uom: str = ""

    def as_json(self) -> dict[str, Any]:
        """The EPCIS QuantityElement."""
        body: dict[str, Any] = {"epcClass": self.epc_class, "quantity": _plain(self.quantity)}
        return body | ({"uom": self.uom} if self.uom else {})


def kilograms(epc_class: str, mass_g: int) -> Quantity:
    """A mass in grams as EPCIS tells it."""
    return Quantity(epc_class, mass_g / 1000, "KGM")


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number


@dataclass(frozen=True, slots=True)
class EventDraft:
    """What happened. `type` is Object, Aggregation, Transformation, Transaction or Association; CBV words in their short form."""

    type: str
    event_time: datetime
    action: str = ""
    biz_step: str = ""
    disposition: str = ""
    read_point: str = ""
    biz_location: str = ""
    epcs: Sequence[str] = ()
    quantities: Sequence[Quantity] = ()
    inputs: Sequence[str] = ()
    input_quantities: Sequence[Quantity] = ()
    outputs: Sequence[str] = ()
    output_quantities: Sequence[Quantity] = ()
    parent: str = ""
    children: Sequence[str] = ()
    child_quantities: Sequence[Quantity] = ()
    biz_transactions: Sequence[tuple[str, str]] = ()
    sources: Sequence[tuple[str, str]] = ()
    destinations: Sequence[tuple[str, str]] = ()
    transformation: str = ""
    ilmd: Mapping[str, Any] = field(default_factory=dict)
    sensors: Sequence[Mapping[str, Any]] = ()
    extensions: Mapping[str, Any] = field(default_factory=dict)


TYPES = ("Object", "Aggregation", "Transformation", "Transaction", "Association")
ACTIONS = ("ADD", "OBSERVE", "DELETE")
#: Why an event is declared wrong (CBV 2.0, 7.5).
ERROR_REASONS = ("did_not_occur", "incorrect_data")


def faults(draft: EventDraft) -> list[tuple[str, str]]:
    """What keeps a draft from being an EPCIS 2.0 event, as (field, fault); nothing where it is one (EPCIS 2.0, 7.4)."""
    found = [] if draft.type in TYPES else [("type", "unknown")]
    if draft.event_time.utcoffset() is None:
        found.append(("event_time", "no-zone"))
    if draft.type == "Transformation":
        found += [("action", "not-here")] if draft.action else []
    elif draft.action not in ACTIONS:
        found.append(("action", "unknown"))
    if draft.ilmd and not (draft.type == "Transformation" or (draft.type == "Object" and draft.action == "ADD")):
        found.append(("ilmd", "not-here"))
    return found + _missing(draft) + _unreadable(draft)


def _missing(draft: EventDraft) -> list[tuple[str, str]]:
    """What the type needs and the draft lacks."""
    if draft.type in {"Object", "Transaction"}:
        lacks = [("epcs", not (draft.epcs or draft.quantities or draft.sensors))]
        lacks.append(("biz_transactions", draft.type == "Transaction" and not draft.biz_transactions))
    elif draft.type == "Transformation":
        whole = bool(draft.transformation)
        lacks = [
            ("inputs", not (draft.inputs or draft.input_quantities) and not whole),
            ("outputs", not (draft.outputs or draft.output_quantities) and not whole),
        ]
    else:
        # A container may be emptied without saying of what; an association always says with what (TCR-54, steps 3 and 4).
        lacks = [("parent", not draft.parent and (draft.action != "OBSERVE" or draft.type == "Association"))]
        lacks.append(("children", not (draft.children or draft.child_quantities) and draft.action != "DELETE"))
    return [(name, "missing") for name, lacking in lacks if lacking]


def _unreadable(draft: EventDraft) -> list[tuple[str, str]]:
    """Identifiers that are no URI, and quantities that are none."""
    amounts = [*draft.quantities, *draft.child_quantities, *draft.input_quantities, *draft.output_quantities]
    names = [*draft.epcs, *draft.children, *draft.inputs, *draft.outputs, *(amount.epc_class for amount in amounts)]
    names += [draft.parent] if draft.parent else []
    bad = [("epcs", name) for name in names if ":" not in name or any(sign.isspace() for sign in name)]
    return bad + [("quantity", amount.epc_class) for amount in amounts if not 0 < amount.quantity < float("inf")]


def to_json(draft: EventDraft) -> dict[str, Any]:
    """The event as EPCIS 2.0 JSON, without its identifier and record time. Own words stand in the namespace `tiantou`."""
    at = draft.event_time
    body: dict[str, Any] = {
        "type": f"{draft.type}Event",
        "eventTime": at.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": at.strftime("%z")[:3] + ":" + at.strftime("%z")[3:],
    }
    body |= {name: value for name, value in _members(draft) if value}
    return body | {f"tiantou:{name}": value for name, value in draft.extensions.items()}


def _members(draft: EventDraft) -> list[tuple[str, Any]]:
    object_like = draft.type in {"Object", "Transaction"}
    return [
        ("action", draft.action),
        ("bizStep", draft.biz_step),
        ("disposition", draft.disposition),
        ("parentID", draft.parent),
        ("epcList", list(draft.epcs) if object_like else None),
        ("quantityList", _quantities(draft.quantities)),
        ("childEPCs", list(draft.children)),
        ("childQuantityList", _quantities(draft.child_quantities)),
        ("inputEPCList", list(draft.inputs)),
        ("inputQuantityList", _quantities(draft.input_quantities)),
        ("outputEPCList", list(draft.outputs)),
        ("outputQuantityList", _quantities(draft.output_quantities)),
        ("transformationID", draft.transformation),
        ("readPoint", {"id": draft.read_point} if draft.read_point else None),
        ("bizLocation", {"id": draft.biz_location} if draft.biz_location else None),
        ("bizTransactionList", [{"type": kind, "bizTransaction": value} for kind, value in draft.biz_transactions]),
        ("sourceList", [{"type": kind, "source": value} for kind, value in draft.sources]),
        ("destinationList", [{"type": kind, "destination": value} for kind, value in draft.destinations]),
        ("sensorElementList", [dict(sensor) for sensor in draft.sensors]),
        ("ilmd", {f"tiantou:{name}": value for name, value in draft.ilmd.items()}),
    ]


def _quantities(quantities: Sequence[Quantity]) -> list[dict[str, Any]]:
    return [quantity.as_json() for quantity in quantities]


def temperature(celsius: float, at: datetime) -> dict[str, Any]:
    """A sensor element with one temperature reading (CBV `Temperature`, unit CEL)."""
    report = {"type": "Temperature", "value": _plain(celsius), "uom": "CEL"}
    return {"sensorMetadata": {"time": at.isoformat(timespec="milliseconds")}, "sensorReport": [report]}


@dataclass(frozen=True, slots=True)
class Mention:
    """That an event names an identifier: in which role, and how much of it."""

    epc: str
    role: str
    quantity: float | None = None
    uom: str = ""


_LISTS = {
    "epcList": "epc", "childEPCs": "child", "inputEPCList": "input", "outputEPCList": "output",
    "quantityList": "epc", "childQuantityList": "child", "inputQuantityList": "input", "outputQuantityList": "output",
}  # fmt: skip


def mentions(body: Mapping[str, Any]) -> list[Mention]:
    """Every identifier that an event names."""
    found = [Mention(body["parentID"], "parent")] if body.get("parentID") else []
    for name, role in _LISTS.items():
        for item in body.get(name, ()):
            if isinstance(item, str):
                found.append(Mention(item, role))
            else:
                found.append(Mention(item["epcClass"], role, item.get("quantity"), item.get("uom", "")))
    return found


def links(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what went in, what it went into): inputs into outputs, children into their parent while they are in it."""
    named = mentions(body)
    inputs = [mention.epc for mention in named if mention.role == "input"]
    outputs = [mention.epc for mention in named if mention.role == "output"]
    pairs = [(above, below) for above in inputs for below in outputs]
    if body.get("parentID") and body.get("action") in {"ADD", "OBSERVE"}:
        pairs += [(mention.epc, body["parentID"]) for mention in named if mention.role == "child"]
    return [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]


def document(events: Sequence[Mapping[str, Any]], at: datetime) -> dict[str, Any]:
    """An EPCIS 2.0 document that holds the events, with our own words explained in its context."""
    return {
        "@context": [CONTEXT, dict(EXTENSIONS)],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": at.isoformat(timespec="milliseconds"),
        "epcisBody": {"eventList": [dict(event) for event in events]},
    }
