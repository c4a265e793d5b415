"""The pages, sheets, papers and API of recalls, as an official, a holder and anybody use them."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from tests.production.web import Browser
from tests.quality.test_recalls import TEXT, started, travelled
from tiantou.kernel.actor import STRANGER
from tiantou.production.models import Hold, Lot
from tiantou.quality.models import Recall, RecallNotice
from tiantou.quality.services import run_drill

pytestmark = pytest.mark.django_db


def test_an_inspector_opens_publishes_watches_and_closes_a_recall():
    shop = travelled()
    inspector = Browser(shop.town.inspector)
    root = shop.town.plot.lots.order_by("pk").first()
    page = inspector.get(f"/recalls/new/?kind=lot&code={root.code}")
    assert f'value="{root.code}"' in page
    facts = {
        "kind": "lot",
        "code": root.code,
        "level": "1",
        "reason": "示例：检出问题",
        "public_text": TEXT,
        "key": "k",
    }
    wrong = inspector.post("/recalls/new/", **{**facts, "code": "x"}, expect=404)
    assert 'value="x"' in wrong.content.decode()
    made = inspector.post("/recalls/new/", **facts)
    recall = Recall.objects.get()
    assert made.url == f"/recalls/{recall.number}/"
    assert inspector.post("/recalls/new/", **facts).url == made.url
    assert Recall.objects.count() == 1
    assert "还没有通知任何人" in inspector.get(made.url)
    Browser(STRANGER).get(f"/recalled/{recall.number}/", expect=404)
    inspector.post(f"{made.url}start/", public_text=TEXT)
    for show in ("holders", "lots", "lines&has=road_g", "lots&late=1", "holders&waits=1"):
        assert recall.number in inspector.get(f"{made.url}?show={show}")
    inspector.post(f"{made.url}close/", summary="", expect=409)
    inspector.post(f"{made.url}close/", summary="示例总结", expect=422)
    inspector.post(f"{made.url}close/", summary="示例总结", gaps="示例：司机联系不上")
    inspector.post(f"{made.url}release/", reason="示例：复检合格")
    assert not Hold.objects.living().exists()
    assert "示例总结" in inspector.get(made.url)


def test_every_figure_leads_to_rows_and_the_sheet_holds_what_the_figures_are_sums_of():
    shop = travelled()
    recall = started(shop.town)
    inspector = Browser(shop.town.inspector)
    book = load_workbook(io.BytesIO(inspector.raw(f"/recalls/{recall.number}/lines.xlsx").content))
    rows = list(book.active.iter_rows(min_row=2, values_only=True))
    assert sum(row[4] + row[5] + row[6] + row[7] for row in rows) == 49.0
    assert recall.number in inspector.get("/recalls/?state=ongoing&drill=0")
    assert load_workbook(io.BytesIO(inspector.raw("/recalls.xlsx").content)).active.max_row == 2


def test_a_holder_answers_in_two_taps_and_with_a_sheet():
    shop = travelled()
    recall = started(shop.town)
    keeper = Browser(shop.town.keeper)
    notice = RecallNotice.objects.get(recall=recall, party_id=shop.town.market.holder_id)
    tasks = keeper.get("/recall-notices/")
    assert f"/recall-notices/{notice.pk}/" in tasks
    page = keeper.get(f"/recall-notices/{notice.pk}/")
    assert "都在，都封存了（36.5 公斤）" in page
    content = keeper.raw(f"/recall-notices/{notice.pk}/answers.xlsx").content
    book = load_workbook(io.BytesIO(content))
    sheet = book.active
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 4).value = sheet.cell(row, 3).value
    sheet.cell(2, 6).value = "abc"
    refused = upload(keeper, notice, book, expect=422)
    assert "2 · 已销毁（公斤）" in refused.content.decode() or "不是数字" in refused.content.decode()
    sheet.cell(2, 6).value = 1
    refused = upload(keeper, notice, book, expect=422)
    assert "销毁要写明凭证" in refused.content.decode()
    sheet.cell(2, 6).value = None
    upload(keeper, notice, book)
    notice.refresh_from_db()
    assert notice.answered_at is not None
    buyer = Browser(shop.buyer)
    bought = RecallNotice.objects.get(recall=recall, party_id=shop.buyer.party_id)
    buyer.post(f"/recall-notices/{bought.pk}/", do="all", key="a")
    assert "都反馈了" in buyer.get(f"/recall-notices/{bought.pk}/")
    buyer.get(f"/recall-notices/{notice.pk}/", expect=404)
    buyer.get(f"/recalls/{recall.number}/", expect=404)


def upload(browser, notice, book, *, expect=303):
    out = io.BytesIO()
    book.save(out)
    file = SimpleUploadedFile("answers.xlsx", out.getvalue())
    return browser.post(f"/recall-notices/{notice.pk}/", do="sheet", file=file, expect=expect)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"<html>", "批次号\n1".encode()])
def test_what_is_no_sheet_is_refused(content):
    shop = travelled()
    notice = RecallNotice.objects.get(recall=started(shop.town), party_id=shop.buyer.party_id)
    file = SimpleUploadedFile("answers.xlsx", content)
    Browser(shop.buyer).post(f"/recall-notices/{notice.pk}/", do="sheet", file=file, expect=422)


def test_a_line_is_answered_by_itself_and_a_fault_keeps_what_was_typed():
    shop = travelled()
    notice = RecallNotice.objects.get(recall=started(shop.town), party_id=shop.buyer.party_id)
    buyer, lot = Browser(shop.buyer), notice.lines.get().lot.code
    refused = buyer.post(f"/recall-notices/{notice.pk}/", do="line", lot=lot, stopped="3", key="a", expect=422)
    assert 'value="3"' in refused.content.decode()
    assert "对不上" in refused.content.decode()
    buyer.post(f"/recall-notices/{notice.pk}/", do="line", lot=lot, stopped="3", sold="7", key="b")
    assert notice.lines.get().sold_g == 7_000


def test_anybody_reads_the_notice_and_no_person_in_it():
    shop = travelled()
    run_drill(by=shop.town.grower, at=shop.offer.opened_at)
    recall = started(shop.town)
    page = Browser(STRANGER).get("/recalled/")
    assert recall.number in page
    assert "YL" not in page
    one = Browser(STRANGER).get(f"/recalled/{recall.number}/")
    assert TEXT in one
    assert shop.lot.code in one
    assert shop.town.inspector.name not in one
    assert Browser(STRANGER).api("/api/v1/recalls/public")[0]["number"] == recall.number


def test_notice_and_report_print_for_recall_and_drill():
    shop = travelled()
    drill = run_drill(by=shop.town.grower, at=shop.offer.opened_at)
    recall = started(shop.town)
    inspector, grower = Browser(shop.town.inspector), Browser(shop.town.grower)
    for browser, number, paper in (
        (inspector, recall.number, "notice"), (inspector, recall.number, "report"), (grower, drill.number, "report"),
    ):  # fmt: skip
        assert browser.raw(f"/recalls/{number}/{paper}.pdf").content.startswith(b"%PDF")


def test_a_co_operative_plans_and_runs_a_drill():
    shop = travelled()
    grower = Browser(shop.town.grower)
    grower.post("/drills/", do="plan", months="6", next_on="")
    assert "每 6 个月一次" in grower.get("/drills/")
    made = grower.post("/drills/", do="drill", lot_code="", key="d")
    assert "这是演练" in grower.get(made.url)
    grower.post("/drills/", do="plan", months="99", expect=422)
    grower.post(f"{made.url}close/", summary="示例：三秒查清")
    assert not Lot.objects.exclude(hold_reason="").exists()


def test_holds_are_listed_placed_and_lifted():
    shop = travelled()
    inspector = Browser(shop.town.inspector)
    made = inspector.post("/holds/new/", kind="unit", code=shop.packs[0].crate, reason="示例：复查", key="h")
    assert shop.lot.code in inspector.get(made.url)
    assert shop.packs[0].crate in inspector.get("/holds/")
    assert load_workbook(io.BytesIO(inspector.raw("/holds.xlsx").content)).active.max_row == 2
    Browser(shop.town.grower).get("/holds/", expect=403)
    inspector.post("/holds/new/", kind="plot", code=f"{shop.town.base.code}/nope", reason="x", key="i", expect=404)
    plot = f"{shop.town.base.code}/{shop.town.plot.code}"
    inspector.post("/holds/new/", kind="plot", code=plot, reason="x", key="j")
    inspector.post(made.url, reason="示例：复查合格")
    assert Hold.objects.living().count() == 1


def test_the_api_conducts_a_recall_and_takes_answers():
    shop = travelled()
    inspector, buyer = Browser(shop.town.inspector), Browser(shop.buyer)
    root = shop.town.plot.lots.order_by("pk").first()
    body = {"kind": "lot", "code": root.code, "level": "2", "reason": "示例", "public_text": TEXT}
    made = inspector.api("/api/v1/recalls/", body, key="r")
    assert made == inspector.api("/api/v1/recalls/", body, key="r")
    assert made["effect"]["expected_g"] == 49_000
    number = made["number"]
    inspector.api(f"/api/v1/recalls/{number}/start", {})
    told = buyer.api("/api/v1/recall-notices/")
    assert [line["expected_g"] for line in told[0]["lines"]] == [10_000]
    refused = buyer.api(f"/api/v1/recall-notices/{told[0]['id']}/answers", {"answers": [{"lot": "x"}]}, expect=422)
    assert refused["problems"][0]["row"] == 1
    done = buyer.api(f"/api/v1/recall-notices/{told[0]['id']}/answers", {"all_stopped": True})
    assert done["answered_at"]
    assert inspector.api(f"/api/v1/recalls/{number}")["effect"]["answered"] == 2
    assert len(inspector.api(f"/api/v1/recalls/{number}/lines")) == 5
    buyer.api(f"/api/v1/recalls/{number}", expect=404)
    held = inspector.api("/api/v1/holds/")
    assert held[0]["lots"] == 4
    inspector.api(f"/api/v1/holds/{held[0]['id']}/lift", {"reason": "x"}, expect=409)
    inspector.api(f"/api/v1/recalls/{number}/close", {"summary": "示例", "gaps": "示例", "release": True})
    assert inspector.api("/api/v1/holds/") == []
    placed = inspector.api("/api/v1/holds/", {"kind": "lot", "code": root.code, "reason": "示例"})
    inspector.api(f"/api/v1/holds/{placed['id']}/lift", {"reason": "示例"})
    drill = Browser(shop.town.grower).api("/api/v1/recalls/drills", {})
    assert drill["drill"]
    assert Browser(shop.town.grower).api("/api/v1/recalls/")[0]["number"] == drill["number"]
