"""Rules of commitment certificates."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.quality import queries, rules

PRESENT = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("on", "template"),
    [
        (date(2019, 12, 16), None),
        (date(2019, 12, 17), "2019"),
        (date(2021, 11, 3), "2019"),
        (date(2021, 11, 4), "2021"),
        (date(2022, 12, 31), "2021"),
        (date(2023, 1, 1), "2023"),
        (date(2026, 1, 31), "2023"),
        (date(2026, 2, 1), "2025"),
    ],
)
def test_each_template_is_in_force_from_its_day(on, template):
    found = queries.template_on(on)
    assert (found.id if found else None) == template


def test_the_decree_knows_exactly_three_grounds():
    found = queries.template_on(PRESENT)
    assert found is not None
    assert found.basis == ["质量安全控制符合要求", "自行检测合格", "委托检测合格"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("自我承诺", "质量安全控制符合要求"),
        ("自我检测", "自行检测合格"),
        ("委托检测", "委托检测合格"),
        ("口头保证", None),
    ],
)
def test_older_words_become_those_of_the_decree(old, new):
    template = queries.template_on(PRESENT)
    assert template is not None
    assert rules.basis_in(template, old) == new


@pytest.mark.parametrize(
    ("kind", "person", "must"),
    [
        ("cooperative", False, True),
        ("enterprise", False, True),
        ("family_farm", False, False),
        ("cooperative", True, False),
    ],
)
def test_firms_must_issue_and_households_may(kind, person, must):
    template = queries.template_on(PRESENT)
    assert template is not None
    assert template.obliges(kind, natural_person=person) is must


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.integers(1, 99_999))
def test_a_number_is_found_again_however_it_is_typed(day, number):
    made = rules.commitment_number(day, number)
    assert rules.normal_number(f" {made.lower()} ") == made
    assert rules.normal_number(f"https://example.cn/c/{made}/") == made
    assert rules.normal_number(made[2:]) == made


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)), st.integers(1, 99_999), st.integers(2, 15), st.integers(1, 9))
def test_one_wrong_digit_finds_nothing(day, number, place, shift):
    made = rules.commitment_number(day, number)
    wrong = made[:place] + str((int(made[place]) + shift) % 10) + made[place + 1 :]
    assert rules.normal_number(wrong) is None


@pytest.mark.parametrize("typed", ["", "HG", "HG123", "二〇二六", "HG١٢٣٤٥٦٧٨٩٠١٢٣٤"])
def test_what_is_no_number_is_none(typed):
    assert rules.normal_number(typed) is None


@pytest.mark.parametrize(
    ("issued", "until"),
    [
        (date(2026, 11, 20), date(2027, 5, 20)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2026, 2, 1), date(2026, 8, 1)),
    ],
)
def test_it_is_kept_for_six_months(issued, until):
    template = queries.template_on(PRESENT)
    assert template is not None
    assert rules.keep_until(template, issued) == until


def test_a_value_at_the_limit_passes():
    assert rules.passes(Decimal("0.05"), Decimal("0.05"))
    assert not rules.passes(Decimal("0.0501"), Decimal("0.05"))


@pytest.mark.parametrize(
    ("names", "good"),
    [
        (["奉节脐橙", "水果"], "fruit"),
        (["奉节脐橙"], "fruit"),
        (["示例黄背木耳"], "vegetable"),
        (["涪陵青菜头", "蔬菜"], "vegetable"),
        (["示例茶鲜叶"], "tea_leaf"),
        (["示例绿茶", "茶叶"], None),
        (["城口山地鸡蛋"], "egg"),
        (["示例咸蛋", "禽蛋"], None),
        (["示例活羊"], "livestock"),
        (["示例羊肉", "畜禽"], None),
        (["示例草鱼", "水产品"], "aquatic"),
        (["野生草鱼", "水产品"], None),
        (["橘瓣罐头", "加工品"], None),
        (["示例大米", "粮食"], None),
        (["示例中药材"], None),
        ([], None),
    ],
)
def test_the_decree_applies_to_what_is_on_its_list_and_to_nothing_else(names, good):
    template = queries.template_on(PRESENT)
    assert template is not None
    found = template.good_of(names)
    assert (found["id"] if found else None) == good
    assert template.covers(names) is (good is not None)


def test_fresh_tea_leaf_came_with_the_decree():
    before = queries.template_on(date(2026, 1, 31))
    assert before is not None
    assert not before.covers(["示例茶鲜叶"])


@pytest.mark.parametrize(
    ("on", "names", "kind", "bought", "duty"),
    [
        (PRESENT, ["脐橙"], "cooperative", False, rules.Duty.MUST),
        (PRESENT, ["脐橙"], "family_farm", False, rules.Duty.MAY),
        (PRESENT, ["脐橙"], "family_farm", True, rules.Duty.MUST),
        (PRESENT, ["脐橙"], "grower", False, rules.Duty.MAY),
        (PRESENT, ["绿茶"], "enterprise", True, rules.Duty.NONE),
        (date(2022, 6, 1), ["脐橙"], "family_farm", False, rules.Duty.MUST),
        (date(2022, 6, 1), ["脐橙"], "grower", True, rules.Duty.MAY),
        (date(2024, 6, 1), ["脐橙"], "family_farm", False, rules.Duty.MAY),
        (date(2024, 6, 1), ["脐橙"], "individual_business", True, rules.Duty.MUST),
    ],
)
def test_who_must_issue_depends_on_day_goods_kind_and_on_who_grew_it(on, names, kind, bought, duty):
    template = queries.template_on(on)
    assert template is not None
    assert template.duty(names, kind, natural_person=False, bought=bought) is duty
