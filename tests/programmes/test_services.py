"""From the application to the payment, with the books; and the acceptance of a field market in the register."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.market.chain import open_shop
from tests.production.cast import AT
from tiantou.cases.models import Case
from tiantou.cases.services import StepNotOpen
from tiantou.kernel.actor import STRANGER, Role
from tiantou.kernel.errors import Absent, Invalid, NotPermitted
from tiantou.ledger import queries as ledger
from tiantou.programmes import queries, services
from tiantou.registry.models import Site

pytestmark = pytest.mark.django_db
FORM = {"account_holder": "示例脐橙专业合作社", "statement": "agreed"}
SUBSIDY, ACCEPTANCE = "online_sale_subsidy", "field_market_acceptance"
LATER = AT + timedelta(days=8)


@pytest.fixture
def district():
    return factories.actor(Role.DISTRICT_OFFICER, area_code="500236")


@pytest.fixture
def city():
    return factories.actor(Role.CITY_OFFICER)


def apply(by, programme_id=SUBSIDY, form=FORM, **more) -> Case:
    return services.apply_for(by=by, at=AT, programme_id=programme_id, form=form, **more)


def do(by, case, what, at=AT, **more) -> Case:
    return services.decide(by=by, at=at, case_id=case.pk, do=what, **more)


@pytest.fixture
def sold():
    """A co-operative that delivered ten parcels."""
    shop = open_shop()
    shop.delivered(10)
    return shop


def test_a_subsidy_from_the_platforms_own_records_to_the_payment(sold, district, city):
    grower, finance = sold.town.grower, factories.actor(Role.FINANCE_OFFICER)
    case = apply(grower)
    assert (case.facts["facts"]["parcels"], case.amount_fen) == (10, 1_000)
    do(district, case, "pass")
    do(district, case, "pass", at=LATER)
    assert ledger.balance_of(sold.town.coop.code, "subsidy_due") == 0
    do(city, case, "award", at=LATER)
    assert ledger.balance_of(sold.town.coop.code, "subsidy_due") == 1_000
    services.pay_award(by=finance, at=LATER, case_id=case.pk, evidence="YH-1")
    assert ledger.balance_of(sold.town.coop.code, "subsidy_due") == 0
    assert ledger.balance_of(sold.town.coop.code, "subsidy_paid") == 1_000
    with pytest.raises(services.AlreadyPaid):
        services.pay_award(by=finance, at=LATER, case_id=case.pk, evidence="YH-1")


def test_an_unmet_rule_is_named_with_its_basis():
    shop = open_shop()
    shop.delivered(4)
    with pytest.raises(services.NotEligible) as refused:
        apply(shop.town.grower)
    assert ["第三条" in problem.remedy for problem in refused.value.problems] == [True]
    assert not Case.objects.exists()


def test_a_form_that_is_not_filled_in_is_refused(sold):
    with pytest.raises(Invalid) as refused:
        apply(sold.town.grower, form={"account_holder": ""})
    assert {problem.field for problem in refused.value.problems} == {"account_holder", "statement"}


def test_one_case_a_year(sold):
    assert apply(sold.town.grower, key="k") == apply(sold.town.grower, key="k")
    with pytest.raises(services.AlreadyApplied):
        apply(sold.town.grower)


def test_after_a_rejection_one_may_apply_again(sold, district):
    do(district, apply(sold.town.grower), "reject", note="示例：户名不符")
    assert apply(sold.town.grower).number.endswith("-0002")


def test_who_may_not_apply_is_told(sold):
    with pytest.raises(NotPermitted):
        apply(sold.town.keeper)


def test_the_notice_is_public_and_an_objection_stops_it(sold, district):
    case = do(district, apply(sold.town.grower), "pass")
    assert list(queries.notices(AT.date())) == [case]
    services.object_to_notice(
        by=STRANGER, at=AT, number=case.number, name="示例", phone="13800000000", note="示例：有重复"
    )
    with pytest.raises(StepNotOpen):
        do(district, case, "pass", at=LATER)


def test_another_districts_officer_finds_nothing(sold):
    case = apply(sold.town.grower)
    with pytest.raises(Absent):
        do(factories.actor(Role.DISTRICT_OFFICER, area_code="500101"), case, "pass")


def test_an_accepted_field_market_counts_from_the_day_of_the_award(sold, district, city):
    market = sold.town.market
    Site.objects.filter(pk=market.pk).update(data={"functions": ["grade", "store", "pack", "dispatch"]})
    case = apply(sold.town.keeper, ACCEPTANCE, {"road": "是", "cold_tonnes": "120"})
    do(district, case, "pass")
    do(factories.actor(Role.INSPECTOR, area_code="500236"), case, "pass")
    do(district, case, "pass", at=LATER)
    do(city, case, "award", at=LATER)
    data = Site.objects.get(pk=market.pk).data
    assert (data["accepted_on"], data["acceptance_no"]) == ("2026-11-28", case.number)
