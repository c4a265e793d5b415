"""Programmes, cases and notices as their readers meet them."""

from __future__ import annotations

import pytest

from tests import factories
from tests.market.chain import open_shop
from tests.production.cast import AT
from tests.programmes.test_services import FORM, SUBSIDY, apply, do
from tiantou.cases.models import Case
from tiantou.kernel import clock
from tiantou.kernel.actor import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold():
    shop = open_shop()
    shop.delivered(10)
    return shop


@pytest.fixture(autouse=True)
def _that_day(monkeypatch):
    """Pages ask the clock; on these pages it is the day of the story."""
    monkeypatch.setattr(clock, "now", lambda: AT)


def test_every_programme_is_public_with_rules_and_sources(client):
    assert "生鲜农产品网销补贴" in client.get("/programmes/").content.decode()
    page = client.get(f"/programmes/{SUBSIDY}/").content.decode()
    assert "农业农村部令2025年第4号" in page
    assert client.get("/programmes/none/").status_code == 404


def test_an_applicant_sees_how_it_stands_and_applies(visit, sold):
    grower = visit(sold.town.grower)
    assert "10.00" in grower.get(f"/programmes/{SUBSIDY}/").content.decode()
    answer = grower.post(f"/programmes/{SUBSIDY}/apply/", {**FORM, "key": "k"})
    case = Case.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/cases/{case.number}/")
    assert case.number in grower.get("/cases/").content.decode()


def test_a_form_with_a_gap_comes_back_with_what_was_typed(visit, sold):
    answer = visit(sold.town.grower).post(f"/programmes/{SUBSIDY}/apply/", {"account_holder": "示例户名"})
    assert answer.status_code == 422
    assert "示例户名" in answer.content.decode()


def test_an_officer_returns_a_case_and_must_say_why(visit, sold):
    case = apply(sold.town.grower)
    officer = visit(factories.actor(Role.DISTRICT_OFFICER, area_code="500236"))
    assert officer.post(f"/cases/{case.number}/", {"do": "return", "note": ""}).status_code == 422
    assert officer.post(f"/cases/{case.number}/", {"do": "return", "note": "示例：补户名证明"}).status_code == 303
    page = visit(sold.town.grower).get(f"/cases/{case.number}/").content.decode()
    assert "示例：补户名证明" in page
    assert "重新提交" in page


def test_anothers_case_is_like_none(visit, sold):
    case = apply(sold.town.grower)
    stranger = visit(sold.town.stranger)
    assert [stranger.get(f"/cases/{number}/").status_code for number in (case.number, "BJ20200101-0001")] == [404, 404]


def test_a_stranger_reads_a_notice_and_objects(client, sold):
    case = do(factories.actor(Role.DISTRICT_OFFICER, area_code="500236"), apply(sold.town.grower), "pass")
    assert case.party_name in client.get("/notices/").content.decode()
    answer = client.post(f"/notices/{case.number}/", {"name": "", "phone": "1", "note": "示例：重复"})
    assert answer.status_code == 422
    answer = client.post(f"/notices/{case.number}/", {"name": "示例", "phone": "13800000000", "note": "示例：重复"})
    assert answer.status_code == 303
    assert case.entries.filter(verb="object").count() == 1
    assert "13800000000" not in client.get(f"/notices/{case.number}/").content.decode()
