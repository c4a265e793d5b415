"""The verbs of trace: record what happened here, capture what others tell, declare that an event was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent, Invalid, Problem, Refused
from tiantou.kernel.events import publish
from tiantou.kernel.verbs import verb
from tiantou.trace import queries, rules, writing
from tiantou.trace.events import EventsRecorded
from tiantou.trace.hashing import event_hash
from tiantou.trace.models import Event


@verb(SIGNED_IN)
def record(*, by: Actor, at: datetime, event: rules.EventDraft) -> Event:
    """溯源事件 is on record under its hash, with what it names and what went into what; the same event twice is one.

    Raises: Invalid, where the draft is no event of the standard.
    """
    if faults := rules.faults(event):
        reason, remedy = _("这不是一个完整的溯源事件（%s）。"), _("请按 EPCIS 2.0 第 7.4 节补全。")
        raise Invalid(problems=[Problem(field, reason % fault, remedy) for field, fault in faults])
    return _one({**rules.to_json(event), "@context": [dict(rules.EXTENSIONS)]}, by, at)


@verb(SIGNED_IN)
def declare_error(*, by: Actor, at: datetime, event_id: str, reason: str, corrected_by: str = "") -> Event:
    """更正: a further event says that an earlier one was wrong (EPCIS 2.0, 7.4.1.2); the earlier one stays as it is.

    `reason` is a CBV word (`did_not_occur`, `incorrect_data`), `corrected_by` the event that holds instead. Raises: Absent, Invalid.
    """
    if reason not in rules.ERROR_REASONS:
        raise Invalid(problems=[Problem("reason", _("没有这种原因。"), "、".join(rules.ERROR_REASONS))])
    wrong = Event.objects.visible_to(by).filter(key=rules.event_key(event_id)).first()
    if wrong is None:
        raise Absent
    declaration: dict[str, Any] = {"declarationTime": at.isoformat(timespec="milliseconds"), "reason": reason}
    if corrected_by:
        if not Event.objects.visible_to(by).filter(key=rules.event_key(corrected_by)).exists():
            raise Absent(_("找不到用来更正的那个事件。"))
        declaration["correctiveEventIDs"] = [corrected_by]
    return _one({**wrong.body, "errorDeclaration": declaration}, by, at)


def _one(body: dict[str, Any], by: Actor, at: datetime) -> Event:
    prepared = writing.prepare(body)
    _write([prepared], by, at)
    stored: Event = Event.objects.get(key=prepared.key)
    return stored


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of the events of a document: recorded anew, known already, refused as (number in the document, reason)."""

    accepted: list[str]
    repeated: list[str]
    refused: list[tuple[int, str]]


class EventsRefused(Refused):
    """Not one event of the document was recorded, because of those that could not be."""

    status = 400
    code = "events-refused"

    def __init__(self, refused: list[tuple[int, str]]) -> None:
        self.refused = refused
        super().__init__(_("有 %(count)s 个事件不能记录，全部没有记录。") % {"count": len(refused)})


@verb(SIGNED_IN)
def capture(*, by: Actor, at: datetime, events: Sequence[dict[str, Any]], proceed: bool = False) -> Captured:
    """采集: valid EPCIS 2.0 events of others are on record, each once, however often and in whatever order they come.

    An event without eventID is named by its hash. The same identifier with other content is refused; then nothing is recorded, unless
    `proceed` asks for the rest to be. Each event may carry its prefixes under `@context`. The dicts are completed in place.

    Raises: EventsRefused.
    """
    return _write([writing.prepare(event) for event in events], by, at, proceed=proceed)


_TRIES = 5


def _write(prepared: Sequence[writing.Prepared], by: Actor, at: datetime, *, proceed: bool = False) -> Captured:
    for attempt in range(_TRIES):
        fresh, repeated, refused = _sort_out(prepared)
        if refused and not proceed:
            raise EventsRefused(refused)
        try:
            with transaction.atomic():
                writing.write(fresh, at=at, party_id=by.party_id) if fresh else None
                publish(EventsRecorded(len(fresh))) if fresh else None
        except IntegrityError:
            # Somebody recorded one of them in the meantime; now it is known.
            if attempt == _TRIES - 1:
                raise
            continue
        return Captured([one.event_id for one in fresh], repeated, refused)
    raise AssertionError


def _sort_out(
    prepared: Sequence[writing.Prepared],
) -> tuple[list[writing.Prepared], list[str], list[tuple[int, str]]]:
    """What is new, what is known already, and what bears the identifier of another event."""
    known = queries.bodies([one.key for one in prepared])
    fresh: dict[UUID, writing.Prepared] = {}
    repeated: list[str] = []
    refused: list[tuple[int, str]] = []
    for number, one in enumerate(prepared):
        first = fresh[one.key].body if one.key in fresh else known.get(one.key)
        if first is None:
            fresh[one.key] = one
        elif one.event_id.startswith("ni:///sha-256;") or _same(first, one.body):
            repeated.append(one.event_id)
        else:
            refused.append((number, _("编号 %s 已经是另一个事件的。") % one.event_id))
    return list(fresh.values()), repeated, refused


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = [event_hash(event, writing.namespaces(event)) for event in (one, other)]
    return names[0] == names[1] and one.get("errorDeclaration") == other.get("errorDeclaration")
