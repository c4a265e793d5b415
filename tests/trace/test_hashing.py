"""The event hash against the vectors of the algorithm's own authors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.trace.hashing import event_hash, pre_hash

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "event-hash"
DOCUMENTS = sorted(VECTORS.glob("*.jsonld"))
EVENT = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-20T08:30:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "bizStep": "commissioning",
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": 12.50, "uom": "KGM"}],
}


@pytest.mark.skipif(not DOCUMENTS, reason="the authors' vectors (../shared/conformance/event-hash) are not here")
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_event_of_the_authors_documents_hashes_as_they_say(path):
    document = json.loads(path.read_text())
    namespaces = {
        name: uri for context in document["@context"] if isinstance(context, dict) for name, uri in context.items()
    }
    body = document["epcisBody"]
    events = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
    expected = path.with_suffix(".hashes").read_text().split()
    assert sorted(event_hash(event, namespaces) for event in events) == sorted(expected)


def test_the_pre_hash_can_be_read():
    assert pre_hash(EVENT, {}) == (
        "eventType=ObjectEventeventTime=2026-11-20T00:30:00.000ZeventTimeZoneOffset=+08:00"
        "quantityListquantityElementepcClass=https://id.gs1.org/01/09521234000013/10/Aquantity=12.5uom=KGM"
        "action=ADDbizStep=https://ref.gs1.org/cbv/BizStep-commissioning"
    )


@pytest.mark.parametrize("other", [
    {"bizStep": "urn:epcglobal:cbv:bizstep:commissioning"},
    {"bizStep": "https://ref.gs1.org/cbv/BizStep-commissioning"},
    {"eventTime": "2026-11-20T00:30:00Z"},
    {"eventID": "urn:uuid:x", "recordTime": "2026-11-21T00:00:00Z"},
    {"quantityList": [{"epcClass": "https://shop.example/01/09521234000013/10/A", "quantity": 12.5, "uom": "KGM"}]},
])  # fmt: skip
def test_the_same_event_written_otherwise_has_the_same_hash(other):
    assert event_hash({**EVENT, **other}, {}) == event_hash(EVENT, {})


@given(st.permutations([f"urn:epc:id:sgtin:9521234.000001.{n}" for n in range(5)]))
def test_order_in_lists_does_not_matter(epcs):
    assert event_hash({**EVENT, "epcList": epcs}, {}) == event_hash({**EVENT, "epcList": sorted(epcs)}, {})


@pytest.mark.parametrize("other", [{"action": "OBSERVE"}, {"eventTimeZoneOffset": "+07:00"}, {"example:grade": "一级"}])
def test_another_event_has_another_hash(other):
    assert event_hash({**EVENT, **other}, {"example": "https://ns.example/"}) != event_hash(EVENT, {})


def test_what_others_say_inside_places_and_sensors_is_part_of_the_event():
    namespaces = {"x": "https://x.example/"}
    place = EVENT | {"readPoint": {"id": "urn:epc:id:sgln:9521234.00001.0", "x:gate": "3"}}
    assert "readPointid=https://id.gs1.org/414/9521234000013{https://x.example/}gate=3" in pre_hash(place, namespaces)
    sensor = {
        "sensorMetadata": {"deviceID": "urn:epc:id:giai:9521234.1", "x:m": "1"},
        "sensorReport": [{"type": "Mass", "x:r": "2", "value": 5}],
        "x:e": {"x:inner": 3},
    }
    assert (
        "sensorElementListsensorElementsensorMetadatadeviceID=https://id.gs1.org/8004/95212341{https://x.example/}m=1"
        "sensorReporttype=https://gs1.org/voc/Massvalue=5{https://x.example/}r=2{https://x.example/}e{https://x.example/}inner=3"
    ) in pre_hash(EVENT | {"sensorElementList": [sensor]}, namespaces)


def test_texts_of_others_that_only_look_like_times_or_identifiers_are_texts():
    for text in (
        "abcd-efghiTklmnopqrstu",
        "0001-01-01T00:00:00+14:00",
        "urn:epc:id:sgtin:1",
        "urn:epc:id:sgtin:a.b.c",
        "urn:epc:id:sscc:",
    ):
        assert f"x:a={text}" in pre_hash(EVENT | {"x:a": text}, {})


def test_one_certificate_is_told_as_a_list_of_one():
    one, two = "https://c.example/1", "https://c.example/2"
    assert pre_hash(EVENT | {"certificationInfo": one}, {}) == pre_hash(EVENT | {"certificationInfo": [one]}, {})
    assert f"certificationInfo={one}certificationInfo={two}" in pre_hash(EVENT | {"certificationInfo": [two, one]}, {})
