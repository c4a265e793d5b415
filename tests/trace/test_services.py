"""Recording: once, never changed, linked both ways."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

from tests import factories
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
    assert set(queries.ancestors(lot("E"))) == {lot(name) for name in "ABCD"}
    assert set(queries.descendants(lot("A"))) == {lot(name) for name in "BCDE"}
    assert len(queries.way_of(lot("E"))) == 5
    assert queries.ancestors(lot("A")) == []


def test_a_ring_ends():
    record(pour(["A"], ["B"]))
    record(pour(["B"], ["A"]))
    assert queries.descendants(lot("A")) == [lot("B")]


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
    assert queries.descendants(lot("A")) == [lot("B")]
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
