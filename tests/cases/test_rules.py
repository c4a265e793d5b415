"""The walk of a case along its line, as rules and as a machine that tries every order of verbs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tiantou.cases import rules
from tiantou.cases.queries import working_days
from tiantou.cases.rules import Entry, StepRefused, WorkingDays

DAY = date(2026, 11, 20)
NAMES = {"zh": "x", "en": "x"}
STEPS = (
    rules.Step("apply", "apply", "applicant", NAMES),
    rules.Step("check", "check", "district_officer", NAMES, days=5),
    rules.Step("panel", "panel", "city_officer", NAMES, scores=2, threshold=60),
    rules.Step("notice", "publicity", "city_officer", NAMES, days=7),
    rules.Step("award", "award", "city_officer", NAMES),
)


class Walk:
    """A case without a database."""

    def __init__(self):
        self.state = rules.begin(STEPS, DAY)
        self.entries = []

    def do(self, verb, role, on=DAY, **data):
        after = rules.act(STEPS, self.state, self.entries, verb=verb, role=role, on=on)
        self.entries.append(Entry(self.state.step, self.state.visit, verb, on, data))
        self.state = after
        return self


def to_notice() -> Walk:
    walk = Walk().do("submit", "applicant").do("pass", "district_officer")
    return walk.do("score", "city_officer", points=70).do("score", "city_officer", points=60).do("pass", "city_officer")


def why(call) -> str:
    with pytest.raises(StepRefused) as refused:
        call()
    return refused.value.why


def test_a_case_walks_its_line_to_the_award():
    later = DAY + timedelta(days=7)
    walk = to_notice().do("pass", "city_officer", on=later).do("award", "city_officer", on=later)
    assert (walk.state.step, walk.state.outcome) == (None, "granted")


def test_a_notice_runs_its_full_days():
    walk = to_notice()
    assert why(lambda: walk.do("pass", "city_officer", on=DAY + timedelta(days=6))) == "notice-runs"


def test_a_notice_waits_for_a_finding_on_every_objection():
    walk, later = to_notice().do("object", "stranger"), DAY + timedelta(days=9)
    assert why(lambda: walk.do("pass", "city_officer", on=later)) == "objections-open"
    walk.do("resolve", "city_officer", on=later).do("pass", "city_officer", on=later)
    assert walk.state.step == "award"


def test_scores_of_an_earlier_visit_do_not_count():
    walk = Walk().do("submit", "applicant").do("pass", "district_officer").do("score", "city_officer", points=90)
    walk.do("return", "city_officer").do("submit", "applicant").do("pass", "district_officer")
    assert walk.state == rules.State("panel", 2, DAY)
    assert why(lambda: walk.do("pass", "city_officer")) == "scores-missing"


def test_a_low_average_does_not_pass():
    walk = Walk().do("submit", "applicant").do("pass", "district_officer")
    walk.do("score", "city_officer", points=59).do("score", "city_officer", points=60)
    assert why(lambda: walk.do("pass", "city_officer")) == "score-low"


@pytest.mark.parametrize(("verb", "role", "reason"), [
    ("pass", "district_officer", "verb"), ("award", "city_officer", "verb"), ("submit", "district_officer", "role"),
])  # fmt: skip
def test_a_verb_of_another_step_or_role_is_refused(verb, role, reason):
    assert why(lambda: Walk().do(verb, role)) == reason


def test_an_ended_case_takes_no_verb():
    walk = Walk().do("withdraw", "applicant")
    assert walk.state.outcome == "withdrawn"
    assert why(lambda: walk.do("submit", "applicant")) == "ended"


class AnyOrder(RuleBasedStateMachine):
    """Whatever is tried in whatever order: the case stays on its line and is never granted without its full walk."""

    def __init__(self):
        super().__init__()
        self.walk, self.on = Walk(), DAY

    @precondition(lambda self: not self.walk.state.step)
    @rule()
    def nothing_more_can_be_done(self):
        assert why(lambda: self.walk.do("pass", "city_officer", on=self.on)) == "ended"

    @precondition(lambda self: self.walk.state.step)
    @rule(
        verb=st.sampled_from(sorted(set().union(*rules.VERBS.values()) | {"withdraw"})),
        role=st.sampled_from(["applicant", "district_officer", "city_officer", "stranger"]),
        points=st.integers(0, 100),
        days=st.integers(0, 8),
    )
    def attempt(self, verb, role, points, days):
        self.on += timedelta(days=days)
        step = rules.step_of(STEPS, self.walk.state.step)
        try:
            self.walk.do(verb, role, on=self.on, points=points)
        except StepRefused:
            return
        listed = rules.VERBS[step.kind] | {"withdraw"}
        assert verb in listed, f"left {step.id} by {verb}"

    @invariant()
    def granted_only_after_every_step(self):
        if self.walk.state.outcome == "granted":
            passed = [entry.step for entry in self.walk.entries if entry.verb in {"submit", "pass", "award"}]
            assert set(passed) == {step.id for step in STEPS}

    @invariant()
    def no_objection_is_left_behind(self):
        if self.walk.state.step == "award":
            verbs = [entry.verb for entry in self.walk.entries if entry.step == "notice"]
            assert verbs.count("resolve") == verbs.count("object")


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(1, 30))
def test_exactly_that_many_working_days_lie_between(start, days):
    calendar = working_days()
    end = calendar.after(start, days)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(calendar.works(day) for day in between) == days
    assert calendar.works(end)


def test_a_holiday_is_no_working_day_and_a_worked_saturday_is():
    calendar = working_days()
    assert not calendar.works(date(2026, 10, 1))
    assert calendar.works(date(2026, 10, 10))
    assert WorkingDays().after(date(2026, 11, 20), 1) == date(2026, 11, 23)
