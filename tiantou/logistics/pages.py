"""Pages of the driver (old phone, one hand), of shippers, and the officials' list."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

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
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.units import show_kg
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for
from tiantou.logistics import queries, services
from tiantou.logistics.models import Consignment, Status
from tiantou.logistics.services import DRIVERS, SHIPPERS
from tiantou.registry.sheets import writing
from tiantou.ui.forms import KeyedForm, fresh_key
from tiantou.ui.navigation import Place, register_place
from tiantou.ui.printing import pdf

PER_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATUS_KINDS = {
    "booked": "wait",
    "picked_up": "goods",
    "delivered": "ok",
    "trouble": "stop",
    "cancelled": "none",
    "returned": "stop",
}
_DRIVER = frozenset({Role.DRIVER})

register_place(Place(gettext_lazy("今天"), "truck", "logistics:runs", "workbench", _DRIVER, 10))
register_place(Place(gettext_lazy("记录"), "history", "logistics:consignments", "workbench", _DRIVER, 30))
register_place(
    Place(gettext_lazy("托运"), "truck", "logistics:consignments", "console", OFFICIALS, 40, gettext_lazy("流通"))
)


@tasks_for(Role.DRIVER)
def _runs(actor: Actor, at: datetime) -> list[Task]:
    """The driver's runs."""
    waiting = queries.runs_of(actor).count()
    return [Task(_("我的运单"), _("取货、送货、签收"), reverse("logistics:runs"), waiting, "truck", 10)]


class ScanForm(KeyedForm):
    """Codes of packs or crates, one a line: a scanner types them so."""

    scanned = forms.CharField(
        label=gettext_lazy("扫码或输入编号"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("每行一个；扫箱码等于扫了整箱"),
    )


class DeliverForm(KeyedForm):
    """The proof of delivery."""

    received_by = forms.CharField(label=gettext_lazy("签收人"), max_length=60)
    temperature = forms.DecimalField(
        label=gettext_lazy("车厢温度"), required=False, min_value=-40, max_value=60, decimal_places=1
    )
    photo = forms.FileField(
        label=gettext_lazy("签收照片"), required=False, help_text=gettext_lazy("拍货和签收单；照片里的位置信息会去掉")
    )
    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)


class TroubleForm(forms.Form):
    """What keeps the consignment from going on."""

    note = forms.CharField(label=gettext_lazy("发生了什么"), max_length=200)


@page("runs/", name="runs", access=DRIVERS)
def runs(request: Request) -> HttpResponse:
    """The driver's day: first what is on the lorry, then what waits."""
    return render(request, "logistics/runs.html", {"runs": queries.runs_of(request.actor), "kinds": STATUS_KINDS})


@page("runs/<slug:number>/", name="run", access=DRIVERS)
def run(request: Request, number: str) -> HttpResponse:
    """One run: where from, where to, what, and the next step."""
    return _run(request, queries.seen(request.actor, number))


def _run(
    request: Request, found: Consignment, refusal: Refused | None = None, form: forms.Form | None = None
) -> HttpResponse:
    scan = form if isinstance(form, ScanForm) else ScanForm(initial=fresh_key())
    proof = form if isinstance(form, DeliverForm) else DeliverForm(initial=fresh_key())
    context = {
        "run": found,
        "kind": STATUS_KINDS[found.status],
        "scan": scan,
        "proof": proof,
        "trouble": form if isinstance(form, TroubleForm) else TroubleForm(),
        "refusal": refusal,
        "faulty": form if form is not None and form.errors else None,
        "items": found.items.all(),
        "stopped": queries.stopped(found),
        "back_key": fresh_key()["key"],
    }
    status = refusal.status if refusal else 422 if form is not None and form.errors else 200
    return render(request, "logistics/run.html", context, status=status)


@page("runs/<slug:number>/pick-up/", name="pick_up", access=DRIVERS, methods=("POST",))
def pick_up(request: Request, number: str) -> HttpResponse:
    """The goods are on the lorry."""
    found = queries.seen(request.actor, number)
    form = ScanForm(request.POST)
    if not form.is_valid():
        return _run(request, found, form=form)
    data = form.cleaned_data
    try:
        services.pick_up(
            by=request.actor, at=clock.now(), number=number, scanned=data["scanned"].split(), key=data["key"]
        )
    except Refused as refusal:
        return _run(request, found, refusal, form)
    messages.success(request, _("已装车 %(packs)d 件。到了收货地，点“签收”。") % {"packs": found.items.count()})
    return see_other(reverse("logistics:run", args=[number]))


@page("runs/<slug:number>/deliver/", name="deliver", access=DRIVERS, methods=("POST",))
def deliver(request: Request, number: str) -> HttpResponse:
    """The receiver has the goods."""
    found = queries.seen(request.actor, number)
    form = DeliverForm(request.POST, request.FILES)
    if not form.is_valid():
        return _run(request, found, form=form)
    data = form.cleaned_data
    celsius: Decimal | None = data["temperature"]
    try:
        services.deliver(
            by=request.actor,
            at=clock.now(),
            number=number,
            received_by=data["received_by"],
            photo=data["photo"].read() if data["photo"] else b"",
            temperature_tenths=None if celsius is None else int(celsius * 10),
            note=data["note"],
            key=data["key"],
        )
    except Refused as refusal:
        return _run(request, found, refusal, form)
    messages.success(request, _("%(number)s 已签收，买卖双方都能看到。") % {"number": number})
    return see_other(reverse("logistics:runs"))


@page("runs/<slug:number>/back/", name="take_back", access=DRIVERS, methods=("POST",))
def take_back(request: Request, number: str) -> HttpResponse:
    """Goods that were stopped on the way are back where they came from."""
    found = queries.seen(request.actor, number)
    try:
        services.take_back(by=request.actor, at=clock.now(), number=number, key=request.POST.get("key", ""))
    except Refused as refusal:
        return _run(request, found, refusal)
    messages.success(request, _("%(number)s 已退回发货地，订单取消，货款退还买方。") % {"number": number})
    return see_other(reverse("logistics:runs"))


@page("runs/<slug:number>/trouble/", name="trouble", access=DRIVERS, methods=("POST",))
def trouble(request: Request, number: str) -> HttpResponse:
    """Something is in the way."""
    found = queries.seen(request.actor, number)
    form = TroubleForm(request.POST)
    try:
        services.report_trouble(by=request.actor, at=clock.now(), number=number, note=form.data.get("note", ""))
    except Refused as refusal:
        return _run(request, found, refusal, form)
    messages.warning(request, _("已记下异常，发货方看得到。能走了就继续取货或签收。"))
    return see_other(reverse("logistics:run", args=[number]))


@page("consignments/", name="consignments", access=SIGNED_IN)
def consignments(request: Request) -> HttpResponse:
    """The consignments that the actor sees; filters are the address."""
    rows = _filtered(request)
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": found, "kinds": STATUS_KINDS, "statuses": Status.choices, "chosen": request.GET}
    return render(request, "logistics/consignments.html", context)


def _filtered(request: Request):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a queryset with annotations
    rows = queries.consignments_of(request.actor)
    if status := request.GET.get("status"):
        rows = rows.filter(status=status)
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(number__contains=text) | rows.filter(order_ref__contains=text)
    return rows


@page("consignments.xlsx", name="consignments_sheet", access=SIGNED_IN)
def consignments_sheet(request: Request) -> HttpResponse:
    """Exactly the filtered list as a workbook."""
    headings = [
        _("托运单号"),
        _("订单号"),
        _("状态"),
        _("发货方"),
        _("承运方"),
        _("起运地"),
        _("件数"),
        _("重量（公斤）"),
        _("下单时间"),
        _("签收时间"),
    ]
    rows = (
        [
            row.number, row.order_ref, row.get_status_display(), row.shipper.masked_name(), row.carrier.name, row.origin.name, row.packs,
            (row.mass_g or 0) / 1000, _cell(row.booked_at), _cell(row.delivered_at),
        ]
        for row in _filtered(request)
    )  # fmt: skip
    content = writing.listing(str(_("托运单")), headings, rows, as_csv=False)
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="consignments.xlsx"'}
    )


def _cell(at: datetime | None) -> str:
    return at.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M") if at else ""


@page("consignments/<slug:number>/", name="consignment", access=SIGNED_IN, methods=("GET", "POST"))
def consignment(request: Request, number: str) -> HttpResponse:
    """One consignment for shipper, carrier, receiver or official; the shipper may call a booking off."""
    found = queries.seen(request.actor, number)
    refusal = None
    if request.method == "POST":
        try:
            services.cancel_consignment(by=request.actor, at=clock.now(), number=number)
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, _("托运已取消，这些货可以重新发。"))
            return see_other(reverse("logistics:consignment", args=[number]))
    context = {
        "run": found,
        "kind": STATUS_KINDS[found.status],
        "items": found.items.all(),
        "refusal": refusal,
        "sees_address": _sees_address(request.actor, found),
        "may_cancel": found.status in {Status.BOOKED, Status.TROUBLE}
        and found.picked_up_at is None
        and SHIPPERS.admits(request.actor)
        and request.actor.party_id == found.shipper_id,
        "entries": _way(found),
    }
    return render(request, "logistics/consignment.html", context, status=refusal.status if refusal else 200)


def _sees_address(actor: Actor, found: Consignment) -> bool:
    """Whether the receiver's name, telephone and address are this actor's business."""
    parties = {found.shipper_id, found.receiver_id, found.carrier_id}
    return actor.party_id in parties or (actor.person_id is not None and actor.person_id == found.driver_id)


def _way(found: Consignment) -> list[dict[str, object]]:
    steps: list[tuple[datetime | None, str, str]] = [
        (found.booked_at, _("下单托运"), found.origin.name),
        (found.picked_up_at, _("装车起运"), found.origin.name),
        (found.delivered_at, _("签收"), ""),
    ]
    return [{"at": at, "title": title, "place": place, "kind": "ok"} for at, title, place in steps if at]


@page("consignments/<slug:number>/sheet.pdf", name="sheet", access=SIGNED_IN)
def sheet(request: Request, number: str) -> HttpResponse:
    """The consignment sheet for the lorry's cab."""
    found = queries.seen(request.actor, number)
    if not _sees_address(request.actor, found):
        raise Absent
    rows = [[str(n), item.epc.rsplit(".", 1)[-1], show_kg(item.mass_g)] for n, item in enumerate(found.items.all(), 1)]
    content = pdf(
        "logistics/sheet.typ",
        {
            "number": found.number,
            "on": clock.local_date(found.booked_at),
            "issuer": found.shipper.masked_name(),
            "facts": [
                [_("订单"), found.order_ref],
                [_("起运地"), found.origin.name],
                [_("承运方"), found.carrier.name],
                [_("司机"), found.driver_name or "—"],
                [_("收货人"), f"{found.ship_name} {found.ship_phone}"],
                [_("收货地址"), found.ship_address],
            ],
            "rows": rows,
        },
    )
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{found.number}.pdf"'},
    )


@page("consignments/<slug:number>/photo/", name="photo", access=SIGNED_IN)
def photo(request: Request, number: str) -> HttpResponseBase:
    """The photograph of the delivery, for those who see the consignment."""
    found = queries.seen(request.actor, number)
    if not found.photo:
        raise Absent
    return FileResponse(found.photo.open("rb"), content_type="image/jpeg")
