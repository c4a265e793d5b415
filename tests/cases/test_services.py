"""Cases in the database: who may do what, what is on record, and that the stored state is the fold of the entries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests import factories
from tests.cases.test_rules import STEPS
from tiantou.cases import queries, rules, services
from tiantou.cases.models import Case, Entry
from tiantou.kernel.actor import STRANGER, SYSTEM, Role
from tiantou.kernel.errors import Absent, Invalid, NotPermitted

AT = factories.AT
pytestmark = pytest.mark.django_db


@pytest.fixture
def grower():
    return factories.actor(Role.FARMER, party=factories.party())


@pytest.fixture
def district():
    return factories.actor(Role.DISTRICT_OFFICER, area_code="500236")


@pytest.fixture
def city():
    return factories.actor(Role.CITY_OFFICER)


def opened(by, **more) -> Case:
    facts = {
        "programme": "p",
        "version": 1,
        "steps": STEPS,
        "party_name": "示例",
        "area_code": "500236115200",
        "facts": {},
        "form": {},
    }
    return services.open_case(by=by, at=AT, **{**facts, **more})


def act(by, case, do, at=AT, **more) -> Case:
    return services.act(by=by, at=at, case_id=case.pk, steps=STEPS, do=do, **more)


def test_an_application_waits_for_the_district_with_a_legal_time(grower, district):
    case = opened(grower)
    assert (case.step, case.step_role, case.due.isoformat()) == ("check", "district_officer", "2026-11-27")
    assert list(queries.waiting_for(district)) == [case]


def test_the_same_submission_sent_twice_is_one_case(grower):
    assert opened(grower, key="phone-1") == opened(grower, key="phone-1")
    assert Case.objects.count() == 1


def test_a_returned_case_waits_for_the_applicant_and_keeps_the_reason(grower, district):
    case = act(district, opened(grower), "return", note="请补检测报告")
    assert list(queries.waiting_for(grower)) == [case]
    assert Entry.objects.filter(verb="return").get().note == "请补检测报告"


def test_a_return_without_a_reason_is_refused(grower, district):
    with pytest.raises(Invalid):
        act(district, opened(grower), "return")


def test_an_officer_of_another_district_finds_no_such_case(grower):
    with pytest.raises(Absent):
        act(factories.actor(Role.DISTRICT_OFFICER, area_code="500235"), opened(grower), "pass")


def test_the_applicant_cannot_pass_its_own_case(grower):
    with pytest.raises(NotPermitted):
        act(grower, opened(grower), "pass")


def test_anybody_may_object_while_the_notice_runs_and_only_then(grower, district, city):
    case = act(district, opened(grower), "pass")
    objection = {"number": case.number, "steps": STEPS, "name": "示例", "phone": "13800000000", "note": "面积不实"}
    with pytest.raises(Absent):
        services.object_to(by=STRANGER, at=AT, **objection)
    for points in (80, 90):
        act(city, case, "score", data={"points": points})
    act(city, case, "pass")
    services.object_to(by=STRANGER, at=AT, **objection)
    with pytest.raises(services.StepNotOpen):
        act(city, case, "pass", at=AT + timedelta(days=8))
    act(city, case, "resolve", at=AT + timedelta(days=8), note="经核实面积属实")
    assert act(city, case, "pass", at=AT + timedelta(days=8)).step == "award"


def test_the_stored_state_is_the_fold_of_the_entries(grower, district, city):
    case = act(district, act(grower, act(district, opened(grower), "return", note="补件"), "submit"), "pass")
    state, entries = rules.begin(STEPS, case.entries.first().on), []
    for entry in queries.entries_of(case):
        role = "applicant" if entry.verb in rules.APPLICANT else rules.step_of(STEPS, entry.step).role
        state = rules.act(STEPS, state, entries, verb=entry.verb, role=role, on=entry.on)
        entries.append(entry)
    assert state == queries.state_of(Case.objects.get(pk=case.pk))


def test_a_closed_round_takes_no_application(grower, city):
    round_ = services.open_round(by=city, at=AT, programme="p", name="示例批次", opens=AT.date(), closes=AT.date())
    assert opened(grower, round_id=round_.pk).round == round_
    with pytest.raises(services.StepNotOpen):
        services.open_case(
            by=grower, at=AT + timedelta(days=2), programme="p", version=1, steps=STEPS, party_name="示例", area_code="500236",
            facts={}, form={}, round_id=round_.pk,
        )  # fmt: skip


def test_a_case_needs_a_party():
    with pytest.raises(NotPermitted):
        opened(SYSTEM)
