"""What the portal writes: scans are counted, complaints filed and answered."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from tiantou.gs1 import identifiers
from tiantou.kernel.access import PUBLIC, SYSTEM_ONLY, allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import ZONE
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.portal import suspicion
from tiantou.portal.models import CodeScan, Complaint, DaySalt, Ground, Outcome
from tiantou.portal.scanning import goods_named
from tiantou.production.models import Lot

ANSWERERS = allow(Role.INSPECTOR, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
#: Characters of a receipt number: none that is read for another.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
#: So many codes that were never given out are kept a day; who makes up more is not written down.
_MOST_UNISSUED = 2_000
#: How long counts of scans are kept, and the contact of an answered complaint.
_KEPT, _CONTACT_KEPT = timedelta(days=400), timedelta(days=180)
_salts: dict[date, bytes] = {}

_COUNT = """
WITH hit AS (
    INSERT INTO portal_codescan AS s (key, day, client, level, lot_id, times, first_at, last_at)
    SELECT %(key)s, %(day)s, %(client)s, %(level)s, %(lot)s, 1, %(at)s, %(at)s
    WHERE %(level)s <> 'unissued'
        OR (SELECT count(*) FROM portal_codescan WHERE day = %(day)s AND level = 'unissued') < %(most)s
    ON CONFLICT (key, day, client) DO UPDATE SET times = LEAST(s.times + 1, 1000000), last_at = EXCLUDED.last_at
    RETURNING (xmax = 0)::int AS fresh
)
SELECT %(day)s::date AS day, fresh AS clients, 1 AS scans, %(at)s::timestamptz AS first FROM hit
UNION ALL
SELECT day, count(*), sum(times), min(first_at) FROM portal_codescan WHERE %(ask)s AND key = %(key)s GROUP BY day
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a code was scanned, this scan included, and what is suspicious about it."""

    scans: int
    first_at: datetime
    suspicious: list[suspicion.Pattern]


def count_scan(*, at: datetime, code: str, level: str, lot: Lot | None, address: str, agent: str) -> Tally:
    """扫码一次: the scan is counted, by one statement that also says what is known of the code's scans.

    Not a verb: nobody acts, and no deed is written of it. Of a whole lot only this scan is told.
    """
    day = at.astimezone(ZONE).date()
    given: dict[str, Any] = {
        "key": identifiers.key(code)[:120], "day": day, "client": suspicion.client(address, agent, _salt(day)), "level": level,
        "lot": lot.pk if lot else None, "at": at, "most": _MOST_UNISSUED, "ask": level != suspicion.LOT,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, given)
        rows = cursor.fetchall()
    days: dict[date, suspicion.Day] = {}
    for when, clients, scans, _first in rows:
        before = days.get(when, suspicion.Day(when, 0, 0))
        days[when] = suspicion.Day(when, before.clients + int(clients), before.scans + int(scans))
    first = min((row[3] for row in rows), default=at)
    return Tally(sum(each.scans for each in days.values()), first, suspicion.found(level, days.values()))


def _salt(day: date) -> bytes:
    """The day's salt, made by whoever comes first."""
    if day not in _salts:
        DaySalt.objects.bulk_create([DaySalt(day=day, salt=secrets.token_bytes(32))], ignore_conflicts=True)
        _salts.clear()
        _salts[day] = bytes(DaySalt.objects.get(day=day).salt)
    return _salts[day]


@verb(SYSTEM_ONLY)
def sweep_scans(*, by: Actor, at: datetime) -> None:
    """Salts of days that are over, old counts, and contacts that are no longer needed are gone."""
    day = at.astimezone(ZONE).date()
    DaySalt.objects.filter(day__lt=day).delete()
    CodeScan.objects.filter(day__lt=day - _KEPT).delete()
    Complaint.objects.filter(answered_at__lt=at - _CONTACT_KEPT).exclude(contact="").update(contact="")


@verb(PUBLIC)
def file_complaint(
    *,
    by: Actor,
    at: datetime,
    ground: str,
    text: str,
    code: str = "",
    bought_at: str = "",
    contact: str = "",
    key: str = "",
) -> Complaint:
    """投诉: it is on file under a number that only the complainant knows; the lot is found by the code, where it is ours.

    Raises: Invalid.
    """
    problems = []
    if ground not in Ground.values:
        problems.append(Problem("ground", _("请选一种问题。")))
    if not text.strip():
        problems.append(Problem("text", _("还没有写是什么问题。"), _("写一两句就行。")))
    if problems:
        raise Invalid(problems=problems)
    named = goods_named(code)
    return Complaint.objects.create(
        number="TS" + "".join(secrets.choice(_LETTERS) for _place in range(8)),
        code=code.strip()[:120],
        lot=named.lot if named else None,
        ground=ground,
        text=text.strip()[:500],
        bought_at=bought_at.strip()[:120],
        contact=contact.strip()[:40],
        at=at,
    )


@verb(ANSWERERS)
def answer_complaint(*, by: Actor, at: datetime, number: str, outcome: str, answer: str, key: str = "") -> Complaint:
    """答复投诉: the complainant reads under the number what was found; an answer is given once.

    Raises: Absent; Invalid; Conflict, where it was answered already.
    """
    found: Complaint | None = (
        Complaint.objects.visible_to(by).select_for_update(of=("self",)).filter(number=number).first()
    )
    if found is None:
        raise Absent(_("没有这个编号的投诉。"))
    problems = []
    if outcome not in Outcome.values:
        problems.append(Problem("outcome", _("请选处理结果。")))
    if not answer.strip():
        problems.append(Problem("answer", _("还没有写答复。"), _("投诉的人会看到这段话。")))
    if problems:
        raise Invalid(problems=problems)
    if found.outcome:
        raise Conflict(_("这件投诉已经答复过了。"))
    found.outcome, found.answer, found.answered_at, found.answered_by = outcome, answer.strip()[:500], at, by.person_id
    found.save(update_fields=["outcome", "answer", "answered_at", "answered_by"])
    return found
