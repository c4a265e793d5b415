"""Rules of the field market."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.fieldmarket import rules

GRADES = st.dictionaries(st.sampled_from(rules.GRADES), st.integers(1, 10**7), min_size=1)


@given(GRADES, st.integers(0, 10**6))
def test_grades_and_loss_weigh_what_was_taken_in(grades, loss_g):
    taken_g = sum(grades.values()) + loss_g
    assert rules.grading_loss(taken_g, grades) == loss_g
    assert rules.grading_loss(taken_g, grades, loss_g) == loss_g


@given(GRADES, st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_gram_too_many_is_refused(grades, loss_g, more):
    taken_g = sum(grades.values()) + loss_g
    with pytest.raises(ValueError, match="mismatch"):
        rules.grading_loss(taken_g + more, grades, loss_g)
    with pytest.raises(ValueError, match="too much"):
        rules.grading_loss(sum(grades.values()) - 1, grades)


def test_nothing_graded_is_no_grading():
    with pytest.raises(ValueError, match="nothing"):
        rules.grading_loss(100, {})


@given(st.integers(0, 10**7), st.integers(1, 10**5))
def test_packs_and_leftover_weigh_the_lot(mass_g, net_g):
    if mass_g < net_g:
        with pytest.raises(ValueError, match="not enough"):
            rules.fill(mass_g, net_g)
    else:
        filled = rules.fill(mass_g, net_g)
        assert filled.packed_g + filled.left_g == mass_g
        assert filled.packs * net_g == filled.packed_g
        assert filled.left_g < net_g


@given(st.lists(st.text(max_size=3), max_size=60), st.integers(1, 20))
def test_every_pack_is_in_one_crate_and_no_crate_is_too_full(packs, per_crate):
    crates = rules.crates(packs, per_crate)
    assert [pack for crate in crates for pack in crate] == packs
    assert all(0 < len(crate) <= per_crate for crate in crates)


@given(st.integers(-600, 600))
def test_temperatures_come_back_as_they_were_typed(value):
    assert rules.tenths(rules.show_tenths(value)) == value


@pytest.mark.parametrize("typed", ["", "冷", "61", "-60.1", "NaN", "Infinity"])
def test_what_no_thermometer_shows_is_refused(typed):
    with pytest.raises(ValueError, match=r"number|range"):
        rules.tenths(typed)
