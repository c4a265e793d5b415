"""Holders answer: what they stopped, sent back, destroyed (with proof) and had sold, lot by lot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import SYSTEM, Actor
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.units import show_kg
from tiantou.kernel.verbs import verb
from tiantou.production.queries import seen
from tiantou.quality.models import RecallAnswer, RecallLine, RecallNotice, RecallState
from tiantou.quality.rules.recalls import Answer, faults
from tiantou.registry.models import Site
from tiantou.stock import services as stock
from tiantou.stock.queries import lying

#: Every open line of a notice is answered with what it asks for, and the answers are on record; one statement.
_ALL_STOPPED = """
WITH answered AS (
    UPDATE quality_recallline SET answered_at = %(at)s, stopped_g = stock_g + road_g + bought_g, sold_g = private_g
    WHERE notice_id = %(notice)s AND answered_at IS NULL
    RETURNING id, stopped_g, returned_g, destroyed_g, sold_g, proof, note
)
INSERT INTO quality_recallanswer (line_id, at, person_id, name, stopped_g, returned_g, destroyed_g, sold_g, proof, note)
SELECT id, %(at)s, %(person)s, %(name)s, stopped_g, returned_g, destroyed_g, sold_g, proof, note FROM answered
"""


@verb(SIGNED_IN)
def answer_recall(
    *, by: Actor, at: datetime, notice: RecallNotice, answers: Sequence[Answer], key: str = ""
) -> RecallNotice:
    """反馈: the holder says what became of these lots; all of the answers are taken or none. A later answer replaces an earlier one.

    What was destroyed leaves the stock of the holder's own places.

    Raises: Absent; Conflict where the recall is closed; Invalid with every fault, by `row` (the place in `answers`, from 1).
    """
    notice = _own(by, notice)
    lines = {
        line.lot.code: line
        for line in notice.lines.filter(lot__code__in=[answer.lot for answer in answers])
        .select_related("lot")
        .select_for_update(of=("self",))
    }
    problems: list[Problem] = []
    for number, answer in enumerate(answers, 1):
        line = lines.get(answer.lot)
        if line is None:
            problems.append(
                Problem("lot", _("通知里没有批次 %(lot)s。") % {"lot": answer.lot}, _("照通知上的批次号填写。"), number)
            )
            continue
        problems += [
            _words(line, field, fault, number) for field, fault in faults(answer, line.expected_g, line.lot.mass_g)
        ]
        if answer.destroyed_g < line.destroyed_g:
            problems.append(
                Problem(
                    "destroyed_g",
                    _("销毁数量不能改小。"),
                    _("已经销毁 %(kg)s 公斤。") % {"kg": show_kg(line.destroyed_g)},
                    number,
                )
            )
    if len({answer.lot for answer in answers}) != len(answers):
        problems.append(Problem("lot", _("有批次写了两次。"), _("每个批次只写一行。")))
    if problems or not answers:
        raise Invalid(problems=problems or [Problem("answers", _("一项也没有填。"), _("至少反馈一个批次。"))])
    for answer in answers:
        _keep(lines[answer.lot], answer, by, at)
    if not notice.lines.filter(answered_at=None).exists():
        RecallNotice.objects.filter(pk=notice.pk).update(answered_at=at)
    notice.refresh_from_db()
    return notice


@verb(SIGNED_IN)
def answer_all_stopped(*, by: Actor, at: datetime, notice: RecallNotice, key: str = "") -> RecallNotice:
    """一键反馈: everything that the notice still asks for is there, stopped and untouched. Raises: Absent; Conflict.

    What was sold on to private buyers cannot be there: it counts as sold.
    """
    notice = _own(by, notice)
    with connection.cursor() as cursor:
        cursor.execute(_ALL_STOPPED, {"notice": notice.pk, "at": at, "person": by.person_id, "name": by.name})
        if not cursor.rowcount:
            raise Conflict(_("都反馈过了。"), _("要改某个批次，单独填写。"))
    RecallNotice.objects.filter(pk=notice.pk).update(answered_at=at)
    notice.refresh_from_db()
    return notice


def _own(by: Actor, notice: RecallNotice) -> RecallNotice:
    rows = RecallNotice.objects.select_related("recall").select_for_update(of=("self",))
    found: RecallNotice = seen(rows, by, notice.pk)
    if by.party_id is None or found.party_id != by.party_id:
        raise Absent(_("找不到这份召回通知。"))
    if found.recall.state != RecallState.ONGOING:
        raise Conflict(_("这次召回已经结束。"), _("有新情况请直接联系召回单位。"))
    return found


def _words(line: RecallLine, field: str, fault: str, row: int) -> Problem:
    expected = {"lot": line.lot.code, "kg": show_kg(line.expected_g)}
    words = {
        "negative": (_("数量不能小于 0。"), _("没有就填 0。")),
        "too much": (_("合计超过了批次 %(lot)s 的总重量。") % expected, _("核对后填写。")),
        "missing": (_("销毁要写明凭证。"), _("写销毁记录的编号、见证人和时间。")),
        "unexplained": (_("批次 %(lot)s 应有 %(kg)s 公斤，合计对不上。") % expected, _("补齐，或在说明里写明原因。")),
    }
    return Problem(field, *words[fault], row)


def _keep(line: RecallLine, answer: Answer, by: Actor, at: datetime) -> None:
    more = answer.destroyed_g - line.destroyed_g
    if more > 0 and not line.notice.recall.drill:
        _destroy(line, more, at)
    facts = {
        "stopped_g": answer.stopped_g,
        "returned_g": answer.returned_g,
        "destroyed_g": answer.destroyed_g,
        "sold_g": answer.sold_g,
        "proof": answer.proof.strip()[:200],
        "note": answer.note.strip()[:200],
    }
    RecallAnswer.objects.create(line=line, at=at, person_id=by.person_id, name=by.name, **facts)
    RecallLine.objects.filter(pk=line.pk).update(answered_at=at, **facts)


def _destroy(line: RecallLine, mass_g: int, at: datetime) -> None:
    """What was destroyed is booked out where the holder keeps it; what was promised to orders has to be cancelled first."""
    places = set(Site.objects.filter(holder_id=line.notice.party_id).values_list("code", flat=True))
    own_lot = line.lot.holder_id == line.notice.party_id
    kept = Site.objects.filter(holder_id__isnull=False)
    for level in lying([line.lot.epc]).filter(unit="g"):
        here = level.place in places or (own_lot and not kept.filter(code=level.place).exists())
        part = min(mass_g, level.free) if here else 0
        if part > 0:
            stock.destroy(
                by=SYSTEM,
                at=at,
                lot=line.lot.epc,
                place=level.place,
                unit="g",
                quantity=part,
                because=f"recall:{line.notice.recall_id}",
            )
            mass_g -= part
