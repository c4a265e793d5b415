"""Rules as data: what they may say, and what they answer."""

import pytest

from tiantou.kernel.policy import Rule, RuleFault, check, number, verdicts

SAYS = {"zh": "成员不少于五人", "en": "at least five members"}


def test_every_rule_answers_with_its_words_and_basis():
    rules = [Rule("members >= 5", SAYS, "农民专业合作社法 第十二条"), Rule("members >= 500", SAYS)]
    assert [verdict.met for verdict in verdicts(rules, {"members": 12})] == [True, False]


@pytest.mark.parametrize("facts", [{}, {"members": None}])
def test_an_unknown_fact_never_satisfies_a_rule(facts):
    assert Rule("members >= 5", SAYS).met(facts) is False
    assert Rule("members < 5", SAYS).met(facts) is False


@pytest.mark.parametrize(
    "text", ["members >", "others > 1", "members / 2 > 1", "size('奉节脐橙') == 4", "[1, 2].map(x, x)[0] == members"]
)
def test_what_a_rule_may_not_say_is_refused_when_loaded(text):
    with pytest.raises(RuleFault):
        check(text, {"members"})


@pytest.mark.parametrize(
    "text",
    [
        "members >= 5 && !closed",
        "kind in ['fruit', 'tea']",
        "closed ? members > 1 : members + 2 * 3 - 1 > -4",
        "has(data.x)",
    ],
)
def test_what_a_rule_may_say(text):
    assert check(text, {"members", "closed", "kind", "data"}) == text


def test_a_number_is_whole():
    assert number("parcels * 100", {"parcels": 3}) == 300
    with pytest.raises(RuleFault):
        number("parcels > 1", {"parcels": 3})
