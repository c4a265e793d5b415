"""A bad batch of an input: from one line in a field record to every crate, everybody who has some, and a report that adds up."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests import factories
from tests.market.chain import AT, BASIS, SHIP
from tests.production.cast import town
from tests.production.web import Browser
from tiantou.fieldmarket import services as fieldmarket
from tiantou.kernel.actor import STRANGER, Role
from tiantou.kernel.errors import Refused
from tiantou.logistics import services as logistics
from tiantou.market import queries as shop
from tiantou.market import services as market
from tiantou.production import services as production
from tiantou.production.models import Lot
from tiantou.quality import queries as quality_reads
from tiantou.quality import services as quality
from tiantou.quality.models import Recall, RecallNotice
from tiantou.quality.queries import recalls as queries
from tiantou.stock import queries as stock

BATCH = "SL-2611"


@pytest.mark.django_db
def test_a_bad_input_batch_is_found_frozen_told_answered_and_reported():  # noqa: PLR0915 - one story
    # The fields: two plots, one of which had the bad batch before its harvest.
    here = town()
    good_plot = production.lay_out_plot(
        by=here.grower, at=AT, base=here.base, code="A-02", name="好地", area_mu=3, product=here.product, grower=here.coop,
        starts=here.plot.starts,
    )  # fmt: skip
    production.record_work(
        by=here.grower, at=AT, plot=here.plot, kind="fertilise", on=AT.date(), input_name="示例叶面肥", dose="一桶",
        input_batch=BATCH,
    )  # fmt: skip
    good = production.harvest(by=here.grower, at=AT, plot=good_plot, mass_g=40_000)
    bad = here.lot(60_000)

    # The trade: both go through one market; packs of the bad one are sold, on the road, delivered, and on offer.
    at = AT + timedelta(hours=1)
    packed = {}
    for name, lot in (("good", good), ("bad", bad)):
        quality.issue_commitment(by=here.grower, at=at, lot=lot, basis=BASIS)
        intake = fieldmarket.take_in(by=here.keeper, at=at, market=here.market, lot=lot, mass_g=lot.mass_g)
        (first,) = fieldmarket.grade(by=here.keeper, at=at, intake=intake, grades={"一级": lot.mass_g - 1_000})
        packs = fieldmarket.pack(by=here.keeper, at=at, lot=first, packs=12, net_g=2_500, per_crate=4)
        quality.issue_commitment(by=here.grower, at=at, lot=packs[0].lot, basis=BASIS)
        packed[name] = packs[0].lot
    offers = {
        name: market.offer(by=here.grower, at=at, lot=lot, price_fen=3_000, unit_g=2_500, quantity=12)
        for name, lot in packed.items()
    }
    carrier = factories.party("carrier", "示例冷链运输有限公司")
    driver = factories.actor(Role.DRIVER, party=carrier)
    buyer = factories.actor(Role.BUYER, party=factories.party("ecommerce_firm", "示例鲜果公司"))
    private = factories.actor(Role.CONSUMER)
    runs = {}
    for number, (who, packs, done) in enumerate(((buyer, 4, True), (private, 2, True), (buyer, 3, False))):
        order = market.place_order(by=who, at=at, offer_id=offers["bad"].pk, quantity=packs, **SHIP)
        market.record_payment(
            by=who, at=at, number=order.number, method="bank", amount_fen=order.amount_fen, evidence=f"示例{number}"
        )
        market.confirm_payment(by=here.grower, at=at, number=order.number)
        booked = market.consign_order(
            by=here.grower, at=at, number=order.number, carrier=carrier, driver_id=driver.person_id
        )
        logistics.pick_up(by=driver, at=at, number=booked.number, scanned=[item.epc for item in booked.items.all()])
        if done:
            logistics.deliver(by=driver, at=at, number=booked.number, received_by="示例")
        runs[number] = booked

    # The inspector knows nothing but the batch on the empty bottle.
    inspector = Browser(here.inspector)
    made = inspector.post(
        "/recalls/new/", kind="input", code=BATCH, input_name="示例叶面肥", level="1", reason="示例：检出未登记成分",
        public_text="示例公告：不要食用，找卖家退货。", key="journey",
    )  # fmt: skip
    recall = Recall.objects.get()

    # Everything made of it is stopped, wherever it is, and nothing else.
    stopped = set(Lot.objects.exclude(hold_reason="").values_list("pk", flat=True))
    assert stopped == set(recall.lots.values_list("lot_id", flat=True))
    assert packed["bad"].pk in stopped
    assert packed["good"].pk not in stopped
    assert [offer.pk for offer in shop.shop()] == [offers["good"].pk]
    for verb in (
        lambda: market.place_order(by=buyer, at=at, offer_id=offers["bad"].pk, quantity=1, **SHIP),
        lambda: logistics.deliver(by=driver, at=at, number=runs[2].number, received_by="示例"),
        lambda: fieldmarket.pack(by=here.keeper, at=at, lot=Lot.objects.get(pk=packed["bad"].pk), packs=1, net_g=1),
    ):
        with pytest.raises(Refused):
            verb()

    # Every gram is somewhere, and the books say where.
    effect = queries.effect(recall, at)
    assert (effect.road_g, effect.bought_g, effect.private_g) == (7_500, 10_000, 5_000)
    assert effect.stock_g == 59_000 - 7_500 - 10_000 - 5_000
    balance = queries.balance(recall)
    assert (balance.sources, balance.lost, balance.gap) == (60_000, 1_000, 0)

    # It is published: holders are told, the public reads it, the scan page knows.
    inspector.post(f"{made.url}start/", public_text="示例公告：不要食用，找卖家退货。")
    assert quality_reads.recall_of(Lot.objects.get(pk=packed["bad"].pk)).number == recall.number
    assert quality_reads.recall_of(packed["good"]) is None
    assert packed["bad"].code in Browser(STRANGER).get(f"/recalled/{recall.number}/")

    # Holders answer: the keeper in two taps, the buyer lot by lot, the driver brings the goods back, the seller reaches the private buyer.
    def told(actor):
        browser = Browser(actor)
        (url,) = re.findall(r"/recall-notices/\d+/", browser.get("/recall-notices/"))[:1]
        return browser, url

    keeper, url = told(here.keeper)
    assert "都在，都封存了" in keeper.get(url)
    keeper.post(url, do="all", key="k")
    bought, url = told(buyer)
    bought.post(url, do="line", lot=packed["bad"].code, stopped="6", destroyed="4", proof="示例销毁记录1号", key="b")
    seller, url = told(here.grower)
    seller.post(url, do="line", lot=packed["bad"].code, returned="3", sold="2", note="示例：一件吃掉了", key="s")
    inspector.post(f"{made.url}close/", summary="示例：先结束", expect=422)
    logistics.take_back(by=driver, at=at, number=runs[2].number)
    wheel, url = told(driver)
    wheel.post(url, do="line", lot=packed["bad"].code, returned="7.5", key="d")

    # The report adds up and prints.
    effect = queries.effect(recall, at)
    assert (effect.answered, effect.parties, effect.overdue) == (4, 4, 0)
    assert (effect.located_share, effect.recovered_share) == (100, 96)
    assert (effect.stopped_g, effect.returned_g, effect.destroyed_g, effect.sold_g) == (42_500, 10_500, 4_000, 2_000)
    assert queries.balance(recall).gap == 0
    assert not stock.unsound_levels().exists()
    inspector.post(f"{made.url}close/", summary="示例：96% 已控制，其余已食用，无不适报告。", release="")
    assert inspector.raw(f"{made.url}report.pdf").content.startswith(b"%PDF")
    assert not RecallNotice.objects.filter(lines__answered_at=None).exists()
    assert Lot.objects.get(pk=packed["bad"].pk).on_hold  # bad goods stay stopped when the recall is over
