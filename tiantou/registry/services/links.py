"""What ties records over time: further kinds of a record, and links between parties."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.forms import clean
from tiantou.kernel.verbs import verb
from tiantou.registry.drafts import may_amend
from tiantou.registry.models import Designation, Link, LinkKind, Party, Record, Status
from tiantou.registry.rules import overlaps
from tiantou.registry.services.records import OFFICERS, kind_or_absent, locked, refuse, save_change

_ENDING = {LinkKind.SUCCESSOR: "object", LinkKind.MERGED_INTO: "subject"}


class OverlapRefused(Conflict):
    """The record is of this kind already for a part of the time."""

    code = "overlap"


@verb(OFFICERS)
def designate(
    *,
    by: Actor,
    at: datetime,
    record: Record,
    kind: str,
    starts: date,
    ends: date | None = None,
    values: Mapping[str, Any] | None = None,
    key: str = "",
) -> Designation:
    """The record is (was, will be) of a further kind from `starts` until the day before `ends`; its own kind stays.

    `values` are the further kind's own fields, as typed. Raises: Absent, Invalid, OverlapRefused.
    """
    stored = locked(record, by)
    if not may_amend(by, stored):
        raise Absent
    register = stored._meta.model_name or ""
    definition = kind_or_absent(register, kind)
    if ends is not None and ends <= starts:
        raise Invalid(problems=[Problem("ends", _("截止日期不晚于起始日期。"), _("请核对两个日期。"))])
    given, faults = clean(definition.fields, values or {}, partial=True)
    refuse(faults)
    for other in Designation.objects.filter(register=register, record_id=stored.pk, kind=kind):
        if overlaps(starts, ends, other.starts, other.ends):
            raise OverlapRefused(
                _("这段时间它已经是“{kind}”。").format(kind=definition.title), _("请先结束原来的认定，或改日期。")
            )
    stored.data |= {name: value for name, value in given.items() if value is not None}
    save_change(stored, by, at, {f"kind:{kind}": [None, [starts.isoformat(), ends.isoformat() if ends else None]]})
    made: Designation = Designation.objects.create(
        register=register, record_id=stored.pk, kind=kind, starts=starts, ends=ends
    )
    return made


@verb(allow(Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.FARMER, Role.MARKET_KEEPER, Role.STATION_KEEPER))
def link_parties(
    *, by: Actor, at: datetime, kind: str, subject: Party, object: Party, starts: date | None = None,  # noqa: A002 - grammar
    ends: date | None = None, key: str = "",
) -> Link:  # fmt: skip
    """The subject is a member or franchisee of the object, its successor, or merged into it, from `starts` until before `ends`.

    A succession closes the predecessor and a merger the party that was merged, from `starts`; their records stay.
    Whoever is no officer records members and franchisees of the own party only.

    Raises: Absent, Invalid, Conflict.
    """
    if kind not in LinkKind.values:
        raise Invalid(
            problems=[Problem("kind", _("没有这种关系。"), _("可选：{all}").format(all="、".join(LinkKind.labels)))]
        )
    pair = sorted([subject, object], key=lambda party: party.pk)
    found = {party.pk: locked(party, by) for party in pair}
    officer = by.role in {Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.SYSTEM}
    if not officer and (kind in _ENDING or by.party_id != object.pk):
        raise Absent
    if officer and not any(may_amend(by, party) for party in found.values()):
        raise Absent
    starts = starts or local_date(at)
    if subject.pk == object.pk or (ends is not None and ends <= starts):
        raise Invalid(problems=[Problem("object", _("自己不能与自己建立关系，截止日期要晚于起始日期。"))])
    present = Link.objects.filter(kind=kind, subject=subject, object=object)
    if present.filter(Q(ends=None) | Q(ends__gt=starts)).exists():
        raise Conflict(_("这个关系已经登记。"), _("请先结束原来的一条。"))
    if kind in _ENDING:
        _end(found[subject.pk if _ENDING[LinkKind(kind)] == "subject" else object.pk], by, at, starts, kind)
    made: Link = Link.objects.create(kind=kind, subject=subject, object=object, starts=starts, ends=ends)
    return made


def _end(party: Record, by: Actor, at: datetime, on: date, kind: str) -> None:
    """The predecessor's record is closed by the succession."""
    if party.status == Status.CLOSED:
        return
    before, party.status, party.ends = party.status, Status.CLOSED, on
    save_change(party, by, at, {"status": [before, Status.CLOSED.value], "reason": [None, kind]})
