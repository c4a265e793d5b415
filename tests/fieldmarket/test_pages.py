"""The keeper's pages: scan, weigh, grade, pack, print; the public board; the officials' ledger."""

import io

import pytest
from openpyxl import load_workbook

from tests import factories
from tests.production.cast import town
from tests.production.web import Browser
from tiantou.fieldmarket.models import Grading, Intake, Packing
from tiantou.kernel import clock
from tiantou.kernel.actor import STRANGER, Role
from tiantou.production.services import harvest
from tiantou.quality.services import issue_commitment

pytestmark = pytest.mark.django_db
BASIS = "质量安全控制符合要求"


def fresh_lot(here, *, certified=True):
    lot = harvest(by=here.grower, at=clock.now(), plot=here.plot, mass_g=100_000)
    if certified:
        issue_commitment(by=here.grower, at=clock.now(), lot=lot, basis=BASIS)
    return lot


def test_the_keeper_scans_weighs_grades_and_packs():
    here = town()
    lot = fresh_lot(here)
    keeper = Browser(here.keeper)
    number = lot.commitments.get().number
    assert "合格证有效" in keeper.get(f"/fieldmarket/take-in/?code={number}")
    taken = keeper.post(f"/fieldmarket/take-in/?code={number}", mass_kg="98.5", terms="kept", key="k1")
    intake = Intake.objects.get()
    assert intake.mass_g == 98_500
    assert taken.url == f"/fieldmarket/intakes/{intake.pk}/"
    assert intake.number in keeper.get(taken.url)
    assert "98.5" in keeper.get("/fieldmarket/grading/")

    wrong = keeper.post(f"/fieldmarket/intakes/{intake.pk}/grade/", grade_0="60", loss="1", key="k2", expect=422)
    assert "对不上" in wrong.content.decode()
    assert 'value="60"' in wrong.content.decode()
    keeper.post(f"/fieldmarket/intakes/{intake.pk}/grade/", grade_0="60", grade_1="37.5", loss="1", key="k3")
    graded = Grading.objects.get().lots.order_by("pk").first()
    assert graded is not None
    assert "60" in keeper.get(f"/fieldmarket/lots/{graded.pk}/pack/")
    keeper.post(f"/fieldmarket/lots/{graded.pk}/pack/", net_kg="2.5", packs="20", per_crate="10", key="k4")
    packing = Packing.objects.get()
    page = keeper.get(f"/fieldmarket/packings/{packing.pk}/")
    assert "分装以后要重新开合格证" in page
    keeper.post(f"/lots/{packing.lot_id}/certificate/", basis=BASIS, quantity_kg="50", key="k5")
    assert "HG" in keeper.get(f"/fieldmarket/packings/{packing.pk}/")
    for stock in ("roll", "a4"):
        assert keeper.raw(f"/fieldmarket/packings/{packing.pk}/labels.pdf?stock={stock}").content.startswith(b"%PDF")


def test_goods_without_papers_are_refused_with_what_to_do():
    here = town()
    lot = fresh_lot(here, certified=False)
    keeper = Browser(here.keeper)
    assert "没有有效的合格证" in keeper.get(f"/fieldmarket/take-in/?code={lot.code}")
    answer = keeper.post(f"/fieldmarket/take-in/?code={lot.code}", mass_kg="10", terms="kept", expect=409)
    assert "开好合格证" in answer.content.decode()
    assert 'value="10"' in answer.content.decode()


def test_a_number_that_names_nothing_is_said_so():
    here = town()
    assert "没有这个编号" in Browser(here.keeper).get("/fieldmarket/take-in/?code=HG123", expect=422)


def test_another_market_sees_none_of_it():
    here = town()
    lot = fresh_lot(here)
    Browser(here.keeper).post(f"/fieldmarket/take-in/?code={lot.code}", mass_kg="10", terms="kept")
    other = Browser(factories.actor(Role.MARKET_KEEPER, site=factories.site("field_market", "示例竹园田头市场")))
    intake = Intake.objects.get()
    other.get(f"/fieldmarket/intakes/{intake.pk}/", expect=404)
    other.get(f"/fieldmarket/intakes/{intake.pk}/grade/", expect=404)
    other.get(f"/fieldmarket/lots/{lot.pk}/pack/", expect=404)
    assert intake.number not in other.get("/fieldmarket/ledger/")


def test_the_ledger_is_a_table_a_sheet_and_a_workbook():
    here = town()
    lot = fresh_lot(here)
    Browser(here.keeper).post(f"/fieldmarket/take-in/?code={lot.code}", mass_kg="10", terms="kept")
    intake = Intake.objects.get()
    assert intake.number in Browser(here.inspector).get("/fieldmarket/ledger/")
    assert intake.number in Browser(here.keeper).get("/fieldmarket/day-sheet/")
    sheet = load_workbook(io.BytesIO(Browser(here.inspector).raw("/fieldmarket/ledger.xlsx").content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][1] == "入场号"
    assert rows[1][1] == intake.number
    assert rows[1][7] == 10
    Browser(here.grower).get("/fieldmarket/ledger/", expect=403)


def test_prices_are_posted_and_everybody_reads_them():
    here = town()
    Browser(here.keeper).post(
        "/fieldmarket/prices/", product=here.product.pk, grade="特级", yuan_per_kg="4.80", key="p"
    )
    page = Browser(STRANGER).get(f"/markets/{here.market.code}/board/")
    assert "4.80" in page
    Browser(STRANGER).get("/markets/none/board/", expect=404)


def test_a_cold_room_is_opened_filled_and_read():
    here = town()
    keeper = Browser(here.keeper)
    lot = fresh_lot(here)
    keeper.post(f"/fieldmarket/take-in/?code={lot.code}", mass_kg="10", terms="kept")
    room = keeper.post("/fieldmarket/cold/", code="1", name="一号库", low="2", high="8").url
    keeper.post(room + "stow/", lot=lot.pk)
    keeper.post(room, celsius="4.5", key="t")
    page = keeper.get(room)
    assert lot.code in page
    assert "4.5" in page
    keeper.post(room, celsius="冷", key="t2", expect=422)


def test_the_keepers_day_shows_what_waits():
    here = town()
    lot = fresh_lot(here)
    keeper = Browser(here.keeper)
    keeper.post(f"/fieldmarket/take-in/?code={lot.code}", mass_kg="10", terms="kept")
    page = keeper.get("/fieldmarket/")
    assert "今天已收 10 公斤" in page
    Browser(factories.actor(Role.MARKET_KEEPER)).get("/fieldmarket/", expect=404)


def test_the_api_takes_in_grades_and_packs_once_per_key():
    here = town()
    lot = fresh_lot(here)
    keeper = Browser(here.keeper)
    body = {"shown": lot.code, "mass_g": 50_000}
    first = keeper.api("/api/v1/intakes/", body, key="a1")
    assert keeper.api("/api/v1/intakes/", body, key="a1") == first
    graded = keeper.api(f"/api/v1/intakes/{first['number']}/grading", {"grades": {"特级": 50_000}}, key="a2")
    packs = keeper.api("/api/v1/packs/", {"lot": graded[0]["lot"], "packs": 4, "net_g": 5_000}, key="a3")
    assert len(packs) == 4
    assert keeper.api(f"/api/v1/packs/?lot={packs[0]['lot']}") == packs
    assert len(keeper.api("/api/v1/intakes/")) == 1
    refused = keeper.api("/api/v1/packs/", {"lot": graded[0]["lot"], "packs": 400, "net_g": 5_000}, expect=422)
    assert refused["problems"][0]["field"] == "packs"
    Browser(STRANGER).api("/api/v1/intakes/", expect=401)
