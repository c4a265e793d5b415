"""Complaints: filed by anybody, answered by who watches the goods; and the codes that look as if they had been copied."""

from __future__ import annotations

from datetime import datetime, timedelta
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
from tiantou.kernel.access import PUBLIC, allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for
from tiantou.people import limits
from tiantou.people.queries import address_of
from tiantou.portal import queries, scanning, services
from tiantou.portal.models import Complaint, Ground, Outcome
from tiantou.registry.sheets import writing
from tiantou.ui.forms import KeyedForm, fresh_key, show
from tiantou.ui.navigation import Place, register_place

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WATCHERS = frozenset({Role.INSPECTOR, Role.DISTRICT_OFFICER, Role.CITY_OFFICER})
#: Complaints from one address: five at once, then one in ten minutes.
FILING = limits.Limit("complaint", 5, 600)
PER_PAGE, DAYS = 50, 30

register_place(Place(gettext_lazy("投诉"), "warn", "portal:complaints", "console", WATCHERS, 32, gettext_lazy("监管")))
register_place(
    Place(gettext_lazy("可疑扫码"), "scan", "portal:suspicious", "console", WATCHERS, 33, gettext_lazy("监管"))
)


@tasks_for(Role.INSPECTOR, Role.DISTRICT_OFFICER)
def _open(actor: Actor, at: datetime) -> list[Task]:
    """Complaints that nobody has answered."""
    waiting = Complaint.objects.visible_to(actor).filter(outcome="").count()
    return [Task(_("投诉待答复"), _("查了再答，投诉的人凭编号看"), reverse("portal:complaints"), waiting, "warn", 15)]


class ComplaintForm(KeyedForm):
    """What is wrong with goods."""

    code = forms.CharField(label=gettext_lazy("扫码内容或批次号"), max_length=200, required=False)
    ground = forms.ChoiceField(label=gettext_lazy("什么问题"), choices=Ground.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=gettext_lazy("写一两句"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("什么时候、哪里买的、怎么不对。"),
    )  # fmt: skip
    bought_at = forms.CharField(label=gettext_lazy("在哪里买的"), max_length=120, required=False)
    contact = forms.CharField(
        label=gettext_lazy("您的电话"), max_length=40, required=False,
        help_text=gettext_lazy("不留也行，凭编号能看答复。只有处理的人看得到，办完 180 天后删除。"),
    )  # fmt: skip


class AnswerForm(KeyedForm):
    """What came of it."""

    outcome = forms.ChoiceField(label=gettext_lazy("处理结果"), choices=Outcome.choices, widget=forms.RadioSelect)
    answer = forms.CharField(
        label=gettext_lazy("答复"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("投诉的人会看到这段话。"),
    )  # fmt: skip


@page("complain/", name="complain", access=PUBLIC, methods=("GET", "POST"))
def complain(request: Request) -> HttpResponse:
    """Whom to call, or a complaint filed here, with the code of the pack carried along."""
    code = (request.GET.get("code") or request.GET.get("lot") or "")[:200]
    form = ComplaintForm(request.POST or None, initial={"code": code, **fresh_key()})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            limits.take(FILING, address_of(request), at=clock.now())
            made = services.file_complaint(by=request.actor, at=clock.now(), **form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("收到了。请记下编号 %(number)s，凭它看答复。") % {"number": made.number})
            return see_other(reverse("portal:complaint_receipt", args=[made.number]))
    named = scanning.goods_named(form["code"].value() or "")
    return show(request, "portal/complain.html", form, refusal, lot=named.lot if named else None)


@page("complain/<slug:number>/", name="complaint_receipt", access=PUBLIC)
def receipt(request: Request, number: str) -> HttpResponse:
    """For whoever knows the number: what was filed of it, and the answer. Contact and place are not shown."""
    found = Complaint.objects.filter(number=number.upper()).select_related("lot__product").first()
    if found is None:
        raise Absent(_("没有这个编号的投诉。"))
    answer = render(request, "portal/complaint_receipt.html", {"complaint": found})
    answer["Cache-Control"] = "private, no-store"
    return answer


@page("complaints/", name="complaints", access=allow(*WATCHERS))
def complaints(request: Request) -> HttpResponse:
    """The complaints of the area, unanswered ones first asked for."""
    state = request.GET.get("state", "open")
    found = Paginator(_filtered(request.actor, state), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portal/complaints.html", {"page": found, "state": state})


@page("complaints.xlsx", name="complaints_sheet", access=allow(*WATCHERS))
def complaints_sheet(request: Request) -> HttpResponse:
    """Exactly the filtered list as a workbook; contacts stay out of it."""
    headings = [
        _("编号"),
        _("时间"),
        _("问题"),
        _("产品"),
        _("批次"),
        _("在哪里买的"),
        _("内容"),
        _("处理结果"),
        _("答复"),
        _("答复时间"),
    ]
    rows = (
        [
            each.number, _cell(each.at), each.get_ground_display(), each.lot.product.name if each.lot else "",
            each.lot.code if each.lot else each.code, each.bought_at, each.text,
            each.get_outcome_display() if each.outcome else "", each.answer, _cell(each.answered_at),
        ]
        for each in _filtered(request.actor, request.GET.get("state", "open"))
    )  # fmt: skip
    content = writing.listing(_("投诉"), headings, rows, as_csv=False)
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="complaints.xlsx"'}
    )


@page("complaints/<slug:number>/", name="complaint", access=allow(*WATCHERS), methods=("GET", "POST"))
def complaint(request: Request, number: str) -> HttpResponse:
    """One complaint with its goods, and the form to answer it."""
    found = Complaint.objects.visible_to(request.actor).filter(number=number).select_related("lot__product").first()
    if found is None:
        raise Absent(_("没有这个编号的投诉。"))
    form = AnswerForm(request.POST or None, initial=fresh_key())
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_complaint(by=request.actor, at=clock.now(), number=number, **form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("答复了，投诉的人凭编号看得到。"))
            return see_other(reverse("portal:complaints"))
    return show(request, "portal/complaint.html", form, refusal, complaint=found)


@page("scans/", name="suspicious", access=allow(*WATCHERS))
def suspicious(request: Request) -> HttpResponse:
    """Codes whose scans of the last thirty days look as if they had been copied, the most scanned first."""
    since = clock.today() - timedelta(days=DAYS)
    return render(
        request, "portal/suspicious.html", {"codes": queries.suspicious_codes(request.actor, since), "days": DAYS}
    )


def _filtered(actor: Actor, state: str) -> Any:
    rows = Complaint.objects.visible_to(actor).select_related("lot__product")
    return rows.filter(outcome="") if state == "open" else rows.exclude(outcome="") if state == "done" else rows


def _cell(at: datetime | None) -> str:
    return at.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M") if at else ""
