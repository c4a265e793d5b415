"""Named queries and subscriptions over HTTP, and what subscribers are sent."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests import factories
from tests.epcis.conftest import Rest, events_of, fault_of, next_of
from tests.epcis.test_asking import event
from tests.epcis.test_sending import receiver  # noqa: F401 - a fixture
from tiantou.epcis import deliveries, queries, tasks
from tiantou.epcis.models import NamedQuery, Subscription
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.people import services as people
from tiantou.people.models import Appointment
from tiantou.people.queries import actor_of
from tiantou.trace.services import capture

pytestmark = pytest.mark.django_db
SHIPPING = {"name": "shipping", "query": {"eventType": ["ObjectEvent"], "EQ_bizStep": ["shipping", "receiving"]}}
STREAM = {"dest": "https://client.example.com/hook", "signatureToken": "secret of the client", "stream": True}


@pytest.fixture
def owner(party):
    """Somebody who really holds a role."""
    person = people.enrol_person(by=SYSTEM, at=clock.now(), phone="13900000001", name="示例人")
    people.appoint(by=SYSTEM, at=clock.now(), person=person, role=Role.FARMER, party=party)
    return actor_of(Appointment.objects.get(person=person))


@pytest.fixture
def rest(visit, owner):
    return Rest(visit(owner))


def test_a_query_is_kept_read_and_dropped(rest):
    made = rest.post("queries", SHIPPING)
    assert made.status_code == 201, made.content
    assert made["Location"] == "http://testserver/epcis/queries/shipping"
    assert rest.follow(made["Location"]).json() == SHIPPING
    assert rest.get("queries").json() == [SHIPPING]
    again = rest.post("queries", SHIPPING)
    assert (again.status_code, fault_of(again)) == (409, "ResourceAlreadyExistsException")
    assert rest.delete("queries/shipping").status_code == 204
    gone = rest.get("queries/shipping")
    assert (gone.status_code, fault_of(gone)) == (404, "NoSuchNameException")
    assert rest.delete("queries/shipping").status_code == 404


def test_queries_are_listed_in_pages(rest):
    for name in ("b", "a", "c"):
        rest.post("queries", {**SHIPPING, "name": name})
    first = rest.get("queries", perPage=2)
    assert [one["name"] for one in first.json()] == ["a", "b"]
    assert [one["name"] for one in rest.follow(next_of(first)).json()] == ["c"]


def test_the_events_of_a_query_are_a_view(rest):
    rest.post("queries", SHIPPING)
    wanted = rest.post("events", event(bizStep="shipping")).json()["eventID"]
    rest.post("events", event(bizStep="packing"))
    answer = rest.get("queries/shipping/events")
    assert [one["eventID"] for one in events_of(answer)] == [wanted]
    assert answer.json()["epcisBody"]["queryResults"]["queryName"] == "shipping"
    later = rest.post("events", event(bizStep="receiving")).json()["eventID"]
    assert rest.ids("queries/shipping/events", perPage=1) == [wanted, later]
    assert rest.get("queries/shipping/events", EQ_action="ADD").status_code == 400
    assert len(rest.ids("queries/SimpleEventQuery/events")) == 3


def test_a_query_body_explains_its_own_prefixes_and_has_types_of_json(rest):
    query = {"@context": [{"mine": "https://ns.example.org/"}], "GE_mine:count": 2, "EXISTS_sensorElementList": None}
    rest.post("queries", {"name": "counted", "query": query})
    body = event(**{"ex:count": 2}, sensorElementList=[{"sensorReport": [{"type": "Mass", "value": 1, "uom": "KGM"}]}])
    wanted = rest.post("events", body).json()["eventID"]
    rest.post("events", event(**{"ex:count": 3}))
    assert rest.ids("queries/counted/events") == [wanted]


def test_a_query_belongs_to_its_party(rest, visit):
    rest.post("queries", SHIPPING)
    other = Rest(visit(factories.actor(Role.MARKET_KEEPER, party=factories.party())))
    assert other.get("queries").json() == []
    assert other.get("queries/shipping").status_code == 404
    assert other.delete("queries/shipping").status_code == 404
    assert other.post("queries", SHIPPING).status_code == 201
    assert NamedQuery.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "status", "fault"),
    [
        ("{", 400, "ValidationException"), ("[]", 400, "ValidationException"), ({}, 400, "QueryValidationException"),
        ({"name": "x"}, 400, "QueryValidationException"), ({"name": 1, "query": {}}, 400, "QueryValidationException"),
        ({"name": "a/b", "query": {}}, 400, "ValidationException"), ({"name": "", "query": {}}, 400, "ValidationException"),
        ({"name": "x", "query": {"EQ_colour": ["red"]}}, 400, "QueryParameterException"),
        ({"name": "x", "query": {"eventType": {"a": 1}}}, 400, "QueryParameterException"),
        ({"name": "SimpleEventQuery", "query": {}}, 409, "ResourceAlreadyExistsException"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_query_is_refused(rest, body, status, fault):
    answer = rest.post("queries", body)
    assert (answer.status_code, fault_of(answer)) == (status, fault)


def test_queries_in_xml_are_not_read(rest):
    answer = rest.post("queries", "<query/>", content_type="application/xml")
    assert (answer.status_code, fault_of(answer)) == (415, "UnsupportedMediaTypeException")


def test_a_websocket_is_answered_with_what_there_is_instead(rest):
    rest.post("queries", SHIPPING)
    answer = rest.get(
        "queries/shipping/events", headers={"Upgrade": "websocket", "Connection": "Upgrade"}, stream="true"
    )
    assert (answer.status_code, fault_of(answer)) == (501, "ImplementationException")


def test_a_subscription_is_made_told_and_ended(rest):
    rest.post("queries", SHIPPING)
    made = rest.post("queries/shipping/subscriptions", STREAM, headers={"GS1-EPC-Format": "Always_EPC_URN"})
    assert made.status_code == 201, made.content
    told = made.json()
    assert made["Location"] == f"http://testserver/epcis/queries/shipping/subscriptions/{told['subscriptionID']}"
    assert (told["dest"], told["stream"], told["epcFormat"]) == (STREAM["dest"], True, "Always_EPC_URN")
    assert told["minRecordTime"] == told["initialRecordTime"] == told["createdAt"]
    assert b"secret" not in made.content
    assert rest.follow(made["Location"]).json() == told
    assert rest.get("queries/shipping/subscriptions").json() == [told]
    options = rest.client.options(
        made["Location"].removeprefix("http://testserver"), headers={"Authorization": "Bearer x"}
    )
    assert options["GS1-Query-Min-Record-Time"] == told["minRecordTime"]
    assert options["Allow"] == "OPTIONS, GET, DELETE"
    assert rest.delete(f"queries/shipping/subscriptions/{told['subscriptionID']}").status_code == 204
    assert fault_of(rest.follow(made["Location"])) == "NoSuchNameException"


def test_a_query_that_is_dropped_takes_its_subscriptions_along(rest):
    rest.post("queries", SHIPPING)
    rest.post("queries/shipping/subscriptions", STREAM)
    assert rest.delete("queries/shipping").status_code == 204
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"stream": None}, "SubscriptionControlsException"), ({"stream": False}, "SubscriptionControlsException"),
        ({"schedule": {"hour": "1"}}, "SubscriptionControlsException"), ({"stream": None, "schedule": {"hour": "25"}}, "SubscriptionControlsException"),
        ({"stream": None, "schedule": "daily"}, "SubscriptionControlsException"), ({"colour": "red"}, "SubscriptionControlsException"),
        ({"initialRecordTime": "yesterday"}, "SubscriptionControlsException"), ({"signatureToken": 7}, "SubscriptionControlsException"),
        ({"dest": None}, "ValidationException"), ({"dest": "ftp://x.example.org/"}, "ValidationException"), ({"dest": "http://10.0.0.1/"}, "ValidationException"),
        ({"dest": "http://127.0.0.1:8000/"}, "ValidationException"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_subscription_is_refused(rest, change, fault):
    rest.post("queries", SHIPPING)
    answer = rest.post(
        "queries/shipping/subscriptions",
        {name: value for name, value in {**STREAM, **change}.items() if value is not None},
    )
    assert (answer.status_code, fault_of(answer)) == (400, fault)


def test_a_query_that_limits_its_events_cannot_be_subscribed_to(rest):
    rest.post("queries", {"name": "few", "query": {"eventCountLimit": 3}})
    assert fault_of(rest.post("queries/few/subscriptions", STREAM)) == "SubscriptionControlsException"


# ── deliveries ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def subscribed(rest, receiver, **controls):  # noqa: F811
    rest.post("queries", SHIPPING)
    answer = rest.post("queries/shipping/subscriptions", {**STREAM, "dest": receiver.address, **controls})
    assert answer.status_code == 201, answer.content
    return Subscription.objects.get(code=answer.json()["subscriptionID"])


def run(subscription, after=timedelta(0), wait=lambda: False):
    subscription.refresh_from_db()
    return deliveries.run(subscription, at=clock.now() + after, wait=wait)


def sent(receiver):  # noqa: F811
    return [[one["eventID"] for one in events_of_body(body)] for _, _, body in receiver.taken]


def events_of_body(body):
    return json.loads(body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def test_new_events_are_sent_once_signed_and_named(rest, receiver):  # noqa: F811
    rest.post("events", event(bizStep="shipping"))
    subscription = subscribed(rest, receiver)
    assert run(subscription) == 0
    assert receiver.taken == []
    first = rest.post("events", event(bizStep="shipping")).json()["eventID"]
    rest.post("events", event(bizStep="packing"))
    assert run(subscription) == 1
    assert run(subscription) == 0
    assert sent(receiver) == [[first]]
    _, headers, body = receiver.taken[0]
    results = json.loads(body)["epcisBody"]["queryResults"]
    assert (results["queryName"], results["subscriptionID"]) == ("shipping", str(subscription.code))
    assert headers["GS1-Signature"] == deliveries.signature("secret of the client", body)
    assert headers["Content-Type"] == "application/json"
    told = rest.get(f"queries/shipping/subscriptions/{subscription.code}").json()
    assert told["lastNotifiedAt"] <= told["lastExecutedAt"]
    assert told["minRecordTime"] == told["lastExecutedAt"]


def test_history_is_sent_from_the_initial_record_time(rest, receiver):  # noqa: F811
    name = rest.post("events", event(bizStep="shipping")).json()["eventID"]
    subscription = subscribed(rest, receiver, initialRecordTime="2026-01-01T00:00:00Z")
    assert run(subscription) == 1
    assert sent(receiver) == [[name]]


def test_many_events_are_sent_in_parts(rest, receiver, monkeypatch):  # noqa: F811
    monkeypatch.setattr(deliveries, "BATCH", 2)
    subscription = subscribed(rest, receiver)
    names = [rest.post("events", event(bizStep="shipping")).json()["eventID"] for _ in range(5)]
    assert run(subscription) == 5
    assert sent(receiver) == [names[:2], names[2:4], names[4:]]


def test_a_failed_delivery_is_tried_again_later_and_later_and_loses_nothing(rest, receiver):  # noqa: F811
    subscription = subscribed(rest, receiver)
    name = rest.post("events", event(bizStep="shipping")).json()["eventID"]
    receiver.answers = 503
    waits = []
    for _ in range(3):
        at = clock.now()
        run(subscription)
        subscription.refresh_from_db()
        waits.append(round((subscription.next_at - at).total_seconds()))
    assert waits == [10, 20, 40]
    assert subscription.last_failure == "The receiver answered 503."
    assert tasks.due(clock.now()) == []
    receiver.answers = 204
    assert run(subscription) == 1
    subscription.refresh_from_db()
    assert (subscription.failures, subscription.last_failure) == (0, "")
    assert sent(receiver)[-1] == [name]


def test_a_schedule_runs_at_its_time_and_reports_emptiness_if_asked(rest, receiver):  # noqa: F811
    controls = {"stream": None, "schedule": {"minute": "0,30"}, "reportIfEmpty": True}
    rest.post("queries", SHIPPING)
    body = {
        name: value for name, value in {**STREAM, "dest": receiver.address, **controls}.items() if value is not None
    }
    assert rest.post("queries/shipping/subscriptions", body).status_code == 201
    subscription = Subscription.objects.get()
    assert subscription.next_at.minute in {0, 30}
    assert tasks.due(clock.now()) == []
    assert tasks.due(subscription.next_at) == [subscription]
    run(subscription)
    assert sent(receiver) == [[]]
    before = subscription.next_at
    assert rest.get("queries/shipping/subscriptions").json()[0]["schedule"] == {"minute": "0,30"}
    subscription.refresh_from_db()
    assert subscription.next_at >= before


def test_a_stream_is_due_only_when_something_was_recorded(rest, receiver):  # noqa: F811
    subscription = subscribed(rest, receiver)
    run(subscription)
    assert tasks.due(clock.now()) == []
    rest.post("events", event(bizStep="packing"))
    assert tasks.due(clock.now()) == [subscription]
    run(subscription)
    assert tasks.due(clock.now()) == []
    assert receiver.taken == []


def test_a_subscriber_is_sent_only_what_it_may_see(rest, visit, receiver):  # noqa: F811
    subscription = subscribed(rest, receiver)
    other = factories.actor(Role.MARKET_KEEPER, party=factories.party())
    capture(by=other, at=clock.now(), events=[event(bizStep="shipping")])
    assert run(subscription) == 0


def test_whoever_no_longer_holds_the_role_is_sent_nothing_more(rest, owner, receiver):  # noqa: F811
    subscription = subscribed(rest, receiver)
    assert subscription.actor == {**asdict(owner), "role": "farmer"}
    rest.post("events", event(bizStep="shipping"))
    person = Appointment.objects.get(person_id=owner.person_id).person
    people.disable_person(by=SYSTEM, at=clock.now(), person=person, because="示例")
    assert run(subscription) == 0
    assert receiver.taken == []
    assert not Subscription.objects.exists()


def test_a_dest_that_turned_inward_is_not_sent_to(rest, receiver, settings):  # noqa: F811
    subscription = subscribed(rest, receiver)
    rest.post("events", event(bizStep="shipping"))
    settings.TIANTOU_SUBSCRIBERS_MAY_BE_LOCAL = False
    run(subscription)
    assert receiver.taken == []
    subscription.refresh_from_db()
    assert "not a public address" in subscription.last_failure


def test_xml_is_sent_to_whoever_asked_for_it(rest, receiver):  # noqa: F811
    rest.post("queries", SHIPPING)
    rest.post(
        "queries/shipping/subscriptions", {**STREAM, "dest": receiver.address}, headers={"Accept": "application/xml"}
    )
    rest.post("events", event(bizStep="shipping"))
    assert run(Subscription.objects.get()) == 1
    _, headers, body = receiver.taken[0]
    assert headers["Content-Type"].startswith("application/xml")
    assert b"EPCISQueryDocument" in body
    assert b"<subscriptionID>" in body


@pytest.mark.django_db(transaction=True)
def test_a_row_that_becomes_visible_late_is_not_passed_over():
    """One transaction draws its row number first and commits last; in between another one commits and a subscriber looks."""
    drawn, go_on = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                capture(by=SYSTEM, at=clock.now(), events=[event(eventID="urn:uuid:slow")])
                drawn.set()
                go_on.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert drawn.wait(30)
    capture(by=SYSTEM, at=clock.now(), events=[event(eventID="urn:uuid:quick")])
    last = queries.last_number()
    assert queries.settled(lambda: False) is None

    def release():
        go_on.set()
        thread.join()
        return True

    # Having waited for the slow one, everything up to the last number is there; without the wait one row would be missing.
    assert queries.settled(release) == last
    found = queries.since(
        SYSTEM, queries.query_of({}, {}), after=0, until=last, recorded=clock.now() - timedelta(days=1), size=10
    )
    assert [one["eventID"] for one in found.events] == ["urn:uuid:slow", "urn:uuid:quick"]


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_called_once_when_something_is_recorded_and_a_stream_is_open(rest, receiver):  # noqa: F811
    from procrastinate.contrib.django.models import ProcrastinateJob

    def waiting(task):
        return ProcrastinateJob.objects.filter(task_name=task, status="todo").count()

    rest.post("events", event(bizStep="shipping"))
    assert waiting("epcis.push") == 0
    subscription = subscribed(rest, receiver)
    assert waiting("epcis.deliver") == 1
    for _ in range(3):
        rest.post("events", event(bizStep="shipping"))
    assert waiting("epcis.push") == 1
    tasks.push()
    assert waiting("epcis.deliver") == 1
    tasks.deliver(subscription_id=subscription.pk)
    assert len(sent(receiver)[0]) == 3


def test_two_workers_do_not_run_one_subscription_at_once(rest, receiver, django_db_blocker):  # noqa: F811
    subscription = subscribed(rest, receiver)
    rest.post("events", event(bizStep="shipping"))
    took = []

    def elsewhere():
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [deliveries._LOCKS, subscription.pk])
            took.append(cursor.fetchone()[0])
        held.set()
        done.wait(30)
        connection.close()

    held, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=elsewhere)
    thread.start()
    assert held.wait(30)
    try:
        assert took == [True]
        assert run(subscription) == 0
        assert receiver.taken == []
    finally:
        done.set()
        thread.join()
    assert run(subscription) == 1
