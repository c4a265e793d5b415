"""How events reach the tables: prepared without the database, then written by COPY. Only `services` calls it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tiantou.gs1.identifiers import key
from tiantou.kernel.clock import ZONE
from tiantou.trace import rules
from tiantou.trace.facts import facts
from tiantou.trace.hashing import event_hash

_EVENT = (
    "COPY trace_event (id, key, event_id, wrong, type, action, biz_step, disposition, read_point, biz_location, event_time,"
    " record_time, party_id, body, facts) FROM STDIN"
)
_MENTION = "COPY trace_mention (epc, event_id, role) FROM STDIN"
_LINK = "COPY trace_lotlink (parent, child, event_id) FROM STDIN"
_NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_encode = msgspec.json.encode


@dataclass(slots=True)
class Prepared:
    """An event ready to be written."""

    key: UUID
    event_id: str
    body: dict[str, Any]
    declares: bool


def prepare(event: dict[str, Any]) -> Prepared:
    """The event with its identifier: its own, else its hash. `event` itself is completed, not copied."""
    event_id = event.get("eventID")
    if not event_id:
        event_id = event["eventID"] = event_hash(event, namespaces(event))
    declares = "errorDeclaration" in event
    return Prepared(rules.event_key(event_id, declares=declares), event_id, event, declares)


def namespaces(event: dict[str, Any]) -> dict[str, str]:
    """The prefixes that the event's own context explains."""
    context = event.get("@context")
    if not context:
        return {}
    parts = context if isinstance(context, list) else [context]
    return {name: uri for part in parts if isinstance(part, dict) for name, uri in part.items() if isinstance(uri, str)}


def write(prepared: Sequence[Prepared], *, at: datetime, party_id: int | None) -> list[int]:
    """The events, what they name and what they link are in the tables; returns their row numbers. Raises: IntegrityError."""
    recorded = at.astimezone(ZONE).isoformat(timespec="milliseconds")
    party = _NULL if party_id is None else str(party_id)
    events, mentions, links = [], [], []
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('trace_event_id_seq') FROM generate_series(1, %s)", [len(prepared)])
        numbers = [number for (number,) in cursor.fetchall()]
        for number, one in zip(numbers, prepared, strict=True):
            events.append(_event_row(number, one, recorded, party))
            named = rules.mentions(one.body)
            mentions += [f"{_text(thing)}\t{number}\t{role}\n" for thing, role in named]
            if not one.declares:
                links += [
                    f"{_text(above)}\t{_text(below)}\t{number}\n" for above, below in rules.links(one.body, named)
                ]
        for statement, rows in ((_EVENT, events), (_MENTION, mentions), (_LINK, links)):
            if rows:
                with cursor.copy(statement) as copy:
                    copy.write("".join(rows))
    return numbers


def _event_row(number: int, one: Prepared, recorded: str, party: str) -> str:
    body = one.body
    body["recordTime"] = recorded
    beyond = facts(body)
    wrong = str(rules.event_key(one.event_id)) if one.declares else _NULL
    fields = (
        str(number),
        str(one.key),
        _text(one.event_id),
        wrong,
        body["type"],
        body.get("action", ""),
        _text(rules.word(body.get("bizStep", ""))),
        _text(rules.word(body.get("disposition", ""))),
        place(body.get("readPoint")),
        place(body.get("bizLocation")),
        body["eventTime"],
        recorded,
        party,
        _json(body),
        _NULL if beyond is None else _json(beyond),
    )
    return "\t".join(fields) + "\n"


def place(where: dict[str, Any] | None) -> str:
    """The key of a read point or business location; "" where there is none."""
    return _text(key(where["id"])) if where else ""


def _json(value: Any) -> str:
    # JSON holds no raw tab or line end; only the backslashes of its own escapes need another before COPY.
    return _encode(value).decode().replace("\\", "\\\\")


def _text(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text) if _SPECIAL.search(text) else text
