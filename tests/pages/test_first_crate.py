"""The first crate's way through the pages, each step tapped and typed by the person whose step it is."""

from __future__ import annotations

import re

import pytest

from tests import factories
from tests.pages.browser import enter, faults_of
from tests.production.cast import AT, town
from tiantou.fieldmarket.models import Pack
from tiantou.fieldmarket.queries import pack_path
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.logistics.queries import consignment_of
from tiantou.market.models import Order
from tiantou.people import services as people
from tiantou.production.models import Lot
from tiantou.quality.models import Commitment

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

PHONE = {"width": 375, "height": 812}
#: Every public page that a stranger reaches from the home page, with its heading.
PUBLIC_PAGES = {
    "/": "从地头到餐桌",
    "/shop/": "买货",
    "/programmes/": "项目与补贴",
    "/notices/": "公示",
    "/scan/": "查一件货",
    "/register/": "登记簿",
    "/areas/": "区划",
    "/opinion/": "意见办到哪里了",
    "/accounts/login/": "登录",
}


class Walker:
    """One phone that goes from hand to hand."""

    def __init__(self, page, site):
        self.page, self.site = page, site
        page.set_viewport_size(PHONE)
        page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))

    def hand_to(self, person):
        """The phone is signed in as this person, and no longer as the one before."""
        self.page.context.clear_cookies()
        if person is not None:
            enter(self.page, self.site, person)

    def look(self, path, h1):
        """The page at this path has this heading and no fault."""
        assert faults_of(self.page, f"{self.site}{path}", h1) == [], path

    def here(self):
        """The path of the page that is shown."""
        return self.page.url.removeprefix(self.site)

    def look_around(self, h1):
        """The page that is shown has this heading, and no fault when it is opened anew."""
        self.look(self.here(), h1)

    def fill(self, **fields):
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]").fill(str(value))

    def tap(self, words):
        """The one button or link of the page's own part with exactly these words; what it leads to is a good page."""
        target = (
            self.page.locator("main").locator("a, button").filter(has_text=re.compile(rf"^\s*{re.escape(words)}\s*$"))
        )
        with self.page.expect_response(
            lambda answer: answer.request.is_navigation_request() and answer.status != 303
        ) as coming:
            target.click()
        self.page.wait_for_load_state()
        assert coming.value.status == 200, (words, coming.value.status, self.page.locator("main").inner_text())

    def reads(self, *words):
        text = self.page.locator("body").inner_text()
        assert [word for word in words if word not in text] == [], text


@pytest.fixture
def walker(site, page):
    return Walker(page, site)


_phones = iter(f"138000001{number:02d}" for number in range(100))


def signed_up(name, role, **duty):
    """A real person with a password who holds the role."""
    person = people.enrol_person(by=SYSTEM, at=AT, phone=next(_phones), name=name)
    people.set_password(by=SYSTEM, at=AT, person=person, password="示例口令-2026-甲")
    people.appoint(by=SYSTEM, at=AT, person=person, role=role, **duty)
    return person


@pytest.fixture
def cast():
    """The town with its people, who so far have done nothing but lay out a plot."""
    here = town()
    carrier = factories.party("carrier", "示例冷链运输有限公司")
    shop = factories.party("ecommerce_firm", "示例鲜果公司")
    return {
        "town": here,
        "carrier": carrier,
        "grower": signed_up("示例果农", Role.FARMER, party=here.coop),
        "keeper": signed_up("示例司磅", Role.MARKET_KEEPER, site=here.market, party=here.market.holder),
        "buyer": signed_up("示例采购", Role.BUYER, party=shop),
        "driver": signed_up("示例司机", Role.DRIVER, party=carrier),
    }


def test_the_first_crate_goes_through_the_pages_from_the_plot_to_the_table(walker, cast):
    harvested = _harvest(walker, cast)
    packed = _take_in_and_pack(walker, cast, harvested)
    offer = _offer(walker, cast, packed)
    order = _order_and_pay(walker, cast, offer)
    _send(walker, cast, order)
    crate = _drive(walker, cast, order)
    _scan(walker, packed, crate)


def _harvest(walker, cast):
    """The grower harvests on the plot's page and issues the certificate in two taps."""
    walker.hand_to(cast["grower"])
    walker.look("/workbench/", "今天")
    walker.look(f"/fields/{cast['town'].plot.pk}/", "后坡三台")
    walker.tap("采收")
    walker.look_around("采收")
    walker.fill(mass_kg="50")
    walker.tap("登记采收")
    lot = Lot.objects.get()
    walker.look_around(lot.code)
    walker.tap("合格证")
    walker.look_around("开合格证")
    walker.tap("承诺并开证")
    certificate = Commitment.objects.get(lot=lot)
    walker.reads(certificate.number, "开好了")
    walker.look_around(certificate.number)
    return lot


def _take_in_and_pack(walker, cast, harvested):
    """The keeper finds the goods by their certificate, weighs, grades and packs them."""
    walker.hand_to(cast["keeper"])
    walker.look("/fieldmarket/take-in/", "收货")
    walker.fill(code=Commitment.objects.get(lot=harvested).number)
    walker.tap("找这批货")
    walker.look_around("过磅")
    walker.reads("合格证有效")
    walker.fill(mass_kg="50")
    walker.tap("收货")
    walker.tap("定级")
    walker.look_around("定级")
    walker.fill(grade_1="40", grade_2="9", loss="1")
    walker.tap("定级")
    graded = Lot.objects.get(grade="一级", kind="graded")
    walker.look(f"/fieldmarket/lots/{graded.pk}/pack/", "包装")
    walker.fill(net_kg="2.5", packs="10", per_crate="4")
    walker.tap("装好了")
    walker.reads("装好 10 件", "分装以后要重新开合格证")
    packed = Lot.objects.get(kind="packed")
    walker.look_around(packed.code)
    return packed


def _offer(walker, cast, packed):
    """The grower issues the certificate of what was packed and puts it on offer."""
    walker.hand_to(cast["grower"])
    walker.look(f"/lots/{packed.pk}/", packed.code)
    walker.tap("合格证")
    walker.tap("承诺并开证")
    walker.look("/selling/", "挂牌卖货")
    walker.page.locator("[name=lot]").select_option(str(packed.pk))
    walker.fill(price="30", quantity="10", note="树上熟，现摘")
    walker.tap("挂牌")
    walker.reads("已挂牌", "10 件")
    walker.look_around("奉节脐橙 一级")
    return walker.here()


def _order_and_pay(walker, cast, offer):
    """The buyer orders one crate, and writes down the bank's receipt of what was paid outside the platform."""
    walker.hand_to(cast["buyer"])
    walker.look("/shop/", "买货")
    walker.look(offer, "奉节脐橙 一级")
    walker.fill(quantity="4", ship_name="示例收货人", ship_phone="13800000005", ship_address="重庆市渝中区示例路1号")
    walker.tap("下单")
    order = Order.objects.get()
    walker.look_around(order.number)
    walker.fill(evidence="HD-示例-1")
    walker.tap("登记付款")
    walker.reads("HD-示例-1", "120.00 元")
    return order


def _send(walker, cast, order):
    """The grower sees the money in the bank, says so, and hands the goods to a carrier's driver."""
    walker.hand_to(cast["grower"])
    walker.look(f"/orders/{order.number}/", order.number)
    walker.tap("确认收款")
    walker.look_around(order.number)
    walker.page.locator("[name=carrier]").select_option(str(cast["carrier"].pk))
    walker.page.locator("[name=driver]").select_option(label="示例司机 · 示例冷链运输有限公司")
    walker.tap("交给承运商")
    walker.reads("已托运", "示例冷链运输有限公司")


def _drive(walker, cast, order):
    """The driver types the number on the crate, drives, and has the goods signed for."""
    crate = Pack.objects.order_by("pk").first().crate
    walker.hand_to(cast["driver"])
    walker.look("/runs/", "我的运单")
    number = consignment_of(order.number).number
    walker.look(f"/runs/{number}/", number)
    walker.fill(scanned=crate)
    walker.tap("装车")
    walker.reads("已装车 4 件")
    walker.look_around(number)
    walker.fill(received_by="示例收货人", temperature="4.5")
    walker.tap("签收")
    walker.reads("已签收")
    walker.look("/consignments/", "托运单")
    walker.look(f"/consignments/{number}/", number)
    walker.hand_to(cast["buyer"])
    walker.look("/orders/", "订单")
    walker.look(f"/orders/{order.number}/", order.number)
    walker.reads("已签收")
    return crate


def _scan(walker, packed, crate):
    """Somebody at a table, whom nobody knows, scans one pack and reads where it comes from; then looks around."""
    walker.hand_to(None)
    pack = Pack.objects.filter(crate=crate).first()
    walker.look("/scan/", "查一件货")
    walker.look(f"{pack_path(pack, packed)}/", "奉节脐橙 一级")
    walker.reads(
        packed.code,
        "示例脐橙专业合作社",
        "有效，点开可核对",
        "收货过磅",
        "挑选分级",
        "称重装件",
        "装车起运",
        "送到签收",
        "4.5 ℃",
    )
    walker.reads("净重", "2.5 公斤")
    walker.page.get_by_role("link", name=re.compile("^HG")).click()
    walker.look_around("承诺达标合格证")
    walker.reads(Commitment.objects.get(lot=packed).number)
    for path, h1 in PUBLIC_PAGES.items():
        walker.look(path, h1)
