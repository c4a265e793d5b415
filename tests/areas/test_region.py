"""The region pack of Chongqing: what is there on which day."""

import csv
from datetime import date
from pathlib import Path

import pytest

from tests.factories import AT
from tiantou.areas import pack, queries, services
from tiantou.areas.models import Area, Level, Placement, Succession
from tiantou.kernel.actor import STRANGER, SYSTEM
from tiantou.kernel.errors import Absent, Invalid, NotPermitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chongqing")]
OPINION, NOW = date(2016, 9, 1), date(2026, 11, 20)
SOURCE = Path(__file__).parents[3] / "shared/data/chongqing_regions_2023.csv"


@pytest.mark.parametrize(
    ("on", "districts"), [(OPINION, 38), (date(2023, 6, 30), 38), (date(2025, 11, 5), 38), (date(2025, 11, 6), 37)]
)
def test_the_region_has_the_right_number_of_districts_on_each_day(on, districts):
    assert queries.as_of(on, Level.DISTRICT).count() == districts
    assert queries.as_of(on, Level.TOWN).count() == 1031
    assert queries.as_of(on, Level.VILLAGE).count() == 11270


def test_the_present_districts_are_twenty_five_eight_and_four():
    assert queries.district_kinds(NOW) == {"district": 25, "county": 8, "autonomous": 4}
    assert sum(queries.district_kinds(date(2016, 5, 1)).values()) == 38


def test_towns_are_of_the_three_kinds_that_the_list_counts():
    names = list(queries.as_of(NOW, Level.TOWN).values_list("name", flat=True))
    kinds = [sum(name.endswith(end) for name in names) for end in ("街道", "镇", "乡")]
    assert kinds == [245, 625, 161]


def test_the_denominators_carry_their_day_and_source():
    found = queries.denominator("village_committees", NOW)
    assert (found.value, found.on) == (7946, NOW)
    assert "2023-06-30" in found.source
    assert queries.denominator("districts_with_villages", OPINION).value == 37
    assert queries.denominator("districts_with_villages", NOW).value == 36


def test_the_only_district_without_a_village_is_yuzhong():
    with_villages = {area.code for area in queries.districts_with_villages(OPINION)}
    without = set(queries.as_of(OPINION, Level.DISTRICT).values_list("code", flat=True)) - with_villages
    assert without == {"500103"}


def test_liangping_was_a_county_on_the_day_of_the_opinion_and_is_a_district_now():
    assert queries.get("500228", OPINION).name == "梁平县"
    with pytest.raises(Absent):
        queries.get("500155", OPINION)
    assert queries.get("500155", NOW).name == "梁平区"
    assert len(queries.within("500228", OPINION)) == len(queries.within("500155", NOW)) == 1 + 33 + 269 + 74


def test_the_five_northern_towns_went_from_yubei_to_beibei_and_five_others_left_it():
    def towns(code, on):
        return {area.name for area in queries.children_of(queries.get(code, on), on)}

    came, left = (
        {"大湾镇", "统景镇", "大盛镇", "兴隆镇", "茨竹镇"},
        {"水土街道", "复兴街道", "蔡家岗街道", "施家梁镇", "童家溪镇"},
    )
    before, after = towns("500109", date(2025, 11, 5)), towns("500109", date(2025, 11, 6))
    assert after - before == came
    assert before - after == left
    assert left <= towns("5001LJ", NOW)
    assert not queries.within("500112", NOW)


def test_every_area_has_exactly_one_parent_on_every_day_of_its_life():
    for on in (date(2016, 1, 1), OPINION, date(2016, 11, 24), date(2025, 11, 6), NOW):
        day = queries.picture(on)
        assert [pk for pk, parent in day.parents.items() if parent is None] == [queries.get("50", on).pk]
        assert Placement.objects.on(on).count() == len(day.parents) - 1


def test_a_second_load_changes_nothing():
    counts = [model.objects.count() for model in (Area, Placement, Succession)]
    again = services.load_region(by=SYSTEM, at=AT, region="chongqing")
    assert (again.created, again.ended) == (0, 0)
    assert counts == [model.objects.count() for model in (Area, Placement, Succession)]


def test_only_the_system_loads_a_region():
    with pytest.raises(NotPermitted):
        services.load_region(by=STRANGER, at=AT, region="chongqing")


@pytest.mark.parametrize("region", ["nowhere", "../chongqing", ""])
def test_a_region_without_a_pack_is_refused(region):
    with pytest.raises(pack.NoSuchRegion):
        services.load_region(by=SYSTEM, at=AT, region=region)


def test_a_day_before_the_history_is_refused_with_the_first_day():
    with pytest.raises(Invalid) as refused:
        queries.as_of(date(2010, 1, 1))
    assert "2016-01-01" in refused.value.problems[0].remedy


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("梁平", "梁平区"),
        ("fengjie", "奉节县"),
        ("fjx", "奉节县"),
        ("500236", "奉节县"),
        ("欧营村村民委员会", "欧营村"),
    ],
)
def test_an_area_is_found_by_two_characters_pinyin_initials_code_or_official_name(q, name):
    assert name in {each.area.name for each in queries.find(q)[:8]}


def test_names_that_occur_twice_are_told_apart_by_their_path():
    found = [each.path for each in queries.find("复兴村") if each.area.name == "复兴村"]
    assert len(found) == len(set(found)) > 5
    assert all(path.count(" › ") == 2 for path in found)


def test_the_zone_of_a_straddling_district_is_not_guessed():
    assert queries.zone_of("500236", OPINION).code == "northeast"
    assert queries.zone_of("500228", OPINION).code == "northeast"
    assert queries.zone_of("500106", OPINION) is None
    members = [code for zone in pack.zones("chongqing") for code in (*zone.districts, *zone.straddling)]
    assert len(set(members)) == 38


def test_every_district_of_every_time_has_its_own_tile():
    tiles = pack.tiles("chongqing")
    for on in (OPINION, date(2023, 6, 30), NOW):
        places = [tiles[code] for code in queries.as_of(on, Level.DISTRICT).values_list("code", flat=True)]
        assert len(places) == len(set(places))


@pytest.mark.skipif(
    not SOURCE.exists(), reason="the source list (../shared/data) is not here; the pack is checked by its counts"
)
def test_the_pack_says_what_its_source_says():
    endings = ("村民委员会", "居民委员会")
    told = {each.code: each for each in pack.divisions("chongqing")}
    with SOURCE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) + 1 == len(told)
    for row in rows:
        mine = told[row["code"]]
        name = row["name"]
        if row["level"] == "village":
            assert mine.village_committee == name.endswith("村民委员会")
            name = next((name.removesuffix(end) for end in endings if name.endswith(end)), name)
        assert (mine.name, mine.parent) == (name, row["parent"])
