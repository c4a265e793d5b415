"""GS1's own documents and the FSMA-204 events, captured over HTTP and asked for again."""

from __future__ import annotations

import json
import random

import pytest

from tests.epcis.conftest import Rest
from tests.shared import shared
from tiantou.gs1.identifiers import key
from tiantou.kernel.actor import SYSTEM
from tiantou.trace import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def rest(visit):
    return Rest(visit(SYSTEM))


def cleaned(value):
    """Without the members that begin with an underscore: comments of the authors, which the standard does not know."""
    if isinstance(value, dict):
        return {name: cleaned(inner) for name, inner in value.items() if not name.startswith("_")}
    return [cleaned(item) for item in value] if isinstance(value, list) else value


def test_what_is_captured_is_found_whatever_context_it_came_with(rest):
    paths = sorted(shared("conformance/epcis/json").rglob("*.jsonld"))
    assert len(paths) > 30
    for path in paths:
        answer = rest.post("capture", path.read_bytes(), content_type="application/ld+json")
        assert answer.status_code == 202, (path, answer.content)
        job = rest.follow(answer["Location"]).json()
        # GS1 gave several of its examples the same identifier: the first one keeps it.
        assert job["success"] or {fault["status"] for fault in job["errors"]} == {409}, (path, job)
    for event in rest.events(perPage=200):
        if "#" not in event["eventID"]:
            assert event["eventID"] in rest.ids(EQ_eventID=event["eventID"], eventType=event["type"])
            for name in (event.get("epcList") or [])[:1]:
                assert event["eventID"] in rest.ids(MATCH_anyEPC=name)
            if "bizLocation" in event:
                assert event["eventID"] in rest.ids(EQ_bizLocation=event["bizLocation"]["id"], perPage=500)
            if event.get("bizStep"):
                assert event["eventID"] in rest.ids(EQ_bizStep=event["bizStep"], perPage=500)


def test_every_document_in_xml_is_captured_and_given_back_in_xml(rest):
    from lxml import etree

    taken = 0
    for path in sorted(shared("conformance/epcis/xml").rglob("*.xml")):
        if b"EPCISCaptureJob" in path.read_bytes():
            continue
        answer = rest.post("capture", path.read_bytes(), content_type="application/xml")
        taken += answer.status_code == 202
        assert answer.status_code == 202, (path, answer.content)
    assert taken == 33
    for headers in ({}, {"GS1-EPC-Format": "Always_EPC_URN"}, {"GS1-CBV-XML-Format": "Always_URN"}):
        answer = rest.get("events", headers={"Accept": "application/xml", **headers}, perPage=500)
        assert answer.status_code == 200, answer.content[:500]
        assert etree.fromstring(answer.content).tag.endswith("EPCISQueryDocument")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_food_events_lead_from_the_field_to_the_truck_and_back_in_any_order_of_arrival(rest, seed):
    documents = [
        cleaned(json.loads(path.read_text())) for path in sorted(shared("conformance/fsma204").glob("*.jsonld"))
    ]
    events = [(document, event) for document in documents for event in document["epcisBody"]["eventList"]]
    random.Random(seed).shuffle(events)  # noqa: S311 - a seed that can be repeated
    for document, event in events:
        single = {**document, "epcisBody": {"eventList": [event]}}
        assert rest.post("capture", single).status_code == 202, event
    packing = next(
        event for _, event in events if event["type"] == "TransformationEvent" and event["inputQuantityList"]
    )
    pallet = next(event["parentID"] for _, event in events if event["type"] == "AggregationEvent")
    for _, event in events:
        if event["type"] != "TransformationEvent":
            continue
        ins = [key(item["epcClass"]) for item in event["inputQuantityList"]]
        outs = [key(item["epcClass"]) for item in event["outputQuantityList"]]
        for one in ins:
            assert set(outs) <= set(queries.descendants(one))
        for one in outs:
            assert set(ins) <= set(queries.ancestors(one))
    shipped = next(event for _, event in events if event["type"] == "AggregationEvent")
    for item in shipped["childQuantityList"]:
        assert key(pallet) in queries.descendants(item["epcClass"])
    harvested = packing["inputQuantityList"][0]["epcClass"]
    steps = {event["bizStep"] for event in rest.events(MATCH_anyEPCClass=harvested, perPage=100)}
    assert "creating_class_instance" in steps
    assert rest.ids(MATCH_anyEPC=pallet, EQ_bizStep="shipping")
