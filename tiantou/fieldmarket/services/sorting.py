"""Sorting: an intake is split into grades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from tiantou.fieldmarket import rules
from tiantou.fieldmarket.models import Grading, Intake
from tiantou.fieldmarket.queries import own_market
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Conflict, Invalid, Problem
from tiantou.kernel.units import show_kg
from tiantou.kernel.verbs import verb
from tiantou.production.models import Kind, Lot
from tiantou.production.queries import seen
from tiantou.production.services import Output, derive_lots


def grade(
    *, by: Actor, at: datetime, intake: Intake, grades: Mapping[str, int], loss_g: int | None = None, key: str = ""
) -> list[Lot]:
    """The graded lots of `run_grading`, in the order of `grades`."""
    grading = run_grading(by=by, at=at, intake=intake, grades=grades, loss_g=loss_g, key=key)
    return list(grading.lots.order_by("pk"))


@verb(KEEPERS)
def run_grading(
    *, by: Actor, at: datetime, intake: Intake, grades: Mapping[str, int], loss_g: int | None = None, key: str = ""
) -> Grading:
    """定级: each grade of the intake is a lot of its own; what is in no grade is loss.

    `grades` gives grams by grade. Where `loss_g` is given, it must make up the whole of the intake to the gram.

    Raises: Absent for another market's intake; Conflict where it was graded already; LotOnHold; Invalid.
    """
    intake = seen(Intake.objects.select_related("lot", "market").select_for_update(of=("self",)), by, intake.pk)
    market = own_market(by, intake.market)
    if Grading.objects.filter(intake=intake).exists():
        raise Conflict(_("入场 %(number)s 已经定级。") % {"number": intake.number}, _("到批次列表里看结果。"))
    loss = _checked(intake, grades, loss_g)
    lots = derive_lots(
        by=by,
        at=at,
        parents={intake.lot: intake.mass_g},
        outputs=[Output(mass_g, Kind.GRADED, name.strip()) for name, mass_g in grades.items()],
        place=market,
        step="inspecting",
    )
    grading = Grading.objects.create(market=market, intake=intake, loss_g=loss, at=at, person_id=by.person_id)
    grading.lots.set(lots)
    return grading


def _checked(intake: Intake, grades: Mapping[str, int], loss_g: int | None) -> int:
    """The loss in grams. Raises: Invalid."""
    if any(not 0 < len(name.strip()) <= 20 for name in grades):  # noqa: PLR2004 - the column
        raise Invalid(problems=[Problem("grades", _("等级名称为空或太长。"), _("写 1 到 20 个字。"))])
    try:
        return rules.grading_loss(intake.mass_g, grades, loss_g)
    except ValueError as fault:
        total = sum(grades.values()) + (loss_g or 0)
        facts = {"taken": show_kg(intake.mass_g), "total": show_kg(total)}
        reason = {
            "nothing": _("一个等级也没有填。"),
            "negative": _("每个等级都要大于 0 公斤，没有的等级留空。"),
        }.get(str(fault), _("入场 %(taken)s 公斤，各等级加损耗共 %(total)s 公斤，对不上。") % facts)
        raise Invalid(problems=[Problem("grades", reason, _("重新称一遍，合计要等于入场重量。"))]) from None
