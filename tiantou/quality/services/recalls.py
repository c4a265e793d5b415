"""A recall is opened (goods are frozen), begins (holders are told), takes in what turns up late, and is closed with a report."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from time import perf_counter

from django.db import connection
from django.utils.translation import gettext as _

from tiantou.kernel.access import SYSTEM_ONLY, allow
from tiantou.kernel.actor import OFFICIALS, SYSTEM, Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production import services as production
from tiantou.production.models import Lot
from tiantou.production.queries import descendant_epcs, seen
from tiantou.quality.models import Recall, RecallLevel, RecallLine, RecallState
from tiantou.quality.models.recalls import Origin
from tiantou.quality.rules import recalls as rules
from tiantou.quality.services import locating, telling
from tiantou.quality.services.scopes import Mark, Scope, scope_of
from tiantou.registry.models import Party

#: Officials order a recall; whoever grew or sells the goods begins one of its own accord.
ORDERERS = allow(Role.INSPECTOR, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
OPENERS = allow(
    Role.INSPECTOR, Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER
)
_LONGEST = {"reason": 200, "legal_basis": 300, "public_text": 2000, "ordered_by": 120}

#: What the recall's hold covers belongs to the recall.
_TAKE_IN_HELD = """
INSERT INTO quality_recalllot (recall_id, lot_id, root, late, added_at)
SELECT %(recall)s, held.lot_id, held.lot_id = held.root_id, %(late)s, %(at)s
FROM production_heldlot held WHERE held.hold_id = %(hold)s
ON CONFLICT (recall_id, lot_id) DO NOTHING
"""
_TAKE_IN = """
INSERT INTO quality_recalllot (recall_id, lot_id, root, late, added_at)
SELECT %(recall)s, lot.id, lot.id = ANY(%(roots)s), %(late)s, %(at)s FROM production_lot lot
WHERE lot.epc = ANY(%(epcs)s) OR lot.id = ANY(%(roots)s)
ON CONFLICT (recall_id, lot_id) DO NOTHING
"""


@verb(OPENERS)
def open_recall(
    *,
    by: Actor,
    at: datetime,
    mark: Mark,
    level: str,
    reason: str,
    legal_basis: str = "",
    public_text: str = "",
    ordered_by: str = "",
    drill: bool = False,
    key: str = "",
) -> Recall:
    """召回立案: what `mark` points at and all that was made of it is known, and, unless it is a drill, frozen wherever it lies.

    Nobody is told before `start_recall`. An official orders it; a party begins one of its own accord for goods that it grew or holds.

    Raises: Absent; Invalid with every fault; Conflict where a party marks other people's goods.
    """
    _check(level, reason=reason, legal_basis=legal_basis, public_text=public_text, ordered_by=ordered_by)
    scope = scope_of(by, mark)
    official = by.role in OFFICIALS or by.role is Role.SYSTEM
    if not official:
        _require_own(by, scope)
    recall = _written(by, at, scope, official=official, drill=drill)
    recall.level, recall.reason, recall.legal_basis = level, reason.strip(), legal_basis.strip()
    recall.public_text, recall.ordered_by = public_text.strip(), ordered_by.strip() or _who(by)
    recall.save()
    began = perf_counter()
    if not drill:
        recall.hold = production.hold_lots(
            by=SYSTEM,
            at=at,
            hold=scope.hold,
            lots=scope.lots,
            reason=_("召回 %(number)s：%(reason)s") % {"number": recall.number, "reason": recall.reason},
            because=because(recall),
            ordered_by=recall.ordered_by,
        )
    _take_in(recall, scope.lots, at, late=False)
    recall.computed_ms = round((perf_counter() - began) * 1000)
    recall.outside = locating.outside(scope.lots)
    recall.save(update_fields=["hold", "computed_ms", "outside"])
    locating.locate(recall, at)
    if drill:
        _begin(recall, at)
    return recall


def because(recall: Recall) -> str:
    """The name under which the recall's hold stands."""
    return f"recall:{recall.pk}"


def _check(level: str, **texts: str) -> None:
    problems = []
    if level not in RecallLevel.values:
        problems.append(Problem("level", _("没有这个级别。"), _("选一级、二级或三级。")))
    if not texts["reason"].strip():
        problems.append(Problem("reason", _("没有写召回原因。"), _("写明发现了什么、有什么风险。")))
    problems += [
        Problem(name, _("写得太长。"), _("不超过 %(most)d 个字。") % {"most": _LONGEST[name]})
        for name, text in texts.items()
        if len(text.strip()) > _LONGEST[name]
    ]
    if problems:
        raise Invalid(problems=problems)


def _require_own(by: Actor, scope: Scope) -> None:
    if by.party_id is None or any(by.party_id not in {lot.producer_id, lot.holder_id} for lot in scope.lots):
        raise Conflict(_("只能召回自己生产或经营的批次。"), _("别人的货有问题，请报告当地农业农村部门。"))


def _written(by: Actor, at: datetime, scope: Scope, *, official: bool, drill: bool) -> Recall:
    first = scope.lots[0]
    owners = {lot.producer_id for lot in scope.lots}
    area = first.plot.base.area if first.plot is not None else first.place.area
    on = local_date(at)
    prefix = "YL" if drill else "ZH"
    return Recall(
        number=f"{prefix}{on:%Y%m%d}-{production.next_number(f'recall:{prefix}{on:%Y%m%d}'):03d}",
        drill=drill,
        origin=Origin.ORDERED if official else Origin.VOLUNTARY,
        kind=scope.hold.kind,
        subject=scope.hold.subject,
        product_name="、".join(sorted({lot.product.name for lot in scope.lots}))[:120],
        party_id=(owners.pop() if len(owners) == 1 else None) if official else by.party_id,
        opener_id=by.party_id,
        area_code=area.code if area is not None else by.area_code,
        person_id=by.person_id,
        opened_at=at,
    )


def _who(by: Actor) -> str:
    party = Party.objects.filter(pk=by.party_id).first() if by.party_id else None
    return party.name if party is not None else by.name


def _take_in(recall: Recall, roots: Iterable[Lot], at: datetime, *, late: bool) -> None:
    """The roots and all that was made of them belong to the recall; of a drill, which holds nothing, by a walk of its own."""
    facts = {"recall": recall.pk, "hold": recall.hold_id, "at": at, "late": late}
    with connection.cursor() as cursor:
        if recall.hold_id is not None:
            cursor.execute(_TAKE_IN_HELD, facts)
            return
        for root in roots:
            cursor.execute(_TAKE_IN, {**facts, "roots": [root.pk], "epcs": descendant_epcs(root)})


@verb(OPENERS)
def start_recall(*, by: Actor, at: datetime, recall: Recall, public_text: str = "") -> Recall:
    """发布召回: holders are told and have until `answer_by`; the public reads the notice.

    Raises: Absent; Invalid without a public text; Conflict where it began already.
    """
    recall = _own(by, recall)
    recall.public_text = public_text.strip() or recall.public_text
    if not recall.public_text:
        raise Invalid(problems=[Problem("public_text", _("没有写公告。"), _("写明什么货、买了怎么办、找谁。"))])
    if recall.state != RecallState.OPENED:
        raise Conflict(_("召回 %(number)s 已经发布。") % {"number": recall.number}, _("不用再办。"))
    _extend(recall, at)
    return _begin(recall, at)


def _begin(recall: Recall, at: datetime) -> Recall:
    recall.state, recall.started_at = RecallState.ONGOING, at
    recall.answer_by = at + timedelta(hours=rules.BEGIN_HOURS[recall.level])
    recall.finish_on = rules.finish_on(local_date(at), recall.level)
    recall.save(update_fields=["state", "started_at", "answer_by", "finish_on", "public_text"])
    telling.tell(recall, at)
    return recall


def _own(by: Actor, recall: Recall) -> Recall:
    """The recall, row locked, if it is the actor's to conduct. Raises: Absent."""
    found: Recall = seen(Recall.objects.select_for_update(of=("self",)), by, recall.pk)
    official = by.role in OFFICIALS or by.role is Role.SYSTEM
    if not official and (by.party_id is None or found.opener_id != by.party_id):
        raise Absent(_("找不到这次召回。"))
    return found


@verb(SYSTEM_ONLY)
def extend_recall(*, by: Actor, at: datetime, recall: Recall) -> Recall:
    """What was made of the lots, or harvested from the plot, meanwhile belongs to the recall; its holders are told.

    Lines that nobody answered yet say where the goods are now.
    """
    recall = Recall.objects.select_for_update(of=("self",)).get(pk=recall.pk)
    if recall.state != RecallState.CLOSED:
        _extend(recall, at)
    return recall


@verb(SYSTEM_ONLY)
def extend_recalls(*, by: Actor, at: datetime) -> None:
    """Every living recall has taken in what turned up late."""
    for recall in Recall.objects.living().filter(drill=False).order_by("pk"):
        extend_recall(by=by, at=at, recall=recall)


def _extend(recall: Recall, at: datetime) -> None:
    if recall.hold is not None:
        production.extend_hold(by=SYSTEM, at=at, hold=recall.hold)
    _take_in(recall, [row.lot for row in recall.lots.filter(root=True).select_related("lot")], at, late=True)
    locating.locate(recall, at)
    if recall.state == RecallState.ONGOING:
        telling.tell(recall, at)


@verb(OPENERS)
def close_recall(
    *, by: Actor, at: datetime, recall: Recall, summary: str, gaps: str = "", release: bool = False
) -> Recall:
    """召回结束: with a summary; what is still open is explained in `gaps`. The goods stay frozen unless `release` sets them free.

    A recall that was ordered is closed by officials. Raises: Absent; Invalid; Conflict.
    """
    recall = _own(by, recall)
    official = by.role in OFFICIALS or by.role is Role.SYSTEM
    if recall.origin == Origin.ORDERED and not official:
        raise Absent(_("责令召回由监管部门结束。"))
    if recall.state != RecallState.ONGOING:
        raise Conflict(_("这次召回现在不能结束。"), _("先发布，或已经结束。"))
    _extend(recall, at)
    problems = []
    if not summary.strip():
        problems.append(Problem("summary", _("没有写总结。"), _("写明召回了多少、怎么处理的。")))
    open_lines = RecallLine.objects.filter(notice__recall=recall, answered_at=None).count()
    if open_lines and not recall.drill and not gaps.strip():
        problems.append(
            Problem("gaps", _("还有 %(n)d 项没有反馈。") % {"n": open_lines}, _("催办，或写明为什么收不到反馈。"))
        )
    if problems:
        raise Invalid(problems=problems)
    recall.state, recall.closed_at, recall.summary, recall.gaps = RecallState.CLOSED, at, summary.strip(), gaps.strip()
    recall.save(update_fields=["state", "closed_at", "summary", "gaps"])
    if release and official:
        _release(recall, by, at)
    return recall


@verb(ORDERERS)
def release_recall(*, by: Actor, at: datetime, recall: Recall, reason: str) -> Recall:
    """The goods of a closed recall that are still frozen are free (a re-test was passed, or they were dealt with).

    Raises: Absent; Invalid; Conflict while it is not closed.
    """
    recall = _own(by, recall)
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写解除原因。"), _("写明复检结果或处理结果。"))])
    if recall.state != RecallState.CLOSED:
        raise Conflict(_("召回还没有结束。"), _("先结束召回。"))
    _release(recall, by, at, reason)
    return recall


def _release(recall: Recall, by: Actor, at: datetime, reason: str = "") -> None:
    production.lift_because(
        by=SYSTEM, at=at, because=because(recall), reason=reason.strip() or recall.summary[:200], lifted_by=_who(by)
    )
