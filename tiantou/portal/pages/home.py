"""Home, the workbench of each role, the officials' console, and search."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.areas import queries as areas
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN, allow
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.models import Deed
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for, tasks_of
from tiantou.market import queries as market
from tiantou.portal import queries
from tiantou.production.models import Lot
from tiantou.programmes import queries as programmes
from tiantou.registry import queries as registry
from tiantou.registry.models import Record
from tiantou.registry.words import REGISTER_NAMES
from tiantou.ui.navigation import Place, register_place

_WORKERS = frozenset(
    set(Role) - OFFICIALS - {Role.STRANGER, Role.SYSTEM, Role.CONSUMER, Role.MARKET_KEEPER, Role.DRIVER}
)
SHOWN_OFFERS = 6
SHOWN_DEEDS = 12

register_place(Place(gettext_lazy("首页"), "home", "portal:home", "public", order=10))
register_place(Place(gettext_lazy("今天"), "home", "portal:workbench", "workbench", _WORKERS, 10))
register_place(Place(gettext_lazy("扫码"), "scan", "portal:scan", "workbench", order=25))
register_place(Place(gettext_lazy("总览"), "home", "portal:console", "console", OFFICIALS, 1))
register_place(Place(gettext_lazy("查找"), "search", "portal:search", "console", OFFICIALS, 2))


@tasks_for(Role.INSPECTOR, Role.LABORATORY)
def _checks(actor: Actor, at: datetime) -> list[Task]:
    """Where an inspector begins."""
    held = Lot.objects.visible_to(actor).exclude(hold_reason="").count()
    return [
        Task(_("扣留中的批次"), _("处理完要解除"), reverse("production:lots") + "?held=1", held, "stop", 10),
        Task(_("扫码查货"), _("看来处、证件，记检测"), reverse("portal:scan"), None, "scan", 20),
    ]


@page("", name="home", access=PUBLIC)
def home(request: Request) -> HttpResponse:
    """What this is, a box for the code on a pack, what is for sale, the region's figures, and the doors."""
    context = {
        "offers": market.shop()[:SHOWN_OFFERS],
        "figures": queries.public_figures(),
        "day": clock.today(),
        "notices": programmes.notices(clock.today())[:3],
    }
    return render(request, "portal/home.html", context)


@page("workbench/", name="workbench", access=SIGNED_IN)
def workbench(request: Request) -> HttpResponse:
    """The tasks of the actor's role; officials have a console, consumers the shop."""
    actor = request.actor
    if actor.role in OFFICIALS:
        return see_other(reverse("portal:console"))
    if actor.role is Role.CONSUMER:
        return see_other(reverse("portal:home"))
    if actor.role is Role.MARKET_KEEPER:
        return see_other(reverse("fieldmarket:today"))
    return render(request, "portal/workbench.html", {"tasks": tasks_of(actor, clock.now()), "day": clock.today()})


@page("console/", name="console", access=allow(*OFFICIALS))
def console(request: Request) -> HttpResponse:
    """The official's area today: figures, what waits, districts, what was done last."""
    actor = request.actor
    context = {
        "area": areas.get(actor.area_code) if actor.area_code else None,
        "day": clock.today(),
        "figures": queries.console_figures(actor),
        "tasks": [task for task in tasks_of(actor, clock.now()) if task.count],
        "tiles": queries.district_tiles("site/village_station", actor) if actor.region_wide else [],
        "deeds": Deed.objects.visible_to(actor).order_by("-id")[:SHOWN_DEEDS],
    }
    return render(request, "portal/console.html", context)


@page("search/", name="search", access=PUBLIC)
def search(request: Request) -> HttpResponse:
    """One box over registers, areas, offers and the actor's lots."""
    q = request.GET.get("q", "").strip()[:60]
    found = registry.find_everywhere(q, request.actor) if q else {}
    groups = [
        (REGISTER_NAMES[name], [_hit(record, request.actor) for record in records]) for name, records in found.items()
    ]
    places = areas.find(q, limit=8) if q else []
    offers = market.shop(q)[:SHOWN_OFFERS] if q else []
    lots = Lot.objects.visible_to(request.actor).filter(code__startswith=q)[:5] if q else []
    context = {
        "q": q,
        "groups": groups,
        "places": places,
        "offers": offers,
        "lots": lots,
        "nothing": q and not (groups or places or offers or lots),
    }
    return render(request, "portal/search.html", context)


def _hit(record: Record, actor: Actor) -> dict[str, str]:
    return {
        "name": registry.shown_name(actor, record),
        "href": record.get_absolute_url(),
        "place": record.area.name if record.area else "",
    }
