"""产地准出, the pure part: which findings follow from which facts."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tiantou.quality.queries.exits import ruleset
from tiantou.quality.rules import exits as rules_exit

ON = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 1, tzinfo=UTC)
PAPER = rules_exit.Paper(1, "HG1", 1000)


def use(days_before=10, interval=7, **facts):
    return rules_exit.Use(3, "后坡", "示例药", ON - timedelta(days=days_before), interval, **facts)


def a_test(passed=True, days_ago=1, item="示例项目", kind="rapid", pk=5):
    return rules_exit.Test(pk, kind, item, passed, AT - timedelta(days=days_ago))


def facts(*uses, **given_):
    harvest = rules_exit.Harvest(2, "L", ON, uses)
    return rules_exit.Facts(
        **{
            "lot": 2, "code": "L", "mass_g": 500, "names": ["奉节脐橙"], "areas": ["500236118"], "hold": "", "needs_paper": True,
            "must_issue": True, "paper": PAPER, "harvests": [harvest], "tests": [], **given_,
        }
    )  # fmt: skip


def found(facts_):
    return [finding.law.id for finding in rules_exit.judge(facts_, ruleset(), AT, ON).findings]


def test_a_lot_with_everything_in_order_leaves():
    assert found(facts(use())) == []


def test_each_rule_alone_is_found_and_named():
    assert found(facts(hold="复检")) == ["hold"]
    assert found(facts(paper=None)) == ["certificate"]
    assert found(facts(mass_g=1001)) == ["quantity"]
    assert found(facts(paper=rules_exit.Paper(1, "HG1", 1000, by_test=True))) == ["basis"]
    assert found(facts(use(days_before=6))) == ["interval"]
    assert found(facts(use(banned="甲胺磷", ban_source="公告"))) == ["banned"]
    assert found(facts(tests=[a_test(passed=False)])) == ["failed"]
    assert found(facts(names=["示例豇豆"])) == ["test"]


def test_missing_records_advise_and_do_not_stop():
    bare = facts(harvests=[rules_exit.Harvest(2, "L", ON, (), recorded=False)])
    verdict = rules_exit.judge(bare, ruleset(), AT, ON)
    assert [finding.law.id for finding in verdict.findings] == ["records"]
    assert verdict.allowed


def test_a_finding_names_the_record_and_where_the_rule_stands():
    finding = rules_exit.judge(facts(use(6, banned="甲胺磷", ban_source="公告")), ruleset(), AT, ON).of("banned")[0]
    assert finding.about == ("record", 3)
    assert finding.source == "公告"
    assert "农药管理条例" in finding.law.source


def test_who_need_not_issue_may_show_a_recent_passed_test_instead():
    small = {"paper": None, "must_issue": False}
    assert found(facts(**small)) == ["certificate"]
    assert found(facts(**small, tests=[a_test(days_ago=7)])) == []
    assert found(facts(**small, tests=[a_test(days_ago=8)])) == ["certificate"]
    assert found(facts(paper=None, tests=[a_test()])) == ["certificate"]


def test_a_later_passed_test_of_the_same_item_heals_a_failure_and_one_of_another_item_does_not():
    failed = a_test(passed=False, days_ago=2)
    assert found(facts(tests=[a_test(days_ago=1), failed])) == []
    assert found(facts(tests=[a_test(days_ago=1, item="别的"), failed])) == ["failed"]


def test_what_a_laboratory_found_is_not_healed_by_a_quick_test_on_the_spot():
    failed = a_test(passed=False, days_ago=3, kind="report-quantitative")
    quick, signed = a_test(days_ago=2), a_test(days_ago=1, kind="report-quantitative")
    assert found(facts(tests=[quick, failed])) == ["failed"]
    assert found(facts(tests=[signed, quick, failed])) == []
    assert found(facts(tests=[a_test(days_ago=1, kind="report-rapid"), failed])) == ["failed"]


def test_a_required_test_must_be_of_the_kind_asked_for_and_recent():
    cowpea = {"names": ["示例豇豆"]}
    assert found(facts(**cowpea, tests=[a_test(days_ago=3)])) == []
    assert found(facts(**cowpea, tests=[a_test(days_ago=4)])) == ["test"]


def test_a_rule_does_not_hold_before_its_day():
    past = date(2025, 6, 1)
    verdict = rules_exit.judge(facts(paper=None), ruleset(), AT, past)
    assert "certificate" not in [finding.law.id for finding in verdict.findings]


USES = st.lists(
    st.builds(use, st.integers(-20, 500), st.integers(0, 365), banned=st.sampled_from(["", "甲胺磷"])), max_size=6
)
TESTS = st.lists(
    st.builds(a_test, st.booleans(), st.integers(0, 30), st.sampled_from(["一", "二"]), st.just("rapid")), max_size=5
).map(lambda tests: sorted(tests, key=lambda test: test.at, reverse=True))


@given(USES, TESTS, st.sampled_from([None, PAPER]), st.booleans(), st.sampled_from(["", "扣"]), st.integers(0, 2000))
def test_allowed_if_and_only_if_no_rule_stops(uses, tests, paper, must, hold, mass_g):
    known = facts(*uses, tests=tests, paper=paper, must_issue=must, hold=hold, mass_g=mass_g)
    verdict = rules_exit.judge(known, ruleset(), AT, ON)
    early = any(0 <= (ON - u.on).days < u.interval_days for u in uses)
    banned = any(u.banned and 0 <= (ON - u.on).days <= max(365, u.interval_days) for u in uses)
    newest = {}
    for each in tests:
        newest.setdefault(each.item, each.passed)
    recent = [each for each in tests if AT - each.at <= timedelta(days=7)]
    papers = (paper is not None and mass_g <= 1000) or (
        paper is None and not must and bool(recent) and recent[0].passed
    )
    assert verdict.allowed == (not hold and not early and not banned and all(newest.values()) and papers)


@given(USES, USES)
def test_more_uses_never_make_a_lot_better(some, more):
    before, after = (rules_exit.judge(facts(*uses), ruleset(), AT, ON) for uses in (some, some + more))
    assert len(after.findings) >= len(before.findings)


def test_every_rule_of_the_data_has_a_source_and_words():
    from tiantou.quality.queries.exits import _WORDS

    assert ruleset().laws.keys() == _WORDS.keys()
    assert all(law.source for law in ruleset().laws.values())
