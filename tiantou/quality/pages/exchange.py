"""Sharing on the console, and for whoever's data it is: who looked at it, when, for what."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN, allow
from tiantou.kernel.actor import OFFICIALS, Role
from tiantou.kernel.errors import Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.quality import exchanging
from tiantou.quality.models.exchange import Purpose
from tiantou.quality.queries import exchange as queries
from tiantou.quality.services import READERS, bring_record, shared
from tiantou.ui.navigation import Place, register_place

PER_PAGE = 50
register_place(
    Place(gettext_lazy("数据共享"), "export", "quality:exchange", "console", OFFICIALS, 48, gettext_lazy("质量安全"))
)


class ReasonForm(forms.Form):
    """Why."""

    purpose = forms.ChoiceField(label=gettext_lazy("用途"), choices=Purpose)
    case_ref = forms.CharField(label=gettext_lazy("案号或任务编号"), max_length=80)


class TakeForm(ReasonForm):
    """A batch to take."""

    code = forms.CharField(label=gettext_lazy("批次号或追溯码"), max_length=200)
    direction = forms.ChoiceField(
        label=gettext_lazy("方向"),
        choices=[
            ("both", gettext_lazy("来源和去向")),
            ("up", gettext_lazy("只要来源")),
            ("down", gettext_lazy("只要去向")),
        ],
    )
    form = forms.ChoiceField(label=gettext_lazy("格式"), choices=[("json", "JSON"), ("xml", "XML")])


class BringForm(ReasonForm):
    """A record to bring."""

    file = forms.FileField(label=gettext_lazy("记录文件"), help_text=gettext_lazy("JSON 或 XML，不超过 5 MB"))


@page("exchange/", name="exchange", access=allow(*OFFICIALS, Role.AUTHORITY), methods=("GET", "POST"))
def exchange(request: Request) -> HttpResponse:
    """Take a batch's way, bring another platform's, and read the log."""
    posted = request.POST if request.method == "POST" else None
    taking = TakeForm(posted if posted and posted.get("do") == "take" else None)
    bringing = BringForm(posted if posted and posted.get("do") == "bring" else None, request.FILES or None)
    refusal = None
    try:
        if taking.is_bound and taking.is_valid():
            READERS.require(request.actor)
            return _file(request, taking.cleaned_data)
        if posted and posted.get("do") == "bring" and bringing.is_valid():
            READERS.require(request.actor)
            data = bringing.cleaned_data
            made = bring_record(
                by=request.actor, at=clock.now(), content=data["file"].read(), media=data["file"].content_type or "",
                purpose=data["purpose"], case_ref=data["case_ref"],
            )  # fmt: skip
            messages.success(request, _("接入 %(n)d 个环节；重复的没有再记。") % {"n": made.links})
            return see_other(reverse("quality:exchange"))
    except Refused as refused:
        refusal = refused
    rows = Paginator(queries.accesses_of(request.actor), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "taking": taking,
        "bringing": bringing,
        "refusal": refusal,
        "page": rows,
        "shape": exchanging.shape(),
        "may_take": READERS.admits(request.actor),
    }
    faulty = posted is not None and refusal is None
    return render(
        request, "quality/exchange.html", context, status=refusal.status if refusal else 422 if faulty else 200
    )


def _file(request: Request, data: dict[str, str]) -> HttpResponse:
    """The record as a file to be saved. Raises: Refused."""
    facts = {name: data[name] for name in ("code", "purpose", "case_ref", "direction")}
    given = shared(by=request.actor, at=clock.now(), **facts)
    about = {
        "batch": given.access.batch,
        "created": given.access.at.isoformat(timespec="seconds"),
        "purpose": given.access.purpose,
        "case_ref": given.access.case_ref,
    }
    xml = data["form"] == "xml"
    content = exchanging.as_xml(given.record, about) if xml else exchanging.as_json(given.record, about)
    return HttpResponse(
        content,
        content_type=f"{exchanging.XML if xml else exchanging.JSON}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{given.access.batch}.{data["form"]}"'},
    )


@page("exchange/mine/", name="accesses", access=SIGNED_IN)
def accesses(request: Request) -> HttpResponse:
    """谁看过我的数据: which authority read traces in which my party stands, when, for what purpose."""
    rows = Paginator(queries.accesses_of(request.actor), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "quality/accesses.html", {"page": rows})
