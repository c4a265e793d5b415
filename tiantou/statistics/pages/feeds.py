"""Files of platforms: sent on a page, answered by a receipt that says what came of every row."""

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
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, NotPermitted, Refused
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page, see_other
from tiantou.registry.sheets import writing
from tiantou.statistics import queries, services
from tiantou.statistics.models import Receipt, Status
from tiantou.statistics.profiles import all_profiles
from tiantou.statistics.rules import Profile
from tiantou.ui.forms import KeyedForm, fresh_key, show
from tiantou.ui.navigation import Place, register_place

PER_PAGE = 50
SHOWN_FAULTS = 100
SHOWN_LINES = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATUS_KINDS = {
    Status.ACCEPTED: "ok",
    Status.PARTLY: "wait",
    Status.REPEATED: "info",
    Status.REFUSED: "stop",
    Status.VOID: "none",
}
register_place(
    Place(
        gettext_lazy("平台报送"), "import", "statistics:feeds", "console", frozenset({Role.CITY_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR}), 61,
        gettext_lazy("统计"),
    )
)  # fmt: skip


class FeedForm(KeyedForm):
    """A platform's file."""

    platform = forms.ChoiceField(label=gettext_lazy("平台"))
    file = forms.FileField(
        label=gettext_lazy("订单文件"), help_text=gettext_lazy("CSV 或 Excel，按平台自己的格式；重复报送不会重复计算")
    )

    def __init__(self, *args: Any, profiles: list[Profile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["platform"].choices = [(each.code, label(each.names)) for each in profiles]  # type: ignore[attr-defined]


class VoidForm(forms.Form):
    """Why a delivery counts no more."""

    reason = forms.CharField(label=gettext_lazy("作废回执的原因"), max_length=300)


@page("feeds/", name="feeds", access=SIGNED_IN, methods=("GET", "POST"))
def feeds(request: Request) -> HttpResponse:
    """Send a file; see what came of the earlier ones."""
    profiles = services.sendable(request.actor)
    form = FeedForm(request.POST or None, request.FILES or None, initial=fresh_key(), profiles=profiles)
    refusal = None
    if request.method == "POST" and not profiles:
        raise NotPermitted(_("只有这个平台的经营者和市级工作人员可以报送它的订单。"))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            receipt = services.receive_file(
                by=request.actor,
                at=clock.now(),
                platform=data["platform"],
                name=data["file"].name,
                content=data["file"].read(),
                key=data["key"],
            )
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, _("已收到，回执 %(number)s。") % {"number": receipt.number})
            return see_other(reverse("statistics:receipt", args=[receipt.pk]))
    found = Paginator(Receipt.objects.visible_to(request.actor), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {"receipt": receipt, "platform": platform_name(receipt.platform), "kind": STATUS_KINDS[Status(receipt.status)]}
        for receipt in found
    ]
    plans = [{"name": label(each.names), "statement": label(each.statement)} for each in profiles]
    return show(request, "statistics/feeds.html", form, refusal, page=found, rows=rows, plans=plans)


def platform_name(code: str) -> str:
    """What people call a platform; its code where its profile is gone."""
    profile = all_profiles().get(code)
    return label(profile.names) if profile else code


def _seen(request: Request, pk: int) -> Receipt:
    found: Receipt | None = Receipt.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise Absent
    return found


@page("feeds/<int:pk>/", name="receipt", access=SIGNED_IN, methods=("GET", "POST"))
def receipt_page(request: Request, pk: int) -> HttpResponse:
    """A receipt: counts that add up, faults by row, its lines; stewards may void it."""
    receipt = _seen(request, pk)
    form = VoidForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            services.void_receipt(by=request.actor, at=clock.now(), receipt=pk, reason=form.cleaned_data["reason"])
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, _("回执已作废，它的行不再计入；别的回执也报过的行还算。"))
            return see_other(reverse("statistics:receipt", args=[pk]))
    faults = queries.rejected_rows(receipt)
    context = {
        "receipt": receipt,
        "platform": platform_name(receipt.platform),
        "kind": STATUS_KINDS[Status(receipt.status)],
        "faults": faults[:SHOWN_FAULTS],
        "more": max(0, len(faults) - SHOWN_FAULTS),
        "held": queries.lines_held(receipt),
        "lines": queries.lines_of(receipt, 0, SHOWN_LINES),
        "may_void": services.STEWARDS.admits(request.actor) and receipt.status != Status.VOID,
    }
    return show(request, "statistics/receipt.html", form, refusal, **context)


@page("feeds/<int:pk>/lines/", name="receipt_lines", access=SIGNED_IN)
def receipt_lines(request: Request, pk: int) -> HttpResponse:
    """Every line that lies under a receipt, in the order of the file."""
    receipt = _seen(request, pk)
    total = queries.lines_held(receipt)
    found = Paginator(range(total), PER_PAGE).get_page(request.GET.get("page"))
    lines = queries.lines_of(receipt, (found.number - 1) * PER_PAGE, PER_PAGE)
    context = {"receipt": receipt, "page": found, "lines": lines, "total": total}
    return render(request, "statistics/receipt_lines.html", context)


@page("feeds/<int:pk>/rejected.xlsx", name="rejected", access=SIGNED_IN)
def rejected(request: Request, pk: int) -> HttpResponse:
    """Every fault of a delivery as a workbook, for whoever mends the file."""
    receipt = _seen(request, pk)
    rows = [[each.row, each.column, each.reason, each.remedy] for each in queries.rejected_rows(receipt)]
    content = writing.listing(receipt.number, [_("行"), _("列"), _("问题"), _("怎么改")], rows, as_csv=False)
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="rejected.xlsx"'}
    )
