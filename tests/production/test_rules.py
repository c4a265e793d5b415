"""Rules of plots and lots."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.production import rules

DAYS = st.dates(date(2020, 1, 1), date(2035, 1, 1))


@given(DAYS, st.integers(1, 365))
def test_no_day_of_an_interval_allows_harvest_and_the_next_one_does(on, days):
    first = rules.harvest_from(on, days)
    uses = [rules.Use("示例药", on, first)]
    assert all(rules.blocking_use(uses, on + timedelta(days=each)) for each in (0, days - 1))
    assert rules.blocking_use(uses, on + timedelta(days=days)) is None


def test_a_use_on_the_first_with_seven_days_allows_harvest_from_the_eighth():
    assert rules.harvest_from(date(2026, 11, 1), 7) == date(2026, 11, 8)


def test_without_an_interval_nothing_is_barred():
    assert rules.harvest_from(date(2026, 11, 1), 0) is None


def test_of_several_uses_the_one_that_ends_last_is_named():
    uses = [
        rules.Use("甲", date(2026, 11, 1), date(2026, 11, 30)),
        rules.Use("乙", date(2026, 11, 10), date(2026, 11, 17)),
    ]
    barring = rules.blocking_use(uses, date(2026, 11, 12))
    assert barring is not None
    assert barring.name == "甲"


def test_a_use_after_the_harvest_does_not_bar_it():
    assert rules.blocking_use([rules.Use("甲", date(2026, 11, 9), date(2026, 11, 30))], date(2026, 11, 8)) is None


@given(st.lists(st.integers(1, 10**9), min_size=1), st.lists(st.integers(1, 10**9), min_size=1))
def test_mass_is_conserved(inputs, outputs):
    if sum(outputs) > sum(inputs):
        with pytest.raises(ValueError, match="more came out"):
            rules.loss_g(inputs, outputs)
    else:
        assert rules.loss_g(inputs, outputs) + sum(outputs) == sum(inputs)


@pytest.mark.parametrize(("inputs", "outputs"), [([], [1]), ([1], []), ([5, 0], [1]), ([5], [-1])])
def test_every_part_weighs_something(inputs, outputs):
    with pytest.raises(ValueError, match="above zero"):
        rules.loss_g(inputs, outputs)


@given(st.integers(1, 2_000_000))
def test_hundredths_of_a_mu_are_kept_exactly(hundredths):
    assert rules.hundredths_of_mu(str(Decimal(hundredths) / 100)) == hundredths


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("十二", "not a number"),
        ("NaN", "not a number"),
        ("0", "not above zero"),
        ("-3", "not above zero"),
        ("20001", "too large"),
        ("1.234", "more than two places"),
    ],
)
def test_a_wrong_area_says_what_is_wrong(typed, fault):
    with pytest.raises(ValueError, match=fault):
        rules.hundredths_of_mu(typed)


@pytest.mark.parametrize(("number", "code"), [(1, "20261120-01"), (99, "20261120-99"), (100, "20261120-100")])
def test_lot_numbers_grow_past_ninety_nine(number, code):
    assert rules.lot_code(date(2026, 11, 20), number) == code


@pytest.mark.parametrize(
    "typed", ["2026-11-20", "2026/11/20", "2026.11.20", "20261120", "2026-11-20 ", date(2026, 11, 20)]
)
def test_dates_are_read_as_people_write_them(typed):
    assert rules.read_date(typed) == date(2026, 11, 20)


@pytest.mark.parametrize("typed", ["", "2026-13-01", "明天", None, "20-11-2026"])
def test_what_is_no_date_is_none(typed):
    assert rules.read_date(typed) is None


@given(st.lists(st.sampled_from("甲乙"), max_size=5))
def test_common_is_the_one_value_or_none(values):
    assert rules.common(values) == (values[0] if len(set(values)) == 1 else None)
