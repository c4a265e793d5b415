"""The growers' pages, the lot page, and the sheets."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook

from tests import factories
from tests.production.cast import town
from tests.production.web import Browser
from tiantou.kernel import clock
from tiantou.kernel.actor import STRANGER, Actor, Role
from tiantou.production.models import FieldRecord, Lot, Plot
from tiantou.production.rules import PLOT_COLUMNS
from tiantou.production.services import harvest

pytestmark = pytest.mark.django_db


def sheet(*rows) -> io.BytesIO:
    book = Workbook()
    for row in [list(PLOT_COLUMNS.values()), *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "plots.xlsx"
    return out


def test_a_grower_lays_out_works_and_harvests_a_plot():
    here = town()
    grower = Browser(here.grower)
    made = grower.post(
        "/fields/new/", base=here.base.pk, code="A-02", name="水井边", area_mu="3.2", product=here.product.pk,
        grower=here.coop.pk, key="n",
    )  # fmt: skip
    plot = Plot.objects.get(code="A-02")
    assert made.url == f"/fields/{plot.pk}/"
    today = clock.today().isoformat()
    grower.post(
        f"/fields/{plot.pk}/work/", kind="fertilise", on=today, input_name="有机肥", dose="每亩 300 公斤", key="w"
    )
    assert "有机肥" in grower.get(f"/fields/{plot.pk}/")
    harvested = grower.post(f"/fields/{plot.pk}/harvest/", mass_kg="120.5", on=today, key="h")
    grower.post(f"/fields/{plot.pk}/harvest/", mass_kg="120.5", on=today, key="h")
    lot = Lot.objects.get()
    assert lot.mass_g == 120_500
    page = grower.get(harvested.url)
    assert lot.code in page
    assert f"/lots/{lot.pk}/certificate/" in page
    assert lot.code in grower.get("/lots/")


def test_an_interval_is_shown_on_the_plot_and_refuses_the_harvest():
    here = town()
    grower = Browser(here.grower)
    grower.post(
        f"/fields/{here.plot.pk}/work/", kind="protect", on=clock.today().isoformat(), input_name="示例杀虫剂", dose="50 毫升",
        interval_days="14", key="w",
    )  # fmt: skip
    assert FieldRecord.objects.get().harvest_from is not None
    assert "起可以采收" in grower.get("/fields/")
    answer = grower.post(
        f"/fields/{here.plot.pk}/harvest/", mass_kg="7.5", on=clock.today().isoformat(), key="h", expect=409
    )
    text = answer.content.decode()
    assert "示例杀虫剂" in text
    assert 'value="7.5"' in text


def test_a_station_works_for_the_villager_it_has_consent_of():
    here = town()
    station = Actor(
        role=Role.STATION_KEEPER, person_id=7, name="示例站长", party_id=here.coop.pk, consent_id=3, via_party_id=99
    )
    assert here.plot.name in Browser(station).get("/fields/")
    today = clock.today().isoformat()
    Browser(station).post(f"/fields/{here.plot.pk}/harvest/", mass_kg="5", on=today, key="s")
    assert Lot.objects.get().producer == here.coop


def test_what_is_anothers_answers_like_what_is_not_there():
    here = town()
    lot = here.lot()
    other = Browser(here.stranger)
    for url in (f"/fields/{here.plot.pk}/", f"/fields/{here.plot.pk}/harvest/", f"/lots/{lot.pk}/", "/lots/999999/"):
        other.get(url, expect=404)
    assert here.plot.name not in other.get("/fields/")
    assert Browser(STRANGER).raw("/fields/", expect=302).url.startswith("/accounts/login")
    Browser(here.keeper).get("/fields/", expect=403)


def test_an_inspector_finds_holds_and_frees_a_lot():
    here = town()
    lot = here.lot()
    inspector = Browser(here.inspector)
    assert lot.code in inspector.get(f"/lots/?q={lot.code}")
    inspector.post(f"/lots/{lot.pk}/hold/", reason="", expect=422)
    inspector.post(f"/lots/{lot.pk}/hold/", reason="复检")
    assert "复检" in Browser(here.grower).get(f"/lots/{lot.pk}/")
    assert lot.code in inspector.get("/lots/?held=1")
    inspector.post(f"/lots/{lot.pk}/release/", reason="复检合格")
    assert lot.code not in inspector.get("/lots/?held=1")


def test_plots_come_from_a_sheet_and_coming_again_change_nothing():
    here = town()
    grower = Browser(here.grower)
    rows = [
        (here.base.code, f"B-{number}", f"新地{number}", 1.5, here.product.code, here.coop.code, "2026-01-01")
        for number in (1, 2)
    ]
    for _ in range(2):
        grower.post("/fields/import/", file=sheet(*rows))
    assert Plot.objects.filter(code__startswith="B-").count() == 2


def test_a_sheet_with_faults_saves_nothing_and_names_line_and_column():
    here = town()
    rows = [
        (here.base.code, "C-1", "好地", 1, here.product.code, here.coop.code, "2026-01-01"),
        ("没有的", "C-2", "坏地", "很大", here.product.code, here.coop.code, "哪天"),
        (here.base.code, "C-3", "坏地", "很大", here.product.code, here.coop.code, ""),
    ]
    text = Browser(here.grower).post("/fields/import/", file=sheet(*rows), expect=422).content.decode()
    assert "第 3 行 基地编码" in text
    assert "第 3 行 启用日期" in text
    assert "第 4 行 面积（亩）" in text
    assert Plot.objects.count() == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", "地块,面积".encode("gb18030")])
def test_what_is_no_sheet_is_refused(content):
    here = town()
    file = io.BytesIO(content or b" ")
    file.name = "x.xlsx"
    Browser(here.grower).post("/fields/import/", file=file, expect=422)


def test_the_template_and_the_export_open_in_excel_without_formulas():
    here = town()
    grower = Browser(here.grower)
    template = load_workbook(io.BytesIO(grower.raw("/fields/template/").content)).worksheets[0]
    assert [cell.value for cell in template[1]] == list(PLOT_COLUMNS.values())
    here.coop.name = "=cmd|calc"
    here.coop.save()
    lot = here.lot()
    rows = list(
        load_workbook(io.BytesIO(grower.raw("/lots/export/").content)).worksheets[0].iter_rows(values_only=True)
    )
    assert rows[1][0] == lot.code
    assert rows[1][6] == "'=cmd|calc"


def test_lists_ask_the_database_the_same_number_of_times_however_long_they_are():
    here = town()
    counts = []
    for size in (1, 6):
        while Lot.objects.count() < size:
            harvest(by=here.grower, at=clock.now(), plot=here.plot, mass_g=1000)
        with CaptureQueriesContext(connection) as seen:
            Browser(here.grower).get("/lots/")
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_the_api_harvests_once_per_key_and_shows_only_ones_own():
    here = town()
    grower = Browser(here.grower)
    body = {"plot": here.plot.pk, "mass_g": 5_000}
    first = grower.api("/api/v1/lots/", body, key="p1")
    assert grower.api("/api/v1/lots/", body, key="p1") == first
    assert grower.api("/api/v1/lots/", {**body, "mass_g": 1}, key="p1", expect=422)["code"] == "idempotency-key-reused"
    assert [lot["code"] for lot in grower.api("/api/v1/lots/")] == [first["code"]]
    assert grower.api(f"/api/v1/lots/{first['code']}")["link"] == f"/id/01/09521234000013/10/{first['code']}"
    Browser(here.stranger).api(f"/api/v1/lots/{first['code']}", expect=404)
    assert (
        Browser(here.inspector).api(f"/api/v1/lots/{first['code']}/hold", {"reason": "复检"})["hold_reason"] == "复检"
    )
    Browser(factories.actor(Role.CONSUMER)).api("/api/v1/lots/", body, expect=403)
