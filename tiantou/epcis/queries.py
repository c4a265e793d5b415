"""Reads: events that a query asks for, page by page; the values that events hold; what is described in master data."""

# ruff: noqa: S608 - only texts of ours are put together; values are parameters
from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, transaction
from django.db.models.expressions import RawSQL
from django.db.models.fields import BooleanField
from django.db.models.fields.json import JSONField
from psycopg.errors import QueryCanceled

from tiantou.epcis.asking import sql
from tiantou.epcis.asking.parse import parse
from tiantou.epcis.asking.tree import Query
from tiantou.epcis.errors import NoSuchName, QueryTooComplex, QueryTooLarge
from tiantou.epcis.models import NamedQuery, Subscription, owner_of
from tiantou.kernel.actor import Actor, Role
from tiantou.trace.facts import namespaces
from tiantou.trace.models import Event
from tiantou.trace.rules import Role as Named
from tiantou.trace.rules import event_key

#: Where a page ended: the value that orders and the row number.
Position = tuple[Any, int]


@dataclass(frozen=True, slots=True)
class Page:
    """Some events of an answer and, where there are more, where they go on."""

    events: list[dict[str, Any]]
    #: Row numbers, for whoever has to remember how far an answer went.
    numbers: list[int]
    end: Position | None


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """What is read inside takes no longer than a query may. Raises: QueryTooComplex."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [f"{settings.TIANTOU_EPCIS_QUERY_SECONDS}s"]
                )
            yield
    except OperationalError as fault:
        if isinstance(fault.__cause__, QueryCanceled):
            raise QueryTooComplex(
                "Ask for fewer events: name an EPC, a place or a span of time.",
            ) from fault
        raise


#: Where no order is asked for, events come as they were recorded, oldest first: what is captured meanwhile comes last.
_ORDERS = {"": "record_time", "eventTime": "event_time", "recordTime": "record_time"}


def ask(actor: Actor, query: Query, *, size: int, after: Position | None = None, taken: int = 0) -> Page:
    """The next `size` events that the query finds among those the actor may see; `taken` were given on earlier pages.

    Pages neither repeat nor lose an event while others are being captured: each goes on where the one before ended.
    Raises: QueryTooLarge; QueryTooComplex.
    """
    left = size if query.limit is None else max(0, min(size, query.limit - taken))
    with bounded():
        found = _found(actor, query)
        if query.most is not None and after is None and found.values("id")[: query.most + 1].count() > query.most:
            raise QueryTooLarge(f"More than {query.most} events match.")
        column = _ORDERS.get(query.order_by, "sort")
        descending = query.descending and query.order_by != ""
        if column == "sort":
            found = found.annotate(sort=_sort(query))
        if after is not None:
            found = _beyond(found, query, column, after, descending=descending)
        found = found.order_by(*(f"-{name}" if descending else name for name in (column, "id")))
        rows = list(found.values_list("id", "body", column)[: left + 1])
    kept = rows[:left]
    goes_on = len(rows) > left and (query.limit is None or taken + left < query.limit) and left > 0
    end = (kept[-1][2], kept[-1][0]) if goes_on else None
    return Page([body for _, body, _ in kept], [number for number, _, _ in kept], end)


def _found(actor: Actor, query: Query) -> Any:
    text, values = sql.condition(query, _owners(actor))
    found = Event.objects.visible_to(actor)
    return found.filter(RawSQL(text, values, output_field=BooleanField()))  # noqa: S611 - texts are ours, see `sql`


def _owners(actor: Actor) -> tuple[int, ...] | None:
    if actor.region_wide or actor.role is Role.INSPECTOR:
        return None
    return (actor.party_id,) if actor.party_id is not None else ()


def _sort(query: Query) -> RawSQL:
    """The first value of the field that orders: a number, else a time, else a text; events without it come as null."""
    path = "$[*] ? (@.n == $n[*] || @.p == $n[*])"
    first = "jsonb_path_query_first(trace_event.facts, %s::jsonpath, %s::jsonb, true)"
    bound = sql.bound({"n": query.order_names})
    return RawSQL(  # noqa: S611 - texts are ours
        f"(SELECT COALESCE(one -> 'f', one -> 't', one -> 'v', 'null'::jsonb) FROM (SELECT {first} AS one) AS fact)",
        [path, bound],
        output_field=JSONField(),
    )


def _beyond(found: Any, query: Query, column: str, after: Position, *, descending: bool) -> Any:
    sign = "<" if descending else ">"
    value, number = after
    if column == "sort":
        sort = _sort(query)
        left, values = sort.sql, [*sort.params, sql.as_json(value)]
        text = f"({left}, trace_event.id) {sign} (%s::jsonb, %s)"
    else:
        values = [value]
        text = f"(trace_event.{column}, trace_event.id) {sign} (%s, %s)"
    return found.filter(RawSQL(text, [*values, number], output_field=BooleanField()))  # noqa: S611 - texts are ours


def query_of(definition: Mapping[str, Any], spaces: Mapping[str, str]) -> Query:
    """The query of a JSON body, whose `@context` explains prefixes. Raises: QueryParameter."""
    explained = {**spaces, **namespaces(definition)}
    return parse({name: value for name, value in definition.items() if name != "@context"}, explained)


def named(actor: Actor, name: str) -> NamedQuery:
    """The actor's query of that name. Raises: NoSuchName."""
    found: NamedQuery | None = NamedQuery.objects.visible_to(actor).filter(owner=owner_of(actor), name=name).first()
    if found is None:
        raise NoSuchName(f"There is no query {name[:200]}.")
    return found


def subscription(actor: Actor, name: str, code: str) -> Subscription:
    """The subscription of that identifier to the actor's query. Raises: NoSuchName."""
    try:
        number = UUID(code)
    except ValueError as fault:
        raise NoSuchName from fault
    found: Subscription | None = Subscription.objects.filter(query=named(actor, name), code=number).first()
    if found is None:
        raise NoSuchName("There is no such subscription.")
    return found


def since(actor: Actor, query: Query, *, after: int, until: int, recorded: datetime, size: int) -> Page:
    """The first `size` events that the query finds among the rows behind `after` up to `until`, recorded at or after an instant."""
    with bounded():
        found = _found(actor, query).filter(id__gt=after, id__lte=until, record_time__gte=recorded).order_by("id")
        rows = list(found.values_list("id", "body")[:size])
    return Page([body for _, body in rows], [number for number, _ in rows], None)


def last_number() -> int:
    """The greatest row number of the journal that was ever given out, to whomever."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM trace_event_id_seq")
        return int(cursor.fetchone()[0])


#: Between the moment that a request takes for its own and the drawing of its row numbers lies less than this.
_LONGEST_REQUEST = timedelta(hours=1)


def number_before(at: datetime) -> int:
    """A row number in front of all rows recorded at or after an instant."""
    before = Event.objects.filter(record_time__lt=at - _LONGEST_REQUEST).order_by("-record_time", "-id")
    return before.values_list("id", flat=True).first() or 0


#: Who has drawn a row number and not ended its transaction holds this lock on the sequence until then.
_DRAWING = (
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'trace_event_id_seq'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()"
)


def settled(wait: Callable[[], bool]) -> int | None:
    """A row number below which nothing can appear any more, or None if somebody's transaction does not end.

    Rows become visible in the order of commits, not of their numbers. So the last number is read first and then who might still
    hold one of those; when all of these have ended (`wait` says whether to look once more), everything up to it is there.
    """
    last = last_number()
    pending = _drawing()
    while pending:
        if not wait():
            return None
        pending &= _drawing()
    return last


def _drawing() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_DRAWING)
        return {name for (name,) in cursor.fetchall()}


def event_and_declarations(actor: Actor, event_id: str) -> list[dict[str, Any]]:
    """The event of that identifier and the declaration that it was wrong, as far as the actor may see them."""
    keys = [event_key(event_id), event_key(event_id, declares=True)]
    return list(Event.objects.visible_to(actor).filter(key__in=keys).order_by("id").values_list("body", flat=True))


#: Columns of events whose values are resources of their own.
COLUMNS = frozenset({"biz_step", "biz_location", "read_point", "disposition"})
#: Roles in which an event names a piece, and those in which it names a class.
PIECES = (Named.EPC, Named.PARENT, Named.CHILD, Named.INPUT, Named.OUTPUT)
CLASSES = (Named.CLASS, Named.CHILD_CLASS, Named.INPUT_CLASS, Named.OUTPUT_CLASS)


def values_of(actor: Actor, column: str, *, size: int, after: str = "") -> list[str]:
    """The next `size` values of a column in order, among events that the actor may see. Raises: QueryTooComplex.

    Each value costs one step down the index, however many events hold it.
    """
    if column not in COLUMNS:
        raise KeyError(column)
    step = f"SELECT min({column}) FROM trace_event WHERE {column} > "
    return _skip(actor, step, f"trace_event.{column} = skip.value", size, after)


def things(actor: Actor, *, size: int, after: str = "") -> list[str]:
    """The next `size` keys of pieces that events name, in the order of bytes. Raises: QueryTooComplex."""
    roles = ", ".join(str(int(role)) for role in PIECES)
    step = "SELECT min(epc) FROM trace_mention WHERE epc > "
    # An array, so that the planner looks the few events of the thing up and does not walk all events of a party.
    named = (
        f"trace_event.id = ANY(ARRAY(SELECT event_id FROM trace_mention WHERE epc = skip.value AND role IN ({roles})))"
    )
    return _skip(actor, step, named, size, after)


def _skip(actor: Actor, step: str, holds: str, size: int, after: str) -> list[str]:
    """A skip scan: from each value straight to the next greater one."""
    collation = ' COLLATE "C"' if "trace_mention" in step else ""
    try:
        seen = Event.objects.visible_to(actor).extra(where=[holds]).values("id")  # noqa: S610 - our own text
        exists, values = seen.query.sql_with_params()
    except EmptyResultSet:
        return []
    text = (
        f"WITH RECURSIVE skip(value) AS (SELECT ({step} %s{collation}) UNION ALL"
        f" SELECT ({step} skip.value) FROM skip WHERE skip.value IS NOT NULL)"
        f" SELECT value FROM skip WHERE value IS NOT NULL AND EXISTS ({exists}) LIMIT %s"
    )
    with bounded(), connection.cursor() as cursor:
        cursor.execute(text, [after, *values, size])
        return [value for (value,) in cursor.fetchall()]


def is_seen(actor: Actor, column: str, value: str) -> bool:
    """Whether an event that the actor may see holds the value."""
    if column not in COLUMNS:
        raise KeyError(column)
    with bounded():
        return bool(Event.objects.visible_to(actor).filter(**{column: value}).exists())


def is_named(actor: Actor, name: str) -> bool:
    """Whether an event that the actor may see names the thing, piece or class."""
    with bounded():
        found = Event.objects.visible_to(actor).filter(mentions__epc=name, mentions__role__in=[*PIECES, *CLASSES])
        return bool(found.exists())
