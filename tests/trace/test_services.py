"""Recording: once, never changed, linked both ways."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from tests import factories
from tiantou.gs1.identifiers import key
from tiantou.kernel.actor import STRANGER, SYSTEM, Role
from tiantou.kernel.errors import Absent, Invalid, NotPermitted
from tiantou.trace import queries, rules, services
from tiantou.trace.models import Event, LotLink

AT = factories.AT
SCHEMA = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "epcis" / "EPCIS-JSON-Schema.json"
pytestmark = pytest.mark.django_db


def lot(name: str) -> str:
    return f"urn:epc:class:lgtin:9521234.000001.{name}"


def harvest(name: str) -> rules.EventDraft:
    return rules.EventDraft(
        "Object",
        AT,
        action="ADD",
        biz_step="commissioning",
        quantities=[rules.kilograms(lot(name), 12_500)],
        ilmd={"plot": "P1"},
    )


def pour(sources: list[str], targets: list[str]) -> rules.EventDraft:
    return rules.EventDraft(
        "Transformation",
        AT,
        biz_step="commissioning",
        input_quantities=[rules.kilograms(lot(name), 1000) for name in sources],
        output_quantities=[rules.kilograms(lot(name), 1000) for name in targets],
    )


def record(draft, by=SYSTEM, at=AT) -> Event:
    return services.record(by=by, at=at, event=draft)


def test_the_same_event_twice_is_one():
    assert record(harvest("A")) == record(harvest("A"))
    assert Event.objects.count() == 1
    assert Event.objects.get().mentions.count() == 1


def test_a_stranger_records_nothing():
    with pytest.raises(NotPermitted):
        record(harvest("A"), by=STRANGER)


def test_back_and_forth_through_a_diamond_in_any_order_of_arrival():
    drafts = [harvest("A"), pour(["A"], ["B", "C"]), pour(["B"], ["D"]), pour(["C"], ["D"]), pour(["D"], ["E"])]
    random.Random(7).shuffle(drafts)  # noqa: S311 - a seed that can be repeated
    for draft in drafts:
        record(draft)
    assert set(queries.ancestors(lot("E"))) == {key(lot(name)) for name in "ABCD"}
    assert set(queries.descendants(lot("A"))) == {key(lot(name)) for name in "BCDE"}
    assert len(queries.way_of(lot("E"))) == 5
    assert queries.ancestors(lot("A")) == []


def test_a_ring_ends():
    record(pour(["A"], ["B"]))
    record(pour(["B"], ["A"]))
    assert queries.descendants(lot("A")) == [key(lot("B"))]


def test_a_crates_travel_is_its_contents_travel():
    crate, piece = "urn:epc:id:sscc:9521234.0000000001", "urn:epc:id:sgtin:9521234.000001.7"
    record(rules.EventDraft("Aggregation", AT, action="ADD", biz_step="packing", parent=crate, children=[piece]))
    record(rules.EventDraft("Object", AT, action="OBSERVE", biz_step="shipping", epcs=[crate]))
    assert [event.biz_step for event in queries.way_of(piece)] == ["packing", "shipping"]


def test_an_error_is_declared_and_nothing_is_changed():
    event = record(harvest("A"))
    declared = services.declare_error(by=SYSTEM, at=AT, event_id=event.event_id, reason="did_not_occur")
    assert declared.body["eventID"] == event.event_id
    assert declared.body["errorDeclaration"]["reason"] == "did_not_occur"
    assert "errorDeclaration" not in Event.objects.get(pk=event.pk).body
    assert services.declare_error(by=SYSTEM, at=AT, event_id=event.event_id, reason="did_not_occur") == declared


def test_what_was_declared_wrong_no_longer_leads_anywhere():
    record(harvest("A"))
    mistaken = record(pour(["A"], ["B"]))
    assert queries.descendants(lot("A")) == [key(lot("B"))]
    services.declare_error(by=SYSTEM, at=AT, event_id=mistaken.event_id, reason="did_not_occur")
    assert queries.descendants(lot("A")) == []
    assert queries.ancestors(lot("B")) == []
    assert mistaken not in queries.way_of(lot("A"))
    assert mistaken in queries.way_of(lot("A"), with_declared=True)
    assert list(queries.declarations([mistaken])) == [mistaken.event_id]


def test_a_declaration_says_a_reason_of_the_standard_and_names_an_event_that_exists():
    event = record(harvest("A"))
    with pytest.raises(Invalid):
        services.declare_error(by=SYSTEM, at=AT, event_id=event.event_id, reason="typo")
    with pytest.raises(Absent):
        services.declare_error(
            by=SYSTEM, at=AT, event_id=event.event_id, reason="incorrect_data", corrected_by="ni:///x"
        )


@pytest.mark.parametrize(("change", "field"), [
    ({"type": "Foo"}, "type"), ({"event_time": AT.replace(tzinfo=None)}, "event_time"), ({"action": "BAR"}, "action"),
    ({"action": "OBSERVE"}, "ilmd"), ({"quantities": []}, "epcs"), ({"epcs": ["no identifier"]}, "epcs"),
    ({"quantities": [rules.kilograms(lot("A"), -5)]}, "quantity"), ({"type": "Transaction", "ilmd": {}}, "biz_transactions"),
    ({"type": "Association", "ilmd": {}}, "parent"), ({"type": "Aggregation", "ilmd": {}, "parent": "urn:x:1"}, "children"),
    ({"type": "Transformation", "action": ""}, "inputs"),
])  # fmt: skip
def test_what_is_no_event_is_refused_field_by_field(change, field):
    with pytest.raises(Invalid) as refused:
        record(replace(harvest("A"), **change))
    assert field in {problem.field for problem in refused.value.problems}
    assert not Event.objects.exists()


def test_a_party_sees_its_own_events():
    mine, other = (factories.actor(Role.FARMER, party=factories.party()) for _ in range(2))
    event = record(harvest("A"), by=mine)
    assert list(Event.objects.visible_to(mine)) == [event]
    assert not Event.objects.visible_to(other).exists()
    assert not LotLink.objects.visible_to(STRANGER).exists()


@pytest.mark.skipif(not SCHEMA.exists(), reason="the standard's schema (../shared/conformance/epcis) is not here")
def test_our_events_make_a_document_that_the_standards_schema_accepts():
    drafts = [
        harvest("A"),
        pour(["A"], ["B"]),
        rules.EventDraft("Aggregation", AT, action="ADD", biz_step="packing", parent="urn:epc:id:sscc:9521234.0000000001", child_quantities=[rules.kilograms(lot("B"), 500)]),
        rules.EventDraft(
            "Object", AT, action="OBSERVE", biz_step="shipping", disposition="in_transit", epcs=["urn:epc:id:sscc:9521234.0000000001"],
            read_point="urn:epc:id:sgln:9521234.00001.0", biz_transactions=[("po", "urn:tiantou:order:1")], sensors=[rules.temperature(4.5, AT)],
            sources=[("location", "urn:epc:id:sgln:9521234.00001.0")], destinations=[("location", "urn:epc:id:sgln:9521234.00002.0")],
        ),
    ]  # fmt: skip
    document = {
        "@context": [rules.CONTEXT, {"tiantou": rules.NAMESPACE}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": AT.isoformat(),
        "epcisBody": {"eventList": [record(draft).body for draft in drafts]},
    }
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
    assert [str(error) for error in validator.iter_errors(document)] == []


def told(event_id: str = "", **more) -> dict:
    """An event as another platform tells it."""
    body = {
        "type": "ObjectEvent",
        "eventTime": "2026-11-20T08:30:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": ["https://example.org/01/09521234000013/21/1"],
    }
    return body | ({"eventID": event_id} if event_id else {}) | more


def capture(*events, proceed=False, by=SYSTEM):
    return services.capture(by=by, at=AT, events=list(events), proceed=proceed)


def test_capturing_twice_changes_nothing_whoever_names_the_event():
    assert len(capture(told(), told("urn:uuid:1")).accepted) == 2
    again = capture(told(), told("urn:uuid:1"), told())
    assert again.accepted == []
    assert len(again.repeated) == 3
    assert Event.objects.count() == 2


def test_the_name_of_another_event_is_refused_and_then_nothing_or_the_rest_is_recorded():
    capture(told("urn:uuid:1"))
    changed = told("urn:uuid:1", bizStep="receiving")
    with pytest.raises(services.EventsRefused) as refused:
        capture(told("urn:uuid:2"), changed)
    assert [number for number, _reason in refused.value.refused] == [1]
    assert Event.objects.count() == 1
    outcome = capture(told("urn:uuid:2"), changed, proceed=True)
    assert outcome.accepted == ["urn:uuid:2"]
    assert [number for number, _ in outcome.refused] == [1]
    with pytest.raises(services.EventsRefused):
        capture(told("urn:uuid:3"), told("urn:uuid:3", bizStep="receiving"))


def test_a_thing_is_found_by_its_urn_and_by_any_digital_link():
    capture(told())
    for name in ("urn:epc:id:sgtin:9521234.000001.1", "https://other.example/id/01/09521234000013/21/1?x=2"):
        assert len(queries.events_about(name)) == 1


def test_signs_that_the_database_reads_otherwise_come_through_unchanged():
    odd = "a\\b\tc\nd\\N\\\\"
    capture(
        told(
            "urn:x:odd\\N",
            **{"@context": [{"ex": "https://ex.example/"}], "ex:note": odd, "bizStep": "https://ex.example/\\t"},
        )
    )
    event = Event.objects.get()
    assert (event.body["ex:note"], event.event_id, event.biz_step) == (odd, "urn:x:odd\\N", "https://ex.example/\\t")


def test_many_inputs_and_many_outputs_meet_in_one_node():
    names = [str(number) for number in range(40)]
    record(pour([f"in{name}" for name in names], [f"out{name}" for name in names]))
    assert LotLink.objects.count() == 80
    assert set(queries.ancestors(lot("out7"))) == {key(lot(f"in{name}")) for name in names}


def test_a_transformation_told_in_parts_is_one_whichever_part_comes_first():
    def part(**more):
        return told(
            type="TransformationEvent",
            action=None,
            epcList=None,
            transformationID="urn:epc:id:gdti:9521234.00001.9",
            **more,
        )

    parts = [
        part(inputQuantityList=[{"epcClass": lot("A"), "quantity": 3}]),
        part(outputQuantityList=[{"epcClass": lot("B"), "quantity": 2}]),
    ]
    parts = [{name: value for name, value in each.items() if value is not None} for each in parts]
    capture(*reversed(parts))
    assert queries.descendants(lot("A")) == [key(lot("B"))]


@pytest.mark.parametrize("event", [
    {"epcList": ["https://example.org/01/09521234000013/10/A/21/1"]},
    {"action": "ADD", "ilmd": {"cbvmda:lotNumber": "A"}},
])  # fmt: skip
def test_a_piece_told_with_its_lot_comes_from_that_lot(event):
    capture(told(**event))
    assert queries.ancestors("urn:epc:id:sgtin:9521234.000001.1") == [key(lot("A"))]


def test_a_declaration_is_found_beside_what_it_declares_wrong_even_if_it_came_first():
    declaration = {"declarationTime": "2026-11-21T08:30:00.000+08:00", "reason": "did_not_occur"}
    pack = told("urn:uuid:9", type="AggregationEvent", action="ADD", parentID="urn:epc:id:sscc:9521234.0000000001",
                childEPCs=["urn:epc:id:sgtin:9521234.000001.1"], epcList=[])  # fmt: skip
    capture({**pack, "errorDeclaration": declaration})
    capture(pack)
    assert queries.descendants("urn:epc:id:sgtin:9521234.000001.1") == []
    assert Event.objects.filter(wrong__isnull=False).count() == 1
    assert Event.objects.filter(mentions__epc="/00/095212340000000013").distinct().count() == 2
