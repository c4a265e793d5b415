"""The REST binding as a client sees it: discovery, negotiation, single events, faults."""

from __future__ import annotations

import pytest

from tests import factories
from tests.epcis.conftest import Rest, events_of, fault_of
from tiantou.kernel.actor import STRANGER, Role

pytestmark = pytest.mark.django_db
AT = "2026-11-20T08:30:00.000+08:00"


def event(number=1, **fields):
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": AT,
        "eventTimeZoneOffset": "+08:00",
        "epcList": [f"urn:epc:id:sgtin:9521234.000001.{number}"],
        "bizStep": "shipping",
        **fields,
    }


def test_the_root_names_the_top_level_resources(rest):
    answer = rest.get()
    assert answer.status_code == 200
    assert set(answer.json()["member"]) == {
        "events", "eventTypes", "epcs", "bizSteps", "bizLocations", "readPoints", "dispositions", "capture", "queries",
    }  # fmt: skip
    assert answer["GS1-EPCIS-Version"] == "2.0.0"


def test_options_tells_methods_and_versions(rest):
    answer = rest.options("events")
    assert answer.status_code == 204
    assert answer["Allow"] == "OPTIONS, GET, POST"
    for name in ("EPCIS-Version", "EPCIS-Min", "EPCIS-Max", "CBV-Version", "CBV-Min", "CBV-Max", "EPC-Format",
                 "CBV-XML-Format", "Extensions", "Vendor-Version"):  # fmt: skip
        assert answer[f"GS1-{name}"], name


def test_a_single_event_is_taken_in_and_found_again(rest):
    answer = rest.post("events", event())
    assert answer.status_code == 201, answer.content
    assert answer.json()["eventID"].startswith("ni:///sha-256;")
    found = rest.follow(answer["Location"])
    assert [one["eventID"] for one in events_of(found)] == [answer.json()["eventID"]]
    again = rest.post("events", event())
    assert (again.status_code, fault_of(again)) == (409, "ResourceAlreadyExistsException")
    assert again["Location"] == answer["Location"]
    assert rest.ids() == [answer.json()["eventID"]]


def test_an_identifier_that_another_event_bears_is_refused(rest):
    assert rest.post("events", event(1, eventID="urn:uuid:1")).status_code == 201
    assert rest.post("events", event(2, eventID="urn:uuid:1")).status_code == 409


def test_an_unescaped_hash_name_is_understood(rest):
    name = rest.post("events", event()).json()["eventID"]
    assert len(events_of(rest.get(f"events/{name}"))) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "status", "fault"),
    [
        ("{", "application/json", 400, "ValidationException"),
        ("[]", "application/json", 400, "ValidationException"),
        ({"type": "ObjectEvent"}, "application/json", 400, "ValidationException"),
        ("x", "text/plain", 415, "UnsupportedMediaTypeException"),
        ("x" * 2_000_001, "application/json", 413, "CaptureLimitExceededException"),
    ],
)
def test_a_bad_event_is_refused_in_the_standards_words(rest, body, content_type, status, fault):
    answer = rest.post("events", body, content_type=content_type)
    assert (answer.status_code, fault_of(answer)) == (status, fault)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Accept": "application/ld+json"}, 200),
        ({"Accept": "text/html,*/*;q=0.1"}, 200),
        ({"Accept": "text/html"}, 406),
        ({"Accept": "application/json;q=0"}, 406),
        ({"GS1-EPCIS-Min": "2.0", "GS1-EPCIS-Max": "2.1"}, 200),
        ({"GS1-EPCIS-Max": "2.0"}, 200),
        ({"GS1-EPCIS-Min": "1.2.0"}, 200),
        ({"GS1-EPCIS-Min": "2.1"}, 406),
        ({"GS1-EPCIS-Max": "1.2"}, 406),
        ({"GS1-CBV-Max": "1.2.2"}, 406),
        ({"GS1-CBV-Min": "two"}, 406),
        ({"GS1-EPC-Format": "Always_EPC_URN"}, 200),
        ({"GS1-EPC-Format": "Sometimes"}, 406),
    ],
)
def test_what_cannot_be_given_as_wished_is_said(rest, headers, status):
    answer = rest.get("events", headers=headers)
    assert answer.status_code == status, answer.content
    if status == 406:
        assert fault_of(answer) == "NotAcceptableException"


def test_the_form_that_the_client_likes_best_is_given(rest):
    answer = rest.get("events", headers={"Accept": "application/json;q=0.5, application/ld+json"})
    assert answer["Content-Type"] == "application/ld+json"
    answer = rest.get("bizSteps", headers={"Accept": "application/xml"})
    assert answer["Content-Type"].startswith("application/xml")
    assert b"<member>packing</member>" in answer.content


def test_a_fault_is_told_in_xml_to_whoever_asks_for_it(rest):
    answer = rest.get("events/urn:uuid:none", headers={"Accept": "application/xml"})
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+xml"
    assert b"<type>epcisException:NoSuchResourceException</type>" in answer.content


@pytest.mark.parametrize(
    ("method", "path", "status", "fault"),
    [
        ("get", "nothing", 404, "NoSuchResourceException"),
        ("get", "events/urn:uuid:none", 404, "NoSuchResourceException"),
        ("options", "events/urn:uuid:none", 404, "NoSuchResourceException"),
        ("delete", "events", 405, "ImplementationException"),
        ("get", "bizSteps/urn:x:none", 404, "NoSuchResourceException"),
        ("get", "eventTypes/NoEvent/events", 404, "NoSuchResourceException"),
        ("get", "events?x=" + "y" * 8000, 414, "URITooLongException"),
        ("get", "events?EQ_colour=red", 400, "QueryParameterException"),
        ("get", "events?perPage=0", 400, "QueryParameterException"),
        ("get", "events?nextPageToken=mine", 400, "QueryParameterException"),
        ("delete", "nextPageToken/mine", 404, "NoSuchResourceException"),
    ],
)
def test_what_there_is_not_is_said_in_the_standards_words(rest, method, path, status, fault):
    answer = getattr(rest, method)(path)
    assert (answer.status_code, fault_of(answer)) == (status, fault)


def test_a_method_that_is_not_allowed_is_answered_with_those_that_are(rest):
    assert rest.delete("events")["Allow"] == "OPTIONS, GET, POST"


def test_a_stranger_is_asked_for_a_token(visit):
    answer = visit(STRANGER).get("/epcis/events")
    assert (answer.status_code, fault_of(answer)) == (401, "SecurityException")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_an_unknown_token_is_told_so(client):
    answer = client.get("/epcis/events", headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, fault_of(answer)) == (401, "SecurityException")


def test_a_browsers_session_reads_but_does_not_write(visit):
    client = visit(factories.actor(Role.CITY_OFFICER))
    assert client.get("/epcis/events").status_code == 200
    answer = client.post("/epcis/events", event(), content_type="application/json")
    assert (answer.status_code, fault_of(answer)) == (403, "SecurityException")


def test_a_party_sees_its_own_events_and_the_city_all(rest, visit):
    name = rest.post("events", event()).json()["eventID"]
    other = Rest(visit(factories.actor(Role.MARKET_KEEPER, party=factories.party())))
    assert other.ids() == []
    assert other.get(f"events/{name}").status_code == 404
    assert other.get("epcs").json()["member"] == []
    city = Rest(visit(factories.actor(Role.CITY_OFFICER)))
    assert city.ids() == [name]


def test_a_token_that_somebody_was_really_given_captures_and_asks(client):
    """Through the platform's own middleware, with nothing put in anybody's place; afterwards the token is revoked."""
    from django.test import Client

    from tiantou.kernel import clock
    from tiantou.kernel.actor import SYSTEM
    from tiantou.people import services as people
    from tiantou.people.models import Appointment
    from tiantou.people.queries import actor_of

    person = people.enrol_person(by=SYSTEM, at=clock.now(), phone="13900000002", name="示例人")
    people.appoint(by=SYSTEM, at=clock.now(), person=person, role=Role.FARMER, party=factories.party())
    held = Appointment.objects.get(person=person)
    token = people.issue_token(by=actor_of(held), at=clock.now(), appointment=held, label="示例")
    strict = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Bearer {token.plain}"}
    taken = strict.post("/epcis/events", event(), content_type="application/json", headers=headers)
    assert taken.status_code == 201, taken.content
    assert [one["eventID"] for one in events_of(strict.get("/epcis/events", headers=headers))] == [
        taken.json()["eventID"]
    ]
    people.revoke_token(by=actor_of(held), at=clock.now(), token=token)
    assert fault_of(strict.get("/epcis/events", headers=headers)) == "SecurityException"


@pytest.mark.parametrize("path", ["", "events", "bizSteps", "queries", "capture"])
def test_head_is_get_without_a_body(rest, path):
    answer = rest.client.head(f"/epcis/{path}", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.content) == (200, b"")
