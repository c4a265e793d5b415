"""The API of a market's gate: what stands behind a code, and decisions, many at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.errors import Refused
from tiantou.kernel.rest import admits, api
from tiantou.quality.models import GateEntry
from tiantou.quality.queries import gate as queries
from tiantou.quality.rules import gate as rules
from tiantou.quality.services import KEEPERS, decide_entry

router = api("gate", "quality")
PER_PAGE = 100


class CheckOut(Schema):
    """One thing that was looked at, and what it asks for."""

    name: str
    state: str
    advice: str
    source: str = ""


class ShownOut(Schema):
    """What stands behind a code at this gate."""

    code: str
    lot: str | None
    certificate: str | None
    advice: str
    checks: list[CheckOut]


class EntryOut(Schema):
    """A decision on record."""

    number: str
    code: str
    lot: str | None
    decision: str
    reason: str
    advice: str
    alarm: bool
    offline: bool
    checks: list[dict[str, Any]]
    decided_at: datetime
    recorded_at: datetime


class LineIn(Schema):
    """A decision; `key` makes the line count once however often it is sent."""

    key: str
    code: str
    decision: str
    reason: str = ""
    goods: str = ""
    vendor_name: str = ""
    vendor_phone: str = ""
    origin: str = ""
    truck: str = ""
    mass_g: int | None = None
    test: dict[str, str] | None = None
    decided_at: datetime | None = None
    offline: bool = False


class LineOut(Schema):
    """What became of one line: `recorded`, `alarm` (let in offline against the rules) or `refused` with why."""

    key: str
    state: str
    entry: EntryOut | None = None
    problem: dict[str, Any] | None = None


def entry_out(entry: GateEntry) -> EntryOut:
    """The decision as the API shows it."""
    return EntryOut(
        number=entry.number,
        code=entry.code,
        lot=entry.lot.code if entry.lot else None,
        decision=entry.decision,
        reason=entry.reason,
        advice=entry.advice,
        alarm=entry.alarm,
        offline=entry.offline,
        checks=entry.checks,
        decided_at=entry.decided_at,
        recorded_at=entry.recorded_at,
    )


@router.get("/check", response=list[ShownOut], auth=admits(KEEPERS))
def check_codes(request: HttpRequest, codes: str) -> list[ShownOut]:
    """What stands behind each code (separated by commas or spaces), as the rules have it now."""
    market = queries.gate_of(request.actor)  # type: ignore[attr-defined]
    wanted = rules.split_codes(codes)[: rules.MOST_CODES]
    return [
        ShownOut(
            code=each.code,
            lot=each.lot.code if each.lot else None,
            certificate=each.commitment.number if each.commitment else None,
            advice=each.advice,
            checks=[
                CheckOut(name=check.name, state=check.state, advice=check.advice, source=check.source)
                for check in each.checks
            ],
        )
        for each in queries.present(wanted, market, clock.now())
    ]


@router.get("/entries", response=list[EntryOut], auth=admits(SIGNED_IN))
def list_entries(request: HttpRequest, page: int = 1) -> list[EntryOut]:
    """The decisions that the caller may see, newest first, a hundred a page."""
    start = (min(max(page, 1), 10_000) - 1) * PER_PAGE
    rows = queries.entries_of(request.actor)  # type: ignore[attr-defined]
    return [entry_out(row) for row in rows[start : start + PER_PAGE]]


@router.post("/entries", response=list[LineOut], auth=admits(KEEPERS))
def post_entries(request: HttpRequest, body: list[LineIn]) -> list[LineOut]:
    """Decisions of a lorry: each line is written or refused by itself, and each at most once."""
    return [_line(request, line) for line in body[: rules.MOST_CODES]]


def _line(request: HttpRequest, line: LineIn) -> LineOut:
    try:
        made = decide_entry(
            by=request.actor,  # type: ignore[attr-defined]
            at=clock.now(),
            code=line.code,
            decision=line.decision,
            reason=line.reason,
            brought=rules.Brought(
                goods=line.goods,
                vendor_name=line.vendor_name,
                vendor_phone=line.vendor_phone,
                origin=line.origin,
                truck=line.truck,
                mass_g=line.mass_g,
            ),
            test=line.test,
            decided_at=line.decided_at,
            offline=line.offline,
            key=line.key[:64],
        )
    except Refused as refused:
        return LineOut(key=line.key, state="refused", problem=refused.as_problem_json(request.path))
    return LineOut(key=line.key, state="alarm" if made.alarm else "recorded", entry=entry_out(made))
