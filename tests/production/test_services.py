"""Plots are laid out and worked; harvests and derived lots write trace and stock; holds spread."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests import factories
from tests.production.cast import AT, ON, town
from tiantou.epcis.models import Master
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted
from tiantou.kernel.models import Deed
from tiantou.production import queries
from tiantou.production.models import Kind, Lot, Plot
from tiantou.production.services import (
    LotOnHold,
    Output,
    WithinInterval,
    assign_standard,
    derive_lot,
    derive_lots,
    harvest,
    lay_out_plot,
    lift_hold,
    place_hold,
    record_work,
)
from tiantou.registry.models import Standard, Status
from tiantou.stock.models import Move
from tiantou.stock.queries import level
from tiantou.trace import queries as trace

pytestmark = pytest.mark.django_db


def fields_of(refusal) -> set[str]:
    return {problem.field for problem in refusal.value.problems}


def test_a_plot_keeps_its_area_to_the_hundredth():
    plot = town().plot
    assert plot.area_mu_hundredths == 1250
    assert plot.area_mu == Decimal("12.5")


def test_a_base_has_each_number_once():
    here = town()
    with pytest.raises(Conflict, match="A-01"):
        lay_out_plot(
            by=here.grower, at=AT, base=here.base, code="A-01", name="另一块", area_mu=1, product=here.product, grower=here.coop
        )  # fmt: skip
    assert Plot.objects.count() == 1


def test_nobody_lays_out_plots_on_anothers_base():
    here = town()
    with pytest.raises(Absent):
        lay_out_plot(
            by=here.stranger, at=AT, base=here.base, code="X", name="占地", area_mu=1, product=here.product, grower=here.coop
        )  # fmt: skip


def test_all_faults_of_a_plot_are_told_at_once():
    here = town()
    shop = factories.site("experience_shop", holder=here.coop)
    with pytest.raises(Invalid) as refusal:
        lay_out_plot(
            by=here.grower, at=AT, base=shop, code=" ", name="", area_mu="很大", product=here.product, grower=here.coop
        )  # fmt: skip
    assert fields_of(refusal) == {"base", "code", "name", "area_mu"}


def test_a_standard_is_signed_for_a_plot_once():
    here = town()
    standard = Standard.objects.create(
        kind="production_technique", code="DB50/T 示例", name="示例规程", status=Status.CONFIRMED, updated_at=AT
    )
    signed = assign_standard(by=here.grower, at=AT, plot=here.plot, standard=standard, signed_on=ON)
    assert signed.grower == here.coop
    with pytest.raises(Conflict):
        assign_standard(by=here.grower, at=AT, plot=here.plot, standard=standard, signed_on=ON)


def test_harvest_is_refused_within_an_interval_with_the_use_and_the_first_day():
    here = town()
    record_work(
        by=here.grower, at=AT, plot=here.plot, kind="protect", on=date(2026, 11, 15), input_name="示例杀虫剂", dose="每亩 50 毫升",
        interval_days=14,
    )  # fmt: skip
    with pytest.raises(WithinInterval) as refusal:
        harvest(by=here.grower, at=AT, plot=here.plot, mass_g=1000)
    assert "示例杀虫剂" in refusal.value.reason
    assert "2026年11月15日" in refusal.value.reason
    assert "2026年11月29日" in refusal.value.remedy
    assert not Lot.objects.exists()
    lot = harvest(by=here.grower, at=AT + timedelta(days=9), plot=here.plot, mass_g=1000)
    assert lot.harvested_on == date(2026, 11, 29)


def test_pesticide_without_name_and_dose_or_banned_is_refused():
    here = town()
    with pytest.raises(Invalid) as refusal:
        record_work(by=here.grower, at=AT, plot=here.plot, kind="protect", on=ON)
    assert fields_of(refusal) == {"input_name", "dose"}
    with pytest.raises(Invalid, match="禁止用在"):
        record_work(by=here.grower, at=AT, plot=here.plot, kind="protect", on=ON, input_name="甲胺磷乳油", dose="1")


@pytest.mark.parametrize(
    ("mass_g", "on"),
    [(0, ON), (-5, ON), (100_000_001, ON), (10, date(2026, 11, 21)), (10, date(2026, 10, 1)), (10, date(2019, 12, 31))],
)
def test_a_harvest_that_cannot_be_is_refused(mass_g, on):
    here = town()
    with pytest.raises(Invalid):
        harvest(by=here.grower, at=AT, plot=here.plot, mass_g=mass_g, on=on)


def test_a_harvest_is_a_lot_with_event_stock_and_deed():
    here = town()
    lot = here.lot(512_500)
    assert lot.code == "20261120-01"
    assert lot.epc == "urn:epc:class:lgtin:9521234.000001.20261120-01"
    assert lot.holder == here.coop
    (event,) = trace.events_about(lot.epc)
    assert event.biz_step == "commissioning"
    assert event.body["quantityList"] == [{"epcClass": lot.epc, "quantity": 512.5, "uom": "KGM"}]
    assert event.body["ilmd"]["tiantou:harvestedOn"] == "2026-11-20"
    assert event.body["ilmd"]["tiantou:plot"] == "A-01"
    assert level(lot.epc, here.base.code).on_hand == 512_500
    assert Deed.objects.filter(verb="production.harvest", subject=f"production.lot:{lot.pk}").count() == 1


def test_numbers_of_a_day_follow_one_another():
    here = town()
    assert [here.lot().code for _ in range(3)] == ["20261120-01", "20261120-02", "20261120-03"]


def test_a_harvest_sent_twice_is_one_lot():
    here = town()
    first = harvest(by=here.grower, at=AT, plot=here.plot, mass_g=1000, key="phone-1")
    again = harvest(by=here.grower, at=AT + timedelta(minutes=1), plot=here.plot, mass_g=1000, key="phone-1")
    assert first == again
    assert Lot.objects.count() == 1
    assert Move.objects.count() == 1


def test_a_plot_of_another_is_absent():
    here = town()
    with pytest.raises(Absent):
        harvest(by=here.stranger, at=AT, plot=here.plot, mass_g=1000)
    assert not Plot.objects.visible_to(here.stranger).exists()


def test_a_role_without_land_may_not_harvest():
    here = town()
    with pytest.raises(NotPermitted):
        harvest(by=here.keeper, at=AT, plot=here.plot, mass_g=1000)


def test_lots_are_mixed_and_the_rest_is_loss():
    here = town()
    one, two = here.lot(100_000), here.lot(50_000)
    mixed = derive_lot(
        by=here.grower, at=AT, parents={one: 60_000, two: 50_000}, product=here.product, mass_g=105_000, kind=Kind.GRADED,
        grade="一级", place=here.base,
    )  # fmt: skip
    assert mixed.producer == here.coop
    assert mixed.plot == here.plot
    assert set(queries.ancestor_lots(mixed)) == {one, two}
    assert queries.left_g(one) == 40_000
    assert queries.left_g(two) == 0
    assert queries.left_g(mixed) == 105_000


@pytest.mark.parametrize(("taken", "made"), [(50_000, 50_001), (100_001, 10)])
def test_more_than_there_is_never_comes_out(taken, made):
    here = town()
    lot = here.lot(100_000)
    with pytest.raises(Invalid):
        derive_lots(by=here.grower, at=AT, parents={lot: taken}, outputs=[Output(made, Kind.GRADED)], place=here.base)
    assert Lot.objects.count() == 1
    assert level(lot.epc, here.base.code).on_hand == 100_000


def test_a_lot_of_another_cannot_be_worked_on():
    here = town()
    lot = here.lot()
    with pytest.raises(Absent):
        derive_lots(by=here.stranger, at=AT, parents={lot: 10}, outputs=[Output(10, Kind.GRADED)], place=here.base)


def test_a_hold_spreads_to_what_was_made_and_stops_work():
    here = town()
    lot = here.lot()
    (child,) = derive_lots(
        by=here.grower, at=AT, parents={lot: 1000}, outputs=[Output(900, Kind.GRADED)], place=here.base
    )
    place_hold(by=here.inspector, at=AT, lot=lot, reason="复检")
    child.refresh_from_db()
    assert child.hold_reason == "复检"
    assert child.held_with == lot
    with pytest.raises(LotOnHold, match="复检"):
        derive_lots(by=here.grower, at=AT, parents={child: 10}, outputs=[Output(10, Kind.GRADED)], place=here.base)
    with pytest.raises(Conflict, match="没有单独扣留"):
        lift_hold(by=here.inspector, at=AT, lot=child, reason="合格")
    lift_hold(by=here.inspector, at=AT, lot=lot, reason="复检合格")
    assert not Lot.objects.exclude(hold_reason="").exists()


def test_what_two_held_lots_went_into_stays_held_until_both_are_free():
    here = town()
    one, two = here.lot(1000), here.lot(1000)
    (mixed,) = derive_lots(
        by=here.grower, at=AT, parents={one: 500, two: 500}, outputs=[Output(900, Kind.GRADED)], place=here.base
    )
    place_hold(by=here.inspector, at=AT, lot=one, reason="甲")
    place_hold(by=here.inspector, at=AT, lot=two, reason="乙")
    lift_hold(by=here.inspector, at=AT, lot=one, reason="合格")
    mixed.refresh_from_db()
    assert mixed.hold_reason == "乙"
    lift_hold(by=here.inspector, at=AT, lot=two, reason="合格")
    mixed.refresh_from_db()
    assert not mixed.on_hold


def test_a_grower_cannot_hold_and_another_districts_inspector_sees_nothing():
    here = town()
    lot = here.lot()
    with pytest.raises(NotPermitted):
        place_hold(by=here.grower, at=AT, lot=lot, reason="x")
    with pytest.raises(Absent):
        place_hold(by=factories.actor(Role.INSPECTOR, area_code="500101"), at=AT, lot=lot, reason="x")
    with pytest.raises(Invalid):
        place_hold(by=here.inspector, at=AT, lot=lot, reason="  ")


def test_products_without_gtin_get_one_under_the_platforms_prefix():
    bare = factories.product("示例青脆李", code="PR-000123")
    registered = factories.product("示例柠檬", code="PR-000124", data={"gtin": "9521234000013"})
    assert queries.gtin_of(bare).startswith("09520000")
    assert queries.gtin_of(registered) == "09521234000013"


def test_whoever_reads_our_events_finds_what_the_places_products_and_lots_are_called():
    here = town()
    lots = [harvest(by=here.grower, at=AT, plot=here.plot, mass_g=500_000) for _ in range(2)]
    known = {
        row.identifier: {each["id"].rpartition(":")[2]: each["attribute"] for each in row.attributes}
        for row in Master.objects.filter(party_id=None)
    }
    assert known[lots[0].epc]["lotNumber"] == lots[0].code
    assert known[queries.place_uri(lots[0].place)]["name"] == lots[0].place.name
    assert [told["descriptionShort"] for name, told in known.items() if name.startswith("urn:epc:idpat:")] == [
        lots[0].product.name
    ]
    assert Deed.objects.filter(verb="epcis.store_masters").count() == 2, (
        "the second harvest brings its lot and nothing else"
    )
