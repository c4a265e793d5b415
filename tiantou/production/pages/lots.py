"""Lots: mine, one of them with its way, and the hold that an inspector places or lifts."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import OFFICIALS, Role
from tiantou.kernel.errors import Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production import queries
from tiantou.production.models import Lot
from tiantou.production.pages.forms import HoldForm
from tiantou.production.panels import panels_of
from tiantou.production.services import lift_hold, place_hold
from tiantou.production.services.holds import RELEASERS, STOPPERS

PER_PAGE = 50


@page("lots/", name="lots", access=SIGNED_IN)
def lots(request: Request) -> HttpResponse:
    """The lots that I may see, newest first."""
    rows = queries.lots_of(request.actor)
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(code__startswith=text) | rows.filter(product__name__contains=text)
    if request.GET.get("held"):
        rows = rows.exclude(hold_reason="")
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    official = request.actor.role in OFFICIALS
    template = "production/lots_console.html" if official else "production/lots.html"
    return render(request, template, {"page": found, "q": request.GET.get("q", ""), "held": request.GET.get("held")})


@page("lots/<int:pk>/", name="lot", access=SIGNED_IN)
def lot(request: Request, pk: int) -> HttpResponse:
    """One lot: facts, what is left, where it went."""
    return _lot(request, _seen(request, pk))


@page("lots/<int:pk>/hold/", name="hold", access=STOPPERS, methods=("POST",))
def hold(request: Request, pk: int) -> HttpResponse:
    """The lot is put on hold."""
    found = _seen(request, pk)
    form = HoldForm(request.POST)
    try:
        held = place_hold(by=request.actor, at=clock.now(), lot=found, reason=form.data.get("reason", ""))
    except Refused as refused:
        return _lot(request, found, form, refused)
    messages.success(
        request, _("批次 %(lot)s 和由它做成的批次都扣留了，谁也不能再动。处理完再解除。") % {"lot": held.code}
    )
    return see_other(reverse("production:lot", args=[pk]))


@page("lots/<int:pk>/release/", name="release", access=RELEASERS, methods=("POST",))
def release(request: Request, pk: int) -> HttpResponse:
    """The hold is lifted."""
    found = _seen(request, pk)
    form = HoldForm(request.POST)
    try:
        lift_hold(by=request.actor, at=clock.now(), lot=found, reason=form.data.get("reason", ""))
    except Refused as refused:
        return _lot(request, found, form, refused)
    messages.success(request, _("批次 %(lot)s 解除扣留，可以继续流转。") % {"lot": found.code})
    return see_other(reverse("production:lot", args=[pk]))


def _seen(request: Request, pk: int) -> Lot:
    rows = Lot.objects.select_related("product", "producer", "holder", "place", "plot__base__area", "held_with")
    return queries.seen(rows, request.actor, pk)  # type: ignore[no-any-return]


def _lot(request: Request, found: Lot, form: HoldForm | None = None, refusal: Refused | None = None) -> HttpResponse:
    role = request.actor.role
    context = {
        "lot": found,
        "left_g": queries.left_g(found),
        "parents": queries.ancestor_lots(found).select_related("product", "producer"),
        "children": queries.descendant_lots(found).select_related("product"),
        "panels": panels_of(request.actor, found, clock.now()),
        "form": form or HoldForm(),
        "refusal": refusal,
        "scan_url": f"{settings.BASE_URL}{queries.scan_path(found)}",
        "may_hold": STOPPERS.admits(request.actor) and not found.on_hold,
        "may_release": RELEASERS.admits(request.actor) and queries.held_by_itself(found),
        "may_certify": role in {Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER} and not found.on_hold,
        "base_template": "ui/console.html" if role in OFFICIALS else "ui/workbench.html",
    }
    return render(request, "production/lot.html", context, status=refusal.status if refusal else 200)
