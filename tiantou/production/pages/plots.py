"""My fields, one plot, work on it, and its harvest."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Refused
from tiantou.kernel.units import grams, show_kg
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for
from tiantou.production import queries
from tiantou.production.models import Plot
from tiantou.production.pages.forms import HarvestForm, PlotForm, WorkForm
from tiantou.production.services import harvest, lay_out_plot, record_work
from tiantou.production.services.plots import GROWERS
from tiantou.ui.navigation import Place, register_place

FARMERS = frozenset({Role.FARMER, Role.STATION_KEEPER})
register_place(Place(gettext_lazy("地块"), "field", "production:fields", "workbench", FARMERS, order=20))
register_place(Place(pgettext_lazy("place", "批次"), "crate", "production:lots", "workbench", FARMERS, order=30))


@tasks_for(*FARMERS)
def _growing(actor: Actor, at: datetime) -> list[Task]:
    """Where a grower begins."""
    return [
        Task(_("采收和农事"), _("选地块，记农事、登记采收"), reverse("production:fields"), None, "field", 10),
        Task(_("我的批次"), _("看存量，开合格证"), reverse("production:lots"), None, "crate", 20),
    ]


@page("fields/", name="fields", access=GROWERS)
def fields(request: Request) -> HttpResponse:
    """My plots: what grows there, and whether it may be harvested."""
    today = clock.today()
    plots = list(queries.plots_of(request.actor, today).order_by("base_id", "code"))
    barring = queries.barring_uses(plots, today)
    rows = [{"plot": plot, "use": barring.get(plot.pk)} for plot in plots]
    return render(request, "production/fields.html", {"rows": rows})


@page("fields/new/", name="lay_out", access=GROWERS, methods=("GET", "POST"))
def lay_out(request: Request) -> HttpResponse:
    """A plot is laid out."""
    form = PlotForm(request.actor, request.POST or None, initial={"key": token_urlsafe(16)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            plot = lay_out_plot(by=request.actor, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("地块“%(plot)s”建好了，可以记农事、登记采收。") % {"plot": plot.name})
            return see_other(reverse("production:plot", args=[plot.pk]))
    return _form(request, "production/lay_out.html", form, refusal)


@page("fields/<int:pk>/", name="plot", access=GROWERS)
def plot(request: Request, pk: int) -> HttpResponse:
    """One plot: its facts, its records, its lots."""
    found = _plot(request, pk)
    context = {
        "plot": found,
        "use": queries.barring_use(found, clock.today()),
        "records": found.records.all()[:30],
        "assignments": found.assignments.select_related("standard"),
        "lots": queries.lots_of(request.actor).filter(plot=found)[:10],
    }
    return render(request, "production/plot.html", context)


@page("fields/<int:pk>/work/", name="work", access=GROWERS, methods=("GET", "POST"))
def work(request: Request, pk: int) -> HttpResponse:
    """A piece of work is recorded."""
    found = _plot(request, pk)
    form = WorkForm(request.POST or None, initial={"on": clock.today(), "key": token_urlsafe(16)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        facts = {**form.cleaned_data, "interval_days": form.cleaned_data["interval_days"] or 0}
        try:
            record = record_work(by=request.actor, at=clock.now(), plot=found, **facts)
        except Refused as refused:
            refusal = refused
        else:
            said = _("记下了：%(plot)s %(work)s。") % {"plot": found.name, "work": record.get_kind_display()}
            if record.harvest_from:
                said += _("%(first)s 起可以采收。") % {"first": f"{record.harvest_from:%Y-%m-%d}"}
            messages.success(request, said)
            return see_other(reverse("production:plot", args=[pk]))
    return _form(request, "production/work.html", form, refusal, plot=found)


@page("fields/<int:pk>/harvest/", name="harvest", access=GROWERS, methods=("GET", "POST"))
def harvest_page(request: Request, pk: int) -> HttpResponse:
    """A harvest becomes a lot."""
    found = _plot(request, pk)
    form = HarvestForm(request.POST or None, initial={"on": clock.today(), "key": token_urlsafe(16)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            lot = harvest(
                by=request.actor,
                at=clock.now(),
                plot=found,
                mass_g=grams(data["mass_kg"]),
                on=data["on"],
                key=data["key"],
            )
        except Refused as refused:
            refusal = refused
        else:
            facts = {"lot": lot.code, "mass": show_kg(lot.mass_g)}
            messages.success(request, _("批次 %(lot)s 登记好了，%(mass)s 公斤。下一步：开合格证。") % facts)
            return see_other(reverse("production:lot", args=[lot.pk]))
    return _form(
        request, "production/harvest.html", form, refusal, plot=found, use=queries.barring_use(found, clock.today())
    )


def _plot(request: Request, pk: int) -> Plot:
    return queries.seen(Plot.objects.select_related("base__area", "product", "grower"), request.actor, pk)  # type: ignore[no-any-return]


def _form(request: Request, template: str, form: Any, refusal: Refused | None, **context: Any) -> HttpResponse:
    """The form with what was typed; 422 where it has faults of its own."""
    status = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, template, {"form": form, "refusal": refusal, **context}, status=status)
