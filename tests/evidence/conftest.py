"""Events for the log, recorded as any package records them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import AT
from tiantou.kernel.actor import SYSTEM
from tiantou.kernel.clock import ZONE
from tiantou.trace.rules import EventDraft
from tiantou.trace.services import record


def event(number, by=SYSTEM, **facts):
    """A lot was observed: the `number`-th event."""
    draft = EventDraft(
        type="Object",
        event_time=(AT + timedelta(minutes=number)).astimezone(ZONE),
        action="OBSERVE",
        biz_step="inspecting",
        epcs=[f"urn:epc:id:sgtin:9521234.000001.{number}"],
        extensions={"place": f"示例果园 {number}", **facts},
    )
    return record(by=by, at=AT, event=draft)


def copies(cursor, names, number="nextval(pg_get_serial_sequence('trace_event', 'id'))"):
    """Rows of the journal as a bulk writer makes them, like the first one, with another name; their numbers, lowest first."""
    cursor.execute(
        f"""
        INSERT INTO trace_event SELECT made.*
        FROM unnest(%s::text[]) WITH ORDINALITY AS names(name, place),
            LATERAL (SELECT to_jsonb(e) AS row FROM trace_event e ORDER BY id LIMIT 1) first,
            LATERAL jsonb_populate_record(NULL::trace_event, first.row || jsonb_build_object(
                'id', {number}, 'key', gen_random_uuid(), 'event_id', name,
                'body', first.row -> 'body' || jsonb_build_object('eventID', name))) made
        ORDER BY place RETURNING id
        """,  # noqa: S608 - our own words
        [list(names)],
    )
    return [number for (number,) in cursor.fetchall()]


@pytest.fixture
def events(db):
    """Three events, not yet in the log."""
    return [event(number) for number in range(3)]


@pytest.fixture(autouse=True)
def keys(settings, tmp_path):
    """The log's keys lie in a data folder of the test's own."""
    settings.DATA = tmp_path
    return tmp_path / "keys"
