"""A holder answers a recall on the phone: one tap opens the notice, the second says that everything is stopped."""

from __future__ import annotations

from datetime import datetime
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
from tiantou.kernel.errors import Absent, Invalid, Refused
from tiantou.kernel.units import grams
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for
from tiantou.quality.models import RecallLine, RecallNotice
from tiantou.quality.pages.recalls import xlsx
from tiantou.quality.queries import recalls as queries
from tiantou.quality.recall_sheets import answers_sheet, by_sheet_row, read_answers
from tiantou.quality.rules.recalls import Answer
from tiantou.quality.services import DRILLERS, answer_all_stopped, answer_recall, plan_drills, run_drill
from tiantou.ui.forms import DateInput, KeyedForm, fresh_key

HOLDERS = (Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER, Role.BUYER, Role.DRIVER)
PER_PAGE = 50


@tasks_for(*HOLDERS)
def _waiting(actor: Actor, at: datetime) -> list[Task]:
    """Recalls that the actor's party has to answer, and a drill that is due."""
    waiting = queries.notices_for(actor).filter(waits=True)
    found = [
        Task(
            _("召回：马上封存"),
            _("%(product)s，%(number)s") % {"product": notice.recall.product_name, "number": notice.recall.number},
            reverse("quality:notice", args=[notice.pk]),
            1,
            "stop",
            1,
        )
        for notice in waiting[:5]
    ]
    if actor.role in {Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER} and queries.drills_due(actor, at).exists():
        found.append(
            Task(_("该做召回演练了"), _("找一批货，看多久能查清去向"), reverse("quality:drills"), 1, "stop", 30)
        )
    return found


@tasks_for(Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER)
def _drilling(actor: Actor, at: datetime) -> list[Task]:
    """Where a drill begins, and where one reads who looked at one's data."""
    return [
        Task(_("模拟召回演练"), _("找一批货，看多久能查清去向"), reverse("quality:drills"), None, "shield", 80),
        Task(_("谁看过我的数据"), _("监管机构的调取记录"), reverse("quality:accesses"), None, "search", 90),
    ]


@tasks_for(Role.INSPECTOR, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
def _watching(actor: Actor, at: datetime) -> list[Task]:
    """Holders past their time, and recalls that wait to begin."""
    late = queries.overdue(actor, at).count()
    opened = queries.recalls_of(actor).filter(state="opened").count()
    return [
        Task(_("召回超期未反馈"), _("催办"), reverse("quality:recall_overdue"), late, "stop", 2),
        Task(
            _("召回待发布"), _("货已冻结，核对后发布"), reverse("quality:recalls") + "?state=opened", opened, "stop", 3
        ),
    ]


class KilogramField(forms.DecimalField):
    """A mass typed in kilograms, to the gram."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_digits=10, decimal_places=3, required=False, **options)


class LineForm(KeyedForm):
    """What became of one lot."""

    lot = forms.CharField(widget=forms.HiddenInput)
    stopped = KilogramField(label=gettext_lazy("已封存"))
    returned = KilogramField(label=gettext_lazy("已退回"))
    destroyed = KilogramField(label=gettext_lazy("已销毁"))
    sold = KilogramField(label=gettext_lazy("已售出"))
    proof = forms.CharField(
        label=gettext_lazy("销毁凭证"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("销毁记录编号、见证人、时间"),
    )
    note = forms.CharField(
        label=gettext_lazy("说明"), max_length=200, required=False, help_text=gettext_lazy("数量对不上时写明原因")
    )

    def answer(self) -> Answer:
        """What the verb takes."""
        data = self.cleaned_data
        masses = {f"{name}_g": grams(data[name] or 0) for name in ("stopped", "returned", "destroyed", "sold")}
        return Answer(data["lot"], **masses, proof=data["proof"], note=data["note"])


class SheetForm(forms.Form):
    """A filled sheet."""

    file = forms.FileField(
        label=gettext_lazy("填好的表格"), help_text=gettext_lazy("Excel 文件，有错会逐行指出，什么都不保存")
    )


@page("recall-notices/", name="notices", access=SIGNED_IN)
def notices(request: Request) -> HttpResponse:
    """What my party was told, what waits first."""
    rows = queries.notices_for(request.actor).order_by("-waits", "-told_at")
    return render(request, "quality/notices.html", {"notices": rows})


@page("recall-notices/<int:pk>/", name="notice", access=SIGNED_IN, methods=("GET", "POST"))
def notice(request: Request, pk: int) -> HttpResponse:
    """One notice: what to do, my lots, one big button, and a form for a lot that is otherwise."""
    found = _own(request.actor, pk)
    form = None
    refusal = None
    if request.method == "POST":
        try:
            form = _answer(request, found)
        except Refused as refused:
            refusal = refused
        if form is None and refusal is None:
            left = found.lines.filter(answered_at=None).count()
            if left:
                messages.success(request, _("记下了，还有 %(n)d 个批次要反馈。") % {"n": left})
            else:
                messages.success(request, _("都反馈了。货继续单独放着，等下一步通知。"))
            return see_other(reverse("quality:notice", args=[pk]))
    return _notice(request, found, form, refusal)


def _own(actor: Actor, pk: int) -> RecallNotice:
    rows = RecallNotice.objects.visible_to(actor).select_related("recall", "party")
    found: RecallNotice | None = rows.filter(pk=pk).first()
    if found is None or (actor.role not in OFFICIALS and found.party_id != actor.party_id):
        raise Absent
    return found


def _answer(request: Request, found: RecallNotice) -> forms.Form | None:
    """Do what the button says; a form with faults comes back. Raises: Refused."""
    facts: dict[str, Any] = {"by": request.actor, "at": clock.now(), "notice": found}
    if request.POST.get("do") == "all":
        answer_all_stopped(**facts, key=request.POST.get("key", ""))
        return None
    if request.FILES or request.POST.get("do") == "sheet":
        sheet = SheetForm(request.POST, request.FILES)
        if not sheet.is_valid():
            return sheet
        read = read_answers(sheet.cleaned_data["file"].read())
        try:
            answer_recall(**facts, answers=[answer for _row, answer in read])
        except Invalid as refusal:
            raise by_sheet_row(refusal, [row for row, _answer in read]) from None
        return None
    line = LineForm(request.POST)
    if not line.is_valid():
        return line
    answer_recall(**facts, answers=[line.answer()], key=line.cleaned_data["key"])
    return None


def _notice(request: Request, found: RecallNotice, form: forms.Form | None, refusal: Refused | None) -> HttpResponse:
    rows = found.lines.select_related("lot__product").order_by("answered_at", "lot__code")
    page_of = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    typed = request.POST.get("lot") if request.method == "POST" else None
    entries = [
        {"line": line, "form": _line_form(line, request if line.lot.code == typed else None)} for line in page_of
    ]
    own = found.party_id == request.actor.party_id
    context = {
        "notice": found,
        "recall": found.recall,
        "entries": entries,
        "page": page_of,
        "waits": found.lines.filter(answered_at=None).count(),
        "total_g": sum(line.expected_g for line in rows),
        "sheet": form if isinstance(form, SheetForm) else SheetForm(),
        "faulty": form,
        "refusal": refusal,
        "may_answer": own and found.recall.state == "ongoing",
        "typed": typed,
        **fresh_key(),
    }
    status = refusal.status if refusal else 422 if form is not None else 200
    return render(request, "quality/notice.html", context, status=status)


def _line_form(line: RecallLine, request: Request | None) -> LineForm:
    if request is not None:
        return LineForm(request.POST)
    kilograms = {name: getattr(line, f"{name}_g") / 1000 for name in ("stopped", "returned", "destroyed", "sold")}
    if line.answered_at is None:
        kilograms = {"stopped": line.expected_g / 1000}
    return LineForm(
        initial={**fresh_key(), "lot": line.lot.code, **kilograms, "proof": line.proof, "note": line.note},
        auto_id=f"id_{line.pk}_%s",
    )


@page("recall-notices/<int:pk>/answers.xlsx", name="notice_sheet", access=SIGNED_IN)
def notice_sheet(request: Request, pk: int) -> HttpResponse:
    """My lots as a sheet to fill in and send back."""
    found = _own(request.actor, pk)
    return xlsx(f"{found.recall.number}-{found.pk}", answers_sheet(found.lines.select_related("lot__product")))


class PlanForm(forms.Form):
    """How often a party drills."""

    months = forms.IntegerField(label=gettext_lazy("每几个月演练一次"), min_value=1, max_value=24, initial=6)
    next_on = forms.DateField(label=gettext_lazy("下一次"), required=False, widget=DateInput())


class DrillForm(KeyedForm):
    """A drill to run."""

    lot_code = forms.CharField(
        label=gettext_lazy("批次号"), max_length=20, required=False, help_text=gettext_lazy("不填就用最近采收的一批")
    )


@page("drills/", name="drills", access=DRILLERS, methods=("GET", "POST"))
def drills(request: Request) -> HttpResponse:
    """模拟召回演练: run one, plan them, and read the reports of those done."""
    posted = request.POST if request.method == "POST" else None
    plan_form = PlanForm(posted if posted and posted.get("do") == "plan" else None)
    form = DrillForm(posted if posted and posted.get("do") == "drill" else None, initial=fresh_key())
    refusal = None
    try:
        if plan_form.is_bound and plan_form.is_valid():
            plan_drills(by=request.actor, at=clock.now(), **plan_form.cleaned_data)
            messages.success(request, _("演练计划记下了，到时候会提醒。"))
            return see_other(reverse("quality:drills"))
        if form.is_bound and form.is_valid():
            made = run_drill(by=request.actor, at=clock.now(), **form.cleaned_data)
            messages.success(
                request,
                _("演练 %(number)s：%(lots)d 个批次的去向查清了。看缺口，写总结，打印报告。")
                % {"number": made.number, "lots": made.lots.count()},
            )
            return see_other(reverse("quality:recall", args=[made.number]))
    except Refused as refused:
        refusal = refused
    context = {
        "form": form,
        "plan_form": plan_form,
        "refusal": refusal,
        "plan": queries.plan_of(request.actor),
        "drills": queries.recalls_of(request.actor).filter(drill=True, opener_id=request.actor.party_id)[:20],
    }
    faulty = (form.is_bound and not form.is_valid()) or (plan_form.is_bound and not plan_form.is_valid())
    return render(request, "quality/drills.html", context, status=refusal.status if refusal else 422 if faulty else 200)
