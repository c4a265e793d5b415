"""The scan page on a phone and on a desk, in both languages; the complaint behind it; the inspector's lists."""

from __future__ import annotations

import pytest

from tests import factories
from tests.market.chain import open_shop
from tests.pages.browser import check, enter, weight_of
from tests.people.conftest import appointed
from tests.production.cast import AT
from tiantou.fieldmarket.queries import pack_path
from tiantou.kernel import clock
from tiantou.kernel.actor import Role
from tiantou.portal import services, suspicion
from tiantou.production.queries import scan_path
from tiantou.production.services import place_hold

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_a_pack_its_complaint_and_who_answers(site, page, settings):
    settings.TIANTOU_REQUIRE_MFA = False
    shop = open_shop()
    shop.delivered(4)
    pack = shop.packs[0]
    path = pack_path(pack, shop.lot)
    for n in range(9):
        services.count_scan(
            at=clock.now(), code=pack.epc, level=suspicion.PIECE, lot=shop.lot, address=f"10.0.{n}.1", agent="Android"
        )
    check(page, f"{site}{path}/", "奉节脐橙 一级")
    assert weight_of(page, f"{site}{path}/") < 60_000
    check(page, f"{site}/complain/?code={path}", "投诉举报")
    made = services.file_complaint(by=shop.town.stranger, at=AT, ground="code", text="示例：封口不对", code=path)
    check(page, f"{site}/complain/{made.number}/", f"投诉 {made.number}")
    place_hold(by=shop.town.inspector, at=AT, lot=shop.lot, reason="示例：复检")
    check(page, f"{site}{scan_path(shop.lot)}/", "奉节脐橙 一级")
    check(page, f"{site}{scan_path(shop.lot).partition('/10/')[0]}/10/NOTHING/", "没有这个码的记录", status=404)
    enter(page, site, appointed(Role.INSPECTOR, area=factories.village().district))
    check(page, f"{site}/complaints/", "投诉")
    check(page, f"{site}/complaints/{made.number}/", f"投诉 {made.number}")
    check(page, f"{site}/scans/", "可疑扫码")
