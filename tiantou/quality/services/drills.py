"""Drills (模拟召回演练): the machinery of a recall on goods that are fine, regularly, with a report of what was found wanting."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Invalid, NotPermitted, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Subject
from tiantou.quality.models import DrillPlan, Recall
from tiantou.quality.queries import recalls as queries
from tiantou.quality.rules import recalls as rules
from tiantou.quality.services.recalls import open_recall
from tiantou.quality.services.scopes import Mark

DRILLERS = allow(Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER)
LONGEST_MONTHS = 24


@verb(DRILLERS)
def plan_drills(*, by: Actor, at: datetime, months: int, next_on: date | None = None) -> DrillPlan:
    """演练计划: the actor's party drills every `months` months, next on a day (else so many months from now).

    Raises: Invalid; NotPermitted for who acts for no party.
    """
    if by.party_id is None:
        raise NotPermitted(_("演练由合作社或企业来做。"))
    problems = []
    if not 1 <= months <= LONGEST_MONTHS:
        problems.append(Problem("months", _("间隔应为 1 到 24 个月。"), _("一般每半年一次。")))
    elif next_on is not None and next_on < local_date(at):
        problems.append(Problem("next_on", _("日期已经过去。"), _("填写今天或以后的日期。")))
    if problems:
        raise Invalid(problems=problems)
    first = next_on or rules.next_drill(local_date(at), months)
    plan, _made = DrillPlan.objects.update_or_create(
        party_id=by.party_id, defaults={"months": months, "next_on": first}
    )
    return plan


@verb(DRILLERS)
def run_drill(*, by: Actor, at: datetime, lot_code: str = "", key: str = "") -> Recall:
    """模拟召回: one lot (the one named, else the newest that has travelled furthest) is traced as if it had to come back.

    Nothing is frozen and nobody else is told; the plan, if there is one, moves on. Raises: Absent where there is nothing to drill with.
    """
    code = lot_code.strip() or queries.lot_to_drill(by)
    made = open_recall(
        by=by,
        at=at,
        mark=Mark(Subject.LOT, code),
        level="2",
        reason=_("模拟召回演练"),
        drill=True,
    )
    plan = DrillPlan.objects.filter(party_id=by.party_id or 0).first()
    if plan is not None:
        plan.next_on = rules.next_drill(local_date(at), plan.months)
        plan.save(update_fields=["next_on"])
    return made
