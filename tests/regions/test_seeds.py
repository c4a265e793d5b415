"""The facts that the region pack puts into the register: complete, sourced, nothing invented, and loadable twice."""

import pytest

from tests.factories import AT
from tiantou.areas import pack, services
from tiantou.kernel.actor import SYSTEM
from tiantou.kernel.errors import Invalid
from tiantou.registry.models import Brand, BrandArea
from tiantou.registry.services import load_records
from tiantou.registry.services.brands import load_brand_areas

SEEDS = pack.seeds("chongqing")
AREAS = pack.read("chongqing", "brand_areas.yaml")
ROWS = [(register, row) for register, rows in SEEDS for row in rows]


def rows(kind):
    return [row for _register, row in ROWS if row["kind"] == kind]


@pytest.mark.parametrize(
    ("kind", "count"), [("regional", 13), ("time_honoured", 7), ("ecommerce", 11), ("chain", 7), ("category", 9)]
)
def test_the_pack_has_what_the_opinion_names(kind, count):
    assert len(rows(kind)) == count


def test_codes_are_unique():
    codes = [row["code"] for _register, row in ROWS]
    assert len(set(codes)) == len(codes)


def test_every_brand_and_product_says_where_the_fact_is_from():
    for kind in ("regional", "time_honoured", "ecommerce", "chain", "category"):
        for row in rows(kind):
            assert "20" in row["source"], row


def test_unknown_areas_and_owners_stay_unknown():
    without_area = {
        row["name"] for _register, row in ROWS if row["kind"] in {"regional", "time_honoured"} and "area" not in row
    }
    assert without_area == {"三峡有机鱼", "山城沱茶", "黄花园酱油"}
    assert not any("owner" in row for _register, row in ROWS)
    assert {row["brand"] for row in pack.read("chongqing", "brand_areas.yaml")} == {
        row["code"] for row in rows("regional") if "area" in row
    }


@pytest.mark.django_db
def test_the_whole_pack_loads_and_loading_it_again_changes_nothing():
    services.load_region(by=SYSTEM, at=AT, region="chongqing")
    for n in range(2):
        for register, some in SEEDS:
            done = load_records(by=SYSTEM, at=AT, register=register, rows=some)
            assert (done.created, done.amended) == ((len(some), 0) if n == 0 else (0, 0)), register
        assert load_brand_areas(by=SYSTEM, at=AT, rows=AREAS) == (len(AREAS) if n == 0 else 0)
    assert Brand.objects.get(name="奉节脐橙").areas.count() == 4
    assert Brand.objects.get(name="奉节脐橙").area.name == "奉节县"
    assert Brand.objects.get(name="山城沱茶").area is None
    assert not BrandArea.objects.filter(brand__name="三峡有机鱼").exists()


@pytest.mark.django_db
def test_a_brand_area_that_names_nothing_known_is_refused():
    with pytest.raises(Invalid) as refused:
        load_brand_areas(by=SYSTEM, at=AT, rows=[{"brand": "B-x", "area": "500236", "starts": None}])
    assert [(each.field, each.row) for each in refused.value.problems] == [("brand", 1), ("area", 1)]
