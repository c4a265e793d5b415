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
        (date(2026, 1, 31), "2021"),
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


def test_processed_goods_need_none():
    template = queries.template_on(PRESENT)
    assert template is not None
    assert template.covers(["奉节脐橙", "水果"])
    assert not template.covers(["橘瓣罐头", "加工品"])
