"""The verbs: take in a platform's file, void a delivery, write down a published figure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import PurePath

import duckdb
from django.utils.translation import gettext as _

from tiantou.kernel.access import SIGNED_IN, allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted, Problem
from tiantou.kernel.verbs import verb
from tiantou.registry.models import Party
from tiantou.statistics import intake, lake
from tiantou.statistics.models import Observation, Part, PartKind, Receipt, Status
from tiantou.statistics.profiles import all_profiles
from tiantou.statistics.rules import Profile

#: Who may send for every platform and void deliveries.
STEWARDS = allow(Role.CITY_OFFICER, Role.ADMINISTRATOR)


@verb(SIGNED_IN)
def receive_file(*, by: Actor, at: datetime, platform: str, name: str, content: bytes, key: str = "") -> Receipt:
    """The lines of a platform's file are in the lake, each once, and a receipt says what came of every row.

    The files of the lake lie in place before the receipt is committed; if anything fails on the way, nothing is visible.
    Sending the file again, or files in another order, changes no figure.

    Raises: Absent for an unknown platform; NotPermitted for somebody else's; Invalid or TooLarge for a file that cannot
    be read at all (then nothing is kept).
    """
    profile, operator = _profile_of(by, platform)
    text = intake.text_of(content, name, profile)
    lake.lock()
    receipt = Receipt.objects.create(
        platform=profile.code,
        operator=operator,
        name=PurePath(name).name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        at=at,
        sender_name=by.name,
        sender_party_id=by.party_id,
        person_id=by.person_id,
        demonstration=profile.demonstration,
    )
    with lake.session() as duck, intake.staged(duck, text, profile, at=at) as rows:
        receipt.rows_read = rows
        _store(duck, receipt)
    receipt.save()
    return receipt


def sendable(by: Actor) -> list[Profile]:
    """The profiles of the platforms that the actor may send files for."""
    if STEWARDS.admits(by):
        return list(all_profiles().values())
    if by.party_id is None:
        return []
    own = set(Party.objects.living().filter(pk=by.party_id).values_list("code", flat=True))
    return [profile for profile in all_profiles().values() if profile.operator in own]


def _profile_of(by: Actor, platform: str) -> tuple[Profile, Party | None]:
    profile = all_profiles().get(platform)
    if profile is None:
        raise Absent(_("没有这个平台的对接方案。"))
    operator = Party.objects.living().filter(code=profile.operator).first() if profile.operator else None
    own = operator is not None and by.party_id == operator.pk
    if not own and not STEWARDS.admits(by):
        raise NotPermitted(_("只有这个平台的经营者和市级工作人员可以报送它的订单。"))
    return profile, operator


def _store(duck: duckdb.DuckDBPyConnection, receipt: Receipt) -> None:
    """Each month's new and repeated lines and the rejected rows are files; the receipt's counts are set."""
    months = [
        row[0]
        for row in duck.execute("SELECT DISTINCT date_trunc('month', made_on)::DATE FROM lines ORDER BY 1").fetchall()
    ]
    duck.execute("CREATE TEMP TABLE fresh AS SELECT *, false AS versions FROM lines LIMIT 0")
    for month in months:
        _store_month(duck, receipt, month)
    rejects = _scalar(duck, "SELECT count(*) FROM rejects")
    if rejects:
        path = lake.write(
            duck,
            "SELECT * FROM rejects ORDER BY row_no, field",
            kind=PartKind.REJECTS,
            platform=receipt.platform,
            month=None,
        )
        Part.objects.create(receipt=receipt, kind=PartKind.REJECTS, platform=receipt.platform, path=path, rows=rejects)
    _count(duck, receipt)


def _store_month(duck: duckdb.DuckDBPyConnection, receipt: Receipt, month: date) -> None:
    held = lake.pieces(Part.objects.standing().filter(kind=PartKind.LINES, platform=receipt.platform, month=month))
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE month_lines AS SELECT * FROM lines WHERE date_trunc('month', made_on) = ?",
        [month],
    )
    duck.execute(f"CREATE OR REPLACE TEMP TABLE held AS SELECT key_id, line_id FROM {lake.scan(held)}")  # noqa: S608 - own paths
    # A new line has another version if its key is held already, or came twice in this very file.
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE month_fresh AS SELECT *, key_id IN (SELECT key_id FROM held) "
        "OR count(*) OVER (PARTITION BY key_id) > 1 AS versions FROM month_lines ANTI JOIN held USING (line_id)"
    )
    duck.execute("INSERT INTO fresh SELECT * FROM month_fresh")
    columns = ", ".join(
        name if name != "receipt_id" else f"{receipt.pk}::BIGINT AS receipt_id" for name in lake.COLUMNS
    )
    _keep(duck, f"SELECT {columns} FROM month_fresh ORDER BY made_on, order_no, row_no", receipt, PartKind.LINES, month)  # noqa: S608 - a number
    _keep(duck, "SELECT line_id FROM month_lines SEMI JOIN held USING (line_id)", receipt, PartKind.REPEATS, month)


def _keep(
    duck: duckdb.DuckDBPyConnection,
    query: str,
    receipt: Receipt,
    kind: PartKind,
    month: date | None,
    *,
    contested: bool | None = None,
) -> None:
    """The rows of `query`, if any, are a part of the receipt."""
    rows = _scalar(duck, f"SELECT count(*) FROM ({query})")  # noqa: S608 - own query
    if not rows:
        return
    if contested is None:
        contested = kind is PartKind.LINES and bool(_scalar(duck, "SELECT count(*) FROM month_fresh WHERE versions"))
    path = lake.write(duck, query, kind=kind, platform=receipt.platform, month=month)
    Part.objects.create(
        receipt=receipt, kind=kind, platform=receipt.platform, month=month, path=path, rows=rows, contested=contested
    )


def _count(duck: duckdb.DuckDBPyConnection, receipt: Receipt) -> None:
    receipt.rejected_rows = _scalar(duck, "SELECT count(DISTINCT row_no) FROM rejects")
    distinct = _scalar(duck, "SELECT count(*) FROM lines")
    receipt.duplicate_rows = receipt.rows_read - receipt.rejected_rows - distinct
    found = duck.execute(
        "SELECT count(*), count(*) FILTER (versions), count(*) FILTER (cancelled), count(DISTINCT order_no), "
        "coalesce(sum(gross_fen), 0)::BIGINT, coalesce(sum(cancelled_fen), 0)::BIGINT FROM fresh"
    ).fetchone()
    assert found is not None  # noqa: S101 - an aggregate always has a row
    receipt.new_lines, receipt.other_versions, receipt.cancellations, receipt.orders = found[:4]
    receipt.gross_fen, receipt.cancelled_fen = found[4:]
    receipt.repeated_lines = distinct - receipt.new_lines
    span = duck.execute("SELECT min(made_on), max(made_on) FROM lines").fetchone()
    receipt.first_on, receipt.last_on = span or (None, None)
    receipt.status = _status(receipt, distinct)


def _status(receipt: Receipt, distinct: int) -> Status:
    if not distinct:
        return Status.REFUSED
    if receipt.rejected_rows:
        return Status.PARTLY
    return Status.ACCEPTED if receipt.new_lines else Status.REPEATED


def _scalar(duck: duckdb.DuckDBPyConnection, query: str) -> int:
    row = duck.execute(query).fetchone()
    return int(row[0]) if row else 0


@verb(STEWARDS)
def void_receipt(*, by: Actor, at: datetime, receipt: int, reason: str) -> Receipt:
    """The delivery counts no more; lines that another standing delivery also brought are kept under that one.

    The state is then the same as if the file had never been sent. Nothing is deleted.

    Raises: Absent; Invalid without a reason; Conflict if it is void already.
    """
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写明原因"), _("请写明为什么作废，报送单位会看到。"))])
    lake.lock()
    found = Receipt.objects.visible_to(by).select_for_update().filter(pk=receipt).first()
    if found is None:
        raise Absent
    if found.status == Status.VOID:
        raise Conflict(_("这份回执已经作废。"))
    found.status, found.voided_at, found.voided_by, found.void_reason = Status.VOID, at, by.name, reason.strip()[:300]
    found.save()
    with lake.session() as duck:
        for month in found.parts.filter(kind=PartKind.LINES).values_list("month", flat=True).distinct():
            _hand_over(duck, found, month)
    return found


def _hand_over(duck: duckdb.DuckDBPyConnection, receipt: Receipt, month: date | None) -> None:
    """Lines of a voided receipt that standing receipts repeated become lines of the earliest of those."""
    parts = list(receipt.parts.filter(kind=PartKind.LINES, month=month))
    repeats: dict[int, list[Part]] = defaultdict(list)
    for part in Part.objects.standing().filter(kind=PartKind.REPEATS, platform=receipt.platform, month=month):
        repeats[part.receipt_id].append(part)
    if not repeats:
        return
    duck.execute(f"CREATE OR REPLACE TEMP TABLE orphans AS SELECT * FROM {lake.scan(lake.pieces(parts))}")  # noqa: S608 - own paths
    contested = any(part.contested for part in parts)
    for heir in Receipt.objects.filter(pk__in=repeats).order_by("pk"):
        query = f"SELECT * FROM orphans SEMI JOIN {lake.scan(lake.pieces(repeats[heir.pk]))} AS r USING (line_id)"  # noqa: S608 - own paths
        duck.execute(f"CREATE OR REPLACE TEMP TABLE saved AS {query}")
        columns = ", ".join(
            name if name != "receipt_id" else f"{heir.pk}::BIGINT AS receipt_id" for name in lake.COLUMNS
        )
        _keep(duck, f"SELECT {columns} FROM saved", heir, PartKind.LINES, month, contested=contested)  # noqa: S608 - a number
        duck.execute("CREATE OR REPLACE TEMP TABLE orphans AS SELECT * FROM orphans ANTI JOIN saved USING (line_id)")


@verb(STEWARDS)
def report_figure(
    *,
    by: Actor,
    at: datetime,
    indicator: str,
    area_code: str,
    period: str,
    value: Decimal,
    source: str,
    published_on: date,
    source_url: str = "",
    note: str = "",
) -> Observation:
    """An officially published figure stands beside the computed one, with its source; a later row for the period corrects it.

    Raises: Invalid without a source.
    """
    if not source.strip():
        raise Invalid(problems=[Problem("source", _("没有写明出处"), _("请写明谁在哪里公布的。"))])
    return Observation.objects.create(
        indicator=indicator, area_code=area_code, period=period, value=value, source=source, source_url=source_url,
        published_on=published_on, note=note, at=at, person_id=by.person_id,
    )  # fmt: skip
