"""The shop, orders for both sides, and what a seller has on offer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from tiantou.gs1.identifiers import digital_link
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.errors import Refused
from tiantou.kernel.units import fen, show_kg, show_yuan
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for
from tiantou.logistics.queries import consignment_of
from tiantou.market import queries, services
from tiantou.market.models import STATE_NAMES, Offer, Order, Payment
from tiantou.market.rules import State
from tiantou.market.services import BUYERS, SELLERS
from tiantou.people.models import Appointment
from tiantou.production.models import Lot
from tiantou.quality.queries import covering
from tiantou.registry.models import Party, Status
from tiantou.registry.sheets import writing
from tiantou.ui.forms import KeyedForm, fresh_key, show
from tiantou.ui.navigation import Place, register_place
from tiantou.ui.printing import pdf

PER_PAGE = 30
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATE_KINDS = {
    State.PLACED: "wait",
    State.PAID: "info",
    State.CONSIGNED: "wait",
    State.SHIPPED: "goods",
    State.DELIVERED: "ok",
    State.CANCELLED: "none",
}
_BUYING = frozenset({Role.BUYER, Role.CONSUMER})

register_place(Place(gettext_lazy("买货"), "cart", "market:shop", "public", order=20))
register_place(Place(gettext_lazy("买货"), "cart", "market:shop", "workbench", frozenset({Role.BUYER}), 20))
register_place(
    Place(gettext_lazy("订单"), "document", "market:orders", "workbench", frozenset({Role.BUYER, Role.FARMER}), 30)
)
register_place(Place(gettext_lazy("订单"), "document", "market:orders", "public", frozenset({Role.CONSUMER}), 30))
register_place(Place(gettext_lazy("订单"), "cart", "market:orders", "console", OFFICIALS, 41, gettext_lazy("流通")))


@tasks_for(Role.FARMER)
def _selling(actor: Actor, at: datetime) -> list[Task]:
    """What waits for a seller."""
    waiting = queries.outstanding(actor)
    return [
        Task(
            _("确认收款"),
            _("买方登记了付款"),
            reverse("market:orders") + "?state=placed",
            waiting["to_confirm"],
            "pay",
            30,
        ),
        Task(
            _("发货"),
            _("已付款，等您交给承运商"),
            reverse("market:orders") + "?state=paid",
            waiting["to_send"],
            "truck",
            31,
        ),
        Task(_("挂牌卖货"), _("包装好的批次可以上架"), reverse("market:selling"), None, "market", 32),
    ]


@tasks_for(Role.BUYER)
def _buying(actor: Actor, at: datetime) -> list[Task]:
    """What a buyer does."""
    unpaid = Order.objects.visible_to(actor).filter(state=State.PLACED, payments=None).count()
    return [
        Task(_("买货"), _("今天有什么"), reverse("market:shop"), None, "cart", 10),
        Task(_("待付款"), _("付款后在这里登记回单号"), reverse("market:orders") + "?state=placed", unpaid, "pay", 20),
    ]


class OfferForm(KeyedForm):
    """An offer."""

    lot = forms.ModelChoiceField(Lot.objects.none(), label=gettext_lazy("批次"))
    price = forms.DecimalField(label=gettext_lazy("每件单价"), min_value=0, max_digits=9, decimal_places=2)
    quantity = forms.IntegerField(label=gettext_lazy("件数"), min_value=1)
    note = forms.CharField(
        label=gettext_lazy("一句话介绍"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("照实写，例如 树上熟，现摘"),
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["lot"]
        field.queryset = queries.sellable_lots(actor)  # type: ignore[attr-defined]
        field.label_from_instance = lambda lot: f"{lot.code} {lot.product.name} {lot.grade} {show_kg(lot.mass_g)} kg"  # type: ignore[attr-defined]


class OrderForm(KeyedForm):
    """An order."""

    quantity = forms.IntegerField(label=gettext_lazy("要几件"), min_value=1, initial=1)
    ship_name = forms.CharField(label=gettext_lazy("收货人"), max_length=60)
    ship_phone = forms.CharField(label=gettext_lazy("手机号"), max_length=20)
    ship_address = forms.CharField(
        label=gettext_lazy("收货地址"), max_length=200, help_text=gettext_lazy("只有卖家、司机和您看得到")
    )


class PaymentForm(KeyedForm):
    """A payment made outside the platform."""

    method = forms.ChoiceField(
        label=gettext_lazy("付款方式"), choices=Payment.Method, widget=forms.RadioSelect, initial="bank"
    )
    amount = forms.DecimalField(label=gettext_lazy("金额"), min_value=0, max_digits=11, decimal_places=2)
    evidence = forms.CharField(label=gettext_lazy("回单号或收据号"), max_length=60)


class ConsignForm(KeyedForm):
    """With whom an order is sent."""

    carrier = forms.ModelChoiceField(Party.objects.none(), label=gettext_lazy("承运商"))
    driver = forms.ModelChoiceField(Appointment.objects.none(), label=gettext_lazy("司机"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        carriers = Party.objects.filter(kind="carrier", status=Status.CONFIRMED).order_by("name")
        self.fields["carrier"].queryset = carriers  # type: ignore[attr-defined]
        drivers = Appointment.objects.filter(role=Role.DRIVER, ends=None, party__in=carriers).select_related(
            "person", "party"
        )
        self.fields["driver"].queryset = drivers  # type: ignore[attr-defined]
        self.fields["driver"].label_from_instance = lambda row: f"{row.person.name} · {row.party.name}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The driver is the carrier's."""
        data: dict[str, Any] = super().clean() or {}
        driver, carrier = data.get("driver"), data.get("carrier")
        if driver is not None and carrier is not None and driver.party_id != carrier.pk:
            self.add_error("driver", _("这位司机不是所选承运商的。"))
        return data


@page("shop/", name="shop", access=PUBLIC)
def shop(request: Request) -> HttpResponse:
    """What is for sale now."""
    q = request.GET.get("q", "").strip()
    found = Paginator(queries.shop(q, request.GET.get("product", "")), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "market/shop.html", {"page": found, "q": q})


@page("shop/<int:pk>/", name="offer", access=PUBLIC, methods=("GET", "POST"))
def offer_page(request: Request, pk: int) -> HttpResponse:
    """One offer with its honest facts; who may buy orders here."""
    found = queries.offer_seen(request.actor, pk)
    form = OrderForm(request.POST or None, initial=fresh_key())
    refusal = None
    if request.method == "POST" and BUYERS.admits(request.actor) and form.is_valid():
        try:
            order = services.place_order(by=request.actor, at=clock.now(), offer_id=pk, **form.cleaned_data)
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, _("已下单，货给您留 48 小时。下一步：付款后登记回单号。"))
            return see_other(reverse("market:order", args=[order.number]))
    own = found.seller_id == request.actor.party_id
    context = {
        "offer": found,
        "available": queries.available(found),
        "commitment": covering(found.lot),
        "may_order": BUYERS.admits(request.actor) and not own,
        "own": own,
        "scan": digital_link(found.lot.epc, "/id") + "/",
    }
    return show(request, "market/offer.html", form, refusal, **context)


@page("selling/", name="selling", access=SELLERS, methods=("GET", "POST"))
def selling(request: Request) -> HttpResponse:
    """What the seller has on offer, and a new offer."""
    form = OfferForm(request.actor, request.POST or None, initial=fresh_key())
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = services.offer(
                by=request.actor,
                at=clock.now(),
                lot=data["lot"],
                price_fen=fen(data["price"]),
                unit_g=data["lot"].packing.net_g,
                quantity=data["quantity"],
                note=data["note"],
                key=data["key"],
            )
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, _("已挂牌，买方现在就能下单。"))
            return see_other(reverse("market:offer", args=[made.pk]))
    mine = (
        Offer.objects.filter(seller_id=request.actor.party_id)
        .select_related("lot__product")
        .order_by("closed_at", "-opened_at")
    )
    found = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    return show(request, "market/selling.html", form, refusal, page=found)


@page("selling/<int:pk>/withdraw/", name="withdraw", access=SELLERS, methods=("POST",))
def withdraw(request: Request, pk: int) -> HttpResponse:
    """The offer is taken down."""
    services.withdraw_offer(by=request.actor, at=clock.now(), offer_id=pk)
    messages.success(request, _("已撤牌。已经下的订单照常发货。"))
    return see_other(reverse("market:selling"))


@page("orders/", name="orders", access=SIGNED_IN)
def orders(request: Request) -> HttpResponse:
    """The orders that the actor sees; filters are the address."""
    found = Paginator(_filtered(request), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"order": order, "kind": STATE_KINDS[State(order.state)]} for order in found]
    states = [(state.value, name) for state, name in STATE_NAMES.items()]
    return render(request, "market/orders.html", {"page": found, "rows": rows, "states": states, "chosen": request.GET})


def _filtered(request: Request) -> QuerySet[Order]:
    rows = queries.orders_of(request.actor)
    if state := request.GET.get("state"):
        rows = rows.filter(state=state)
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(number__contains=text)
    return rows


@page("orders.xlsx", name="orders_sheet", access=SIGNED_IN)
def orders_sheet(request: Request) -> HttpResponse:
    """Exactly the filtered list as a workbook; addresses stay out of it."""
    headings = [
        _("订单号"),
        _("状态"),
        _("产品"),
        _("等级"),
        _("批次"),
        _("卖方"),
        _("买方"),
        _("件数"),
        _("每件公斤"),
        _("金额（元）"),
        _("下单时间"),
        _("签收时间"),
    ]
    rows = (
        [
            order.number, order.state_name, order.offer.lot.product.name, order.offer.lot.grade, order.offer.lot.code,
            order.offer.seller.masked_name(), order.buyer.masked_name() if order.buyer else str(_("个人")), order.quantity,
            order.offer.unit_g / 1000, order.amount_fen / 100, _cell(order.placed_at), _cell(order.delivered_at),
        ]
        for order in _filtered(request)
    )  # fmt: skip
    content = writing.listing(str(_("订单")), headings, rows, as_csv=False)
    return HttpResponse(
        content, content_type=XLSX, headers={"Content-Disposition": 'attachment; filename="orders.xlsx"'}
    )


def _cell(at: datetime | None) -> str:
    return at.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M") if at else ""


@page("orders/<slug:number>/", name="order", access=SIGNED_IN, methods=("GET", "POST"))
def order_page(request: Request, number: str) -> HttpResponse:
    """One order: where it stands, and the one thing that this actor can do next."""
    found = queries.order_seen(request.actor, number)
    form = _form_for(request, found)
    refusal = None
    if request.method == "POST" and (form is None or "do" in request.POST or form.is_valid()):
        try:
            _act(request, found, form)
        except Refused as fault:
            refusal = fault
        else:
            return see_other(reverse("market:order", args=[number]))
    return show(
        request,
        "market/order.html",
        form or forms.Form(),
        refusal,
        **_order_context(request.actor, found),
        has_form=form is not None,
    )


def _sells(actor: Actor, order: Order) -> bool:
    return SELLERS.admits(actor) and actor.party_id == order.offer.seller_id


def _buys(actor: Actor, order: Order) -> bool:
    return (
        BUYERS.admits(actor)
        and not _sells(actor, order)
        and (actor.party_id == order.buyer_id or actor.person_id == order.person_id)
    )


def _form_for(request: Request, order: Order) -> forms.Form | None:
    data = request.POST or None
    if order.state == State.PLACED and _buys(request.actor, order) and not order.payments.exists():
        return PaymentForm(data, initial=fresh_key() | {"amount": show_yuan(order.amount_fen).replace(",", "")})
    if order.state == State.PAID and _sells(request.actor, order):
        return ConsignForm(data, initial=fresh_key())
    return None


def _act(request: Request, order: Order, form: forms.Form | None) -> None:
    """The verb that the pressed button or the filled form stands for, and what the person reads afterwards."""
    by, at, do = request.actor, clock.now(), request.POST.get("do", "")
    if do == "cancel":
        services.cancel_order(by=by, at=at, number=order.number)
        messages.success(request, _("订单已取消，货退回可卖。已付的款由卖方退还，退款记在账上。"))
    elif do == "confirm":
        services.confirm_payment(by=by, at=at, number=order.number)
        messages.success(request, _("已确认收款。下一步：交给承运商发货。"))
    elif isinstance(form, PaymentForm):
        data = form.cleaned_data
        services.record_payment(
            by=by,
            at=at,
            number=order.number,
            method=data["method"],
            amount_fen=fen(data["amount"]),
            evidence=data["evidence"],
            key=data["key"],
        )
        messages.success(request, _("付款已登记，等卖方确认收款后发货。"))
    elif isinstance(form, ConsignForm):
        _consign(request, order, form)


def _consign(request: Request, order: Order, form: ConsignForm) -> None:
    data = form.cleaned_data
    driver = data["driver"]
    made = services.consign_order(
        by=request.actor,
        at=clock.now(),
        number=order.number,
        carrier=data["carrier"],
        driver_id=driver.person_id if driver else None,
        driver_name=driver.person.name if driver else "",
        key=data["key"],
    )
    messages.success(request, _("已托运，单号 %(number)s。下一步：司机来扫码装车。") % {"number": made.number})


def _order_context(actor: Actor, order: Order) -> dict[str, Any]:
    steps = [
        (order.placed_at, pgettext("done", "下单")), (order.paid_at, _("卖方确认收款")), (order.consigned_at, pgettext("done", "交给承运商")),
        (order.shipped_at, _("装车起运")), (order.delivered_at, pgettext("done", "签收")), (order.cancelled_at, _("取消")),
    ]  # fmt: skip
    sells, buys = _sells(actor, order), _buys(actor, order)
    return {
        "order": order,
        "kind": STATE_KINDS[State(order.state)],
        "entries": [{"at": at, "title": title, "kind": "ok"} for at, title in steps if at],
        "payments": order.payments.all(),
        "consignment": consignment_of(order.number),
        "sells": sells,
        "buys": buys,
        "party": sells or buys,
        "may_confirm": sells and order.state == State.PLACED and order.payments.exists(),
        "may_cancel": (sells or buys) and order.state in {State.PLACED, State.PAID},
        "scan": digital_link(order.offer.lot.epc, "/id") + "/",
    }


@page("orders/<slug:number>/note.pdf", name="note", access=SIGNED_IN)
def note(request: Request, number: str) -> HttpResponse:
    """送货单: the delivery note that goes with the goods, for the two parties."""
    order = queries.order_seen(request.actor, number)
    if not (_sells(request.actor, order) or _buys(request.actor, order)):
        return see_other(reverse("market:order", args=[number]))
    lot = order.offer.lot
    facts = [
        [_("买方"), order.buyer.name if order.buyer else order.ship_name],
        [_("收货"), f"{order.ship_name} {order.ship_phone} {order.ship_address}"],
        [_("批次"), lot.code],
    ]
    row = [
        lot.product.name,
        lot.grade,
        show_kg(order.offer.unit_g),
        str(order.quantity),
        show_yuan(order.price_fen),
        show_yuan(order.amount_fen),
    ]
    context = {
        "number": order.number,
        "on": clock.local_date(order.placed_at),
        "issuer": order.offer.seller.masked_name(),
        "facts": facts,
        "rows": [row],
    }
    content = pdf("market/note.typ", context)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{order.number}.pdf"'},
    )
