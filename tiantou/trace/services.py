"""The verbs of trace: record what happened, declare that an event was wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import Actor
from tiantou.kernel.clock import ZONE
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.trace import rules
from tiantou.trace.hashing import event_hash
from tiantou.trace.models import Event, LotLink, Mention


@verb(SIGNED_IN)
def record(*, by: Actor, at: datetime, event: rules.EventDraft) -> Event:
    """溯源事件 is on record under its hash, with what it names and what went into what; the same event twice is one.

    Raises: Invalid, where the draft is no event of the standard.
    """
    if faults := rules.faults(event):
        reason, remedy = _("这不是一个完整的溯源事件（%s）。"), _("请按 EPCIS 2.0 第 7.4 节补全。")
        raise Invalid(problems=[Problem(field, reason % fault, remedy) for field, fault in faults])
    return _store(rules.to_json(event), by, at)


@verb(SIGNED_IN)
def declare_error(*, by: Actor, at: datetime, event_id: str, reason: str, corrected_by: str = "") -> Event:
    """更正: a further event says that an earlier one was wrong (EPCIS 2.0, 7.4.1.2); the earlier one stays as it is.

    `reason` is a CBV word (`did_not_occur`, `incorrect_data`), `corrected_by` the event that holds instead. Raises: Absent, Invalid.
    """
    if reason not in rules.ERROR_REASONS:
        raise Invalid(problems=[Problem("reason", _("没有这种原因。"), "、".join(rules.ERROR_REASONS))])
    wrong = Event.objects.visible_to(by).filter(event_id=event_id).first()
    if wrong is None:
        raise Absent
    declaration: dict[str, Any] = {"declarationTime": at.isoformat(timespec="milliseconds"), "reason": reason}
    if corrected_by:
        if not Event.objects.visible_to(by).filter(event_id=corrected_by).exists():
            raise Absent(_("找不到用来更正的那个事件。"))
        declaration["correctiveEventIDs"] = [corrected_by]
    body = {**wrong.body, "errorDeclaration": declaration}
    # The standard gives the declaration the eventID of the event it speaks of; our key says that it is the declaration.
    return _store(body, by, at, event_id=f"{event_id}#error")


def _store(body: dict[str, Any], by: Actor, at: datetime, event_id: str = "") -> Event:
    event_id = event_id or event_hash(body, rules.EXTENSIONS)
    row = Event(
        event_id=event_id,
        type=body["type"],
        action=body.get("action", ""),
        biz_step=body.get("bizStep", ""),
        disposition=body.get("disposition", ""),
        read_point=body.get("readPoint", {}).get("id", ""),
        biz_location=body.get("bizLocation", {}).get("id", ""),
        event_time=datetime.fromisoformat(body["eventTime"]),
        record_time=at,
        party_id=by.party_id,
        body={
            **body,
            "eventID": event_id.removesuffix("#error"),
            "recordTime": at.astimezone(ZONE).isoformat(timespec="milliseconds"),
        },
    )
    # ON CONFLICT waits for a concurrent recorder of the same event, and then the first row stands.
    Event.objects.bulk_create([row], ignore_conflicts=True)
    stored: Event = Event.objects.get(event_id=event_id)
    if not stored.mentions.exists():
        _index(stored)
    return stored


def _index(event: Event) -> None:
    """What the event names and links, unless it only declares another one wrong."""
    if "errorDeclaration" in event.body:
        return
    Mention.objects.bulk_create(
        [
            Mention(event=event, epc=m.epc, role=m.role, quantity=m.quantity, uom=m.uom)
            for m in rules.mentions(event.body)
        ]
    )
    LotLink.objects.bulk_create(
        [LotLink(event=event, parent=parent, child=child) for parent, child in rules.links(event.body)]
    )
