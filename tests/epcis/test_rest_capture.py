"""Documents over HTTP: jobs, error behaviour, limits; master data of headers and the queries that need it."""

from __future__ import annotations

import json

import pytest

from tests.epcis.conftest import events_of, fault_of, next_of
from tests.epcis.test_asking import FARM, LOT, MARKET, event
from tiantou.epcis.models import Master
from tiantou.epcis.services import capture as service

pytestmark = pytest.mark.django_db
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PLACE = "urn:epcglobal:epcis:vtype:BusinessLocation"


def document(*events, masters=()):
    header = {"epcisHeader": {"epcisMasterData": {"vocabularyList": list(masters)}}} if masters else {}
    return {
        "@context": [CONTEXT, {"ex": "https://ns.example.org/"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-20T08:30:00Z",
        **header,
        "epcisBody": {
            "eventList": [{name: value for name, value in one.items() if name != "@context"} for one in events]
        },
    }


def place(identifier, children=(), **attributes):
    return {
        "id": identifier,
        "attributes": [
            {"id": f"urn:epcglobal:cbv:mda:{name}", "attribute": value} for name, value in attributes.items()
        ],
        "children": list(children),
    }


def vocabulary(*elements, kind=PLACE):
    return {"type": kind, "vocabularyElementList": list(elements)}


def test_a_document_is_taken_in_and_its_job_tells(rest):
    answer = rest.post("capture", document(event(), event()))
    assert answer.status_code == 202, answer.content
    job = rest.follow(answer["Location"]).json()
    assert (job["running"], job["success"], job["captureErrorBehaviour"], job["errors"]) == (
        False,
        True,
        "rollback",
        [],
    )
    assert answer["Location"].endswith(job["captureID"])
    assert len(rest.ids()) == 2
    assert rest.post("capture", document(event())).status_code == 202
    listed = rest.get("capture", perPage=1)
    assert len(listed.json()) == 1
    assert [one["captureID"] for one in rest.follow(next_of(listed)).json()] == [job["captureID"]]


def test_a_job_in_xml_has_the_form_of_gs1s_examples(rest):
    from lxml import etree

    location = rest.post("capture", document(event()))["Location"]
    answer = rest.follow(location, headers={"Accept": "application/xml"})
    root = etree.fromstring(answer.content)
    assert root.tag == "{urn:epcglobal:epcis:xsd:2}EPCISCaptureJob"
    assert (root.get("running"), root.get("success")) == ("false", "true")
    assert [child.tag for child in root] == ["captureErrorBehaviour", "createdAt", "finishedAt"]


def test_one_bad_event_stops_all_or_only_itself(rest):
    bad = {**event(), "action": "MOVE"}
    refused = rest.post("capture", document(event(), bad))
    assert (refused.status_code, fault_of(refused)) == (400, "ValidationException")
    assert "/epcisBody/eventList/1" in refused.json()["detail"]
    assert rest.ids() == []
    taken = rest.post("capture", document(event(), bad), headers={"GS1-Capture-Error-Behaviour": "proceed"})
    assert taken.status_code == 202
    job = rest.follow(taken["Location"]).json()
    assert (job["success"], len(job["errors"])) == (False, 1)
    assert len(rest.ids()) == 1


def test_capturing_twice_changes_nothing(rest):
    sent = document(event(), event(eventID="urn:uuid:e"))
    for _ in range(2):
        assert rest.post("capture", sent).status_code == 202
    assert len(rest.ids()) == 2


def test_options_tells_the_limits_and_they_hold(rest, monkeypatch):
    told = rest.options("capture")
    assert told["GS1-EPCIS-Capture-Limit"] == str(service.LIMIT_EVENTS)
    assert told["GS1-EPCIS-Capture-File-Size-Limit"] == str(service.LIMIT_BYTES)
    assert told["GS1-Capture-Error-Behaviour"] == "rollback, proceed"
    monkeypatch.setattr(service, "LIMIT_EVENTS", 1)
    answer = rest.post("capture", document(event(), event()))
    assert (answer.status_code, fault_of(answer)) == (413, "CaptureLimitExceededException")
    assert "GS1-EPCIS-Capture-Limit" in answer


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"GS1-Capture-Error-Behaviour": "all"}, 406),
        ({"GS1-EPCIS-Version": "3.0"}, 406),
        ({"GS1-EPCIS-Version": "2.0.0", "GS1-CBV-Version": "2.0"}, 202),
    ],
)
def test_headers_of_capture_are_kept_to(rest, headers, status):
    assert rest.post("capture", document(event()), headers=headers).status_code == status


def test_places_within_a_place_are_found_as_master_data_has_them(rest):
    city, town = "urn:epc:id:sgln:9521234.00009.0", "https://places.example.org/414/9521234000068"
    masters = [vocabulary(place(city, [town]), place(town, [FARM, MARKET]), place(FARM), place(MARKET))]
    sent = document(
        event(bizLocation={"id": FARM}),
        event(bizLocation={"id": city}),
        event(readPoint={"id": MARKET}),
        masters=masters,
    )
    assert rest.post("capture", sent).status_code == 202
    at_farm, at_city, at_market = rest.ids()
    assert rest.ids(WD_bizLocation=city) == [at_farm, at_city]
    assert rest.ids(WD_bizLocation=town) == [at_farm]
    assert rest.ids(WD_readPoint=town) == [at_market]
    assert rest.ids(EQ_bizLocation=city) == [at_city]


def test_a_ring_of_places_ends(rest):
    masters = [vocabulary(place(FARM, [MARKET]), place(MARKET, [FARM]))]
    assert rest.post("capture", document(event(bizLocation={"id": FARM}), masters=masters)).status_code == 202
    assert len(rest.ids(WD_bizLocation=MARKET)) == 1


def test_what_is_described_in_master_data_is_found_by_it(rest):
    masters = [
        vocabulary(place(FARM, countryCode="CN"), place(MARKET)),
        vocabulary(place(LOT, tradeItemName="Orange"), kind="urn:epcglobal:epcis:vtype:EPCClass"),
    ]
    sent = document(
        event(bizLocation={"id": FARM}), event(bizLocation={"id": MARKET}), event(quantityList=[{"epcClass": LOT, "quantity": 1}]),
        masters=masters,
    )  # fmt: skip
    assert rest.post("capture", sent).status_code == 202
    at_farm, _at_market, of_lot = rest.ids()
    country = "urn:epcglobal:cbv:mda:countryCode"
    assert rest.ids(HASATTR_bizLocation=country) == [at_farm]
    assert rest.ids(HASATTR_bizLocation="cbvmda:countryCode") == [at_farm]
    assert rest.ids(**{f"EQATTR_bizLocation_{country}": "CN"}) == [at_farm]
    assert rest.ids(**{f"EQ_ATTR_bizLocation_{country}": "DE"}) == []
    assert rest.ids(HASATTR_epcClass="urn:epcglobal:cbv:mda:tradeItemName") == [of_lot]
    assert rest.ids(HASATTR_readPoint=country) == []


def test_master_data_told_again_is_what_was_told_last_and_everybodys_own(rest, visit):
    for name in ("A", "B"):
        rest.post("capture", document(event(), masters=[vocabulary(place(FARM, siteName=name))]))
    assert [one.attributes for one in Master.objects.all()] == [
        [{"id": "urn:epcglobal:cbv:mda:siteName", "attribute": "B"}]
    ]
    from tests import factories
    from tests.epcis.conftest import Rest
    from tiantou.kernel.actor import Role

    other = Rest(visit(factories.actor(Role.MARKET_KEEPER, party=factories.party())))
    other.post("capture", document(event(bizLocation={"id": FARM})))
    assert other.ids(HASATTR_bizLocation="urn:epcglobal:cbv:mda:siteName") == []


def test_a_query_document_is_captured_too(rest):
    rest.post("capture", document(event()))
    answer = rest.get("events")
    again = json.loads(answer.content)
    for one in again["epcisBody"]["queryResults"]["resultsBody"]["eventList"]:
        one["eventID"] = "urn:uuid:another"
    taken = rest.post("capture", again)
    assert taken.status_code == 202, taken.content
    assert len(events_of(rest.get("events"))) == 2
