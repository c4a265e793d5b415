"""The small map: every place on the paper and readable, north up, distances as on the ground."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.portal import sketch as drawing
from tiantou.portal.sketch import Place, distance_km, sketch

BASE, MARKET, HUB = Place("基地", 109.62, 31.07), Place("市场", 109.60, 31.05), Place("中心", 106.55, 29.56)


def test_one_place_is_no_way():
    assert sketch([]) is None
    assert sketch([BASE]) is None
    assert sketch([BASE, BASE]) is None


def test_north_is_up_and_east_is_right():
    drawn = sketch([BASE, MARKET])
    base, market = drawn.dots
    assert base.y < market.y
    assert base.x > market.x
    assert [dot.number for dot in drawn.dots] == [1, 2]


def test_the_line_passes_a_place_as_often_as_the_goods_did():
    drawn = sketch([BASE, MARKET, BASE])
    assert len(drawn.dots) == 2
    assert len(drawn.line.split()) == 3


def test_without_a_position_the_order_is_drawn_and_no_distance_claimed():
    drawn = sketch([BASE, Place("不知道")])
    assert (drawn.true_to_place, drawn.km) == (False, None)
    assert [dot.y for dot in drawn.dots] == [60, 60]


def test_a_known_distance():
    assert distance_km(BASE, HUB) == pytest.approx(338, abs=5)
    assert sketch([BASE, HUB, BASE]).km == pytest.approx(2 * distance_km(BASE, HUB))


places = st.lists(
    st.builds(Place, st.text("甲乙丙丁戊己庚", min_size=1, max_size=2), st.floats(105, 110.3), st.floats(28, 32.3)),
    min_size=2,
    max_size=6,
)


@given(places)
def test_every_place_lies_on_the_paper_and_apart_from_the_others(way):
    drawn = sketch(way)
    if drawn is None:
        return
    for dot in drawn.dots:
        assert drawing.MARGIN <= dot.x <= drawing.WIDTH - drawing.MARGIN
        assert drawing.MARGIN <= dot.y <= drawing.HEIGHT - drawing.MARGIN
    for n, one in enumerate(drawn.dots):
        for other in drawn.dots[n + 1 :]:
            assert math.dist((one.x, one.y), (other.x, other.y)) >= 40
