"""Extension fields as queries ask for them."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared
from tiantou.trace.facts import as_time, facts

CONTEXT = [{"ex": "https://ns.example.org/"}]


def said(**fields):
    return facts({"type": "ObjectEvent", "@context": CONTEXT, **fields})


def test_an_event_of_the_standards_own_fields_has_no_facts():
    event = {
        "readPoint": {"id": "urn:x:1"},
        "epcList": ["urn:epc:id:sscc:9521234.0000000001"],
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL"}]}],
        "errorDeclaration": {"declarationTime": "2026-01-01T00:00:00Z"},
    }
    assert said(**event) is None


def test_a_field_has_its_full_name_and_its_value_as_text_number_and_time():
    assert said(**{"ex:count": "12.0"}) == [
        {"w": "event", "n": "https://ns.example.org/count", "p": "ex:count", "v": "12.0", "f": 12.0}
    ]
    assert said(ilmd={"ex:on": "2026-11-20T08:00:00+08:00"}) == [
        {
            "w": "ilmd", "n": "https://ns.example.org/on", "p": "ex:on", "v": "2026-11-20T08:00:00+08:00",
            "t": "2026-11-20T00:00:00.000000Z",
        }
    ]  # fmt: skip
    assert said(ilmd={"cbvmda:lotNumber": "A1"})[0]["n"] == "urn:epcglobal:cbv:mda:lotNumber"
    assert said(**{"ex:fine": True})[0]["v"] == "true"
    assert said(**{"other:x": 1})[0] == {"w": "event", "n": "other:x", "v": "1", "f": 1.0}


def test_what_stands_inside_is_told_apart_from_what_holds_it():
    found = said(ilmd={"ex:box": {"ex:size": [1, {"ex:deep": "x"}]}})
    assert [(fact["p"], fact.get("v"), fact.get("i")) for fact in found] == [
        ("ex:box", None, None),
        ("ex:size", "1", True),
        ("ex:deep", "x", True),
    ]


def test_every_place_of_an_event_that_may_be_extended_is_read():
    found = said(
        **{"ex:a": 1, "ilmd": {"ex:b": 1}, "readPoint": {"id": "urn:x", "ex:c": 1}, "bizLocation": {"id": "urn:x", "ex:d": 1}},
        errorDeclaration={"declarationTime": "2026-01-01T00:00:00Z", "ex:e": 1},
        sensorElementList=[{"ex:f": 1, "sensorMetadata": {"ex:g": 1}, "sensorReport": [{"type": "Temperature", "ex:h": 1}]}],
    )  # fmt: skip
    assert [fact["w"] for fact in found] == [
        "event", "ilmd", "readPoint", "bizLocation", "error", "sensorElement", "sensorMetadata", "sensorReport",
    ]  # fmt: skip


def test_the_standards_own_example_with_all_fields():
    path = shared("conformance/epcis/json/WithFullCombinationOfFields/object_event_all_possible_fields.jsonld")
    document = json.loads(path.read_text())
    event = document["epcisBody"]["eventList"][0] | {"@context": document["@context"][1:]}
    found = facts(event)
    names = {(fact["w"], fact["n"]) for fact in found}
    assert ("sensorElement", "http://example.com/ext1/int") in names
    assert ("sensorMetadata", "http://example.com/ext1/someFurtherMetadata") in names
    assert ("sensorReport", "http://example.com/ext1/someFurtherReportData") in names
    assert {
        "w": "ilmd",
        "n": "http://example.com/ext3/string",
        "p": "ext3:string",
        "i": True,
        "v": "stringInObjectInObject",
    } in found


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_instants_as_texts_compare_as_instants_do(one, other):
    first, second = as_time(one.isoformat()), as_time(other.isoformat())
    assert (first < second) == (one < other)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_an_extension_holds_is_read_without_a_fault(value):
    found = facts({"ex:x": value, "@context": CONTEXT, "ilmd": {"ex:y": value}})
    assert all(fact["w"] in {"event", "ilmd"} for fact in found)


def test_a_time_that_is_none_is_only_a_text():
    assert as_time("2026-02-31") is None
    assert as_time("0001-01-01T00:00:00+14:00") is None
    assert as_time(datetime(1, 1, 1, tzinfo=UTC).isoformat()) == "0001-01-01T00:00:00.000000Z"
