"""Recalls on the console: opened, begun, watched figure by figure, closed; lists and sheets; what the public reads."""

from __future__ import annotations

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
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.actor import OFFICIALS, Actor
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Subject
from tiantou.production.sheets import sheet
from tiantou.quality.models import Recall, RecallLevel, RecallState
from tiantou.quality.models.recalls import Origin
from tiantou.quality.pages.papers import gap_words, recall_paper
from tiantou.quality.queries import recalls as queries
from tiantou.quality.rules.recalls import BEGIN_HOURS
from tiantou.quality.services import (
    OPENERS,
    ORDERERS,
    Mark,
    close_recall,
    open_recall,
    release_recall,
    start_recall,
)
from tiantou.ui import printing
from tiantou.ui.forms import DateInput, KeyedForm, fresh_key
from tiantou.ui.navigation import Place, register_place

PER_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATE_KINDS = {"opened": "wait", "ongoing": "stop", "closed": "none"}

register_place(
    Place(gettext_lazy("召回"), "stop", "quality:recalls", "console", OFFICIALS, 45, gettext_lazy("质量安全"))
)
register_place(Place(gettext_lazy("召回公告"), "stop", "quality:recalled", "public", order=60))


class MarkForm(KeyedForm):
    """What is pointed at."""

    kind = forms.ChoiceField(label=gettext_lazy("从哪里查起"), choices=Subject, widget=forms.RadioSelect, initial="lot")
    code = forms.CharField(
        label=gettext_lazy("编号"),
        max_length=200,
        help_text=gettext_lazy("批次号；地块写“基地编码/地块编号”；投入品写批号；箱或件扫码；合格证写 HG 编号"),
    )
    input_name = forms.CharField(
        label=gettext_lazy("投入品名称"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("查投入品时填，照标签写"),
    )
    since = forms.DateField(
        label=gettext_lazy("从哪天采收的算起"),
        required=False,
        widget=DateInput(),
        help_text=gettext_lazy("查地块时填；不填就是全部"),
    )

    def mark(self) -> Mark:
        """What the verbs take."""
        data = self.cleaned_data
        return Mark(data["kind"], data["code"], since=data["since"], input_name=data["input_name"])


class RecallForm(MarkForm):
    """A recall to open."""

    level = forms.ChoiceField(label=gettext_lazy("级别"), choices=RecallLevel, initial="2", widget=forms.RadioSelect)
    reason = forms.CharField(label=gettext_lazy("召回原因"), max_length=200)
    legal_basis = forms.CharField(
        label=gettext_lazy("依据"), max_length=300, required=False, initial="《食品召回管理办法》《农产品质量安全法》"
    )
    public_text = forms.CharField(
        label=gettext_lazy("公告"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("什么货、买了怎么办、找谁；不要写个人信息。发布以后消费者扫码看得到"),
    )


class TextForm(forms.Form):
    """The public text."""

    public_text = forms.CharField(
        label=gettext_lazy("公告"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


class CloseForm(forms.Form):
    """The end of a recall."""

    summary = forms.CharField(label=gettext_lazy("总结"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    gaps = forms.CharField(
        label=gettext_lazy("没有收到反馈的，写明原因"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    release = forms.BooleanField(label=gettext_lazy("同时解除扣留（复检合格或已处理完）"), required=False)


class ReleaseForm(forms.Form):
    """Why goods are free."""

    reason = forms.CharField(label=gettext_lazy("解除原因"), max_length=200)


@page("recalls/", name="recalls", access=SIGNED_IN)
def recalls(request: Request) -> HttpResponse:
    """The recalls and drills that the actor sees; filters are the address."""
    rows = _filtered(request)
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": found,
        "kinds": STATE_KINDS,
        "states": RecallState.choices,
        "chosen": request.GET,
        "may_open": OPENERS.admits(request.actor),
        "late": queries.overdue(request.actor, clock.now()).count(),
    }
    return render(request, "quality/recalls.html", context)


def _filtered(request: Request) -> Any:
    rows = queries.recalls_of(request.actor)
    if state := request.GET.get("state"):
        rows = rows.filter(state=state)
    if (drill := request.GET.get("drill", "")) in {"0", "1"}:
        rows = rows.filter(drill=drill == "1")
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(number__contains=text) | rows.filter(subject__contains=text)
    return rows


@page("recalls.xlsx", name="recalls_sheet", access=SIGNED_IN)
def recalls_sheet(request: Request) -> HttpResponse:
    """Exactly the filtered list as a workbook."""
    now = clock.now()
    head = [
        "编号", "演练", "状态", "级别", "类型", "产品", "对象", "原因", "责任主体", "决定单位", "立案时间", "发布时间", "结束时间",
        "批次数", "持有人数", "涉及（公斤）", "已反馈（%）", "已控制（%）",
    ]  # fmt: skip
    rows = []
    for each in _filtered(request):
        effect = queries.effect(each, now)
        rows.append(
            [
                each.number, "是" if each.drill else "", each.get_state_display(), each.get_level_display(),
                each.get_origin_display(), each.product_name, each.subject, each.reason,
                each.party.masked_name() if each.party else "", each.ordered_by, *map(_cell, (each.opened_at, each.started_at, each.closed_at)),
                effect.lots, effect.parties, effect.expected_g / 1000, effect.answered_share, effect.recovered_share,
            ]
        )  # fmt: skip
    return xlsx("recalls", sheet("召回", head, rows))


def xlsx(name: str, content: bytes) -> HttpResponse:
    """A workbook to be saved."""
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    )


def _cell(at: Any) -> str:
    return at.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M") if at else ""


@page("recalls/new/", name="open_recall", access=OPENERS, methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """A recall is opened: the goods are frozen and found; nobody is told yet."""
    known = {name: request.GET[name] for name in ("kind", "code", "input_name", "since") if name in request.GET}
    form = RecallForm(request.POST or None, initial={**fresh_key(), **known})
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        words = {name: data[name] for name in ("level", "reason", "legal_basis", "public_text", "key")}
        try:
            made = open_recall(by=request.actor, at=clock.now(), mark=form.mark(), **words)
        except Refused as refused:
            refusal = refused
        else:
            messages.warning(
                request,
                _("召回 %(number)s 立案，%(lots)d 个批次已冻结。核对去向，再发布。")
                % {"number": made.number, "lots": made.lots.count()},
            )
            return see_other(reverse("quality:recall", args=[made.number]))
    status = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, "quality/recall_new.html", {"form": form, "refusal": refusal}, status=status)


@page("recalls/overdue/", name="recall_overdue", access=SIGNED_IN)
def overdue(request: Request) -> HttpResponse:
    """Holders past their time, over all recalls."""
    found = Paginator(queries.overdue(request.actor, clock.now()), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "quality/recall_overdue.html", {"page": found})


SHOWS = ("holders", "lots", "lines")


@page("recalls/<slug:number>/", name="recall", access=SIGNED_IN)
def recall(request: Request, number: str) -> HttpResponse:
    """One recall: its figures, and under them the rows that they are made of."""
    return _recall(request, _conducted(request.actor, number))


def _conducted(actor: Actor, number: str) -> Recall:
    """The recall, for who conducts or watches it. Raises: Absent; a holder reads its own notice, the public the public page."""
    found = queries.recall_seen(actor, number)
    theirs = actor.party_id is not None and actor.party_id in {found.party_id, found.opener_id}
    if actor.role not in OFFICIALS and not theirs:
        raise Absent
    return found


def _recall(
    request: Request, found: Recall, refusal: Refused | None = None, form: forms.Form | None = None
) -> HttpResponse:
    show = next((name for name in SHOWS if name == request.GET.get("show")), SHOWS[0])
    rows: Any = {
        "holders": queries.notices_of, "lots": queries.lots_of, "lines": queries.lines_of,
    }[show](found)  # fmt: skip
    if show == "holders" and request.GET.get("waits"):
        rows = rows.filter(waits=True)
    if show == "lots" and request.GET.get("late"):
        rows = rows.filter(late=True)
    if show == "lines" and (name := request.GET.get("has", "")) in LINE_FIGURES:
        rows = rows.filter(**{f"{name}__gt": 0})
    actor, here = request.actor, reverse("quality:recall", args=[found.number])
    conducts = actor.role in ORDERERS.roles if ORDERERS.roles else False
    own = actor.party_id is not None and actor.party_id == found.opener_id
    page_of = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "recall": found,
        "kind": STATE_KINDS[found.state],
        "effect": queries.effect(found, clock.now()),
        "balance": queries.balance(found),
        "gaps": [(gap_words(what, n)) for what, n in queries.gaps_of(found)],
        "show": show,
        "tabs": [
            {"label": label, "href": f"{here}?show={name}", "current": name == show}
            for name, label in zip(SHOWS, (_("持有人"), _("批次"), _("明细")), strict=True)
        ],
        "page": page_of,
        "refusal": refusal,
        "may_start": found.state == RecallState.OPENED and (conducts or own),
        "may_close": found.state == RecallState.ONGOING
        and (conducts or (own and (found.drill or found.origin == Origin.VOLUNTARY))),
        "may_release": found.state == RecallState.CLOSED
        and conducts
        and found.hold is not None
        and found.hold.lifted_at is None,
        "start_form": form if isinstance(form, TextForm) else TextForm(initial={"public_text": found.public_text}),
        "close_form": form if isinstance(form, CloseForm) else CloseForm(),
        "release_form": form if isinstance(form, ReleaseForm) else ReleaseForm(),
        "hours": BEGIN_HOURS[found.level],
        "now": clock.now(),
    }
    return render(request, "quality/recall.html", context, status=refusal.status if refusal else 200)


LINE_FIGURES = (
    "stock_g", "road_g", "bought_g", "private_g", "stopped_g", "returned_g", "destroyed_g", "sold_g",
)  # fmt: skip


def _act(request: Request, number: str, form: forms.Form, run: Any, done: str) -> HttpResponse:
    """One verb of a recall: its refusal shows the same page with what was typed."""
    found = _conducted(request.actor, number)
    if not form.is_valid():
        return _recall(request, found, Refused(_("还有没填的。")), form)
    try:
        run(found, form.cleaned_data)
    except Refused as refusal:
        return _recall(request, found, refusal, form)
    messages.success(request, done % {"number": number})
    return see_other(reverse("quality:recall", args=[number]))


@page("recalls/<slug:number>/start/", name="start_recall", access=OPENERS, methods=("POST",))
def start(request: Request, number: str) -> HttpResponse:
    """Holders are told and the public reads the notice."""
    return _act(
        request, number, TextForm(request.POST),
        lambda found, data: start_recall(by=request.actor, at=clock.now(), recall=found, **data),
        _("%(number)s 发布了，持有人都收到通知。看着反馈，到期没有反馈的去催。"),
    )  # fmt: skip


@page("recalls/<slug:number>/close/", name="close_recall", access=OPENERS, methods=("POST",))
def close(request: Request, number: str) -> HttpResponse:
    """The recall or drill is over, with its report."""
    return _act(
        request, number, CloseForm(request.POST),
        lambda found, data: close_recall(by=request.actor, at=clock.now(), recall=found, **data),
        _("%(number)s 结束了。打印报告存档。"),
    )  # fmt: skip


@page("recalls/<slug:number>/release/", name="release_recall", access=ORDERERS, methods=("POST",))
def release(request: Request, number: str) -> HttpResponse:
    """What is still frozen is free."""
    return _act(
        request, number, ReleaseForm(request.POST),
        lambda found, data: release_recall(by=request.actor, at=clock.now(), recall=found, **data),
        _("%(number)s 的货解除扣留，可以继续流转。"),
    )  # fmt: skip


@page("recalls/<slug:number>/lines.xlsx", name="recall_lines", access=SIGNED_IN)
def lines(request: Request, number: str) -> HttpResponse:
    """Every line of every holder, as a sheet: what the figures are sums of."""
    found = _conducted(request.actor, number)
    head = [
        "批次号", "产品", "持有人", "在哪里", "在库（公斤）", "在途（公斤）", "购入（公斤）", "售给个人（公斤）", "件数",
        "已封存（公斤）", "已退回（公斤）", "已销毁（公斤）", "已售出（公斤）", "差额（公斤）", "销毁凭证", "说明", "通知时间", "反馈时间",
    ]  # fmt: skip
    rows = (
        [
            line.lot.code, line.lot.product.name, line.notice.party.masked_name(), line.places, line.stock_g / 1000, line.road_g / 1000,
            line.bought_g / 1000, line.private_g / 1000, line.packs, line.stopped_g / 1000, line.returned_g / 1000,
            line.destroyed_g / 1000, line.sold_g / 1000, line.gap_g / 1000 if line.answered_at else None, line.proof, line.note,
            _cell(line.notice.told_at), _cell(line.answered_at),
        ]
        for line in queries.lines_of(found)
    )  # fmt: skip
    return xlsx(found.number, sheet("召回明细", head, rows))


@page("recalls/<slug:number>/notice.pdf", name="recall_notice_pdf", access=SIGNED_IN)
def notice_pdf(request: Request, number: str) -> HttpResponse:
    """召回通知书, to be posted or handed over."""
    found = _conducted(request.actor, number)
    return _pdf(found.number, printing.pdf("quality/recall_notice.typ", recall_paper(found, clock.now())))


@page("recalls/<slug:number>/report.pdf", name="recall_report", access=SIGNED_IN)
def report_pdf(request: Request, number: str) -> HttpResponse:
    """召回总结报告, or 模拟召回演练报告: time to locate, mass balance, holders, gaps."""
    found = _conducted(request.actor, number)
    return _pdf(found.number, printing.pdf("quality/recall_report.typ", recall_paper(found, clock.now())))


def _pdf(number: str, content: bytes) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{number}.pdf"'},
    )


@page("recalled/", name="recalled", access=PUBLIC)
def recalled(request: Request) -> HttpResponse:
    """召回公告: every recall that began, for everybody; no drills, no persons."""
    found = Paginator(queries.public_recalls(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "quality/recalled.html", {"page": found, "kinds": STATE_KINDS})


@page("recalled/<slug:number>/", name="recalled_one", access=PUBLIC)
def recalled_one(request: Request, number: str) -> HttpResponse:
    """One recall for everybody: what, why, which lots, what to do."""
    found = queries.public_recalls().filter(number=number).first()
    if found is None:
        raise Absent
    lots = [row.lot for row in queries.lots_of(found).filter(lot__kind="packed")[:200]]
    context = {
        "recall": found,
        "lots": lots,
        "kind": STATE_KINDS[found.state],
        "effect": queries.effect(found, clock.now()),
    }
    return render(request, "quality/recalled_one.html", context)
