"""Reads: what happened to a thing, what went into it, what became of it, its whole way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import QuerySet

from tiantou.gs1.identifiers import key
from tiantou.trace.models import Event, Mention
from tiantou.trace.rules import NODE


def events_about(epc: str) -> list[Event]:
    """The events that name a thing, oldest first, those declared wrong among them (`declarations` tells which)."""
    return list(_about([key(epc)]))


def about_all(epcs: Iterable[str]) -> list[Event]:
    """The events that name any of the things, oldest first, without those declared wrong."""
    events = list(_about([key(epc) for epc in epcs]))
    wrong = declarations(events)
    return [event for event in events if event.event_id not in wrong]


def ancestors(epc: str) -> list[str]:
    """The keys (`gs1.identifiers.key`) of everything that went into a thing, directly or not, without itself, nearest first."""
    return _walk(key(epc), "child", "parent")


def descendants(epc: str) -> list[str]:
    """The keys of everything that a thing went into, directly or not, without itself, nearest first."""
    return _walk(key(epc), "parent", "child")


def bodies(keys: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """The bodies of those of the events that are on record, by key; as one array, since a thousand placeholders cost more to parse."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, body FROM trace_event WHERE key = ANY(%s)", [keys])
        return {found: msgspec.json.decode(body) for found, body in cursor.fetchall()}


def way_of(epc: str, *, with_declared: bool = False) -> list[Event]:
    """The whole way of a thing: its own events and those of all that went into it and of the crates it travelled in, oldest first.

    What was declared wrong is left out, since it is held not to have happened so, unless it is asked for.
    """
    events = list(_about([key(epc), *ancestors(epc), *_containers(epc)]))
    wrong = {} if with_declared else declarations(events)
    return [event for event in events if event.event_id not in wrong]


def declarations(events: Iterable[Event]) -> dict[str, Event]:
    """The error declarations of those of the events that were declared wrong, by the event's identifier."""
    found = Event.objects.filter(wrong__in=[event.key for event in events])
    return {event.event_id: event for event in found}


def _about(keys: list[str]) -> QuerySet[Event]:
    # The order is imposed outside: within, the planner would rather walk the index over time than look the keys up.
    named = Mention.objects.filter(epc__in=keys).values("event_id")
    found: QuerySet[Event] = Event.objects.filter(pk__in=named, wrong=None).order_by("event_time", "id")
    return found


def _containers(epc: str) -> list[str]:
    """Logistic units (SSCC) that the thing went into: where they went, it went."""
    return [other for other in descendants(epc) if other.startswith("/00/")]


#: A link told by an event that was declared wrong is no link.
STANDS = """NOT EXISTS (
    SELECT 1 FROM trace_event told JOIN trace_event declared ON declared.wrong = told.key WHERE told.id = link.event_id
)"""


def _walk(start: str, here: str, there: str) -> list[str]:
    """A walk over the links in one statement; UNION meets each thing once, so that rings and diamonds end."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE walk(thing) AS (
                SELECT link.{there} FROM trace_lotlink link WHERE link.{here} = %s AND {STANDS}
                UNION
                SELECT link.{there} FROM walk JOIN trace_lotlink link ON link.{here} = walk.thing WHERE {STANDS}
            )
            SELECT thing FROM walk
            """,  # noqa: S608 - the column names and conditions are ours
            [start],
        )
        return [thing for (thing,) in cursor.fetchall() if thing != start and not thing.startswith(NODE)]
