"""Figures keep their total whatever happens to the areas, and a history is what its events say."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.areas.rules import (
    Division,
    LineLost,
    Picture,
    Regroup,
    Rename,
    apportion,
    history,
    kind_of_district,
    rebase,
)

weights = st.dictionaries(st.integers(0, 20), st.integers(1, 50).map(Fraction), min_size=1, max_size=8)


@given(st.integers(-(10**15), 10**15), weights)
def test_parts_add_up_exactly_and_none_is_off_by_more_than_one(value, by):
    parts = apportion(value, by)
    assert sum(parts.values()) == value
    for key, part in parts.items():
        assert abs(part - value * by[key] / sum(by.values())) < 1


def test_nothing_to_divide_by_is_an_error():
    with pytest.raises(ValueError, match="nothing"):
        apportion(5, {"a": Fraction(0)})


@st.composite
def reforms(draw):
    """Units below districts on two days; some units of the first day became one or two units of the second."""
    units = draw(st.integers(1, 12))
    districts = draw(st.integers(1, 4))
    before = {unit: draw(st.integers(100, 99 + districts)) for unit in range(units)}
    after, edges = {}, []
    for unit in range(units):
        pieces = draw(st.integers(0, 2))
        if pieces == 0:
            after[unit] = draw(st.integers(100, 103))
        for piece in range(pieces):
            heir = 1000 + unit * 10 + piece
            after[heir] = draw(st.integers(100, 103))
            edges.append((unit, heir, draw(st.integers(1, 9))))

    def picture(parents):
        tops = dict.fromkeys(parents.values())
        levels = dict.fromkeys(parents, 2) | dict.fromkeys(tops, 1)
        return Picture(parents | tops, levels)

    figures = {district: draw(st.integers(-(10**9), 10**12)) for district in set(before.values())}
    return figures, picture(before), picture(after), edges


@given(reforms())
def test_the_regions_total_is_the_same_after_any_reform(case):
    figures, before, after, edges = case
    done = rebase(figures, before, after, edges)
    assert sum(done.values.values()) == sum(figures.values())
    assert done.values.keys() <= set(after.parents)
    assert done.estimated <= done.values.keys()


@given(reforms())
def test_figures_of_single_units_go_where_the_units_went(case):
    _figures, before, after, edges = case
    units = {unit: 1000 for unit, level in before.levels.items() if level == 2}
    done = rebase(units, before, after, edges)
    assert sum(done.values.values()) == 1000 * len(units)


def test_a_district_that_stays_whole_is_not_estimated():
    before = Picture({1: None, 10: 1, 11: 1}, {1: 1, 10: 2, 11: 2})
    after = Picture({2: None, 10: 2, 11: 2}, {2: 1, 10: 2, 11: 2})
    done = rebase({1: 7}, before, after, [])
    assert (done.values, done.estimated) == ({2: 7}, frozenset())


def test_an_area_that_vanished_without_a_word_is_an_error_and_never_a_loss():
    before = Picture({1: None, 10: 1}, {1: 1, 10: 2})
    after = Picture({1: None}, {1: 1})
    with pytest.raises(LineLost):
        rebase({1: 7}, before, after, [])


LIST = [
    Division("50", 0, "市", ""), Division("501", 1, "甲区", "50"), Division("502", 1, "乙区", "50"),
    Division("501001", 2, "一镇", "501"), Division("501002", 2, "二镇", "501"), Division("502001", 2, "三镇", "502"),
    Division("501001001", 3, "村", "501001", True),
]  # fmt: skip
START, LISTED = date(2016, 1, 1), date(2023, 6, 30)


def tell(*events):
    return history(LIST, events, horizon=START, listed=LISTED, source="list")


def test_a_renaming_before_the_list_is_unwound_and_one_after_it_is_told_on():
    for on in (date(2016, 11, 24), date(2024, 1, 1)):
        old, new = (("599", "甲县"), ("501", "甲区")) if on < LISTED else (("501", "甲区"), ("599", "新区"))
        told = tell(Rename(on, old, new, "source"))
        assert told.areas[old[0]].ends == on
        assert told.areas[new[0]].starts == on
        lives = sorted((each.parent, each.starts) for each in told.placements if each.child == "501001")
        assert lives == sorted([(old[0], START), (new[0], on)])


def test_a_regrouping_gives_every_town_one_new_place_and_says_how_much_went_where():
    on = date(2025, 11, 6)
    told = tell(Regroup(on, (("501", "甲区"),), (("5NEW", "新区"),), {"501002": "502"}, "5NEW", "source"))
    now = {each.child: each.parent for each in told.placements if each.ends is None}
    assert now == {"502": "50", "5NEW": "50", "501001": "5NEW", "501002": "502", "502001": "502", "501001001": "501001"}
    kinds = sorted((each.predecessor, each.successor, each.kind, each.about) for each in told.successions)
    assert kinds == [("", "5NEW", "create", ""), ("501", "502", "move", "501002"), ("501", "502", "split", ""),
                     ("501", "5NEW", "merge", "")]  # fmt: skip


def test_an_event_about_an_unknown_area_is_an_error():
    with pytest.raises(ValueError, match="509"):
        tell(Rename(date(2024, 1, 1), ("509", "x"), ("510", "y"), "source"))


@pytest.mark.parametrize(
    ("name", "kind"), [("奉节县", "county"), ("石柱土家族自治县", "autonomous"), ("两江新区", "district"), ("x", "")]
)
def test_a_districts_kind_is_at_the_end_of_its_name(name, kind):
    assert kind_of_district(name) == kind
