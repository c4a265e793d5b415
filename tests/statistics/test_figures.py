"""The figures: unknown is not zero, a share has its denominator, and every figure leads to its rows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests import factories
from tests.market.chain import open_shop
from tiantou.kernel.actor import Role
from tiantou.registry.models import Shop, Status
from tiantou.statistics import catalogue, measures, services

ON = date(2026, 11, 24)
pytestmark = pytest.mark.django_db


def value(code: str) -> Decimal | None:
    return measures.MEASURES[catalogue.indicators()[code].measure](ON).figure.value


@pytest.mark.parametrize("code", [code for code in catalogue.indicators() if code != "online_trade"])
def test_an_empty_region_knows_nothing_and_says_so(code):
    factories.village()
    found = measures.MEASURES[catalogue.indicators()[code].measure](ON).figure
    assert found.value is None
    assert found.why


def shop(holder, name, **fields):
    return Shop.objects.create(
        kind="online_shop",
        code=f"SH-{name}",
        name=name,
        holder=holder,
        status=Status.CONFIRMED,
        updated_at=factories.AT,
        **fields,
    )


def test_a_seller_with_shops_on_two_platforms_counts_once():
    seller, other = factories.party(), factories.party()
    for name in ("a", "b"):
        shop(seller, name)
    shop(other, "closed", ends=date(2025, 1, 1))
    assert value("entities_online") == 1


def test_a_village_with_two_stations_is_covered_once():
    for name in ("示例站一", "示例站二"):
        factories.site("village_station", name)
    place = factories.village()
    place.village_committee = True
    place.save()
    found = measures.village_stations(ON)
    assert (found.figure.value, found.figure.numerator, found.figure.denominator) == (100, 1, 1)
    assert found.by_district == {"500236": 1}


def test_a_market_that_is_built_and_not_accepted_does_not_count():
    factories.site("field_market", "示例一", data={"accepted_on": "2026-11-01"})
    factories.site("field_market", "示例二")
    factories.site("field_market", "示例三", data={"accepted_on": "2027-01-01"})
    assert value("field_markets") == 1


def test_sites_of_a_village_and_of_the_district_itself_add_up():
    for name in ("示例一", "示例二"):
        factories.site("field_market", name, data={"accepted_on": "2026-11-01"})
    district = factories.village().district
    factories.site("field_market", "示例三", data={"accepted_on": "2026-11-01"}, area=district)
    assert measures.field_markets(ON).by_district == {"500236": 3}


def test_deliveries_move_the_figures_of_trade_and_first_mile():
    shop_ = open_shop()
    assert value("fill_rate") is None
    shop_.order(4)
    assert value("fill_rate") == 0
    shop_.delivered(4)
    assert value("fill_rate") == 50
    assert value("first_mile") == 100
    assert value("graded_share") == 98
    assert value("online_trade") == Decimal(120)


def test_the_bulletin_and_each_figure_can_be_read_by_anybody(client):
    factories.village()
    services.report_figure(
        by=factories.actor(Role.CITY_OFFICER), at=factories.AT, indicator="village_station_coverage", area_code="50", period="2020", value=Decimal("92.6"),
        source="示例出处", published_on=date(2021, 12, 31),
    )  # fmt: skip
    page = client.get("/figures/").content.decode()
    assert "未知" in page
    assert "92.6" in page
    for code in catalogue.indicators():
        assert client.get(f"/figures/{code}/").status_code == 200, code
    assert client.get("/figures/none/").status_code == 404
    assert client.get("/figures.xlsx").content.startswith(b"PK")


def test_order_lines_are_for_officials(client, visit):
    assert client.get("/figures/online_trade/lines/").status_code == 302
    assert visit(factories.actor(Role.CITY_OFFICER)).get("/figures/online_trade/lines/").status_code == 200
