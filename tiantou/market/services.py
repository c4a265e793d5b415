"""From the offer to the delivery: offer, order, pay, send, receive; or cancel."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from tiantou.kernel.access import SIGNED_IN, SYSTEM_ONLY, allow
from tiantou.kernel.actor import OFFICIALS, SYSTEM, Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted, Problem
from tiantou.kernel.units import show_yuan
from tiantou.kernel.verbs import verb
from tiantou.ledger import services as ledger
from tiantou.logistics import services as logistics
from tiantou.logistics.models import Consignment
from tiantou.market import queries, rules, tracing
from tiantou.market.models import STATE_NAMES, Offer, Order, Payment
from tiantou.market.rules import STEPS, State
from tiantou.production.models import Kind, Lot
from tiantou.production.services import next_number, require_free
from tiantou.quality.queries import covering
from tiantou.registry.models import Party, Site, Status
from tiantou.stock import services as stock
from tiantou.stock.models import Reservation

SELLERS = allow(Role.FARMER, Role.MARKET_KEEPER, Role.STATION_KEEPER)
BUYERS = allow(Role.BUYER, Role.CONSUMER, Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER)
#: An order that nobody paid gives its goods back after so long.
UNPAID = timedelta(hours=48)
_LONGEST = {"ship_name": 60, "ship_address": 200}


class SoldOut(Conflict):
    """Fewer packs are left than were asked for."""

    code = "sold-out"


class WrongState(Conflict):
    """The order does not stand where this can be done."""

    code = "wrong-state"


class NoCertificate(Conflict):
    """The lot may not be sold without a commitment certificate."""

    code = "no-certificate"


@verb(SELLERS)
def offer(
    *, by: Actor, at: datetime, lot: Lot, price_fen: int, unit_g: int, quantity: int, note: str = "", key: str = ""
) -> Offer:
    """挂牌: `quantity` packs of the lot are for sale at `price_fen` a pack, by the lot's holder, from where it lies.

    Raises: Absent; Invalid; NoCertificate; LotOnHold.
    """
    found = (
        Lot.objects.visible_to(by).select_related("place", "holder").filter(pk=lot.pk, holder_id=by.party_id).first()
    )
    if found is None:
        raise Absent
    require_free(found)
    _check_offer(found, price_fen, unit_g, quantity)
    if covering(found) is None:
        raise NoCertificate(_("这个批次还没有承诺达标合格证，不能挂牌。"), _("先在“批次”里开具合格证。"))
    made: Offer = Offer.objects.create(
        lot=found,
        seller=found.holder,
        place=found.place,
        price_fen=price_fen,
        unit_g=unit_g,
        quantity=quantity,
        note=note,
        opened_at=at,
    )
    return made


def _check_offer(lot: Lot, price_fen: int, unit_g: int, quantity: int) -> None:
    problems = []
    if lot.kind != Kind.PACKED:
        problems.append(Problem("lot", _("只有包装好的批次可以挂牌。"), _("先在田头市场分级、包装。")))
    if price_fen <= 0:
        problems.append(Problem("price_fen", _("单价要大于 0。"), _("按一件多少元填写。")))
    packing = getattr(lot, "packing", None)
    if packing is not None and unit_g != packing.net_g:
        problems.append(
            Problem("unit_g", _("每件净重和包装记录不一致。"), _("这个批次每件 %(g)d 克。") % {"g": packing.net_g})
        )
    if packing is not None and not 0 < quantity <= packing.packs_count:
        problems.append(Problem("quantity", _("件数应为 1 到 %(most)d。") % {"most": packing.packs_count}))
    if problems:
        raise Invalid(problems=problems)


@verb(SELLERS)
def withdraw_offer(*, by: Actor, at: datetime, offer_id: int) -> Offer:
    """撤牌: nothing more can be ordered; orders placed stand. Raises: Absent, WrongState."""
    if not Offer.objects.visible_to(by).filter(pk=offer_id, seller_id=by.party_id).exists():
        raise Absent
    if not Offer.objects.filter(pk=offer_id, closed_at=None).update(closed_at=at):
        raise WrongState(_("这个挂牌已经撤下。"))
    found: Offer = Offer.objects.get(pk=offer_id)
    return found


@verb(BUYERS)
def place_order(
    *,
    by: Actor,
    at: datetime,
    offer_id: int,
    quantity: int,
    ship_name: str,
    ship_phone: str,
    ship_address: str,
    key: str = "",
) -> Order:
    """下单: the packs are reserved for the buyer for 48 hours, or until paid and sent.

    Raises: Absent; Invalid; SoldOut, saying how many are left; LotOnHold.
    """
    _check_address(quantity, ship_name, ship_phone, ship_address)
    rows = Offer.objects.visible_to(by).select_related("lot", "place", "seller")
    wanted: Offer | None = rows.filter(pk=offer_id, closed_at=None).first()
    if wanted is None:
        raise Absent(_("这个挂牌已经撤下或卖完。"))
    if wanted.seller_id == by.party_id:
        raise NotPermitted(_("自己挂的牌不能自己下单。"))
    require_free(wanted.lot)
    if not Offer.objects.filter(pk=offer_id, closed_at=None, quantity__gte=F("sold") + quantity).update(
        sold=F("sold") + quantity
    ):
        raise _sold_out(wanted)
    on = local_date(at)
    number = f"DD{on:%Y%m%d}-{next_number(f'order:{on:%Y%m%d}'):05d}"
    made: Order = Order.objects.create(
        number=number,
        offer=wanted,
        buyer_id=None if by.role is Role.CONSUMER else by.party_id,
        person_id=by.person_id,
        quantity=quantity,
        price_fen=wanted.price_fen,
        amount_fen=rules.amount_fen(wanted.price_fen, quantity),
        state=State.PLACED,
        ship_name=ship_name.strip(),
        ship_phone=ship_phone.strip(),
        ship_address=ship_address.strip(),
        placed_at=at,
        reservation_id=_reserve(wanted, number, quantity, at).pk,
    )
    tracing.ordered(made, "place", at=at)
    return made


def _check_address(quantity: int, ship_name: str, ship_phone: str, ship_address: str) -> None:
    problems = []
    if quantity <= 0:
        problems.append(Problem("quantity", _("数量要大于 0。"), _("填写要几件。")))
    for field, value in (("ship_name", ship_name), ("ship_address", ship_address)):
        if not value.strip() or len(value.strip()) > _LONGEST[field]:
            problems.append(Problem(field, _("这一项要填写，不要太长。"), _("用于送货，只有卖家、司机和您看得到。")))
    digits = ship_phone.strip().replace(" ", "").replace("-", "")
    if not (digits.isdigit() and 7 <= len(digits) <= 12):  # noqa: PLR2004 - telephone numbers in China
        problems.append(Problem("ship_phone", _("电话号码不对。"), _("填 11 位手机号，或带区号的固定电话。")))
    if problems:
        raise Invalid(problems=problems)


def _sold_out(offer: Offer) -> SoldOut:
    offer.refresh_from_db()
    return SoldOut(_("只剩 %(left)d 件了，没有下单。") % {"left": queries.available(offer)}, _("请减少数量再下单。"))


def _reserve(offer: Offer, number: str, quantity: int, at: datetime) -> Reservation:
    try:
        return stock.reserve(
            by=SYSTEM, at=at, lot=offer.lot.epc, place=offer.place.code, unit="g", quantity=quantity * offer.unit_g,
            because=f"order:{number}", expires_at=at + UNPAID,
        )  # fmt: skip
    except stock.NotEnough as refusal:
        raise SoldOut(
            _("库存只够 %(left)d 件，没有下单。") % {"left": refusal.free // offer.unit_g}, _("请减少数量再下单。")
        ) from refusal


@verb(BUYERS)
def record_payment(
    *, by: Actor, at: datetime, number: str, method: str, amount_fen: int, evidence: str, key: str = ""
) -> Payment:
    """付款记录: the buyer says that the order was paid outside the platform, and shows by which receipt; the seller will confirm.

    Raises: Absent; WrongState; LotOnHold; Invalid (wrong amount, no receipt, a receipt used before).
    """
    order = _locked(by, number)
    _require_side(order, by)
    require_free(order.offer.lot)
    if order.state != State.PLACED:
        raise _wrong_state(order)
    if order.payments.exists():
        raise WrongState(_("这笔订单已经登记过付款。"), _("等卖方确认；登记错了请联系卖方取消订单后重下。"))
    problems = []
    if amount_fen != order.amount_fen:
        problems.append(
            Problem(
                "amount_fen",
                _("金额和订单不符。"),
                _("订单金额是 %(yuan)s 元。") % {"yuan": show_yuan(order.amount_fen)},
            )
        )
    if not evidence.strip():
        problems.append(Problem("evidence", _("要填写回单号或收据号。"), _("银行回单右上角，或收据上的号码。")))
    elif Payment.objects.filter(seller=order.offer.seller, method=method, evidence=evidence.strip()).exists():
        problems.append(Problem("evidence", _("这个回单号已经用过。"), _("核对后填写这一笔的号码。")))
    if method not in Payment.Method.values:
        problems.append(Problem("method", _("没有这种付款方式。")))
    if problems:
        raise Invalid(problems=problems)
    # What is said to be paid is kept until the seller confirms or cancels.
    stock.keep(by=SYSTEM, at=at, reservation_id=order.reservation_id)
    made: Payment = Payment.objects.create(
        order=order,
        seller=order.offer.seller,
        method=method,
        amount_fen=amount_fen,
        evidence=evidence.strip(),
        at=at,
        person_id=by.person_id,
    )
    return made


@verb(SELLERS)
def confirm_payment(*, by: Actor, at: datetime, number: str) -> Order:
    """确认收款: the seller has the money; the order waits to be sent. The ledger mirrors it; the platform holds nothing.

    Raises: Absent; WrongState (not placed, or no payment recorded).
    """
    order = _locked(by, number)
    _require_seller(order, by)
    if not order.payments.exists():
        raise WrongState(_("买方还没有登记付款。"), _("请买方在订单页登记回单号。"))
    _step(order, "confirm_payment", paid_at=at)
    ledger.post(
        by=SYSTEM,
        at=at,
        memo=f"{order.number} 收款",
        about=order.number,
        lines=[
            ledger.Line(ledger.account(order.payer, "buyer"), -order.amount_fen),
            ledger.Line(ledger.account(order.offer.seller.code, "seller_pending"), order.amount_fen),
        ],
        key=f"paid:{order.number}",
    )
    return order


@verb(SELLERS)
def consign_order(
    *,
    by: Actor,
    at: datetime,
    number: str,
    carrier: Party,
    driver_id: int | None = None,
    driver_name: str = "",
    key: str = "",
) -> Consignment:
    """发货: the order's packs are booked with a carrier. Raises: Absent; WrongState; Invalid; LotOnHold."""
    order = _locked(by, number)
    _require_seller(order, by)
    require_free(order.offer.lot)
    if carrier.kind != "carrier" or carrier.status != Status.CONFIRMED:
        raise Invalid(problems=[Problem("carrier", _("这不是已核实的承运商。"), _("从名单里选。"))])
    _step(order, "consign", consigned_at=at)
    # Two orders of one lot that are sent at once wait for each other and take different packs.
    Lot.objects.select_for_update().get(pk=order.offer.lot_id)
    packs = queries.packs_to_send(order)
    place: Site = order.offer.place
    return logistics.consign(
        by=by,
        at=at,
        order_ref=order.number,
        shipper=order.offer.seller,
        loads=[logistics.Load(pack.epc, order.offer.lot.epc, pack.net_g, pack.crate) for pack in packs],
        origin=place,
        receiver=logistics.Receiver(order.ship_name, order.ship_phone, order.ship_address, order.buyer),
        carrier=carrier,
        driver_id=driver_id,
        driver_name=driver_name,
        key=key,
    )


@verb(SIGNED_IN)
def cancel_order(*, by: Actor, at: datetime, number: str) -> Order:
    """取消: the packs can be sold again; what was paid is owed back to the buyer. Either side may; officials may not.

    A seller who did not get what a payment record claims cancels the order.
    Raises: Absent, NotPermitted, WrongState.
    """
    order = _locked(by, number)
    _require_side(order, by)
    _cancel(order, at)
    return order


@verb(SYSTEM_ONLY)
def cancel_unpaid(*, by: Actor, at: datetime) -> None:
    """Orders that nobody paid for 48 hours are cancelled."""
    stale = Order.objects.filter(state=State.PLACED, payments=None, placed_at__lte=at - UNPAID).select_related(
        "offer__seller", "offer__lot", "offer__place", "buyer"
    )
    for order in stale.select_for_update(of=("self",), skip_locked=True).order_by("pk"):
        _cancel(order, at)


def _cancel(order: Order, at: datetime) -> None:
    paid = order.state == State.PAID
    _step(order, "cancel", cancelled_at=at)
    stock.release(by=SYSTEM, at=at, reservation=Reservation.objects.get(pk=order.reservation_id))
    Offer.objects.filter(pk=order.offer_id).update(sold=F("sold") - order.quantity)
    tracing.ordered(order, "cancel", at=at)
    if paid:
        _owe_back(order, at)


def _owe_back(order: Order, at: datetime) -> None:
    """What the buyer paid is owed back to it."""
    ledger.post(
        by=SYSTEM,
        at=at,
        memo=f"{order.number} 退款",
        about=order.number,
        lines=[
            ledger.Line(ledger.account(order.offer.seller.code, "seller_pending"), -order.amount_fen),
            ledger.Line(ledger.account(order.payer, "refund"), order.amount_fen),
        ],
        key=f"refund:{order.number}",
    )


@verb(SYSTEM_ONLY)
def note_picked_up(*, by: Actor, at: datetime, order_ref: str) -> None:
    """The carrier has the goods: they have left the stock. An order_ref that is no order of ours is passed over."""
    order = _order_of(order_ref)
    if order is None:
        return
    _step(order, "ship", shipped_at=at)
    stock.ship(by=SYSTEM, at=at, reservation=Reservation.objects.get(pk=order.reservation_id))


@verb(SYSTEM_ONLY)
def note_delivered(*, by: Actor, at: datetime, order_ref: str) -> None:
    """The buyer has the goods: what the seller was paid is no longer pending."""
    order = _order_of(order_ref)
    if order is None:
        return
    _step(order, "deliver", delivered_at=at)
    tracing.ordered(order, "deliver", at=at)
    seller = order.offer.seller.code
    ledger.post(
        by=SYSTEM,
        at=at,
        memo=f"{order.number} 签收结算",
        about=order.number,
        lines=[
            ledger.Line(ledger.account(seller, "seller_pending"), -order.amount_fen),
            ledger.Line(ledger.account(seller, "seller_settled"), order.amount_fen),
        ],
        key=f"settled:{order.number}",
    )


@verb(SYSTEM_ONLY)
def note_returned(*, by: Actor, at: datetime, order_ref: str) -> None:
    """The goods were stopped on the way and are back where they were: the order is off, and what was paid is owed back."""
    order = _order_of(order_ref)
    if order is None:
        return
    _step(order, "return", cancelled_at=at)
    reservation = Reservation.objects.select_related("level").get(pk=order.reservation_id)
    stock.take_back(
        by=SYSTEM,
        at=at,
        lot=reservation.level.lot,
        place=reservation.level.place,
        unit=reservation.level.unit,
        quantity=reservation.quantity,
        because=f"order:{order.number}",
    )
    Offer.objects.filter(pk=order.offer_id).update(sold=F("sold") - order.quantity)
    _owe_back(order, at)


@verb(SYSTEM_ONLY)
def note_consignment_cancelled(*, by: Actor, at: datetime, order_ref: str) -> None:
    """The booking is off: the order waits to be sent again."""
    order = _order_of(order_ref)
    if order is not None:
        _step(order, "unconsign", consigned_at=None)


def _order_of(order_ref: str) -> Order | None:
    rows = Order.objects.select_related("offer__seller", "offer__lot", "offer__place", "buyer")
    rows = rows.select_for_update(of=("self",))
    found: Order | None = rows.filter(number=order_ref).first()
    return found


def _locked(by: Actor, number: str) -> Order:
    rows = Order.objects.visible_to(by).select_related("offer__lot__place", "offer__seller", "offer__place", "buyer")
    found: Order | None = rows.select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise Absent
    return found


def _require_side(order: Order, by: Actor) -> None:
    """Only buyer and seller act on an order, however much an official may see."""
    buys = order.buyer_id == by.party_id if order.buyer_id is not None else order.person_id == by.person_id
    if by.role in OFFICIALS or not (buys or order.offer.seller_id == by.party_id):
        raise NotPermitted(_("这件事由买卖双方来办。"))


def _require_seller(order: Order, by: Actor) -> None:
    if order.offer.seller_id != by.party_id:
        raise NotPermitted(_("这件事由卖方来办。"))


def _step(order: Order, name: str, **values: object) -> None:
    """One conditional update: of two who try, one succeeds. Raises: WrongState."""
    allowed, target = STEPS[name]
    if not Order.objects.filter(pk=order.pk, state__in=allowed).update(state=target, **values):
        order.refresh_from_db()
        raise _wrong_state(order)
    order.refresh_from_db()


def _wrong_state(order: Order) -> WrongState:
    return WrongState(_("订单现在是“%(state)s”，不能这样办。") % {"state": STATE_NAMES[State(order.state)]})
