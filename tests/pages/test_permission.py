"""Pages of departure, entry and laboratories in a browser: sound at both widths, for those whose pages they are."""

from __future__ import annotations

import pytest

from tests.pages.browser import check, enter
from tests.quality.test_laboratories import BAD, Bench
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.people import services as people
from tiantou.quality.services import issue_commitment, permit_exit

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def person(role, phone, **appointment):
    at = clock.now()
    made = people.enrol_person(by=SYSTEM, at=at, phone=phone, name="示例·页面")
    facts = {"party": None, "site": None, "area": None, "manages": False, **appointment}
    people.appoint(by=SYSTEM, at=at, person=made, role=role, **facts)
    return made


def test_the_farmers_and_the_laboratorys_pages_are_sound(site, page):
    bench = Bench()
    grower = person(Role.FARMER, "13800009011", party=bench.here.coop)
    enter(page, site, grower)
    check(page, f"{site}/lots/{bench.lot.pk}/exit/", "能不能出村")
    issue_commitment(by=bench.here.grower, at=clock.now(), lot=bench.lot, basis="质量安全控制符合要求")
    made = permit_exit(by=bench.here.grower, at=clock.now(), lot=bench.lot)
    check(page, f"{site}/lots/{bench.lot.pk}/", bench.lot.code)
    check(page, f"{site}/exits/{made.pk}/", made.number)

    analyst = person(Role.LABORATORY, "13800009012", party=bench.party)
    sample = bench.received()
    enter(page, site, analyst)
    check(page, f"{site}/samples/", "样品")
    check(page, f"{site}/samples/{sample.pk}/", sample.number)
    check(page, f"{site}/laboratory/import/", "导入结果")
    report = bench.report(BAD, sample=sample)
    check(page, f"{site}/reports/{report.number}/", report.number)
    check(page, f"{site}/reports/{report.number}/correct/", "更正报告")
    check(page, f"{site}/rules-of-quality/", "判定依据")


def test_the_keepers_lorry_and_the_officers_lists_are_sound(site, page, settings):
    settings.TIANTOU_REQUIRE_MFA = False
    bench = Bench()
    paper = issue_commitment(by=bench.here.grower, at=clock.now(), lot=bench.lot, basis="质量安全控制符合要求")
    keeper = person(Role.MARKET_KEEPER, "13800009013", party=bench.here.market.holder, site=bench.here.market)
    enter(page, site, keeper)
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto(f"{site}/gate/")
    page.locator("#codes").fill(f"{paper.number} 示例外来-1")
    page.get_by_role("button", name="查验", exact=True).click()
    page.wait_for_load_state()
    assert page.locator(".gate-line").count() == 2
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over == 0
    box = page.locator(".gate-choice").first.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    page.locator("[name='1-reason']").fill("没有合格证")
    page.get_by_role("button", name="记下 2 条").click()
    page.wait_for_load_state()

    officer = person(Role.DISTRICT_OFFICER, "13800009014", area=bench.here.base.area.district)
    enter(page, site, officer)
    for path, h1 in (("/exits/", "产地准出"), ("/gate/entries/", "市场准入"), ("/samples/", "抽样和检测")):
        check(page, f"{site}{path}", h1)
