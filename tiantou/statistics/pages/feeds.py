"""Files of platforms: sent on a page, answered by a receipt that says what came of every row."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page, see_other
from tiantou.registry.sheets import writing
from tiantou.statistics import lake, queries, services
from tiantou.statistics.models import PartKind, Receipt, Status
from tiantou.statistics.profiles import all_profiles
from tiantou.ui.forms import KeyedForm, fresh_key, show
from tiantou.ui.navigation import Place, register_place

PER_PAGE = 50
SHOWN_FAULTS = 100
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["platform"].choices = [(each.code, label(each.names)) for each in all_profiles().values()]  # type: ignore[attr-defined]


class VoidForm(forms.Form):
    """Why a delivery counts no more."""

    reason = forms.CharField(label=gettext_lazy("作废回执的原因"), max_length=300)


@page("feeds/", name="feeds", access=SIGNED_IN, methods=("GET", "POST"))
def feeds(request: Request) -> HttpResponse:
    """Send a file; see what came of the earlier ones."""
    form = FeedForm(request.POST or None, request.FILES or None, initial=fresh_key())
    refusal = None
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
    rows = [{"receipt": receipt, "kind": STATUS_KINDS[Status(receipt.status)]} for receipt in found]
    return show(request, "statistics/feeds.html", form, refusal, page=found, rows=rows)


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
        "kind": STATUS_KINDS[Status(receipt.status)],
        "faults": faults[:SHOWN_FAULTS],
        "more": max(0, len(faults) - SHOWN_FAULTS),
        "lines": _lines(receipt),
        "may_void": services.STEWARDS.admits(request.actor) and receipt.status != Status.VOID,
    }
    return show(request, "statistics/receipt.html", form, refusal, **context)


def _lines(receipt: Receipt) -> list[tuple[Any, ...]]:
    """The first new lines of a delivery, in the order of the file."""
    pieces = lake.pieces(receipt.parts.filter(kind=PartKind.LINES))
    if not pieces:
        return []
    with lake.session() as duck:
        return duck.execute(
            f"SELECT row_no, made_on, order_no, product_name, quantity, gross_fen, cancelled_fen FROM {lake.scan(pieces)} ORDER BY row_no LIMIT ?",  # noqa: S608 - own paths
            [PER_PAGE],
        ).fetchall()


@page("feeds/<int:pk>/rejected.xlsx", name="rejected", access=SIGNED_IN)
def rejected(request: Request, pk: int) -> HttpResponse:
    """Every fault of a delivery as a workbook, for whoever mends the file."""
    receipt = _seen(request, pk)
    rows = [list(fault) for fault in queries.rejected_rows(receipt)]
    content = writing.listing(receipt.number, [_("行"), _("字段"), _("原因")], rows, as_csv=False)
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="rejected.xlsx"'}
    )
