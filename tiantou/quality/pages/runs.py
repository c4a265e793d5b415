"""Certificates in numbers: issue for many lots at once, from a sheet, and print numbered batches."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Lot
from tiantou.production.queries import seen
from tiantou.quality import certificate_sheets as sheets
from tiantou.quality import papers, queries, sheet_reading
from tiantou.quality.models import Commitment, IssueRun, PrintRun
from tiantou.quality.pages.certificates import pdf_answer
from tiantou.quality.pages.forms import OmittedField, PrintForm, SheetForm
from tiantou.quality.queries import waiting
from tiantou.quality.services import ISSUERS, import_commitments, issue_commitments, print_copies


class IssueForm(forms.Form):
    """Which lots, and what is promised for all of them."""

    lots = forms.MultipleChoiceField(label=gettext_lazy("批次"), widget=forms.CheckboxSelectMultiple)
    basis = forms.ChoiceField(label=gettext_lazy("承诺依据"), widget=forms.RadioSelect)
    contact = forms.CharField(label=gettext_lazy("联系电话"), max_length=40, required=False)
    omitted = OmittedField()
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)

    def __init__(self, lots: list[Lot], bases: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lots"].choices = [(str(lot.pk), waiting.words_of(lot)) for lot in lots]  # type: ignore[attr-defined]
        self.fields["basis"].choices = bases  # type: ignore[attr-defined]


@page("certificates/issue/", name="issue_many", access=ISSUERS, methods=("GET", "POST"))
def issue_many(request: Request) -> HttpResponse:
    """批量开证: my lots without a certificate, tick them, one submission."""
    template = queries.template_on(clock.today())
    if template is None:
        raise Absent
    lots = waiting.lots_without(request.actor)
    first = {"basis": template.basis[0], "lots": [str(lot.pk) for lot in lots], "key": token_urlsafe(16)}
    form = IssueForm(lots, [(each, each) for each in template.basis], request.POST or None, initial=first)
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            run = issue_commitments(
                by=request.actor,
                at=clock.now(),
                lots=[lot for lot in lots if str(lot.pk) in data["lots"]],
                basis=data["basis"],
                contact=data["contact"],
                omitted=data["omitted"],
                key=data["key"],
            )
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request, _("开好 %(count)s 张合格证。选好纸，一次打印。") % {"count": run.commitments.count()}
            )
            return see_other(reverse("quality:issue_run", args=[run.pk]))
    context = {"form": form, "refusal": refusal, "lots": lots, "template": template}
    code = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, "quality/issue_many.html", context, status=code)


@page("certificates/template/", name="issue_template", access=ISSUERS)
def issue_template(request: Request) -> HttpResponse:
    """The empty sheet."""
    return sheets.download("certificates", sheet_reading.template("开证", sheet_reading.TO_ISSUE))


@page("certificates/import/", name="import_certificates", access=ISSUERS, methods=("GET", "POST"))
def import_certificates(request: Request) -> HttpResponse:
    """Certificates from a sheet: all of it or, with a fault anywhere, nothing."""
    form = SheetForm(request.POST or None, request.FILES or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read(sheet_reading.MOST_BYTES + 1)
        try:
            made = import_commitments(by=request.actor, at=clock.now(), content=content)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("新开 %(new)s 张；%(known)s 张早已开好，没有改动。") % {"new": made.new, "known": made.known},
            )
            if made.run is not None:
                return see_other(reverse("quality:issue_run", args=[made.run.pk]))
            return see_other(reverse("quality:certificates"))
    code = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, "quality/import.html", {"form": form, "refusal": refusal}, status=code)


@page("certificates/runs/<int:pk>/", name="issue_run", access=ISSUERS, methods=("GET", "POST"))
def issue_run(request: Request, pk: int) -> HttpResponse:
    """What one submission issued; printed by another."""
    run = seen(IssueRun.objects, request.actor, pk)
    rows = list(run.commitments.select_related("lot").order_by("number"))
    form = PrintForm(request.POST or None, initial={"copies": 1, "key": token_urlsafe(16)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        answer = _print(request, [row for row in rows if row.living], form)
        if not isinstance(answer, Refused):
            return answer
        refusal = answer
    code = refusal.status if refusal else 422 if form.is_bound else 200
    context = {"run": run, "rows": rows, "form": form, "refusal": refusal}
    return render(request, "quality/issue_run.html", context, status=code)


@page("certificates/<int:pk>/print/", name="print", access=SIGNED_IN, methods=("POST",))
def print_many(request: Request, pk: int) -> HttpResponse:
    """打印一批: so many copies of a certificate, numbered."""
    found = seen(Commitment.objects, request.actor, pk)
    form = PrintForm(request.POST)
    answer: HttpResponse | Refused | None = _print(request, [found], form) if form.is_valid() else None
    if isinstance(answer, HttpResponse):
        return answer
    messages.error(request, str(answer) if answer else _("没有打印：选一种纸，份数填 1 到 500。"))
    return see_other(reverse("quality:certificate", args=[pk]))


@page("certificates/prints/<int:pk>.pdf", name="print_run", access=SIGNED_IN)
def print_run(request: Request, pk: int) -> HttpResponse:
    """The sheet of a print run; the same whenever it is asked for."""
    run = seen(PrintRun.objects, request.actor, pk)
    return pdf_answer(run.number, papers.printed_run(run))


def _print(request: Request, rows: list[Commitment], form: PrintForm) -> HttpResponse | Refused:
    data = form.cleaned_data
    try:
        run = print_copies(
            by=request.actor,
            at=clock.now(),
            commitments=rows,
            stock=data["stock"],
            copies=data["copies"],
            key=data["key"],
        )
    except Refused as refused:
        return refused
    return see_other(reverse("quality:print_run", args=[run.pk]))
