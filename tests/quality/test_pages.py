"""Certificates in two taps, on paper, and checked by anybody; quick tests."""

import pytest

from tests.production.cast import AT, town
from tests.production.web import Browser
from tiantou.kernel.actor import STRANGER
from tiantou.production.services import place_hold
from tiantou.quality.models import Commitment
from tiantou.quality.services import issue_commitment, revoke_commitment

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
