"""From the offer to the delivery, with the books and the stock at every step, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from tests import factories
from tests.market.chain import SHIP, open_shop
from tests.production.cast import AT
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Absent, Invalid, NotPermitted
from tiantou.ledger import queries as ledger
from tiantou.market import queries, services
from tiantou.market.models import Order, Payment
from tiantou.market.rules import State
from tiantou.production.services import LotOnHold, place_hold
from tiantou.stock import queries as stock
from tiantou.stock import services as stock_services
from tiantou.trace import queries as trace

pytestmark = pytest.mark.django_db


def test_a_delivered_order_has_moved_goods_and_money():
    shop = open_shop()
    seller = shop.offer.seller.code
    order = shop.delivered(4)
    assert order.state == State.DELIVERED
    assert stock.level(shop.lot.epc, shop.offer.place.code) == stock.Quantity(15_000, 0)
    assert ledger.balance_of(order.payer, "buyer") == -12_000
    assert (ledger.balance_of(seller, "seller_pending"), ledger.balance_of(seller, "seller_settled")) == (0, 12_000)
    assert ledger.buyers_money_held_fen() == 0
    assert queries.delivered_in_year(shop.offer.seller_id, AT.year) == queries.Sold(4, 12_000, 0)


def test_the_journal_of_goods_tells_each_step_of_an_order_and_no_persons_name():
    shop = open_shop()
    shop.delivered(4)
    cancelled = shop.order(2)
    services.cancel_order(by=shop.buyer, at=AT, number=cancelled.number)
    told = [event for event in trace.events_about(shop.lot.epc) if event.type == "TransactionEvent"]
    assert [(event.action, event.biz_step) for event in told] == [
        ("ADD", "reserving"), ("OBSERVE", "retail_selling"), ("ADD", "reserving"), ("DELETE", "void_shipping"),
    ]  # fmt: skip
    assert all(event.body["quantityList"][0]["quantity"] in {10, 5} for event in told)
    assert trace.events_about(f"urn:tiantou:order:{cancelled.number}") == told[2:]
    assert not any("示例收货人" in str(event.body) for event in told)


def test_an_order_sent_twice_by_a_phone_is_one():
    shop = open_shop()
    assert shop.order(key="k") == shop.order(key="k")
    shop.offer.refresh_from_db()
    assert (shop.offer.sold, Order.objects.count()) == (4, 1)


def test_more_than_is_left_is_refused_and_says_how_many_are():
    shop = open_shop()
    shop.order(8)
    with pytest.raises(services.SoldOut, match="2"):
        shop.order(3)
    assert stock.level(shop.lot.epc, shop.offer.place.code).reserved == 20_000


def test_a_cancelled_order_gives_everything_back():
    shop = open_shop()
    order = shop.pay(shop.order(4))
    services.cancel_order(by=shop.buyer, at=AT, number=order.number)
    assert stock.level(shop.lot.epc, shop.offer.place.code).reserved == 0
    assert ledger.balance_of(shop.offer.seller.code, "seller_pending") == 0
    assert ledger.balance_of(order.payer, "refund") == 12_000
    assert queries.available(shop.offer.__class__.objects.get(pk=shop.offer.pk)) == 10
    with pytest.raises(services.WrongState):
        services.cancel_order(by=shop.buyer, at=AT, number=order.number)


def test_an_unpaid_order_gives_its_goods_back_after_two_days_and_a_paid_one_does_not():
    shop = open_shop()
    unpaid, paid = shop.order(2), shop.pay(shop.order(3))
    services.cancel_unpaid(by=SYSTEM, at=AT + timedelta(hours=49))
    unpaid.refresh_from_db()
    paid.refresh_from_db()
    assert (unpaid.state, paid.state) == (State.CANCELLED, State.PAID)


@pytest.mark.parametrize(("facts", "field"), [
    ({"amount_fen": 11_999}, "amount_fen"), ({"evidence": "  "}, "evidence"), ({"method": "barter"}, "method"),
])  # fmt: skip
def test_a_wrong_payment_record_names_its_fault(facts, field):
    shop = open_shop()
    order = shop.order(4)
    given = {"method": "bank", "amount_fen": 12_000, "evidence": "HD-1", **facts}
    with pytest.raises(Invalid) as refused:
        services.record_payment(by=shop.buyer, at=AT, number=order.number, **given)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Payment.objects.exists()


def test_one_receipt_pays_one_order():
    shop = open_shop()
    shop.pay(shop.order(1), "HD-1")
    second = shop.order(1)
    with pytest.raises(Invalid):
        services.record_payment(
            by=shop.buyer, at=AT, number=second.number, method="bank", amount_fen=3_000, evidence="HD-1"
        )


def test_the_buyer_cannot_confirm_its_own_payment_nor_the_seller_one_that_nobody_recorded():
    shop = open_shop()
    order = shop.order(1)
    with pytest.raises(services.WrongState):
        services.confirm_payment(by=shop.town.grower, at=AT, number=order.number)
    with pytest.raises(NotPermitted):
        services.confirm_payment(by=shop.buyer, at=AT, number=order.number)


def test_anothers_order_is_like_none():
    shop = open_shop()
    order = shop.order(1)
    other = factories.actor(Role.BUYER, party=factories.party("ecommerce_firm", "示例别家"))
    for number in (order.number, "DD19990101-00001"):
        with pytest.raises(Absent):
            services.cancel_order(by=other, at=AT, number=number)


def test_a_lot_on_hold_is_neither_sold_nor_sent():
    shop = open_shop()
    order = shop.pay(shop.order(1))
    place_hold(by=shop.town.inspector, at=AT, lot=shop.lot, reason="示例：复检")
    with pytest.raises(LotOnHold):
        shop.order(1)
    with pytest.raises(LotOnHold):
        shop.send(order)
    assert shop.offer not in queries.shop()


@pytest.mark.parametrize(
    ("ship", "field"),
    [
        ({"ship_phone": "12"}, "ship_phone"),
        ({"ship_name": ""}, "ship_name"),
        ({"ship_address": "路" * 201}, "ship_address"),
    ],
)
def test_an_address_that_cannot_be_delivered_to_is_named(ship, field):
    shop = open_shop()
    with pytest.raises(Invalid) as refused:
        services.place_order(by=shop.buyer, at=AT, offer_id=shop.offer.pk, quantity=1, **{**SHIP, **ship})
    assert [problem.field for problem in refused.value.problems] == [field]


def test_an_offer_is_the_holders_alone_and_fits_what_was_packed():
    shop = open_shop()
    with pytest.raises(Absent):
        services.offer(by=shop.town.stranger, at=AT, lot=shop.lot, price_fen=1, unit_g=2_500, quantity=1)
    with pytest.raises(Invalid) as refused:
        services.offer(by=shop.town.grower, at=AT, lot=shop.lot, price_fen=0, unit_g=2_000, quantity=11)
    assert {problem.field for problem in refused.value.problems} == {"price_fen", "unit_g", "quantity"}


@pytest.mark.django_db(transaction=True)
def test_ten_buyers_for_the_last_pack_get_one():
    shop = open_shop()
    shop.order(9)

    def buy(_number: int) -> bool:
        try:
            shop.order(1)
        except services.SoldOut:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(buy, range(10))) == 1
    assert stock.level(shop.lot.epc, shop.offer.place.code) == stock.Quantity(25_000, 25_000)
    assert not stock.unsound_levels().exists()


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.AUDITOR, Role.FINANCE_OFFICER, Role.ADMINISTRATOR])
def test_officials_see_an_order_and_cannot_act_on_it(role):
    shop = open_shop()
    order = shop.pay(shop.order(1))
    official = factories.actor(role)
    assert queries.order_seen(official, order.number) == order
    with pytest.raises(NotPermitted):
        services.cancel_order(by=official, at=AT, number=order.number)


def test_goods_that_are_said_to_be_paid_are_kept_until_the_seller_answers():
    shop = open_shop()
    order = shop.order(4)
    late = AT + timedelta(hours=47)
    services.record_payment(
        by=shop.buyer, at=late, number=order.number, method="bank", amount_fen=12_000, evidence="HD-1"
    )
    stock_services.release_expired(by=SYSTEM, at=AT + timedelta(hours=60))
    services.cancel_unpaid(by=SYSTEM, at=AT + timedelta(hours=60))
    assert (
        services.confirm_payment(by=shop.town.grower, at=AT + timedelta(hours=61), number=order.number).state
        == State.PAID
    )
    assert stock.level(shop.lot.epc, shop.offer.place.code).reserved == 10_000


def test_a_payment_is_recorded_once():
    shop = open_shop()
    order = shop.order(1)
    services.record_payment(by=shop.buyer, at=AT, number=order.number, method="cash", amount_fen=3_000, evidence="1")
    with pytest.raises(services.WrongState):
        services.record_payment(
            by=shop.buyer, at=AT, number=order.number, method="cash", amount_fen=3_000, evidence="2"
        )


def test_nobody_orders_from_itself():
    shop = open_shop()
    with pytest.raises(NotPermitted):
        shop.order(1, by=shop.town.grower)


@pytest.mark.django_db(transaction=True)
def test_orders_of_one_lot_that_are_sent_at_once_take_different_packs():
    shop = open_shop()
    orders = [shop.pay(shop.order(2), f"HD-{n}") for n in range(4)]

    def send(order: Order) -> set[str]:
        try:
            return set(shop.scans(shop.send(order)))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(send, orders))
    assert len(set().union(*taken)) == 8
