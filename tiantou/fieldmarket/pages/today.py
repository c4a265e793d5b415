"""The keeper's day: what waits, and where to start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.fieldmarket import queries
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel import clock
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Absent
from tiantou.kernel.units import show_kg
from tiantou.kernel.web import Request, page
from tiantou.kernel.workbench import Task, tasks_for, tasks_of
from tiantou.ui.navigation import Place, register_place

_KEEPER = frozenset({Role.MARKET_KEEPER})
register_place(Place(gettext_lazy("今天"), "market", "fieldmarket:today", "workbench", _KEEPER, order=5))
register_place(Place(gettext_lazy("收货"), "scan", "fieldmarket:take_in", "workbench", _KEEPER, order=10))
register_place(Place(gettext_lazy("冷库"), "cold", "fieldmarket:cold", "workbench", _KEEPER, order=30))
register_place(Place(gettext_lazy("台账"), "chart", "fieldmarket:ledger", "workbench", _KEEPER, order=40))


@tasks_for(Role.MARKET_KEEPER)
def keeper_tasks(actor: Actor, at: datetime) -> Iterator[Task]:
    """What waits at the keeper's market."""
    try:
        market = queries.market_of(actor)
    except Absent:
        return
    taken = show_kg(queries.mass_taken_in_g(market, clock.local_date(at)))
    yield Task(
        _("收货"), _("今天已收 %(kg)s 公斤") % {"kg": taken}, reverse("fieldmarket:take_in"), icon="weigh", order=10
    )
    yield Task(
        _("定级"), _("等着分等级"), reverse("fieldmarket:to_grade"), queries.to_grade(market).count(), "grade", 20
    )
    yield Task(_("包装"), _("等着装件贴签"), reverse("fieldmarket:to_pack"), len(queries.to_pack(market)), "pack", 30)
    yield Task(_("冷库"), _("记温度、放货"), reverse("fieldmarket:cold"), icon="cold", order=40)
    yield Task(_("报价"), _("更新价格牌"), reverse("fieldmarket:prices"), icon="pay", order=50)
    yield Task(_("台账"), _("今天的入场登记"), reverse("fieldmarket:ledger"), icon="chart", order=60)


@page("fieldmarket/", name="today", access=KEEPERS)
def today(request: Request) -> HttpResponse:
    """The keeper's day."""
    market = queries.market_of(request.actor)
    at = clock.now()
    context = {
        "market": market,
        "day": clock.local_date(at),
        "tasks": sorted(tasks_of(request.actor, at), key=lambda task: task.order),
    }
    return render(request, "fieldmarket/today.html", context)
