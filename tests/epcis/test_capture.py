"""Documents are captured: at once or by the worker, all or the good ones, each event once."""

from __future__ import annotations

import json

import pytest

from tests import factories
from tiantou.epcis import services
from tiantou.epcis.models import CaptureJob
from tiantou.epcis.services import capture as module
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.trace.models import Event

AT = factories.AT
pytestmark = pytest.mark.django_db


def event(number: int, **more) -> dict:
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-11-20T08:30:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "epcList": [f"urn:epc:id:sgtin:9521234.000001.{number}"],
    } | more


def document(*events: dict) -> bytes:
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-11-20T09:00:00+08:00",
            "epcisBody": {"eventList": list(events)},
        }
    ).encode()


BAD = {"action": "WRONG"}


def capture(body: bytes, *, proceed: bool = False, by=SYSTEM) -> CaptureJob:
    return services.capture_document(by=by, at=AT, body=body, media_type="application/ld+json", proceed=proceed)


def test_a_document_is_captured_while_its_sender_waits_and_again_changes_nothing():
    job = capture(document(event(1), event(2)))
    assert (job.running, job.success, job.accepted, job.repeated) == (False, True, 2, 0)
    again = capture(document(event(2), event(1)))
    assert (again.success, again.accepted, again.repeated) == (True, 0, 2)
    assert Event.objects.count() == 2


def test_one_bad_event_keeps_all_out_unless_the_rest_is_asked_for():
    with pytest.raises(services.NotValid) as refused:
        capture(document(event(1), event(2, **BAD)))
    assert {fault.index for fault in refused.value.faults} == {1}
    assert not Event.objects.exists()
    job = capture(document(event(1), event(2, **BAD), event(3)), proceed=True)
    assert (job.success, job.accepted, job.refused) == (False, 2, 1)
    assert job.errors[0]["type"] == "epcisException:ValidationException"
    assert "/1" in job.errors[0]["detail"]


def test_the_name_of_another_event_is_told_by_the_job():
    capture(document(event(1, eventID="urn:uuid:1")))
    job = capture(document(event(2), event(3, eventID="urn:uuid:1")))
    assert (job.running, job.success, job.accepted) == (False, False, 0)
    assert job.errors[0]["type"] == "epcisException:ResourceAlreadyExistsException"
    assert Event.objects.count() == 1
    job = capture(document(event(4, **BAD), event(2), event(3, eventID="urn:uuid:1")), proceed=True)
    assert (job.accepted, job.refused) == (1, 2)
    assert "/epcisBody/eventList/2" in job.errors[1]["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"type": "EPCISDocument"}', b"\xff\xfe"])
def test_what_is_no_document_leaves_nothing_behind(body):
    with pytest.raises(services.NotValid):
        capture(body)
    assert not CaptureJob.objects.exists()


def test_a_large_document_waits_and_is_taken_in_once_as_its_sender(monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE_BYTES", 10)
    by = factories.actor(Role.FARMER, party=factories.party())
    job = capture(document(event(1), event(2)), by=by)
    assert (job.running, Event.objects.count()) == (True, 0)
    for _ in range(2):
        services.capture_waiting(by=SYSTEM, at=AT)
    job = CaptureJob.objects.get()
    assert (job.running, job.success, job.accepted, job.payload) == (False, True, 2, None)
    assert set(Event.objects.values_list("party_id", flat=True)) == {by.party_id}


def test_a_large_document_with_faults_says_so_in_its_job(monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE_BYTES", 10)
    capture(document(event(1), event(2, **BAD)))
    capture(b"no document at all")
    capture(document(event(1), event(2, **BAD)), proceed=True)
    services.capture_waiting(by=SYSTEM, at=AT)
    jobs = list(CaptureJob.objects.order_by("pk"))
    assert [(job.running, job.success, job.accepted) for job in jobs] == [
        (False, False, 0),
        (False, False, 0),
        (False, False, 1),
    ]
    assert all(job.errors for job in jobs)


def test_too_many_bytes_or_events_are_refused(monkeypatch):
    monkeypatch.setattr(module, "LIMIT_EVENTS", 1)
    with pytest.raises(services.CaptureLimitExceeded):
        capture(document(event(1), event(2)))
    monkeypatch.setattr(module, "LIMIT_BYTES", 100)
    with pytest.raises(services.CaptureLimitExceeded):
        capture(document(event(1)))


def test_a_party_sees_its_own_jobs():
    mine, other = (factories.actor(Role.FARMER, party=factories.party()) for _ in range(2))
    job = capture(document(event(1)), by=mine)
    assert list(CaptureJob.objects.visible_to(mine)) == [job]
    assert not CaptureJob.objects.visible_to(other).exists()
