"""Bans and intervals: by substance, crop and day; and the data itself is sound."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.production.queries import inputs

ON = date(2026, 11, 20)
ORANGE = ["奉节脐橙", "柑橘", "水果"]


def banned(name, names=ORANGE, on=ON):
    found = inputs().ban_on(name, names, on)
    return found[0] if found else None


@pytest.mark.parametrize(
    ("name", "substance"),
    [
        ("甲胺磷", "甲胺磷"),
        ("50% 甲胺磷乳油", "甲胺磷"),
        ("阿维·甲胺磷", "甲胺磷"),
        ("2,4-滴丁酯", "2,4-滴丁酯"),
        ("吡虫啉", None),
        ("", None),
    ],
)
def test_banned_substances_are_known_by_the_name_a_product_begins_with(name, substance):
    assert banned(name, ["玉米"]) == substance


def test_a_ban_holds_from_its_day():
    assert banned("克百威", ["玉米"], date(2026, 5, 31)) is None
    assert banned("克百威", ["玉米"], date(2026, 6, 1)) == "克百威"


def test_a_restricted_substance_is_banned_on_the_crops_named_and_on_no_other():
    assert banned("乙酰甲胺磷", ORANGE) == "乙酰甲胺磷"
    assert banned("乙酰甲胺磷", ["玉米"]) is None
    assert banned("毒死蜱", ["示例豇豆"]) == "毒死蜱"
    assert banned("毒死蜱", ORANGE) is None


def test_walnut_is_no_peach_and_tea_oil_no_tea():
    crops = inputs().crops
    assert not crops["瓜果"].has(["城口核桃"])
    assert not crops["茶叶"].has(["油茶"])
    assert crops["瓜果"].has(["示例水蜜桃"])


def test_an_interval_is_that_of_the_substance_on_the_crop():
    found = inputs().interval_of("10%吡虫啉可湿性粉剂", ORANGE)
    assert found is not None
    assert (found.days, found.crop) == (14, "柑橘")
    assert inputs().interval_of("吡虫啉", ["玉米"]) is None


@given(
    st.sampled_from([s for ban in inputs().bans for s in ban.substances]),
    st.sampled_from([ORANGE, ["豇豆", "蔬菜"], ["玉米"]]),
    st.integers(0, 9000),
)
def test_what_was_banned_once_stays_banned(substance, names, days):
    day = date(2002, 1, 1) + timedelta(days=days)
    if banned(substance, names, day):
        assert banned(substance, names, day + timedelta(days=1))


def test_every_row_names_a_known_crop_and_a_source():
    data = inputs()
    assert all(crop in data.crops for ban in data.bans for crop in ban.crops)
    assert all(each.crop in data.crops and each.days > 0 and each.source for each in data.intervals)
    assert all(ban.source and ban.substances for ban in data.bans)
