"""The gate on a phone without network: decisions are kept, survive a reload, and reach the platform exactly once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.pages.browser import check, enter
from tests.production.cast import town
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.people import services as people
from tiantou.production.services import harvest, lay_out_plot, place_hold
from tiantou.quality.models import GateEntry
from tiantou.quality.services import issue_commitment

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
BASIS = "质量安全控制符合要求"


@pytest.fixture
def gate():
    """A market with its keeper (as a person), and three certificates, one of them of a lot on hold."""
    at = clock.now()
    here = town()
    keeper = people.enrol_person(by=SYSTEM, at=at, phone="13800009001", name="示例·门岗")
    people.appoint(
        by=SYSTEM, at=at, person=keeper, role=Role.MARKET_KEEPER, party=here.market.holder, site=here.market, area=None, manages=False
    )  # fmt: skip
    plot = lay_out_plot(
        by=here.grower, at=at, base=here.base, code="A-02", name="示例地", area_mu="2", product=here.product, grower=here.coop,
        starts=clock.local_date(at) - timedelta(days=90),
    )  # fmt: skip
    papers = []
    for _ in range(3):
        lot = harvest(by=here.grower, at=at, plot=plot, mass_g=100_000)
        papers.append(issue_commitment(by=here.grower, at=at, lot=lot, basis=BASIS))
    place_hold(by=here.inspector, at=at, lot=papers[2].lot, reason="示例复检")
    return keeper, [paper.number for paper in papers]


def decide(page, code, button, **fields):
    page.locator("[data-gate-desk] [name=codes]").fill(code)
    for name, value in fields.items():
        page.locator(f"[data-gate-desk] [name={name}]").fill(value)
    page.get_by_role("button", name="照名单判").click()
    page.locator("[data-gate-lines] li", has_text=code).get_by_role("button", name=button).click()
    page.locator("[data-gate-queue] li", has_text=code).wait_for()


def test_three_decisions_without_network_arrive_exactly_once_though_the_first_answer_is_lost(site, page, gate):
    keeper, (good, other, held) = gate
    page.set_viewport_size({"width": 375, "height": 812})
    enter(page, site, keeper)
    page.goto(f"{site}/gate/")
    page.locator("[data-gate][data-ready=yes]").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    page.context.set_offline(True)
    page.reload()
    page.locator("[data-gate][data-ready=yes]").wait_for()
    assert page.locator("[data-gate-form]").is_hidden()
    page.locator("[data-gate-desk] [name=codes]").fill(held)
    page.get_by_role("button", name="照名单判").click()
    assert "在扣留或召回中" in page.locator("[data-gate-lines]").inner_text()
    decide(page, good, "放行", truck="渝F12345")
    decide(page, other, "拒收", reason="证货不符")
    decide(page, held, "放行")
    page.reload()
    page.locator("[data-gate][data-ready=yes]").wait_for()
    assert page.locator("[data-gate-queue] li[data-state=waiting]").count() == 3
    assert GateEntry.objects.count() == 0

    lost = []

    def lose(route):
        """The platform gets it and writes it; its answer does not come back."""
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    page.route("**/gate/sync/", lose)
    page.context.set_offline(False)
    expect(page.locator("[data-gate-state]")).to_contain_text("没有发出去")
    assert lost == [200]
    assert GateEntry.objects.count() == 3
    assert page.locator("[data-gate-queue] li[data-state=waiting]").count() == 3

    page.get_by_role("button", name="现在发送").click()
    expect(page.locator("[data-gate-queue] li[data-state=waiting]")).to_have_count(0)
    assert sorted(GateEntry.objects.values_list("code", "decision", "offline")) == sorted(
        [(good, "accept", True), (other, "refuse", True), (held, "accept", True)]
    )
    assert GateEntry.objects.get(code=held).alarm
    shown = page.locator("[data-gate-queue]").inner_text()
    for entry in GateEntry.objects.all():
        assert entry.number in shown
    assert "先隔离" in shown


def test_the_gate_is_a_sound_page_and_works_without_javascript(site, page, gate, browser):
    keeper, (good, _other, held) = gate
    enter(page, site, keeper)
    check(page, f"{site}/gate/", "门口查验")
    check(page, f"{site}/gate/entries/", "查验台账")
    plain = browser.new_context(locale="zh-CN", java_script_enabled=False)
    try:
        bare = plain.new_page()
        enter(bare, site, keeper)
        bare.goto(f"{site}/gate/")
        bare.locator("#codes").fill(f"{good}\n{held}")
        bare.get_by_role("button", name="查验", exact=True).click()
        assert "应隔离" in bare.locator("main").inner_text()
        bare.get_by_role("button", name="记下 2 条").click()
        assert "放行 1，拒收 0，隔离 1" in bare.locator("body").inner_text()
    finally:
        plain.close()
    assert GateEntry.objects.count() == 2
