"""Scans are counted without a person in them; complaints are filed, answered and listed."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.test import Client

from tests import factories
from tests.market.chain import open_shop
from tests.people.conftest import appointed
from tests.production.cast import AT
from tiantou.fieldmarket.queries import pack_path
from tiantou.gs1.identifiers import key
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted
from tiantou.portal import queries, services, suspicion
from tiantou.portal.models import CodeScan, Complaint, DaySalt
from tiantou.portal.rules import verdict
from tiantou.production.queries import scan_path
from tiantou.production.services import place_hold
from tiantou.quality.services import Mark, open_recall, revoke_commitment, start_recall

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (Linux; Android 15) Mobile"


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture(autouse=True)
def fresh_salts():
    services._salts.clear()


def scan(shop, n=0, at=AT, level=suspicion.PIECE, code="", times=1):
    for _ in range(times):
        tally = services.count_scan(
            at=at,
            code=code or shop.packs[0].epc,
            level=level,
            lot=shop.lot if not code else None,
            address=f"10.0.{n}.1",
            agent=PHONE,
        )
    return tally


def test_a_scan_is_counted_by_code_day_and_coarse_client_and_by_nothing_else(shop):
    assert scan(shop).scans == 1
    assert scan(shop).scans == 2
    assert scan(shop, 1).scans == 3
    later = scan(shop, at=AT + timedelta(days=1))
    assert (later.scans, later.first_at) == (4, AT)
    rows = CodeScan.objects.filter(key=key(shop.packs[0].epc))
    assert sorted(rows.values_list("times", flat=True)) == [1, 1, 2]
    assert {field.name for field in CodeScan._meta.fields} == {
        "pk",
        "key",
        "day",
        "client",
        "level",
        "lot",
        "times",
        "first_at",
        "last_at",
    }
    assert not rows.filter(client__contains="10.0").exists()


def test_many_clients_of_one_pack_are_suspicious_and_of_a_lot_are_not(shop):
    tallies = [scan(shop, n) for n in range(8)]
    assert [bool(each.suspicious) for each in tallies] == [False] * 7 + [True]
    assert not any(scan(shop, n, level=suspicion.LOT, code=shop.lot.epc).suspicious for n in range(30))


def test_the_salt_is_gone_after_its_day_and_clients_of_two_days_cannot_be_joined(shop):
    scan(shop)
    scan(shop, at=AT + timedelta(days=1))
    assert CodeScan.objects.values("client").distinct().count() == 2
    services.sweep_scans(by=SYSTEM, at=AT + timedelta(days=1))
    assert DaySalt.objects.count() == 1
    services.sweep_scans(by=SYSTEM, at=AT + timedelta(days=500))
    assert (DaySalt.objects.count(), CodeScan.objects.count()) == (0, 0)


def test_made_up_codes_cannot_fill_the_table(shop, monkeypatch):
    monkeypatch.setattr(services, "_MOST_UNISSUED", 3)
    for n in range(6):
        scan(shop, level=suspicion.UNISSUED, code=f"/01/09521234000013/10/X{n}")
    assert CodeScan.objects.filter(level=suspicion.UNISSUED).count() == 3


def test_the_page_counts_and_says_so(client: Client, shop):
    path = pack_path(shop.packs[0], shop.lot) + "/"
    assert "您是第一个扫这个码的人" in client.get(path).content.decode()
    assert "这个码已被扫 2 次" in client.get(path).content.decode()
    client.head(path)
    client.get(path, headers={"Sec-Purpose": "prefetch"})
    client.get(path, headers={"Accept": "application/linkset+json"})
    assert "这个码已被扫 3 次" in client.get(path).content.decode()


def test_a_copied_code_warns_the_consumer_and_stands_on_the_inspectors_list(client: Client, shop):
    path = pack_path(shop.packs[0], shop.lot) + "/"
    for n in range(9):
        page = client.get(path, REMOTE_ADDR=f"10.0.{n}.1").content.decode()
    assert "这个码可能被人冒用" in page
    assert page.index("这个码可能被人冒用") < page.index("<h1")
    since = CodeScan.objects.first().day
    (code,) = queries.suspicious_codes(shop.town.inspector, since)
    assert (code.key, code.clients, code.scans, code.lot) == (key(shop.packs[0].epc), 9, 9, shop.lot)
    elsewhere = factories.actor(Role.INSPECTOR, area_code="500101")
    assert queries.suspicious_codes(elsewhere, since) == []
    assert queries.suspicious_codes(shop.town.grower, since) == []


def test_a_code_that_was_never_given_out_is_seen(client: Client, shop):
    product = scan_path(shop.lot).partition("/10/")[0]
    for n in range(3):
        assert client.get(f"{product}/10/FAKE-1/", REMOTE_ADDR=f"10.0.{n}.1").status_code == 404
    (code,) = queries.suspicious_codes(shop.town.inspector, CodeScan.objects.first().day)
    assert (code.level, code.lot, code.key) == ("unissued", None, key(f"{product}/10/FAKE-1".removeprefix("/id")))


def file(shop, **fields):
    given = {
        "ground": "spoilt",
        "text": "示例：打开就烂了两个",
        "code": f"https://t.example{pack_path(shop.packs[0], shop.lot)}",
    }
    return services.file_complaint(by=shop.town.stranger, at=AT, **(given | fields))


def test_a_complaint_finds_its_lot_and_is_answered_once(shop):
    made = file(shop, contact="13800000009")
    assert (made.lot, len(made.number)) == (shop.lot, 10)
    assert list(Complaint.objects.visible_to(shop.town.inspector)) == [made]
    assert not Complaint.objects.visible_to(shop.town.grower).exists()
    given = {"number": made.number, "outcome": "upheld", "answer": "示例：已退货，这一箱在冷库里化了霜"}
    with pytest.raises(NotPermitted):
        services.answer_complaint(by=shop.town.grower, at=AT, **given)
    with pytest.raises(Absent):
        services.answer_complaint(by=factories.actor(Role.INSPECTOR, area_code="500101"), at=AT, **given)
    with pytest.raises(Invalid):
        services.answer_complaint(by=shop.town.inspector, at=AT, **(given | {"answer": " "}))
    services.answer_complaint(by=shop.town.inspector, at=AT, **given)
    with pytest.raises(Conflict):
        services.answer_complaint(by=shop.town.inspector, at=AT, **given)
    services.sweep_scans(by=SYSTEM, at=AT + timedelta(days=179))
    assert Complaint.objects.get().contact == "13800000009"
    services.sweep_scans(by=SYSTEM, at=AT + timedelta(days=181))
    assert Complaint.objects.get().contact == ""


def test_sending_twice_files_once_and_nothing_said_files_nothing(shop):
    assert file(shop, key="k1").pk == file(shop, key="k1").pk
    for wrong in ({"text": " "}, {"ground": "x"}):
        with pytest.raises(Invalid):
            file(shop, **wrong)
    assert Complaint.objects.count() == 1


def test_from_the_pack_to_the_answer(client: Client, shop):
    page = client.get(pack_path(shop.packs[0], shop.lot) + "/").content.decode()
    address = page.partition('class="button secondary" href="')[2].partition('"')[0]
    form = client.get(address).content.decode()
    assert f"奉节脐橙，批次号 {shop.lot.code}" in form
    sent = client.post(
        address, {"ground": "code", "text": "示例：封口不对", "code": shop.lot.code, "contact": "13800000009"}
    )
    assert sent.status_code == 303
    receipt = client.get(sent["Location"]).content.decode()
    assert "收到了，还没有答复" in receipt
    assert "13800000009" not in receipt
    made = Complaint.objects.get()
    services.answer_complaint(
        by=shop.town.inspector, at=AT, number=made.number, outcome="unfounded", answer="示例：核对无误"
    )
    assert "示例：核对无误" in client.get(sent["Location"].lower()).content.decode()
    assert client.get("/complain/TS00000000/").status_code == 404


def test_a_faulty_form_is_shown_again_with_what_was_typed(client: Client):
    answer = client.post("/complain/", {"text": "示例：有虫"})
    assert answer.status_code == 422
    assert "示例：有虫" in answer.content.decode()


def test_one_address_cannot_flood_the_inspectors(client: Client):
    answers = [client.post("/complain/", {"ground": "other", "text": f"示例 {n}"}).status_code for n in range(7)]
    assert answers[:5] == [303] * 5
    assert answers[6] == 429


def test_the_verdict_comes_first_and_says_the_gravest_thing(client: Client, shop):
    path = scan_path(shop.lot) + "/"

    def word():
        page = client.get(path).content.decode()
        assert page.index("verdict-word") < page.index("<h1")
        return page.partition('verdict-word">')[2].partition("<")[0]

    assert word() == "这件货可以放心"
    paper = shop.lot.commitments.get()
    revoke_commitment(by=shop.town.grower, at=AT + timedelta(hours=1), commitment=paper, reason="示例：写错了")
    assert word() == "合格证已经作废"
    place_hold(by=shop.town.inspector, at=AT, lot=shop.lot, reason="示例：复检")
    assert word() == "先不要吃，也不要再卖"


def test_a_recall_is_said_before_everything_and_leads_to_its_notice(client: Client, shop):
    path = scan_path(shop.lot) + "/"
    recall = open_recall(
        by=shop.town.inspector,
        at=AT,
        level="2",
        reason="示例：检出问题",
        mark=Mark("lot", shop.lot.code),
        public_text="示例公告：联系卖家退货。",
    )
    assert "正在召回" not in client.get(path).content.decode()
    start_recall(by=shop.town.inspector, at=AT, recall=recall)
    page = client.get(path).content.decode()
    assert "这批货正在召回，不要吃" in page
    assert "示例公告：联系卖家退货。" in page
    notice = f"/recalled/{recall.number}/"
    assert notice in page
    assert client.get(notice).status_code == 200
    asked = client.get(scan_path(shop.lot), {"linkType": "gs1:recallStatus"}, headers={"Accept": "*/*"})
    assert notice in asked["Location"]


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"certified"}, "good"), (set(), "uncertified"), ({"revoked"}, "revoked"), ({"revoked", "certified"}, "good"),
        ({"certified", "suspicious"}, "suspicious"), ({"certified", "failed", "suspicious"}, "failed"),
        ({"certified", "failed", "held"}, "held"), ({"certified", "held", "now"}, "recalled"), ({"certified", "before"}, "recalled_before"),
    ],
)  # fmt: skip
def test_the_gravest_word_wins(facts, word):
    names = ("held", "failed", "revoked", "certified", "suspicious")
    recalled = "now" if "now" in facts else "before" if "before" in facts else ""
    assert verdict(recalled=recalled, **{name: name in facts for name in names}).word == word


def test_a_first_visit_is_light(client: Client, shop):
    page = client.get(pack_path(shop.packs[0], shop.lot) + "/")
    assert len(page.content) < 20_000
    assert b"<script" in page.content  # one small script of the face; the page needs none


def test_the_console_lists_answers_and_exports(client: Client, shop, settings):
    settings.TIANTOU_REQUIRE_MFA = False
    made = file(shop)
    client.force_login(appointed(Role.INSPECTOR, area=factories.village().district))
    assert made.number in client.get("/complaints/").content.decode()
    assert client.get("/scans/").status_code == 200
    assert client.get(f"/complaints/{made.number}/").status_code == 200
    done = client.post(f"/complaints/{made.number}/", {"outcome": "passed_on", "answer": "示例：转给县市场监管局"})
    assert done.status_code == 303
    assert made.number not in client.get("/complaints/").content.decode()
    assert made.number in client.get("/complaints/?state=done").content.decode()
    book = openpyxl.load_workbook(io.BytesIO(client.get("/complaints.xlsx?state=all").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["编号", made.number]
