"""GS1's test case requirements 53 (sensor elements) and 54 (association events), step by step as they are written, over HTTP.

Each step is named after its number. Documents are captured once as JSON and once as XML.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.epcis.conftest import fault_of
from tests.shared import shared
from tiantou.epcis import documents
from tiantou.kernel import clock

pytestmark = pytest.mark.django_db
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example.org/"}]
_DEVICE = "urn:epc:id:giai:9521234.111"
_METHOD = "https://example.com/253/9521234000013987"

#: Every attribute of a sensor element, each with a value of its own.
_METADATA = {
    "time": "2026-04-02T13:05:00.000Z",
    "startTime": "2026-04-02T12:55:01.000Z",
    "endTime": "2026-04-02T13:55:00.000Z",
    "deviceID": _DEVICE,
    "deviceMetadata": "https://id.gs1.org/8004/9521234222",
    "rawData": "https://example.org/8004/9521234333",
    "dataProcessingMethod": _METHOD,
    "bizRules": "https://example.com/253/9521234000013555",
    "ex:certified": "7",
}
_FULL = {
    "type": "Temperature",
    "value": 26,
    "minValue": 25.5,
    "maxValue": 26.5,
    "meanValue": 26.1,
    "sDev": 0.1,
    "percRank": 50,
    "percValue": 26.2,
    "uom": "CEL",
    "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
    "chemicalSubstance": "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
    "stringValue": "SomeString",
    "booleanValue": True,
    "hexBinaryValue": "f0f0f0",
    "uriValue": "https://id.gs1.org/8004/9521234444",
    "coordinateReferenceSystem": "https://ref.gs1.org/epcis/WGS84",
    "component": "x",
    "exception": "ALARM_CONDITION",
    "ex:noise": "3.5",
}


def event(name, sensors=(), **fields):
    at = "2026-04-02T14:00:00.000Z"
    one = {"type": "ObjectEvent", "eventID": f"urn:uuid:{name}", "eventTime": at, "eventTimeZoneOffset": "+00:00", "action": "OBSERVE",
           "epcList": ["urn:epc:id:sgtin:9521234.000001.1"], "bizStep": "sensor_reporting", **fields}  # fmt: skip
    return one | ({"sensorElementList": list(sensors)} if sensors else {})


def full(name):
    return event(name, [{"sensorMetadata": _METADATA, "sensorReport": [_FULL], "ex:weather": "2026-04-02T00:00:00Z"}])


def other(name):
    """Has every attribute that can be compared, with other values."""
    metadata = {
        "time": "2025-01-01T00:00:00.000Z", "startTime": "2025-01-01T00:00:00.000Z", "endTime": "2025-01-01T01:00:00.000Z",
        "deviceID": "urn:epc:id:giai:9521234.999", "dataProcessingMethod": "https://example.com/253/9521234000013000",
        "bizRules": "https://example.com/253/9521234000013000", "ex:certified": "1",
    }  # fmt: skip
    report = {
        "type": "Mass", "value": 1, "minValue": 1, "maxValue": 1, "meanValue": 1, "sDev": 0.01, "percRank": 5, "percValue": 1, "uom": "KGM",
        "microorganism": "https://x.example/1", "chemicalSubstance": "https://x.example/2", "stringValue": "Other", "booleanValue": False,
        "hexBinaryValue": "00", "uriValue": "https://x.example/3", "ex:noise": "1",
    }  # fmt: skip
    return event(name, [{"sensorMetadata": metadata, "sensorReport": [report], "ex:weather": "2025-01-01T00:00:00Z"}])


def document(*events):
    return {
        "@context": CONTEXT, "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-04-02T14:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }  # fmt: skip


def send(rest, form, *events):
    body = json.dumps(document(*events)).encode()
    if form == "application/xml":
        read = documents.read(body, media_type="application/json")
        body = documents.write(read.events, media_type=form, at=datetime(2026, 4, 2, tzinfo=UTC))
    return rest.post("capture", body, content_type=form)


@pytest.fixture(params=["application/json", "application/xml"])
def form(request):
    return request.param


@pytest.fixture
def set1(rest, form):
    """Step 1 has been done."""
    answer = send(rest, form, full("full"), other("other"), event("none", bizStep="shipping"))
    assert answer.status_code == 202, answer.content
    return rest


def found(rest, **parameters):
    return [name.removeprefix("urn:uuid:") for name in rest.ids(**parameters)]


def test_53_01_the_captured_events_are_there_with_all_sensor_attributes(set1):
    (stored,) = set1.events(EQ_eventID="urn:uuid:full")
    (element,) = stored["sensorElementList"]
    assert set(element["sensorMetadata"]) == set(_METADATA)
    (report,) = element["sensorReport"]
    assert set(report) == set(_FULL)
    assert (report["value"], report["booleanValue"], report["hexBinaryValue"]) == (26, True, "f0f0f0")
    assert element["ex:weather"] == "2026-04-02T00:00:00Z"


def test_53_02_all_events_since_a_minute_ago(set1):
    since = (clock.now() - timedelta(minutes=1)).isoformat()
    assert found(set1, GE_recordTime=since) == ["full", "other", "none"]


@pytest.mark.parametrize("name", ["EXISTS_sensorElement", "EXISTS_sensorElementList"])
def test_53_03_all_but_the_one_without_sensor_element(set1, name):
    assert found(set1, **{name: ""}) == ["full", "other"]


@pytest.mark.parametrize(("step", "name"), [(4, "time"), (5, "startTime"), (5, "endTime")])
def test_53_04_05_times_within_the_period_and_none_outside(set1, step, name):
    assert found(set1, **{f"GE_{name}": "2026-04-02T00:00:00Z", f"LT_{name}": "2026-04-03T00:00:00Z"}) == ["full"]
    assert found(set1, **{f"GE_{name}": "2026-05-02T00:00:00Z", f"LT_{name}": "2026-05-03T00:00:00Z"}) == []


@pytest.mark.parametrize(
    ("step", "name", "value"),
    [
        (6, "type", "gs1:Temperature"), (6, "type", "Temperature"), (7, "deviceID", _DEVICE), (8, "dataProcessingMethod", _METHOD),
        (9, "microorganism", _FULL["microorganism"]), (10, "chemicalSubstance", _FULL["chemicalSubstance"]),
        (11, "bizRules", _METADATA["bizRules"]), (16, "stringValue", "SomeString"), (17, "booleanValue", "true"),
        (18, "hexBinaryValue", "f0f0f0"), (19, "uriValue", _FULL["uriValue"]), (12, "value_CEL", "26"),
    ],
)  # fmt: skip
def test_53_06_to_19_an_attribute_that_is_equal(set1, step, name, value):
    assert found(set1, **{f"EQ_{name}": value}) == ["full"]
    if name != "booleanValue":
        assert found(set1, **{f"EQ_{name}": "27" if name.startswith("value") else f"{value}9"}) == []


@pytest.mark.parametrize(
    ("step", "name", "value"),
    [
        (12, "value_CEL", 26), (13, "minValue_CEL", 25.5), (14, "maxValue_CEL", 26.5), (15, "meanValue_CEL", 26.1), (23, "sDev", 0.1),
        (23, "sDev_CEL", 0.1), (24, "percRank", 50), (25, "percValue", 26.2), (25, "percValue_CEL", 26.2),
    ],
)  # fmt: skip
def test_53_12_to_25_an_amount_that_is_greater_or_less(set1, step, name, value):
    assert found(set1, **{f"GE_{name}": value}) == ["full"]
    assert "full" not in found(set1, **{f"LT_{name}": value})
    assert "full" in found(set1, **{f"LT_{name}": value + 0.01})
    assert found(set1, **{f"GE_{name}": value + 0.01}) == []


@pytest.mark.parametrize(
    ("step", "name", "low", "value", "high"),
    [
        (20, "SENSORELEMENT_ex:weather", "2026-04-01T00:00:00Z", "2026-04-02T00:00:00Z", "2026-04-03T00:00:00Z"),
        (21, "SENSORMETADATA_ex:certified", "6", "7", "8"),
        (22, "SENSORREPORT_ex:noise", "3.4", "3.5", "3.6"),
    ],
)
def test_53_20_to_22_user_extensions(set1, step, name, low, value, high):
    assert found(set1, **{f"EQ_{name}": value}) == ["full"]
    assert found(set1, **{f"GT_{name}": low}) == ["full"]
    assert found(set1, **{f"GT_{name}": value}) == []
    assert found(set1, **{f"GE_{name}": value}) == ["full"]
    assert "full" in found(set1, **{f"LT_{name}": high})
    assert "full" not in found(set1, **{f"LT_{name}": value})
    assert "full" in found(set1, **{f"LE_{name}": value})
    assert found(set1, **{f"EXISTS_{name}": ""}) == ["full", "other"]


def test_53_26_kelvins_find_what_was_captured_in_degrees_celsius(set1):
    assert found(set1, EQ_type="gs1:Temperature", GE_value_KEL="290") == ["full"]
    assert found(set1, EQ_type="gs1:Temperature", GE_value_KEL="299.15") == ["full"]
    assert found(set1, EQ_type="gs1:Temperature", GE_value_KEL="299.16") == []


_INLINE = {"dataProcessingMethod": _METHOD, "deviceID": _DEVICE, "deviceMetadata": "https://id.gs1.org/8004/9521234222",
           "rawData": "https://example.org/8004/9521234333", "time": "2026-04-02T13:05:00Z"}  # fmt: skip


def test_53_27_28_inline_attributes_are_found_in_metadata_and_in_reports(rest, form):
    second = {name: value.replace("9521234", "9529999").replace("2026", "2027") for name, value in _INLINE.items()}
    report = {"type": "Temperature", "value": 1, "uom": "CEL"}
    in_metadata = event("m", [{"sensorMetadata": _INLINE, "sensorReport": [report]}])
    in_report = event("r", [{"sensorReport": [{**report, **second}]}])
    assert send(rest, form, in_metadata, in_report).status_code == 202
    for name, value in _INLINE.items():
        assert found(rest, **{f"EQ_{name}": value}) == ["m"], name
        assert found(rest, **{f"EQ_{name}": second[name]}) == ["r"], name
        if name != "time":
            assert found(rest, **{f"EQ_{name}": f"{value}|{second[name]}"}) == ["m", "r"], name


@pytest.mark.parametrize("name", list(_INLINE))
def test_53_29_the_same_attribute_in_metadata_and_report_is_not_accepted(rest, form, name):
    report = {"type": "Temperature", "value": 1, "uom": "CEL", name: _INLINE[name]}
    answer = send_raw(rest, form, event("both", [{"sensorMetadata": {name: _INLINE[name]}, "sensorReport": [report]}]))
    assert (answer.status_code, fault_of(answer)) == (400, "ValidationException")
    assert rest.ids() == []


def send_raw(rest, form, *events):
    """Sends what our own reading refuses: XML is written without it."""
    if form == "application/json":
        return rest.post("capture", document(*events))
    body = documents.write(list(events), media_type=form, at=datetime(2026, 4, 2, tzinfo=UTC))
    return rest.post("capture", body, content_type=form)


def associated(name, **fields):
    base = {"type": "AssociationEvent", "action": "ADD", "bizStep": "assembling", "parentID": "urn:epc:id:grai:9521234.55555.987",
            "childEPCs": ["urn:epc:id:giai:9521234.401234"], "epcList": None}  # fmt: skip
    return {member: value for member, value in event(name, **{**base, **fields}).items() if value is not None}


def test_54_01_02_a_place_may_be_the_parent(rest, form):
    place = "urn:epc:id:sgln:9521234.00001.0"
    answer = send(
        rest,
        form,
        associated("a"),
        associated("place", parentID=place),
        associated("empty", action="DELETE", childEPCs=None),
    )
    assert answer.status_code == 202, answer.content
    assert found(rest, eventType="AssociationEvent") == ["a", "place", "empty"]
    assert found(rest, MATCH_parentID=place) == ["place"]


@pytest.mark.parametrize("action", ["ADD", "DELETE"])
def test_54_03_without_a_parent_it_is_not_accepted(rest, form, action):
    answer = send_raw(rest, form, associated("x", action=action, parentID=None))
    assert (answer.status_code, fault_of(answer)) == (400, "ValidationException")


@pytest.mark.parametrize("action", ["ADD", "OBSERVE"])
def test_54_04_without_children_it_is_not_accepted(rest, form, action):
    answer = send_raw(rest, form, associated("x", action=action, childEPCs=None))
    assert (answer.status_code, fault_of(answer)) == (400, "ValidationException")


def test_every_step_of_the_procedures_is_here():
    """The steps of GS1's own tables, by number, and those that the names of our tests carry."""
    import re

    for number, file in ((53, "TCR53_SensorElement.md"), (54, "TCR54_AssociationEvent.md")):
        text = shared(f"conformance/epcis/{file}").read_text()
        steps = {int(step) for step in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
        covered: set[int] = set()
        for name in globals():
            if spans := re.match(rf"test_{number}_((?:\d\d_)+(?:to_\d\d_)?)", name):
                parts = spans[1].strip("_").split("_to_")
                numbers = [int(part) for part in parts[0].split("_")]
                covered |= set(numbers) | (set(range(numbers[-1], int(parts[1]) + 1)) if len(parts) > 1 else set())
        assert steps <= covered, sorted(steps - covered)
