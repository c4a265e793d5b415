"""EPCIS 2.0 JSON: what is read, what is refused and why; GS1's own schema and examples as the oracle."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.shared import shared
from tiantou.epcis.documents import Fault, Unreadable, faults, read, read_event
from tiantou.epcis.words import SCHEMA

STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OBJECT = {
    "type": "ObjectEvent",
    "eventTime": "2026-04-01T08:00:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "bizStep": "commissioning",
    "epcList": ["urn:epc:id:sgtin:9521234.000001.1"],
}
FAMILY = {
    "type": "AssociationEvent",
    "eventTime": "2026-04-01T08:00:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "parentID": "urn:epc:id:grai:9521234.00001.1",
    "childEPCs": ["urn:epc:id:giai:9521234.1"],
}
MADE = {
    "type": "TransformationEvent",
    "eventTime": "2026-04-01T08:00:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": 2, "uom": "KGM"}],
    "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000002.B", "quantity": 1.5, "uom": "KGM"}],
}


def document(*events: Any, context: Any = STANDARD, **more: Any) -> dict[str, Any]:
    return {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-04-01T09:00:00+08:00",
        "epcisBody": {"eventList": list(events)},
        **more,
    }


def take(value: Any):
    return read(value if isinstance(value, bytes) else json.dumps(value).encode(), media_type="application/ld+json")


def without_notes(value: Any) -> Any:
    """Members beginning with an underscore are remarks of the examples' authors, not of the standard."""
    if isinstance(value, dict):
        return {name: without_notes(inner) for name, inner in value.items() if not name.startswith("_")}
    return [without_notes(inner) for inner in value] if isinstance(value, list) else value


def examples() -> Iterator[tuple[str, bytes]]:
    for path in sorted(shared("conformance/epcis/json").rglob("*.jsonld")):
        yield path.stem, path.read_bytes()
    for path in sorted(shared("conformance/event-hash").glob("*.jsonld")):
        yield path.stem, path.read_bytes()
    for path in sorted(shared("conformance/fsma204").glob("*.jsonld")):
        yield path.stem, json.dumps(without_notes(json.loads(path.read_text()))).encode()


def gs1() -> jsonschema_rs.Validator:
    schema = json.loads((shared("conformance/epcis") / "EPCIS-JSON-Schema.json").read_text())
    return jsonschema_rs.validator_for(schema)


def verdict(value: Any) -> list[str]:
    try:
        return [f"{fault.where} {fault.reason}" for fault in take(value).faults]
    except Unreadable as refused:
        return [f"{fault.where} {fault.reason}" for fault in refused.faults]


def test_every_example_of_gs1_is_read():
    seen = 0
    oracle = gs1()
    for name, body in examples():
        assert oracle.is_valid(json.loads(body)), name
        seen += 1
        assert verdict(body) == [], name
    assert seen == 61


JUNK = (None, 7, "no such thing", {}, [], [[]], [None], {"a": 1})


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        if name not in {"@context", "rdfs:comment"} and not (isinstance(name, str) and ":" in name):
            yield (*path, name)
            yield from places(part, (*path, name))


def explained(reason: str, value: Any) -> bool:
    """Why what GS1's schema refuses may be taken here all the same."""
    return (
        any(
            word in reason
            for word in (
                '"persistentDisposition" is not valid under',  # the standard and its XSD have it in every event; GS1's JSON schema in two
            )
        )
        or (
            isinstance(value, dict)
            and '"type" is a required property' in reason  # a report of an exception, as in GS1's own XML examples
        )
    )


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_whatever_gs1s_schema_refuses_of_a_mutated_example_is_refused(data):
    oracle = gs1()
    name, body = data.draw(st.sampled_from(EXAMPLES()), label="example")
    value = json.loads(body)
    path = data.draw(st.sampled_from(list(places(value))), label="path")
    how = data.draw(st.sampled_from(["drop", "add", *range(len(JUNK))]), label="how")
    mutated = copy.deepcopy(value)
    holder = mutated
    for part in path[:-1]:
        holder = holder[part]
    if how == "drop":
        del holder[path[-1]]
    elif how == "add":
        if not isinstance(holder, dict):
            return
        holder["unheardOf"] = 1
    else:
        holder[path[-1]] = copy.deepcopy(JUNK[how])
    if oracle.is_valid(mutated) or verdict(mutated):
        return
    errors = list(oracle.iter_errors(mutated))
    assert all(explained(error.message, error.instance) for error in errors), (name, path, how, errors[0].message)


_KEPT: list[tuple[str, bytes]] = []


def EXAMPLES() -> list[tuple[str, bytes]]:
    if not _KEPT:
        _KEPT.extend(pair for pair in examples() if not verdict(pair[1]))
    return _KEPT


def test_the_schema_is_one_and_all_of_it_is_used():
    jsonschema_rs.meta.validate(SCHEMA)
    said = json.dumps(SCHEMA)
    lists = {name for name in SCHEMA["$defs"] if name.endswith("Word")}
    unused = {name for name in SCHEMA["$defs"] if f'"#/$defs/{name}"' not in said} - lists
    assert unused == {"events", "envelope"}  # where reading begins


def test_a_document_is_read_with_its_events_as_sent_and_the_prefixes_that_each_uses():
    context = [STANDARD, {"farm": "https://farm.example/ns/", "shop": "https://shop.example/ns/", "type": "@type"}]
    one = OBJECT | {"farm:grower": "示例甲", "ilmd": {"cbvmda:lotNumber": "A"}}
    two = OBJECT | {"bizStep": "shop:shelving", "@context": [{"own": "https://own.example/"}], "own:a": {"b": 1}}
    found = take(document(one, OBJECT, two, context=context))
    assert found.kind == "EPCISDocument"
    assert found.creation_date == "2026-04-01T09:00:00+08:00"
    assert not found.faults
    assert found.events == [
        one | {"@context": [{"farm": "https://farm.example/ns/"}]},
        OBJECT,
        two | {"@context": [{"own": "https://own.example/"}, {"shop": "https://shop.example/ns/"}]},
    ]


def test_a_prefix_of_the_standard_that_means_something_else_is_carried():
    event = OBJECT | {"ilmd": {"cbvmda:lotNumber": "A"}}
    found = take(document(event, context=[STANDARD, {"cbvmda": "https://own.example/mda/"}]))
    assert found.events[0]["@context"] == [{"cbvmda": "https://own.example/mda/"}]


def test_master_data_of_header_and_of_query_results_is_read():
    vocabulary = {
        "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
        "vocabularyElementList": [
            {
                "id": "urn:epc:id:sgln:9521234.00001.0",
                "attributes": [
                    {"id": "cbvmda:site", "attribute": "示例场"},
                    {"id": "cbvmda:contact", "attribute": {"x": 1}},
                    {"id": "cbvmda:contact", "attribute": "y"},
                ],
                "children": ["urn:epc:id:sgln:9521234.00001.1"],
            }
        ],
    }
    found = take(document(OBJECT, epcisHeader={"epcisMasterData": {"vocabularyList": [vocabulary]}}))
    (master,) = found.masters
    assert (master.type, master.id) == (vocabulary["type"], "urn:epc:id:sgln:9521234.00001.0")
    assert master.attributes == {"cbvmda:site": "示例场", "cbvmda:contact": [{"x": 1}, "y"]}
    assert master.children == ["urn:epc:id:sgln:9521234.00001.1"]
    results = {"queryName": "q", "resultsBody": {"eventList": [OBJECT], "vocabularyList": [vocabulary]}}
    queried = document(OBJECT) | {"type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}}
    assert take(queried).masters == [master]
    assert take(queried).kind == "EPCISQueryDocument"


def test_a_bad_event_does_not_spoil_the_others_and_is_told_by_number():
    found = take(document(OBJECT, OBJECT | {"action": "CREATE"}, 7, OBJECT | {"farm:x": 1}))
    assert len(found.events) == 4
    assert [(fault.index, fault.where) for fault in found.faults] == [
        (1, "/epcisBody/eventList/1/action"),
        (2, "/epcisBody/eventList/2"),
        (3, "/epcisBody/eventList/3/farm:x"),
    ]
    assert "no context explains" in found.faults[2].reason


SENSOR = {
    "sensorMetadata": {"deviceID": "urn:epc:id:giai:9521234.1"},
    "sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL"}],
}
WRONG = {
    "association without parent (TCR-54, step 3)": ({k: v for k, v in FAMILY.items() if k != "parentID"}, "/parentID"),
    "association without children (TCR-54, step 4)": (FAMILY | {"childEPCs": []}, ""),
    "aggregation without parent": ({k: v for k, v in FAMILY.items() if k != "parentID"} | {"type": "AggregationEvent"}, ""),
    "attribute twice (TCR-53, step 29)": (
        OBJECT | {"sensorElementList": [{**SENSOR, "sensorReport": [{"type": "Temperature", "deviceID": "urn:epc:id:giai:9521234.1"}]}]},
        "/sensorElementList/0/sensorReport/0/deviceID",
    ),
    "ilmd without ADD": (OBJECT | {"action": "OBSERVE", "ilmd": {"cbvmda:lotNumber": "A"}}, "/action"),
    "ilmd in an association": (FAMILY | {"ilmd": {"cbvmda:lotNumber": "A"}}, "/ilmd"),
    "offset without colon": (OBJECT | {"eventTimeZoneOffset": "+0800"}, "/eventTimeZoneOffset"),
    "offset beyond fourteen hours": (OBJECT | {"eventTimeZoneOffset": "+14:30"}, "/eventTimeZoneOffset"),
    "time without zone": (OBJECT | {"eventTime": "2026-04-01T08:00:00"}, "/eventTime"),
    "leap second": (OBJECT | {"eventTime": "2026-06-30T23:59:60Z"}, "/eventTime"),
    "year one": (OBJECT | {"eventTime": "0001-01-01T00:00:00+14:00"}, "/eventTime"),
    "event id without scheme": (OBJECT | {"eventID": "4711"}, "/eventID"),
    "event id of half a hash": (OBJECT | {"eventID": "ni:///sha-256;abc?ver=CBV2.0"}, "/eventID"),
    "action missing": ({k: v for k, v in OBJECT.items() if k != "action"}, "/action"),
    "action in a transformation": (MADE | {"action": "ADD"}, "/action"),
    "transformation without outputs": ({k: v for k, v in MADE.items() if k != "outputQuantityList"}, ""),
    "declaration without time": (OBJECT | {"errorDeclaration": {"reason": "did_not_occur"}}, "/errorDeclaration/declarationTime"),
    "unknown reason": (
        OBJECT | {"errorDeclaration": {"declarationTime": "2026-04-01T08:00:00Z", "reason": "oops"}},
        "/errorDeclaration/reason",
    ),
    "set and unset": (
        OBJECT | {"persistentDisposition": {"set": ["damaged"], "unset": ["damaged", "recalled"]}},
        "/persistentDisposition",
    ),
    "nothing of it": (MADE | {"inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": 0}]}, "/inputQuantityList/0/quantity"),
    "unit without quantity": (MADE | {"inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "uom": "KGM"}]}, "/inputQuantityList/0/quantity"),
    "unit in words": (
        MADE | {"inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": 1, "uom": "kg"}]},
        "/inputQuantityList/0/uom",
    ),
    "short company prefix": (OBJECT | {"epcList": ["urn:epc:id:sgtin:95212.000001.1"]}, "/epcList/0"),
    "wrong check digit": (OBJECT | {"epcList": ["https://id.gs1.org/01/09521234000018/21/1"]}, "/epcList/0"),
    "a class among things": (OBJECT | {"epcList": ["urn:epc:class:lgtin:9521234.000001.A"]}, "/epcList/0"),
    "a thing as class": (OBJECT | {"quantityList": [{"epcClass": "urn:epc:id:sgtin:9521234.000001.1"}]}, "/quantityList/0/epcClass"),
    "own name without prefix": (OBJECT | {"grower": "x"}, "/grower"),
    "own data without end": (OBJECT | {"@context": {"x": "https://x.example/"}, "x:a": json.loads("[" * 60 + "]" * 60)}, "/x:a" + "/0" * 32),
    "a number without end": (OBJECT | {"@context": {"x": "https://x.example/"}, "x:a": 10**40}, "/x:a"),
    "a context inside": (OBJECT | {"@context": {"x": "https://x.example/"}, "x:a": {"@context": {}}}, "/x:a/@context"),
    "no type": ({k: v for k, v in OBJECT.items() if k != "type"}, "/type"),
    "a type of one's own": (OBJECT | {"type": "ex:HarvestEvent"}, "/type"),
    "a context nobody knows": (OBJECT | {"@context": "https://evil.example/context.jsonld"}, "/@context"),
    "a term that means something else": (OBJECT | {"@context": {"bizStep": "https://x.example/step"}}, "/@context"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_the_standard_forbids_is_told_with_its_place(name):
    event, where = WRONG[name]
    before = copy.deepcopy(event)
    found = faults(event)
    assert [fault.where for fault in found][:1] == [where], found
    assert event == before
    assert all(fault.reason.endswith((".", "…")) for fault in found), found
    listed = take(document(event))
    assert [fault.where for fault in listed.faults][:1] == [f"/epcisBody/eventList/0{where}"]
    with pytest.raises(Unreadable):
        read_event(json.dumps(event).encode(), media_type="application/json")


@pytest.mark.parametrize(
    "event", [OBJECT, FAMILY, MADE, OBJECT | {"sensorElementList": [SENSOR]}], ids=lambda event: event["type"]
)
def test_what_is_right_has_no_fault(event):
    assert faults(event) == []
    assert take(document(event)).faults == []
    assert read_event(json.dumps(event).encode(), media_type="application/json; charset=utf-8") == event


HOSTILE = {
    "no json": b"<a/>",
    "nothing": b"",
    "utf-16": json.dumps(document(OBJECT)).encode("utf-16"),
    "broken utf-8": b'{"a":"\xff"}',
    "a list": b"[]",
    "not a number": json.dumps(document(OBJECT | {"x:a": float("nan")})).encode(),
    "infinity": json.dumps(document(OBJECT | {"x:a": float("inf")})).encode(),
    "huge exponent": json.dumps(document(OBJECT | {"x:a": "Q"})).encode().replace(b'"Q"', b"1e999"),
    "huge integer": json.dumps(document(OBJECT | {"x:a": "Q"})).encode().replace(b'"Q"', b"9" * 5000),
    "lone surrogate": json.dumps(document(OBJECT | {"x:a": "\ud800"})).encode(),
    "nul": json.dumps(document(OBJECT | {"x:a": "\x00"})).encode(),
    "nul in a name": json.dumps(document(OBJECT | {"x:\x00": 1})).encode(),
    "deep": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "deep with an escape": b'{"a":' * 900 + b'"\\u0041"' + b"}" * 900,
    "deep in an event": json.dumps(document(OBJECT | {"x:a": "Q"})).encode().replace(b'"Q"', b"[" * 400 + b"]" * 400),
    "deep context": json.dumps(document(OBJECT) | {"@context": "Q"}).encode().replace(b'"Q"', b"[" * 400 + b"]" * 400),
    "context of another": json.dumps(document(OBJECT, context="https://evil.example/c.jsonld")).encode(),
    "context of a number": json.dumps(document(OBJECT, context=7)).encode(),
    "no context": json.dumps({k: v for k, v in document(OBJECT).items() if k != "@context"}).encode(),
    "a bare event": json.dumps(OBJECT).encode(),
    "version one": json.dumps(document(OBJECT, schemaVersion="1.2")).encode(),
    "events no list": json.dumps(document(OBJECT) | {"epcisBody": {"eventList": {}}}).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_are_refused_and_never_anything_else(name):
    wrong, whole = outcome(lambda: take(HOSTILE[name]).faults)
    assert wrong
    assert all(fault.index is None for fault in wrong) == whole


def outcome(reading: Callable[[], list[Fault]]) -> tuple[list[Fault], bool]:
    """The faults that reading tells, and whether they are of the whole."""
    try:
        return reading(), False
    except Unreadable as refused:
        return refused.faults, True


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_body_is_read_or_refused(body):
    for reading in (read, read_event):
        for media_type in ("application/json", "application/ld+json", "text/plain"):
            wrong, whole = outcome(lambda reading=reading, kind=media_type: reading(body, media_type=kind) and [])
            assert bool(wrong) == whole


OLDER = {
    "isA": ({k: v for k, v in OBJECT.items() if k != "type"} | {"isA": "ObjectEvent"}, OBJECT),
    "@type": ({k: v for k, v in OBJECT.items() if k != "type"} | {"@type": "ObjectEvent"}, OBJECT),
    "alias": ({k: v for k, v in OBJECT.items() if k != "type"} | {"kind": "ObjectEvent", "@context": {"kind": "@type"}}, OBJECT),
    "one for a list": (OBJECT | {"epcList": OBJECT["epcList"][0]}, OBJECT),
    "id for eventID": (OBJECT | {"id": "urn:uuid:1"}, OBJECT | {"eventID": "urn:uuid:1"}),
    "urn words": (OBJECT | {"bizStep": "urn:epcglobal:cbv:bizstep:commissioning"}, OBJECT),
    "web words": (OBJECT | {"bizStep": "https://ref.gs1.org/cbv/BizStep-commissioning"}, OBJECT),
    "curie words": (OBJECT | {"bizStep": "cbv:BizStep-commissioning"}, OBJECT),
    "old web words": (OBJECT | {"bizStep": "https://ns.gs1.org/cbv/commissioning"}, OBJECT),
    "place as text": (OBJECT | {"readPoint": "urn:epc:id:sgln:9521234.00001.0"}, OBJECT | {"readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0"}}),
    "typed sensor element": (OBJECT | {"sensorElementList": [SENSOR | {"type": "epcis:SensorElement"}]}, OBJECT | {"sensorElementList": [SENSOR]}),
    "web vocabulary": (
        OBJECT | {"sensorElementList": [{"sensorReport": [{"type": "https://gs1.org/voc/Temperature", "component": "cbv:Comp-x"}]}]},
        OBJECT | {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "component": "x"}]}]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OLDER)
def test_older_shapes_whose_meaning_is_clear_are_read_in_the_standards(name):
    sent, meant = OLDER[name]
    found = take(document(sent))
    assert found.faults == []
    assert found.events == [meant]


def test_words_that_are_nobodys_stay_and_are_told():
    found = take(document(OBJECT | {"bizStep": "urn:epcglobal:cbv:bizstep:dancing"}))
    assert [fault.where for fault in found.faults] == ["/epcisBody/eventList/0/bizStep"]
