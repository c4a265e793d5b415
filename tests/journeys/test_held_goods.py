"""Goods on hold stand still: every verb that works on goods is walked with a held lot, and each says why if it may go on.

Each walk is done twice: once with free goods, where it must succeed, and once with held goods, where it must refuse because of the
hold and nothing else. A verb of these packages that is in neither list fails the test, so that a new one has to be thought about.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import F

from tests import factories
from tests.market.chain import AT, BASIS, SHIP, open_shop
from tests.production.cast import town
from tests.production.web import Browser
from tiantou.config import discovery
from tiantou.fieldmarket import services as fieldmarket
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Refused
from tiantou.kernel.verbs import VERBS
from tiantou.ledger import queries as ledger
from tiantou.logistics import services as logistics
from tiantou.market import queries as shop_queries
from tiantou.market import services as market
from tiantou.market.models import Offer, Order
from tiantou.market.rules import State
from tiantou.production import services as production
from tiantou.production.models import Kind, Lot
from tiantou.quality import services as quality
from tiantou.stock import queries as stock_queries
from tiantou.stock import services as stock
from tiantou.stock.models import Freeze
from tiantou.trace import services as trace
from tiantou.trace.rules import EventDraft, kilograms

pytestmark = pytest.mark.django_db
STOPS = {"lot-on-hold", "frozen"}
LATER = AT + timedelta(hours=1)
#: Verbs that touch goods and yet go on, each with the reason.
GO_ON = {
    "stock.receive": "coming in adds to what is stopped",
    "stock.take_back": "what was shipped comes back and is stopped where it lies",
    "stock.release": "taking a promise back frees nothing that is frozen",
    "stock.release_expired": "as release",
    "stock.keep": "a promise lasts longer; nothing moves",
    "stock.freeze": "is the stop itself",
    "stock.thaw": "is the end of the stop",
    "stock.destroy": "the way out of frozen goods",
    "production.lay_out_plot": "no goods",
    "production.assign_standard": "no goods",
    "production.record_work": "no goods",
    "production.harvest": "what is cut is put on record, and is held from the first moment where its plot is",
    "production.import_plots": "no goods",
    "production.place_hold": "is the stop itself",
    "production.hold_plot": "is the stop itself",
    "production.hold_input": "is the stop itself",
    "production.hold_lots": "is the stop itself",
    "production.extend_hold": "is the stop itself",
    "production.extend_holds": "is the stop itself",
    "production.lift_hold": "is the end of the stop",
    "production.lift": "is the end of the stop",
    "production.lift_because": "is the end of the stop",
    "fieldmarket.open_room": "no goods",
    "fieldmarket.read_temperature": "stopped goods are kept cold too",
    "fieldmarket.quote_price": "no goods",
    "logistics.report_trouble": "words, nothing moves",
    "logistics.take_back": "the way back of goods stopped on the road",
    "logistics.cancel_consignment": "nothing leaves",
    "market.withdraw_offer": "ends a sale",
    "market.cancel_order": "ends a sale",
    "market.cancel_unpaid": "ends sales",
    "market.confirm_payment": "money that came is put on record, so that it can be owed back",
    "market.note_picked_up": "follows logistics.pick_up, and stock.ship refuses in the same transaction",
    "market.note_delivered": "follows logistics.deliver, which refuses",
    "market.note_returned": "follows logistics.take_back",
    "market.note_consignment_cancelled": "follows logistics.cancel_consignment",
}
PACKAGES = {"stock", "production", "fieldmarket", "logistics", "market"}


def hold(here, lot):
    production.place_hold(by=here.inspector, at=AT, lot=lot, reason="示例：召回")


class Goods:
    """A harvest, an intake, a graded lot in a cold room, packs on offer, and orders at every stage, all of one plot."""

    def __init__(self):
        self.shop = open_shop()
        here = self.here = self.shop.town
        self.harvest = here.lot(30_000)
        quality.issue_commitment(by=here.grower, at=AT, lot=self.harvest, basis=BASIS)
        weighed = here.lot(20_000)
        quality.issue_commitment(by=here.grower, at=AT, lot=weighed, basis=BASIS)
        self.intake = fieldmarket.take_in(by=here.keeper, at=AT, market=here.market, lot=weighed, mass_g=20_000)
        self.graded = Lot.objects.get(kind=Kind.GRADED, grade="二级")
        rooms = [
            fieldmarket.open_room(by=here.keeper, at=AT, market=here.market, code=code, name=code, low="3", high="8")
            for code in ("L1", "L2")
        ]
        self.room = rooms[1]
        self.stowage = fieldmarket.stow(by=here.keeper, at=AT, room=rooms[0], lot=self.graded)
        shop = self.shop
        self.unpaid = shop.order(1)
        self.paid = shop.pay(shop.order(1), "HD-2")
        self.booked = shop.send(shop.pay(shop.order(1), "HD-3"))
        self.rolling = shop.pick_up(shop.send(shop.pay(shop.order(1), "HD-4")))
        self.reservation = stock.reserve(
            by=SYSTEM, at=AT, lot=self.harvest.epc, place=here.base.code, unit="g", quantity=10, because="x"
        )

    def stop(self):
        for lot in (self.harvest, self.intake.lot, self.shop.town.plot.lots.order_by("pk").first()):
            hold(self.here, Lot.objects.get(pk=lot.pk))

    @property
    def share(self):
        return {"lot": self.harvest.epc, "unit": "g", "quantity": 10}


WALKS = {
    "stock.issue": lambda g: stock.issue(by=SYSTEM, at=LATER, place=g.here.base.code, because="x", **g.share),
    "stock.move": lambda g: stock.move(
        by=SYSTEM, at=LATER, source=g.here.base.code, target=g.here.market.code, because="x", **g.share
    ),
    "stock.convert": lambda g: stock.convert(
        by=SYSTEM, at=LATER, inputs=[stock.Share(g.harvest.epc, g.here.base.code, "g", 10)], outputs=[], because="x"
    ),
    "stock.reserve": lambda g: stock.reserve(by=SYSTEM, at=LATER, place=g.here.base.code, because="x", **g.share),
    "stock.ship": lambda g: stock.ship(by=SYSTEM, at=LATER, reservation=g.reservation),
    "production.derive_lots": lambda g: production.derive_lots(
        by=g.here.grower, at=LATER, parents={g.harvest: 10}, outputs=[production.Output(10, Kind.GRADED)], place=g.here.base
    ),
    "production.derive_lot": lambda g: production.derive_lot(
        by=g.here.grower, at=LATER, parents={g.harvest: 10}, product=g.here.product, mass_g=10, kind="graded",
        place=g.here.base,
    ),
    "production.hand_over": lambda g: production.hand_over(by=SYSTEM, at=LATER, lot=g.harvest, place=g.here.market),
    "fieldmarket.take_in": lambda g: fieldmarket.take_in(
        by=g.here.keeper, at=LATER, market=g.here.market, lot=g.harvest, mass_g=1_000
    ),
    "fieldmarket.run_grading": lambda g: fieldmarket.run_grading(
        by=g.here.keeper, at=LATER, intake=g.intake, grades={"一级": 19_000}
    ),
    "fieldmarket.run_packing": lambda g: fieldmarket.run_packing(
        by=g.here.keeper, at=LATER, lot=g.graded, packs=1, net_g=1_000
    ),
    "fieldmarket.stow": lambda g: fieldmarket.stow(by=g.here.keeper, at=LATER, room=g.room, lot=g.graded),
    "fieldmarket.take_out": lambda g: fieldmarket.take_out(by=g.here.keeper, at=LATER, stowage=g.stowage),
    "market.offer": lambda g: market.offer(
        by=g.here.grower, at=LATER, lot=g.shop.lot, price_fen=1, unit_g=2_500, quantity=1
    ),
    "market.place_order": lambda g: market.place_order(
        by=g.shop.buyer, at=LATER, offer_id=g.shop.offer.pk, quantity=1, **SHIP
    ),
    "market.record_payment": lambda g: market.record_payment(
        by=g.shop.buyer, at=LATER, number=g.unpaid.number, method="bank", amount_fen=g.unpaid.amount_fen, evidence="HD-9"
    ),
    "market.consign_order": lambda g: g.shop.send(g.paid),
    "logistics.consign": lambda g: logistics.consign(
        by=g.here.grower, at=LATER, order_ref="x", shipper=g.here.coop, carrier=g.shop.carrier, origin=g.here.market,
        loads=[logistics.Load(g.shop.packs[-1].epc, g.shop.lot.epc, 2_500)],
        receiver=logistics.Receiver("示例", "13800000005", "示例路1号"),
    ),
    "logistics.pick_up": lambda g: g.shop.pick_up(g.booked),
    "logistics.deliver": lambda g: g.shop.deliver(g.rolling),
    "quality.issue_commitment": lambda g: quality.issue_commitment(by=g.here.grower, at=LATER, lot=g.graded, basis=BASIS),
    "quality.reissue_commitment": lambda g: quality.reissue_commitment(
        by=g.here.grower, at=LATER, commitment=g.harvest.commitments.get(), basis=BASIS
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WALKS)
def test_a_verb_that_works_on_goods_goes_on_with_free_ones_and_refuses_held_ones(name):
    goods = Goods()
    levels = list(stock_queries.models.Level.objects.order_by("pk").values_list("pk", "on_hand", "reserved"))
    goods.stop()
    with pytest.raises(Refused) as refusal:
        WALKS[name](goods)
    assert refusal.value.code in STOPS, str(refusal.value)
    assert list(stock_queries.models.Level.objects.order_by("pk").values_list("pk", "on_hand", "reserved")) == levels
    for lot in Lot.objects.exclude(hold_reason="").filter(held_with_id=F("pk")):
        production.lift_hold(by=goods.here.inspector, at=LATER, lot=lot, reason="示例：复检合格")
    assert not Freeze.objects.exists()
    WALKS[name](goods)


def unclassified(names):
    return sorted(name for name in names if name.split(".")[0] in PACKAGES and name not in {*WALKS, *GO_ON})


def test_every_verb_of_the_packages_that_handle_goods_is_walked_or_says_why_it_goes_on():
    for part in ("services", "pages"):
        discovery.modules(part)
    ours = {name for name, verb in VERBS.items() if verb.__module__.startswith("tiantou.")}
    assert unclassified(ours) == [], "walk it with held goods in WALKS, or say in GO_ON why it may go on"
    assert not (WALKS.keys() | GO_ON.keys()) - ours, "no longer a verb"


def test_the_classification_sees_a_new_verb():
    assert unclassified({"market.auction", "people.appoint", "market.offer"}) == ["market.auction"]


def test_an_open_offer_of_held_goods_is_shown_as_stopped_and_sells_nothing():
    goods = Goods()
    assert shop_queries.shop().exists()
    goods.stop()
    assert not shop_queries.shop().exists()
    assert Offer.objects.get(pk=goods.shop.offer.pk).closed_at is None


def test_goods_stopped_on_the_road_come_back_and_the_buyer_is_owed_its_money():
    goods = Goods()
    with pytest.raises(Refused, match="照常送达"):
        logistics.take_back(by=goods.shop.driver, at=LATER, number=goods.rolling.number)
    before = stock_queries.level(goods.shop.lot.epc, goods.here.market.code)
    goods.stop()
    logistics.take_back(by=goods.shop.driver, at=LATER, number=goods.rolling.number)
    after = stock_queries.level(goods.shop.lot.epc, goods.here.market.code)
    assert after.on_hand == before.on_hand + 2_500
    order = Order.objects.get(number=goods.rolling.order_ref)
    assert order.state == State.CANCELLED
    assert ledger.balance_of(order.payer, "refund") == order.amount_fen
    assert not stock_queries.unsound_levels().exists()
    with pytest.raises(Refused):
        goods.shop.deliver(goods.rolling)


def test_what_was_made_of_held_goods_is_stopped_though_the_event_comes_late():
    here = town()
    first, other = here.lot(1_000), here.lot(1_000)
    hold(here, first)
    production.require_free(other)
    # Another platform tells late that the second lot was made of the first.
    trace.record(
        by=SYSTEM, at=LATER,
        event=EventDraft(
            type="Transformation", event_time=AT, biz_step="commissioning",
            input_quantities=[kilograms(first.epc, 1)], output_quantities=[kilograms(other.epc, 1)],
        ),
    )  # fmt: skip
    with pytest.raises(production.LotOnHold):
        production.require_free(other)
    production.extend_holds(by=SYSTEM, at=LATER)
    other.refresh_from_db()
    assert other.on_hold
    assert other.held_with == first
    assert stock_queries.frozen([other.epc]) == {other.epc}


def test_a_plot_under_a_hold_is_harvested_into_the_hold():
    here = town()
    before, after = here.lot(1_000), here.lot(1_000, days_later=5)
    production.hold_plot(by=here.inspector, at=AT, plot=here.plot, reason="示例", since=date(2026, 11, 24))
    before.refresh_from_db()
    after.refresh_from_db()
    assert not before.on_hold
    assert after.on_hold
    assert here.lot(1_000, days_later=6).on_hold


def test_an_input_batch_stops_what_was_harvested_after_its_use_and_nothing_else():
    here = town()
    early = here.lot(1_000)
    use = {"plot": here.plot, "kind": "fertilise", "input_name": "示例有机肥", "dose": "一桶"}
    production.record_work(by=here.grower, at=AT + timedelta(days=2), on=date(2026, 11, 22), input_batch="SL-7", **use)
    production.record_work(by=here.grower, at=AT + timedelta(days=2), on=date(2026, 11, 22), input_batch="SL-8", **use)
    late = here.lot(1_000, days_later=3)
    with pytest.raises(Refused):
        production.hold_input(by=here.inspector, at=AT, input_name="示例有机肥", input_batch="SL-9", reason="示例")
    made = production.hold_input(by=here.inspector, at=AT, input_name="示例有机肥", input_batch="SL-7", reason="示例")
    early.refresh_from_db()
    late.refresh_from_db()
    assert [early.on_hold, late.on_hold] == [False, True]
    assert here.lot(1_000, days_later=4).on_hold
    production.lift(by=here.inspector, at=LATER, hold=made, reason="示例：复检合格")
    late.refresh_from_db()
    assert not late.on_hold


def test_a_lot_under_two_holds_stays_stopped_until_both_are_lifted():
    here = town()
    lot = here.lot(1_000)
    quality.record_test(
        by=here.inspector, at=AT, lot=lot, item="示例", value=Decimal(2), limit=Decimal(1), unit="x", instrument="x"
    )
    plot_hold = production.hold_plot(by=here.inspector, at=LATER, plot=here.plot, reason="地块复查")
    production.lift_hold(by=here.inspector, at=LATER, lot=lot, reason="复检合格")
    lot.refresh_from_db()
    assert lot.hold_reason == "地块复查"
    with pytest.raises(Refused):
        production.lift_hold(by=here.inspector, at=LATER, lot=lot, reason="复检合格")
    production.lift(by=here.inspector, at=LATER, hold=plot_hold, reason="复查合格")
    lot.refresh_from_db()
    assert not lot.on_hold
    assert not Freeze.objects.exists()


def test_a_driver_may_not_place_holds_and_a_keeper_holds_only_lots():
    here = town()
    driver = factories.actor(Role.DRIVER)
    with pytest.raises(Refused):
        production.place_hold(by=driver, at=AT, lot=here.lot(1_000), reason="x")
    with pytest.raises(Refused):
        production.hold_plot(by=here.keeper, at=AT, plot=here.plot, reason="x")


def test_a_driver_sees_the_stop_and_brings_the_goods_back_and_buyer_and_seller_read_why():
    goods = Goods()
    driver = Browser(goods.shop.driver)
    assert "已退回发货地" not in driver.get(f"/runs/{goods.rolling.number}/")
    goods.stop()
    page = driver.get(f"/runs/{goods.rolling.number}/")
    assert "货被扣留，不要送到" in page
    assert "示例：召回" in page
    driver.post(f"/runs/{goods.rolling.number}/deliver/", received_by="示例", expect=409)
    assert "货被扣留，停卖" in Browser(goods.here.grower).get("/selling/")
    buyer = Browser(goods.shop.buyer)
    assert "货被扣留" in buyer.get("/orders/")
    assert "可以取消订单" in buyer.get(f"/orders/{goods.unpaid.number}/")
    driver.post(f"/runs/{goods.rolling.number}/back/", key="b")
    assert Order.objects.get(number=goods.rolling.order_ref).state == State.CANCELLED
    booked = driver.api(f"/api/v1/consignments/{goods.booked.number}/take-back", {}, expect=409)
    assert booked["code"] in {"wrong-state", "conflict"}
