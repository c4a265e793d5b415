"""The collection of buyers and markets: take certificates in, find them again, export, let go what may go; for inspectors the same to search."""

from __future__ import annotations

from datetime import date
from secrets import token_urlsafe
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import OFFICIALS, Role
from tiantou.kernel.errors import Absent, Invalid, Problem, Refused
from tiantou.kernel.units import grams
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Lot
from tiantou.production.queries import seen
from tiantou.quality import certificate_sheets as sheets
from tiantou.quality import queries, rules, scanning, sheet_reading
from tiantou.quality.models import Form, Received
from tiantou.quality.pages.forms import SheetForm
from tiantou.quality.queries import received as reads
from tiantou.quality.services import (
    COLLECTORS,
    Paper,
    collect_commitment,
    collect_paper,
    import_received,
    sweep_received,
)
from tiantou.ui.navigation import Place, register_place

register_place(
    Place(
        gettext_lazy("收取的合格证"),
        "certificate",
        "quality:received",
        "workbench",
        frozenset({Role.BUYER, Role.MARKET_KEEPER}),
        order=45,
    )
)
register_place(
    Place(
        gettext_lazy("收取的合格证"),
        "certificate",
        "quality:received",
        "console",
        OFFICIALS,
        order=42,
        group=gettext_lazy("质量安全"),
    )
)


class OwnForm(forms.Form):
    """One of this platform: by its number or the photograph of its code."""

    number = forms.CharField(label=gettext_lazy("合格证编号"), max_length=200, required=False)
    code = forms.FileField(label=gettext_lazy("或拍二维码"), required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


class PaperForm(forms.Form):
    """What stands on one of another place."""

    form = forms.ChoiceField(
        label=gettext_lazy("种类"), choices=[each for each in Form.choices if each[0] != Form.OWN], initial=Form.PAPER
    )
    issuer_name = forms.CharField(label=gettext_lazy("承诺主体"), max_length=120)
    product_name = forms.CharField(label=gettext_lazy("产品名称"), max_length=120)
    quantity_kg = forms.DecimalField(label=gettext_lazy("数量"), min_value=0, max_digits=9, decimal_places=3)
    origin = forms.CharField(label=gettext_lazy("产地"), max_length=200)
    issued_on = forms.DateField(label=gettext_lazy("开具日期"), widget=forms.DateInput(attrs={"type": "date"}))
    paper_number = forms.CharField(label=gettext_lazy("证上编号"), max_length=60, required=False)
    contact = forms.CharField(label=gettext_lazy("联系方式"), max_length=40, required=False)
    basis = forms.CharField(label=gettext_lazy("承诺依据"), max_length=60, required=False)
    lot = forms.CharField(label=gettext_lazy("随货批次号"), max_length=20, required=False)
    photo = forms.FileField(label=gettext_lazy("合格证照片"), required=False)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


@page("certificates/received/", name="received", access=SIGNED_IN)
def received(request: Request) -> HttpResponse:
    """The collection, newest first, with what must still be kept and what may go."""
    text, starts, ends = _asked(request)
    rows = reads.collection(request.actor, text, starts, ends)
    context = {
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "q": text,
        "starts": starts,
        "ends": ends,
        "query": request.GET.urlencode(),
        "retention": reads.retention(request.actor, clock.today()),
        "may_collect": COLLECTORS.admits(request.actor),
        "base_template": _base(request),
    }
    return render(request, "quality/received.html", context)


@page("certificates/received/export/", name="export_received", access=SIGNED_IN)
def export_received(request: Request) -> HttpResponse:
    """What the list shows, as a sheet."""
    rows = reads.collection(request.actor, *_asked(request))
    return sheets.download(f"received-{clock.today():%Y%m%d}", sheets.received_sheet(rows[:20_000]))


@page("certificates/received/new/", name="collect", access=COLLECTORS, methods=("GET", "POST"))
def collect(request: Request) -> HttpResponse:
    """A certificate is taken in: one of ours by number or code, any other typed in with its photograph."""
    own_asked = request.method == "POST" and "issuer_name" not in request.POST
    paper_asked = request.method == "POST" and not own_asked
    number = request.GET.get("number", "")
    own = OwnForm(
        request.POST if own_asked else None,
        request.FILES if own_asked else None,
        initial={"number": number, "key": token_urlsafe(16)},
        prefix=None,
    )
    paper = PaperForm(
        request.POST if paper_asked else None,
        request.FILES if paper_asked else None,
        initial={"key": token_urlsafe(16)},
        auto_id="paper_%s",
    )
    form: forms.Form = own if own_asked else paper
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = _take_in_own(request, own) if own_asked else _take_in_paper(request, paper)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("收好了，编号 %(number)s，请保存到 %(until)s。")
                % {"number": made.number, "until": f"{made.keep_until:%Y-%m-%d}"},
            )
            return see_other(reverse("quality:received"))
    code = refusal.status if refusal else 422 if form.is_bound else 200
    context = {"own": own, "paper": paper, "bound": form if form.is_bound else None, "refusal": refusal}
    return render(request, "quality/collect.html", context, status=code)


@page("certificates/received/template/", name="received_template", access=COLLECTORS)
def received_template(request: Request) -> HttpResponse:
    """The empty sheet."""
    return sheets.download("received", sheet_reading.template("收证", sheet_reading.RECEIVED))


@page("certificates/received/import/", name="import_received", access=COLLECTORS, methods=("GET", "POST"))
def import_page(request: Request) -> HttpResponse:
    """Received certificates from a sheet: all of it or, with a fault anywhere, nothing."""
    form = SheetForm(request.POST or None, request.FILES or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read(sheet_reading.MOST_BYTES + 1)
        try:
            made = import_received(by=request.actor, at=clock.now(), content=content)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request, _("新收 %(new)s 张；%(known)s 张早已收过，没有改动。") % {"new": made.new, "known": made.known}
            )
            return see_other(reverse("quality:received"))
    code = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, "quality/import_received.html", {"form": form, "refusal": refusal}, status=code)


@page("certificates/received/sweep/", name="sweep_received", access=COLLECTORS, methods=("POST",))
def sweep(request: Request) -> HttpResponse:
    """What need not be kept any longer is gone."""
    count = reads.may_go(request.actor, clock.today()).count()
    sweep_received(by=request.actor, at=clock.now())
    messages.success(request, _("清理了 %(count)s 张到期的合格证，没到期的都还在。") % {"count": count})
    return see_other(reverse("quality:received"))


@page("certificates/received/<int:pk>/photo/", name="received_photo", access=SIGNED_IN)
def photo(request: Request, pk: int) -> HttpResponseBase:
    """The photograph of a received certificate."""
    row: Received = seen(Received.objects, request.actor, pk)
    if not row.photo:
        raise Absent
    answer = FileResponse(row.photo.open("rb"), content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=600"
    return answer


def _take_in_own(request: Request, form: OwnForm) -> Received:
    data = form.cleaned_data
    text = scanning.code_in(data["code"].read(scanning.MOST_BYTES + 1)) if data["code"] else data["number"]
    found = queries.by_number(text)
    if found is None:
        reason = (
            _("本平台没有这张合格证。")
            if rules.normal_number(text)
            else _("编号不对：HG 后面是 14 位数字，请再对一遍。")
        )
        raise Invalid(problems=[Problem("number", reason, _("别处开的证，在下面照证填写。"))])
    return collect_commitment(by=request.actor, at=clock.now(), commitment=found, key=data["key"])


def _take_in_paper(request: Request, form: PaperForm) -> Received:
    data: dict[str, Any] = form.cleaned_data
    lot = None
    if data["lot"]:
        lot = Lot.objects.visible_to(request.actor).filter(code=data["lot"].strip()).first()
        if lot is None:
            raise Invalid(problems=[Problem("lot", _("找不到这个批次。"), _("核对批次号，或留空。"))])
    names = ("form", "issuer_name", "product_name", "origin", "issued_on", "paper_number", "contact", "basis")
    paper = Paper(quantity_g=grams(data["quantity_kg"]), **{name: data[name] for name in names})
    content = data["photo"].read(scanning.MOST_BYTES + 1) if data["photo"] else b""
    return collect_paper(by=request.actor, at=clock.now(), paper=paper, lot=lot, photo=content, key=data["key"])


def _asked(request: Request) -> tuple[str, date | None, date | None]:
    """What the filter asks for; a date that is none is no filter."""
    days = [sheet_reading.date_in(request.GET.get(name, "")) for name in ("from", "to")]
    return request.GET.get("q", "").strip()[:100], days[0], days[1]


def _base(request: Request) -> str:
    return "ui/console.html" if request.actor.role in OFFICIALS else "ui/workbench.html"
