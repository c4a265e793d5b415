"""Holds on the console: what is stopped, by what, and how it is set free."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.errors import Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Hold
from tiantou.production.queries import seen
from tiantou.production.services import lift
from tiantou.production.services.holds import RELEASERS
from tiantou.production.sheets import sheet
from tiantou.quality.pages.recalls import MarkForm, xlsx
from tiantou.quality.services import hold_marked
from tiantou.ui.forms import fresh_key
from tiantou.ui.navigation import Place, register_place

PER_PAGE = 50
register_place(Place(gettext_lazy("扣留"), "stop", "quality:holds", "console", OFFICIALS, 44, gettext_lazy("质量安全")))


class HoldForm(MarkForm):
    """A hold to place."""

    reason = forms.CharField(label=gettext_lazy("扣留原因"), max_length=200)


class LiftForm(forms.Form):
    """Why a hold ends."""

    reason = forms.CharField(label=gettext_lazy("解除原因"), max_length=200)


def _rows(request: Request) -> Any:
    rows = Hold.objects.visible_to(request.actor).annotate(lots_count=Count("held", distinct=True))
    if not request.GET.get("all"):
        rows = rows.living()
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(subject__contains=text) | rows.filter(reason__contains=text)
    return rows.order_by("-placed_at", "-pk")


@page("holds/", name="holds", access=allow(*OFFICIALS))
def holds(request: Request) -> HttpResponse:
    """What is stopped now; with `all` also what was set free."""
    found = Paginator(_rows(request), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": found, "chosen": request.GET, "may_hold": RELEASERS.admits(request.actor)}
    return render(request, "quality/holds.html", context)


@page("holds.xlsx", name="holds_sheet", access=allow(*OFFICIALS))
def holds_sheet(request: Request) -> HttpResponse:
    """Exactly the filtered list as a workbook."""
    head = ["对象", "编号", "原因", "批次数", "扣留时间", "扣留人", "解除时间", "解除人", "解除原因"]
    rows = (
        [
            row.get_kind_display(), row.subject, row.reason, row.lots_count, _cell(row.placed_at), row.placed_by, _cell(row.lifted_at),
            row.lifted_by, row.lift_reason,
        ]
        for row in _rows(request)
    )  # fmt: skip
    return xlsx("holds", sheet("扣留", head, rows))


def _cell(at: Any) -> str:
    return at.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M") if at else ""


@page("holds/new/", name="place_hold", access=RELEASERS, methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Whatever is pointed at is stopped with all that was made of it."""
    known = {name: request.GET[name] for name in ("kind", "code", "input_name", "since") if name in request.GET}
    form = HoldForm(request.POST or None, initial={**fresh_key(), **known})
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = hold_marked(
                by=request.actor, at=clock.now(), mark=form.mark(), reason=data["reason"], key=data["key"]
            )
        except Refused as refused:
            refusal = refused
        else:
            messages.warning(request, _("扣留了 %(n)d 个批次，谁也不能再动。") % {"n": made.held.count()})
            return see_other(reverse("quality:hold", args=[made.pk]))
    status = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, "quality/hold_new.html", {"form": form, "refusal": refusal}, status=status)


@page("holds/<int:pk>/", name="hold", access=allow(*OFFICIALS), methods=("GET", "POST"))
def hold(request: Request, pk: int) -> HttpResponse:
    """One hold: the lots under it, and its end."""
    found: Hold = seen(Hold.objects.all(), request.actor, pk)
    form = LiftForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        RELEASERS.require(request.actor)
        try:
            lift(by=request.actor, at=clock.now(), hold=found, reason=form.cleaned_data["reason"])
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("%(subject)s 解除扣留，可以继续流转。") % {"subject": found.subject})
            return see_other(reverse("quality:holds"))
    rows = found.held.select_related("lot__product", "lot__place", "lot__holder", "root").order_by("pk")
    context = {
        "hold": found,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "form": form,
        "refusal": refusal,
        "may_lift": RELEASERS.admits(request.actor) and found.lifted_at is None and not found.because,
    }
    status = refusal.status if refusal else 422 if form.is_bound and form.errors else 200
    return render(request, "quality/hold.html", context, status=status)
