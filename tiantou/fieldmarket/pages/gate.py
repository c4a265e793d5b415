"""收货: scan or type, see whether the papers are in order, weigh, done."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.fieldmarket import queries
from tiantou.fieldmarket.models import Intake
from tiantou.fieldmarket.pages.forms import CodeForm, WeighForm, fresh_key, show
from tiantou.fieldmarket.services import take_in
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel import clock
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.units import grams, show_kg
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.queries import seen
from tiantou.quality import queries as quality


@page("fieldmarket/take-in/", name="take_in", access=KEEPERS, methods=("GET", "POST"))
def take_in_page(request: Request) -> HttpResponse:
    """First the code that the deliverer shows (in the address), then the weight."""
    market = queries.market_of(request.actor)
    typed = request.GET.get("code", "").strip()
    lot = queries.presented_lot(typed) if typed else None
    code_form = CodeForm(request.GET if typed else None)
    if lot is None:
        if typed and code_form.is_valid():
            code_form.add_error("code", _("没有这个编号。对一遍，或请送货人打开手机上的合格证重新扫。"))
        return render(
            request, "fieldmarket/take_in.html", {"form": code_form, "market": market}, status=422 if typed else 200
        )
    form = WeighForm(request.POST or None, initial=fresh_key())
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            intake = take_in(
                by=request.actor,
                at=clock.now(),
                market=market,
                lot=lot,
                mass_g=grams(data["mass_kg"]),
                terms=data["terms"],
                key=data["key"],
            )
        except Refused as refused:
            refusal = refused
        else:
            facts = {"number": intake.number, "kg": show_kg(intake.mass_g)}
            messages.success(request, _("收下了 %(kg)s 公斤，入场号 %(number)s。下一步：定级。") % facts)
            return see_other(reverse("fieldmarket:intake", args=[intake.pk]))
    commitment = quality.covering(lot)
    context = {
        "market": market,
        "lot": lot,
        "commitment": commitment,
        "needed": commitment is None and quality.needs_commitment(lot, clock.today()),
        "test": quality.passed_test(lot, clock.now()),
        "must": quality.must_issue(lot.producer, clock.today()),
    }
    return show(request, "fieldmarket/weigh.html", form, refusal, **context)


@page("fieldmarket/intakes/<int:pk>/", name="intake", access=KEEPERS)
def intake_page(request: Request, pk: int) -> HttpResponse:
    """One intake: the receipt for the deliverer, and the way to grading."""
    rows = Intake.objects.select_related("lot__product", "market", "commitment", "deliverer", "grading")
    found = seen(rows, request.actor, pk)
    grading = getattr(found, "grading", None)
    lots = grading.lots.order_by("pk") if grading is not None else []
    return render(request, "fieldmarket/intake.html", {"intake": found, "grading": grading, "lots": lots})


def own_intake(request: Request, pk: int) -> Intake:
    """An intake of the actor's own market. Raises: Absent."""
    found: Intake = seen(Intake.objects.select_related("lot__product", "market", "deliverer"), request.actor, pk)
    if found.market_id != queries.market_of(request.actor).pk:
        raise Absent
    return found
