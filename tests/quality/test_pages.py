"""Certificates in two taps, on paper, and checked by anybody; quick tests."""

import io

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from openpyxl import load_workbook

from tests import factories
from tests.production.cast import AT, town
from tests.production.web import Browser
from tiantou.kernel import clock
from tiantou.kernel.actor import STRANGER, Role
from tiantou.production.models import Kind
from tiantou.production.services import Output, derive_lots, place_hold
from tiantou.production.sheets import sheet
from tiantou.quality import papers, sheet_reading
from tiantou.quality.models import Commitment, Received
from tiantou.quality.queries import figures
from tiantou.quality.services import issue_commitment, reissue_commitment, revoke_commitment

pytestmark = pytest.mark.django_db
BASIS = "质量安全控制符合要求"


def issued(here, **facts):
    return issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis=BASIS, **facts)


def test_a_certificate_is_issued_in_two_taps_and_replaced():
    here = town()
    lot = here.lot()
    grower = Browser(here.grower)
    page = grower.get(f"/lots/{lot.pk}/certificate/")
    assert 'value="500"' in page
    assert "checked" in page
    assert "重庆市奉节县草堂镇示例村" in page
    made = grower.post(f"/lots/{lot.pk}/certificate/", basis=BASIS, quantity_kg="500", contact="13800001234", key="c")
    first = Commitment.objects.get()
    assert made.url == f"/certificates/{first.pk}/"
    assert first.number in grower.get(made.url)
    assert grower.raw(f"/lots/{lot.pk}/certificate/", expect=303).url == made.url
    grower.post(f"/lots/{lot.pk}/certificate/?again=1", basis=BASIS, quantity_kg="400", key="d")
    assert Commitment.objects.living().get().quantity_g == 400_000


def test_a_wrong_quantity_keeps_what_was_typed():
    here = town()
    lot = here.lot()
    answer = Browser(here.grower).post(
        f"/lots/{lot.pk}/certificate/", basis=BASIS, quantity_kg="501", key="c", expect=422
    )
    assert 'value="501"' in answer.content.decode()
    assert "不超过批次" in answer.content.decode()


@pytest.mark.parametrize("paper", ["a4", "label"])
def test_it_prints_as_sheet_and_label(paper):
    here = town()
    made = issued(here)
    assert Browser(here.grower).raw(f"/certificates/{made.pk}/{paper}.pdf").content.startswith(b"%PDF")
    Browser(here.stranger).get(f"/certificates/{made.pk}/{paper}.pdf", expect=404)


def test_anybody_checks_a_certificate_and_sees_no_phone():
    here = town()
    made = issued(here, contact="13800001234")
    page = Browser(STRANGER).get(f"/c/{made.number}/")
    assert "真的，有效" in page
    assert "13800001234" not in page
    assert "138****1234" in page
    assert here.coop.name in page


def test_a_natural_persons_name_is_masked_for_the_public():
    here = town(kind="grower", name="赵示例", natural_person=True)
    made = issued(here)
    page = Browser(STRANGER).get(f"/c/{made.number}/")
    assert "赵示例" not in page
    assert "赵" in page
    assert Browser(STRANGER).api(f"/api/v1/certificates/{made.number}")["issuer"] == "赵*"


def test_revoked_replaced_held_and_unknown_say_so():
    here = town()
    made = issued(here)
    place_hold(by=here.inspector, at=AT, lot=made.lot, reason="复检")
    assert "扣留检查" in Browser(STRANGER).get(f"/c/{made.number}/")
    revoke_commitment(by=here.grower, at=AT, commitment=made, reason="写错了")
    assert "写错了" in Browser(STRANGER).get(f"/c/{made.number}/")
    assert "没有开过" in Browser(STRANGER).get("/c/HG20261120000025/", expect=404)


def test_a_number_is_looked_up_as_it_is_typed():
    here = town()
    made = issued(here)
    public = Browser(STRANGER)
    assert public.raw(f"/c/?number={made.number.lower()}", expect=303).url == f"/c/{made.number}/"
    assert "再对一遍" in public.get("/c/?number=HG1", expect=422)
    assert "查合格证" in public.get("/c/")


def test_a_failed_quick_test_says_that_the_lot_is_held():
    here = town()
    lot = here.lot()
    Browser(here.inspector).post(
        f"/lots/{lot.pk}/test/", item="示例项目", value="60", limit="50", unit="%", instrument="示例仪器", key="t"
    )
    page = Browser(here.inspector).get(f"/lots/{lot.pk}/test/")
    assert "不合格" in page
    lot.refresh_from_db()
    assert lot.on_hold


def test_officials_list_certificates_of_their_area():
    here = town()
    made = issued(here)
    assert made.number in Browser(here.inspector).get(f"/certificates/?q={made.number}")
    assert made.number in Browser(here.grower).get("/certificates/")
    assert made.number not in Browser(here.stranger).get("/certificates/")


def test_the_owner_revokes_on_the_page_and_a_reason_is_needed():
    here = town()
    made = issued(here)
    Browser(here.grower).post(f"/certificates/{made.pk}/revoke/", reason="", expect=422)
    Browser(here.grower).post(f"/certificates/{made.pk}/revoke/", reason="写错")
    assert "已作废" in Browser(here.grower).get(f"/certificates/{made.pk}/")


def test_the_api_issues_once_per_key_and_anybody_checks():
    here = town()
    lot = here.lot()
    grower = Browser(here.grower)
    body = {"lot": lot.code, "basis": BASIS}
    first = grower.api("/api/v1/certificates/", body, key="k")
    assert grower.api("/api/v1/certificates/", body, key="k") == first
    assert Browser(STRANGER).api(f"/api/v1/certificates/{first['number']}")["state"] == "valid"
    grower.api(f"/api/v1/certificates/{first['number']}/revoke", {"reason": "写错"})
    assert Browser(STRANGER).api(f"/api/v1/certificates/{first['number']}")["state"] == "revoked"
    Browser(here.stranger).api("/api/v1/certificates/", body, expect=404)


def test_many_certificates_are_issued_and_printed_in_two_steps():
    here = town()
    lots = [here.lot() for _ in range(3)]
    grower = Browser(here.grower)
    page = grower.get("/certificates/issue/")
    assert all(lot.code in page for lot in lots)
    chosen = [str(lot.pk) for lot in lots[:2]]
    made = grower.post("/certificates/issue/", lots=chosen, basis=BASIS, contact="", key="m")
    assert Commitment.objects.count() == 2
    shown = grower.get(made.url)
    assert all(each.number in shown for each in Commitment.objects.all())
    printed = grower.post(made.url, stock="60x40", copies="3", key="p")
    assert grower.raw(printed.url).content.startswith(b"%PDF")
    Browser(here.stranger).get(printed.url, expect=404)
    Browser(here.stranger).get(made.url, expect=404)
    assert "只选" not in grower.get("/certificates/issue/")
    assert lots[2].code in grower.get("/certificates/issue/")


def test_a_bad_sheet_names_row_and_column_on_the_page():
    here = town()
    columns = list(sheet_reading.TO_ISSUE.values())
    file = SimpleUploadedFile("x.xlsx", sheet("开证", columns, [["20990101-01", "", "", "", ""]]))
    page = Browser(here.grower).post("/certificates/import/", file=file, expect=422).content.decode()
    assert "找不到这个批次" in page
    assert "批次号" in page
    assert Browser(here.grower).raw("/certificates/template/").content[:2] == b"PK"


def test_copies_are_printed_from_the_certificate_and_listed_there():
    here = town()
    made = issued(here)
    grower = Browser(here.grower)
    answer = grower.post(f"/certificates/{made.pk}/print/", stock="roll80", copies="20", key="p")
    assert grower.raw(answer.url).content.startswith(b"%PDF")
    assert "YZ" in grower.get(f"/certificates/{made.pk}/")
    grower.post(f"/certificates/{made.pk}/print/", stock="wall", copies="20")
    assert made.prints.count() == 1


def test_a_buyer_takes_certificates_in_by_number_by_photograph_and_by_hand():
    here = town()
    one, two = issued(here), issued(here)
    by = factories.actor(Role.BUYER, party=factories.party("enterprise", "示例采购公司"))
    buyer = Browser(by)
    buyer.post("/certificates/received/new/", number=one.number, key="a")
    picture = io.BytesIO()
    segno.make(f"http://localhost:8000/c/{two.number}/").save(picture, kind="png", scale=6)
    buyer.post("/certificates/received/new/", code=SimpleUploadedFile("c.png", picture.getvalue()), key="b")
    facts = {
        "form": "paper", "issuer_name": "示例外省合作社", "product_name": "示例苹果", "quantity_kg": "800", "origin": "陕西省示例县",
        "issued_on": "2026-11-18", "key": "c",
    }  # fmt: skip
    wrong = buyer.post("/certificates/received/new/", **{**facts, "issuer_name": ""}, expect=422).content.decode()
    assert "示例苹果" in wrong
    photo = SimpleUploadedFile("p.png", picture.getvalue())
    buyer.post("/certificates/received/new/", **facts, photo=photo)
    page = buyer.get("/certificates/received/")
    assert all(text in page for text in (one.number, two.number, "示例外省合作社", "要保存的 3 张"))
    kept = Received.objects.get(product_name="示例苹果")
    assert buyer.raw(f"/certificates/received/{kept.pk}/photo/")["Content-Type"] == "image/jpeg"
    Browser(here.stranger).get(f"/certificates/received/{kept.pk}/photo/", expect=404)
    assert "示例外省合作社" in Browser(here.inspector).get("/certificates/received/?q=示例苹果")
    assert one.number not in Browser(here.inspector).get("/certificates/received/?q=示例苹果")
    book = load_workbook(io.BytesIO(buyer.raw("/certificates/received/export/").content))
    assert book.active.max_row == 4
    assert (
        "没有这张合格证"
        in buyer.post("/certificates/received/new/", number="HG20261120000090", expect=422).content.decode()
    )
    buyer.post("/certificates/received/sweep/")
    assert Received.objects.count() == 3


def test_a_chain_is_shown_and_can_be_walked():
    here = town()
    first = issued(here)
    second = reissue_commitment(by=here.grower, at=AT, commitment=first, basis=BASIS)
    third = reissue_commitment(by=here.grower, at=AT, commitment=second, basis=BASIS)
    page = Browser(STRANGER).get(f"/c/{third.number}/")
    assert f"/c/{second.number}/" in page
    assert f"/c/{first.number}/" in page
    assert "往上第 2 层" in page


def test_a_chain_with_a_revoked_link_says_so():
    here = town()
    lot = here.lot(1000)
    below = issue_commitment(by=here.grower, at=AT, lot=lot, basis=BASIS)
    (packed,) = derive_lots(
        by=here.grower, at=AT, parents={lot: 500}, outputs=[Output(500, Kind.PACKED)], place=here.base
    )
    above = issue_commitment(by=here.grower, at=AT, lot=packed, basis=BASIS)
    assert "作废的" not in Browser(STRANGER).get(f"/c/{above.number}/")
    revoke_commitment(by=here.grower, at=AT, commitment=below, reason="写错了")
    assert "依据的合格证里有作废的" in Browser(STRANGER).get(f"/c/{above.number}/")


def test_officials_read_the_month_and_take_it_with_them():
    here = town()
    made = issued(here)
    here.lot()
    idle = factories.party("enterprise", "示例没有货的公司")
    inspector = Browser(here.inspector)
    page = inspector.get("/certificates/figures/?month=2026-11")
    assert "奉节县" in page
    assert "100" in page
    found = figures.month_of(here.inspector, AT.date())
    assert [(line.district, line.product, line.count, line.mass_g) for line in found.lines] == [
        ("奉节县", made.product_name, 1, 500_000)
    ]
    assert found.shares == (figures.Share("奉节县", 3, 1, 1),)
    assert idle.kind == "enterprise"
    other = factories.actor(Role.INSPECTOR, area_code="500101")
    assert figures.month_of(other, AT.date()).lines == ()
    book = load_workbook(io.BytesIO(inspector.raw("/certificates/figures/export/?month=2026-11").content))
    assert book.active.max_row == 3
    assert "这个月没有开证" in inspector.get("/certificates/figures/?month=2025-01")
    inspector.get("/certificates/figures/?month=quatsch")
    Browser(here.grower).get("/certificates/figures/", expect=403)


def test_who_has_not_issued_lowers_the_share():
    here = town()
    here.lot()
    whole = figures.month_of(here.inspector, AT.date()).whole
    assert (whole.with_goods, whole.issued, whole.percent) == (1, 0, 0)


def test_the_paper_is_chinese_whatever_the_screen_speaks():
    made = issued(town())
    with translation.override("en"):
        (item,) = papers.context_of([(made, 1, 1)], "a4")["items"]
    assert item["title"] == "承诺达标合格证"
    assert item["facts"][0]["name"] == "产品名称"


def test_the_api_issues_many_and_keeps_a_collection():
    here = town()
    lots = [here.lot(), here.lot()]
    grower = Browser(here.grower)
    body = {"lots": [lot.code for lot in lots], "basis": BASIS}
    made = grower.api("/api/v1/certificates/runs/", body, key="k")
    assert grower.api("/api/v1/certificates/runs/", body, key="k") == made
    assert made["certificates"][0]["credential"].endswith(f"/c/{made['certificates'][0]['number']}/credential")
    grower.api("/api/v1/certificates/runs/", {**body, "lots": ["nothing"]}, expect=404)
    buyer = Browser(factories.actor(Role.BUYER, party=factories.party("enterprise", "示例采购公司")))
    own = buyer.api("/api/v1/certificates/received/", {"number": made["certificates"][0]["number"]})
    paper = {
        "issuer_name": "示例外省合作社", "product_name": "示例苹果", "quantity_g": 800_000, "origin": "陕西省示例县",
        "issued_on": f"{clock.today()}",
    }  # fmt: skip
    other = buyer.api("/api/v1/certificates/received/", paper)
    undated = {name: value for name, value in paper.items() if name != "issued_on"}
    buyer.api("/api/v1/certificates/received/", undated, expect=422)
    listed = buyer.api("/api/v1/certificates/received/")
    assert {row["number"] for row in listed} == {own["number"], other["number"]}
    assert Browser(here.stranger).api("/api/v1/certificates/received/") == []
