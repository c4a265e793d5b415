"""An event before it is recorded, and its EPCIS 2.0 JSON. Pure."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any
from urllib.parse import quote
from uuid import UUID

from tiantou.gs1.identifiers import key, lot_of

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


class Role(IntEnum):
    """In which role an event names a thing."""

    EPC = 1
    CLASS = 2
    PARENT = 3
    CHILD = 4
    CHILD_CLASS = 5
    INPUT = 6
    INPUT_CLASS = 7
    OUTPUT = 8
    OUTPUT_CLASS = 9
    TRANSACTION = 10
    SOURCE = 11
    DESTINATION = 12
    TRANSFORMATION = 13


_INSTANCES = (("epcList", 1), ("childEPCs", 4), ("inputEPCList", 6), ("outputEPCList", 8))
_CLASSES = (("quantityList", 2), ("childQuantityList", 5), ("inputQuantityList", 7), ("outputQuantityList", 9))
_PAPERS = (
    ("bizTransactionList", "bizTransaction", 10),
    ("sourceList", "source", 11),
    ("destinationList", "destination", 12),
)
_INPUTS = frozenset({6, 7})
_OUTPUTS = frozenset({8, 9})
_CHILDREN = frozenset({4, 5})
#: Before the key of a transformation that many things meet in, so that no two kinds of names can meet.
NODE = "transformation "


def mentions(body: Mapping[str, Any]) -> dict[tuple[str, int], None]:
    """Every thing that an event names, as (key, role), in the order of the event, each once."""
    found: dict[tuple[str, int], None] = {}
    if parent := body.get("parentID"):
        found[key(parent), 3] = None
    for name, role in _INSTANCES:
        for item in body.get(name, ()):
            found[key(item), role] = None
    for name, role in _CLASSES:
        for item in body.get(name, ()):
            found[key(item["epcClass"]), role] = None
    for name, member, role in _PAPERS:
        for item in body.get(name, ()):
            found[key(item[member]), role] = None
    if whole := body.get("transformationID"):
        found[key(whole), 13] = None
    return found


def links(body: Mapping[str, Any], named: Iterable[tuple[str, int]]) -> dict[tuple[str, str], None]:
    """(what went in, what it went into): inputs into outputs, children into their parent, a lot into the pieces named with it.

    Where several things became several, or a transformation is told in several events, they meet in a node of its own: n inputs and
    m outputs are n + m links, not n times m, and the parts may arrive in any order.
    """
    found: dict[tuple[str, str], None] = {}
    kind = body["type"]
    if kind == "TransformationEvent":
        inputs = [thing for thing, role in named if role in _INPUTS]
        outputs = [thing for thing, role in named if role in _OUTPUTS]
        whole = body.get("transformationID")
        if whole or (len(inputs) > 1 and len(outputs) > 1):
            node = NODE + (key(whole) if whole else body["eventID"])
            found = {(thing, node): None for thing in inputs} | {(node, thing): None for thing in outputs}
        else:
            found = {(above, below): None for above in inputs for below in outputs}
    elif body.get("parentID") and body.get("action") in {"ADD", "OBSERVE"}:
        parent = key(body["parentID"])
        found = {(thing, parent): None for thing, role in named if role in _CHILDREN}
    return {pair: None for pair in (found | _pieces(body)) if pair[0] != pair[1]}


def _pieces(body: Mapping[str, Any]) -> dict[tuple[str, str], None]:
    """A Digital Link that names a piece with its lot says what the piece came from; so does the lot number in the ILMD."""
    found: dict[tuple[str, str], None] = {}
    for name, _role in _INSTANCES:
        for item in body.get(name, ()):
            if "/10/" in item and (lot := lot_of(item)):
                found[lot, key(item)] = None
    ilmd = body.get("ilmd")
    number = ilmd.get("cbvmda:lotNumber") if ilmd else None
    if isinstance(number, str) and number:
        for name in ("epcList", "outputEPCList"):
            for item in body.get(name, ()):
                gtin, found_serial, _serial = key(item).partition("/21/")
                if found_serial and gtin.startswith("/01/"):
                    found[key(f"{gtin}/10/{quote(number, safe='')}"), key(item)] = None
    return found


def event_key(event_id: str, *, declares: bool = False) -> UUID:
    """The key under which an event is kept: of its identifier; a declaration has that of what it declares wrong, marked."""
    text = f"{event_id}#error" if declares else event_id
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])


_WORD = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp):|https?://(?:ref\.gs1\.org|ns\.gs1\.org)/cbv/(?:BizStep|Disp)-)(.+)"
)


@functools.lru_cache(maxsize=4096)
def word(text: str) -> str:
    """A business step or disposition in its short form; what is not of the CBV stays as it is."""
    found = _WORD.fullmatch(text)
    return found[1] if found else text


def document(events: Sequence[Mapping[str, Any]], at: datetime) -> dict[str, Any]:
    """An EPCIS 2.0 document that holds the events, with our own words explained in its context."""
    return {
        "@context": [CONTEXT, dict(EXTENSIONS)],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": at.isoformat(timespec="milliseconds"),
        "epcisBody": {"eventList": [dict(event) for event in events]},
    }
