"""Laboratories: samples on their way, results by hand or from a file, signed reports that anybody can verify."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for
from tiantou.production.models import Lot
from tiantou.production.panels import Panel, lot_panel
from tiantou.production.queries import seen
from tiantou.quality import sheets
from tiantou.quality.models import Method, Purpose, Report, Sample, SampleState
from tiantou.quality.queries import laboratories as queries
from tiantou.quality.services import (
    LABORATORIES,
    SAMPLERS,
    Measured,
    check_results,
    file_report,
    import_results,
    receive_sample,
    send_sample,
    take_sample,
)
from tiantou.registry.models import Party
from tiantou.ui.navigation import Place, register_place

LINES = 8
_LABORATORY = frozenset({Role.LABORATORY})
register_place(Place(gettext_lazy("样品"), "shield", "quality:samples", "workbench", _LABORATORY, order=20))
register_place(Place(gettext_lazy("导入结果"), "import", "quality:import_results", "workbench", _LABORATORY, order=30))
register_place(
    Place(
        gettext_lazy("抽样和检测"),
        "shield",
        "quality:samples",
        "console",
        OFFICIALS,
        order=46,
        group=gettext_lazy("质量安全"),
    )
)


@tasks_for(Role.LABORATORY)
def laboratory_tasks(actor: Actor, at: datetime) -> Iterator[Task]:
    """What waits in the laboratory."""
    counts = queries.counts(actor)
    here = reverse("quality:samples")
    yield Task(_("收样"), _("送来的样品，看封签、登记"), f"{here}?state=sent", counts["sent"], "shield", 10)
    yield Task(_("出报告"), _("录结果，签名，自动对限量"), f"{here}?state=received", counts["received"], "document", 20)
    yield Task(_("导入结果"), _("从仪器的文件批量出报告"), reverse("quality:import_results"), icon="import", order=30)


@lot_panel
def _tests_panel(actor: Actor, lot: Lot, at: datetime) -> Panel | None:
    """The lot's samples and reports; where samples are taken."""
    samples = list(Sample.objects.visible_to(actor).filter(lot=lot).prefetch_related("reports"))
    if not samples and not SAMPLERS.admits(actor):
        return None
    return Panel(
        "quality/tests_panel.html", {"lot": lot, "samples": samples, "may_take": SAMPLERS.admits(actor)}, order=60
    )


class SampleForm(forms.Form):
    """A sample to take."""

    mass_kg = forms.DecimalField(label=gettext_lazy("取样重量"), min_value=0, max_digits=7, decimal_places=3, initial=3)
    purpose = forms.ChoiceField(
        label=gettext_lazy("抽样目的"), choices=Purpose, widget=forms.RadioSelect, initial=Purpose.SUPERVISION
    )
    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


class FileForm(forms.Form):
    """An instrument's file."""

    profile = forms.ChoiceField(label=gettext_lazy("仪器"), widget=forms.RadioSelect)
    file = forms.FileField(
        label=gettext_lazy("文件"), help_text=gettext_lazy("仪器导出的 CSV，或填好的 Excel 模板，不超过 5 MB")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = queries.profiles().values()
        self.fields["profile"].choices = [(each.id, label(each.label)) for each in known]  # type: ignore[attr-defined]


@page("lots/<int:pk>/sample/", name="take_sample", access=SAMPLERS, methods=("GET", "POST"))
def take(request: Request, pk: int) -> HttpResponse:
    """A sample is taken of a lot."""
    lot = seen(Lot.objects.select_related("product"), request.actor, pk)
    form = SampleForm(request.POST or None, initial={"key": token_urlsafe(16)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = take_sample(
                by=request.actor, at=clock.now(), lot=lot, mass_g=int(data["mass_kg"] * 1000), purpose=data["purpose"],
                note=data["note"], key=data["key"],
            )  # fmt: skip
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("抽样单 %(number)s 登记好了。下一步：送检。") % {"number": made.number})
            return see_other(reverse("quality:sample", args=[made.pk]))
    status = refusal.status if refusal else 422 if form.is_bound else 200
    context = {"form": form, "refusal": refusal, "lot": lot, "base_template": _base(request)}
    return render(request, "quality/take_sample.html", context, status=status)


@page("samples/", name="samples", access=SIGNED_IN)
def samples(request: Request) -> HttpResponse:
    """The samples that I may see, newest first; for officers counted."""
    rows = _filtered(request)
    official = request.actor.role in OFFICIALS
    context = {
        "page": Paginator(rows.prefetch_related("reports"), 50).get_page(request.GET.get("page")),
        "state": request.GET.get("state", ""),
        "states": SampleState,
        "q": request.GET.get("q", ""),
        "counts": queries.counts(request.actor) if official else {},
    }
    return render(request, f"quality/samples{'_console' if official else ''}.html", context)


def _filtered(request: Request) -> Any:
    rows = queries.samples_of(request.actor)
    if (state := request.GET.get("state", "")) in SampleState.values:
        rows = rows.filter(state=state)
    if (text := request.GET.get("q", "").strip()) and text.isprintable():
        rows = rows.filter(number__contains=text.upper()) | rows.filter(lot__code__contains=text)
    return rows


@page("samples/export/", name="export_results", access=SIGNED_IN)
def export(request: Request) -> HttpResponse:
    """Every line of the reports that I may see, as a spreadsheet."""
    return sheets.xlsx(f"tests-{clock.today():%Y%m%d}", sheets.results_sheet(request.actor))


@page("samples/<int:pk>/", name="sample", access=SIGNED_IN, methods=("GET", "POST"))
def sample(request: Request, pk: int) -> HttpResponse:
    """One sample: where it is, and the next step for whose turn it is."""
    found = seen(Sample.objects.select_related("lot__product", "laboratory", "site"), request.actor, pk)
    refusal = None
    if request.method == "POST":
        try:
            _do(request, found)
        except Refused as refused:
            refusal = refused
        else:
            return see_other(reverse("quality:sample", args=[pk]))
    return _sample(request, found, refusal)


def _do(request: Request, found: Sample) -> None:
    by, at, do = request.actor, clock.now(), request.POST.get("do", "")
    if do == "send":
        laboratory = _chosen(request)
        if laboratory is None:
            raise Absent
        send_sample(by=by, at=at, sample=found, laboratory=laboratory)
        messages.success(request, _("送检登记好了，等 %(name)s 收样。") % {"name": laboratory.name})
    elif do == "receive":
        receive_sample(by=by, at=at, sample=found, condition=request.POST.get("condition", ""))
        messages.success(request, _("收样登记好了。检测完在这里录结果。"))
    elif do == "report":
        made = file_report(
            by=by, at=at, sample=found, method=request.POST.get("method", ""), lines=lines_of(request), key=request.POST.get("key", "")[:64]
        )  # fmt: skip
        tell(request, made)
    else:
        raise Absent


def _chosen(request: Request) -> Party | None:
    """The laboratory chosen, of those that may be."""
    wanted = request.POST.get("laboratory", "")
    return next((each for each in queries.laboratories(clock.today()) if str(each.pk) == wanted), None)


def lines_of(request: Request) -> list[Measured]:
    """The results that were typed; rows left empty are none."""

    def cells(name: str) -> list[str]:
        return request.POST.getlist(name)

    rows = zip(cells("substance"), cells("reading"), cells("unit"), cells("lod"), strict=False)
    instrument = request.POST.get("instrument", "").strip()
    return [
        Measured(substance, reading, unit or "mg/kg", lod, instrument)
        for substance, reading, unit, lod in rows
        if substance.strip() or reading.strip()
    ]


def tell(request: Request, made: Report) -> None:
    """The next page says what the report found."""
    facts = {"number": made.number}
    if made.passed:
        messages.success(request, _("报告 %(number)s 已签名，合格。") % facts)
    elif made.passed is False:
        messages.error(request, _("报告 %(number)s 已签名，不合格：批次已自动扣留。") % facts)
    else:
        messages.warning(request, _("报告 %(number)s 已签名，没有可比的限量，不作判定。") % facts)


def _sample(request: Request, found: Sample, refusal: Refused | None) -> HttpResponse:
    actor = request.actor
    own = LABORATORIES.admits(actor) and found.laboratory_id == actor.party_id
    context = {
        "sample": found,
        "refusal": refusal,
        "steps": _steps(found),
        "reports": found.reports.select_related("laboratory").prefetch_related("lines"),
        "laboratories": queries.laboratories(clock.today()) if SAMPLERS.admits(actor) else [],
        "may_send": SAMPLERS.admits(actor) and found.state == SampleState.TAKEN,
        "may_receive": own and found.state == SampleState.SENT,
        "may_report": own and found.state == SampleState.RECEIVED,
        "substances": queries.substances(),
        "methods": Method,
        "rows": typed_rows(request),
        "instrument": request.POST.get("instrument", ""),
        "key": request.POST.get("key") or token_urlsafe(16),
        "base_template": _base(request),
        "sees_lot": Lot.objects.visible_to(actor).filter(pk=found.lot_id).exists(),
    }
    return render(request, "quality/sample.html", context, status=refusal.status if refusal else 200)


def typed_rows(request: Request, at_least: int = LINES) -> list[dict[str, Any]]:
    """The rows of the form with what was typed: as many as were sent, `at_least` so many."""

    def cell(name: str, place: int, default: str = "") -> str:
        values = request.POST.getlist(name)
        return values[place] if place < len(values) else default

    return [
        {
            "n": place,
            "substance": cell("substance", place),
            "reading": cell("reading", place),
            "unit": cell("unit", place, "mg/kg"),
            "lod": cell("lod", place),
        }
        for place in range(max(at_least, len(request.POST.getlist("substance"))))
    ]


def _steps(found: Sample) -> list[dict[str, Any]]:
    words = [
        (_("抽样"), found.taken_at, found.taker),
        (_("送检"), found.sent_at, found.laboratory.name if found.laboratory else ""),
        (_("收样"), found.received_at, found.receiver),
        (_("报告"), found.reported_at, ""),
    ]
    done = sum(1 for _label, at, _who in words if at)
    return [
        {
            "label": name,
            "state": "done" if place < done else "now" if place == done else "next",
            "note": f"{clock.local_date(at):%Y-%m-%d} {who}".strip() if at else "",
        }
        for place, (name, at, who) in enumerate(words)
    ]


@page("laboratory/template/", name="results_template", access=LABORATORIES)
def template(request: Request) -> HttpResponse:
    """The empty sheet of results, with the samples that wait for one."""
    return sheets.xlsx("results", sheets.results_template(request.actor))


@page("laboratory/import/", name="import_results", access=LABORATORIES, methods=("GET", "POST"))
def import_page(request: Request) -> HttpResponse:
    """A file is looked at first (nothing is written), and taken on the second tap."""
    form = FileForm(request.POST or None, request.FILES or None, initial={"profile": "rapid_a"})
    refusal, found = None, None
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        profile = form.cleaned_data["profile"]
        try:
            if request.POST.get("do") == "take":
                made = import_results(by=request.actor, at=clock.now(), profile=profile, content=content)
                messages.success(
                    request,
                    _("出了 %(new)d 份报告；%(known)d 份早已有了，没有改动。")
                    % {"new": len(made.reports), "known": made.known},
                )
                return see_other(reverse("quality:samples"))
            found = check_results(request.actor, clock.now(), profile, content)
        except Refused as refused:
            refusal = refused
    status = refusal.status if refusal else 422 if form.is_bound and not form.is_valid() else 200
    return render(
        request, "quality/import_results.html", {"form": form, "refusal": refusal, "found": found}, status=status
    )


def _base(request: Request) -> str:
    return "ui/console.html" if request.actor.role in OFFICIALS else "ui/workbench.html"
