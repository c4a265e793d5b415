"""Reads: what happened to a thing, what went into it, what became of it, its whole way."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from tiantou.trace.models import Event

#: No food passes through more hands than this; it keeps a faulty chain from being walked for ever.
DEEPEST = 60


def events_about(epc: str) -> list[Event]:
    """The events that name a thing, oldest first, those declared wrong among them (`declarations` tells which)."""
    return list(_about([epc]))


def ancestors(epc: str) -> list[str]:
    """Everything that went into a thing, directly or not, without itself."""
    return _walk(epc, "child", "parent")


def descendants(epc: str) -> list[str]:
    """Everything that a thing went into, directly or not, without itself."""
    return _walk(epc, "parent", "child")


def way_of(epc: str, *, with_declared: bool = False) -> list[Event]:
    """The whole way of a thing: its own events and those of all that went into it and of the crates it travelled in, oldest first.

    What was declared wrong is left out, since it is held not to have happened so, unless it is asked for.
    """
    events = list(_about([epc, *ancestors(epc), *_containers(epc)]))
    wrong = {} if with_declared else declarations(events)
    return [event for event in events if event.event_id not in wrong]


def declarations(events: Iterable[Event]) -> dict[str, Event]:
    """The error declarations of those of the events that were declared wrong, by the event's identifier."""
    names = [f"{event.event_id}#error" for event in events]
    found = Event.objects.filter(event_id__in=names)
    return {event.event_id.removesuffix("#error"): event for event in found}


def _about(epcs: list[str]) -> QuerySet[Event]:
    found: QuerySet[Event] = Event.objects.filter(mentions__epc__in=epcs).distinct().order_by("event_time", "id")
    return found


def _containers(epc: str) -> list[str]:
    """Logistic units (SSCC) that the thing went into: where they went, it went."""
    return [other for other in descendants(epc) if other.startswith("urn:epc:id:sscc:")]


#: A link told by an event that was declared wrong is no link.
_STANDS = """NOT EXISTS (
    SELECT 1 FROM trace_event told JOIN trace_event declared ON declared.event_id = told.event_id || '#error'
    WHERE told.id = link.event_id
)"""


def _walk(epc: str, here: str, there: str) -> list[str]:
    """A recursive walk over the links; UNION keeps what was met before at the same depth from being walked again."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE walk(epc, depth) AS (
                SELECT link.{there}, 1 FROM trace_lotlink link WHERE link.{here} = %s AND {_STANDS}
                UNION
                SELECT link.{there}, walk.depth + 1 FROM trace_lotlink link JOIN walk ON link.{here} = walk.epc
                WHERE walk.depth < %s AND {_STANDS}
            )
            SELECT epc FROM walk WHERE epc <> %s GROUP BY epc ORDER BY min(depth), epc
            """,  # noqa: S608 - the column names and conditions are ours
            [epc, DEEPEST, epc],
        )
        return [found for (found,) in cursor.fetchall()]
