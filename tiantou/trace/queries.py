"""Reads: what happened to a thing, what went into it, what became of it, its whole way."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from tiantou.trace.models import Event

#: No food passes through more hands than this; it keeps a faulty chain from being walked for ever.
DEEPEST = 60


def events_about(epc: str) -> list[Event]:
    """The events that name a thing, oldest first."""
    return list(_about([epc]))


def ancestors(epc: str) -> list[str]:
    """Everything that went into a thing, directly or not, without itself."""
    return _walk(epc, "child", "parent")


def descendants(epc: str) -> list[str]:
    """Everything that a thing went into, directly or not, without itself."""
    return _walk(epc, "parent", "child")


def way_of(epc: str) -> list[Event]:
    """The whole way of a thing: its own events and those of all that went into it and of the crates it travelled in, oldest first."""
    return list(_about([epc, *ancestors(epc), *_containers(epc)]))


def _about(epcs: list[str]) -> QuerySet[Event]:
    found: QuerySet[Event] = Event.objects.filter(mentions__epc__in=epcs).distinct().order_by("event_time", "id")
    return found


def _containers(epc: str) -> list[str]:
    """Logistic units (SSCC) that the thing went into: where they went, it went."""
    return [other for other in descendants(epc) if other.startswith("urn:epc:id:sscc:")]


def _walk(epc: str, here: str, there: str) -> list[str]:
    """A recursive walk over the links; UNION keeps what was met before from being walked again, so cycles end."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE walk(epc, depth) AS (
                SELECT {there}, 1 FROM trace_lotlink WHERE {here} = %s
                UNION
                SELECT link.{there}, walk.depth + 1 FROM trace_lotlink link JOIN walk ON link.{here} = walk.epc
                WHERE walk.depth < %s
            )
            SELECT epc FROM walk WHERE epc <> %s GROUP BY epc ORDER BY min(depth), epc
            """,  # noqa: S608 - the two column names are ours
            [epc, DEEPEST, epc],
        )
        return [found for (found,) in cursor.fetchall()]
