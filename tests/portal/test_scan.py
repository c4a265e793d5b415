"""From the code on a pack to its whole way, and what is never told."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.market.chain import SHIP, open_shop
from tests.production.cast import AT
from tests.quality.test_laboratories import BAD, GOOD, Bench
from tiantou.fieldmarket.queries import pack_path
from tiantou.gs1.identifiers import digital_link
from tiantou.production.queries import scan_path
from tiantou.production.services import place_hold
from tiantou.registry.models import Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(client: Client):
    def page(path: str) -> str:
        answer = client.get(path + "/")
        assert answer.status_code == 200, path
        return answer.content.decode()

    return page


def test_a_pack_tells_its_whole_way(read):
    shop = open_shop()
    order = shop.delivered(4)
    pack = shop.packs[0]
    page = read(pack_path(pack, pack.lot))
    for word in (
        "奉节脐橙",
        "一级",
        "2026年11月20日",
        "草堂镇",
        "采收",
        "收货过磅",
        "挑选分级",
        "称重装件",
        "装车起运",
        "送到签收",
        "4.5",
    ):
        assert word in page, word
    assert "/c/HG" in page
    assert order.ship_address not in page


def test_no_step_is_told_in_the_words_of_the_standard(read):
    shop = open_shop()
    shop.delivered(10)
    for path in (pack_path(shop.packs[0], shop.lot), scan_path(shop.lot)):
        steps = re.findall(r'class="what">(?:<a[^>]*>)?([^<]*)', read(path))
        assert len(steps) >= 4
        assert "卖出" not in steps
        assert [step for step in steps if not re.search("[一-鿿]", step)] == []


def test_a_sister_pack_that_was_not_sent_has_not_been_sent(read):
    shop = open_shop()
    shop.delivered(4)
    pack = shop.packs[9]
    assert "装车起运" not in read(pack_path(pack, pack.lot))


def test_what_the_receiver_gave_for_the_delivery_is_never_told(read):
    shop = open_shop()
    shop.delivered(10)
    pages = [read(pack_path(pack, pack.lot)) for pack in shop.packs] + [read(scan_path(shop.lot))]
    assert not [value for value in SHIP.values() for page in pages if value in page]


def test_a_natural_persons_name_is_masked(read):
    shop = open_shop()
    Party.objects.filter(pk=shop.town.coop.pk).update(name="张示例", natural_person=True)
    page = read(scan_path(shop.lot))
    assert "张*" in page
    assert "张示例" not in page


def test_a_held_lot_says_stop_first(read):
    shop = open_shop()
    assert "先不要吃" not in read(scan_path(shop.lot))
    place_hold(by=shop.town.inspector, at=AT, lot=shop.lot, reason="示例：复检")
    page = read(scan_path(shop.lot))
    assert page.index("先不要吃") < page.index("<h1>")


def test_crate_and_serial_lead_to_the_same_goods(read):
    shop = open_shop()
    pack = shop.packs[0]
    assert shop.lot.code in read(digital_link(pack.crate, "/id"))
    assert shop.lot.code in read(digital_link(pack.epc, "/id"))


@pytest.mark.parametrize("path", [
    "/id/01/09521234000013/10/nothing/", "/id/00/095212340000000013/", "/scan/?code=%E8%84%90", "/scan/00/095212340000000013/",
])  # fmt: skip
def test_an_unknown_code_is_a_calm_404(client, path):
    open_shop()
    answer = client.get(path)
    assert answer.status_code == 404
    assert "没有这个码的记录" in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["/id/01/09521234000014/10/20261120-01/", "/id/01/x/10/y/", "/id/00/123/", "/scan/00/123/"]
)
def test_an_ill_formed_code_says_what_is_wrong_with_it(client, path):
    answer = client.get(path)
    assert answer.status_code == 400
    assert "没有这个码的记录" in answer.content.decode()


def test_a_pack_of_another_lot_does_not_lend_its_way(client):
    shop = open_shop()
    other = shop.town.lot(10_000)
    assert client.get(f"{scan_path(other)}/21/{shop.packs[0].serial}/").status_code == 404


def test_what_is_typed_off_a_label_leads_to_its_page(client):
    shop = open_shop()
    assert client.get("/scan/", {"code": shop.lot.code})["Location"] == scan_path(shop.lot) + "/"
    assert client.get("/scan/", {"code": "HG20261120000011"})["Location"].startswith("/c/")
    assert client.get("/scan/", {"code": f"https://t.example{scan_path(shop.lot)}"}).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_way(client, django_assert_max_num_queries):
    shop = open_shop()
    shop.delivered(10)
    with django_assert_max_num_queries(16):
        client.get(scan_path(shop.lot) + "/")


def test_the_same_for_programs(client):
    shop = open_shop()
    answer = client.get("/api/v1/scan/", {"code": shop.lot.epc}).json()
    assert (answer["lot"], answer["held"], answer["way"][0]["title"]) == (shop.lot.code, False, "采收")
    assert client.get("/api/v1/scan/", {"code": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("lines", "word", "verdict"), [(GOOD, "检验合格", "有来处，没有合格证"), (BAD, "检验不合格", "先不要吃")]
)
def test_a_laboratorys_report_is_shown_and_can_be_opened(client, read, lines, word, verdict):
    made = Bench()
    report = made.report(lines)
    page = read(scan_path(report.sample.lot))
    assert word in page
    assert verdict in page
    assert client.get(f"/reports/{report.number}/").status_code == 200
    assert f"/reports/{report.number}/" in page
