"""Figures of Chongqing carried over the changes of 2016 and 2025."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tiantou.areas import queries
from tiantou.areas.models import Level
from tiantou.kernel.errors import Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chongqing")]
DAYS = [
    date(2016, 1, 1),
    date(2016, 9, 1),
    date(2020, 12, 31),
    date(2025, 11, 5),
    date(2025, 11, 6),
    date(2026, 11, 20),
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    period=st.sampled_from(DAYS),
    to=st.sampled_from(DAYS),
    level=st.sampled_from([Level.DISTRICT, Level.TOWN]),
    seed=st.randoms(),
)
def test_the_citys_total_stays_the_same_between_any_two_days(period, to, level, seed):
    codes = list(queries.as_of(period, level).values_list("code", flat=True))
    figures = {code: seed.randint(0, 10**10) for code in codes}
    done = queries.rebase(figures, period, to)
    assert sum(done.values.values()) == sum(figures.values())
    assert set(done.values) <= set(queries.as_of(to, level).values_list("code", flat=True))


def test_a_renamed_county_keeps_its_figure_exactly():
    done = queries.rebase({"500228": 123}, date(2016, 9, 1), date(2026, 11, 20))
    assert (done.values, done.estimated) == ({"500155": 123}, frozenset())
    back = queries.rebase(done.values, date(2026, 11, 20), date(2016, 9, 1))
    assert back.values == {"500228": 123}


def test_a_split_district_is_divided_by_its_villages_and_says_so():
    done = queries.rebase({"500112": 1000}, date(2024, 1, 1), date(2026, 1, 1))
    assert set(done.values) == {"5001LJ", "500109"}
    assert sum(done.values.values()) == 1000
    assert done.estimated == {"5001LJ", "500109"}


def test_town_figures_are_exact_because_towns_moved_whole():
    towns = {area.code: 1 for area in queries.as_of(date(2024, 1, 1), Level.TOWN)}
    done = queries.rebase(towns, date(2024, 1, 1), date(2026, 1, 1))
    assert (done.values, done.estimated) == (towns, frozenset())


def test_a_code_that_did_not_exist_is_refused_with_what_to_write_instead():
    with pytest.raises(Invalid) as refused:
        queries.rebase({"500155": 1, "999999": 2}, date(2016, 9, 1), date(2026, 1, 1))
    first, second = refused.value.problems
    assert "500228" in first.remedy
    assert second.field == "999999"
