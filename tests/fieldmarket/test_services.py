"""Goods come in with their papers, are graded, packed, kept cold and priced; every step leaves its trace."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests import factories
from tests.production.cast import AT, town
from tiantou.fieldmarket import queries
from tiantou.fieldmarket.models import Grading, Intake, Pack
from tiantou.fieldmarket.services import (
    CommitmentMissing,
    grade,
    open_room,
    pack,
    quote_price,
    read_temperature,
    run_packing,
    stow,
    take_in,
    take_out,
)
from tiantou.gs1.identifiers import is_checked, key
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, KeyReused, NotPermitted
from tiantou.kernel.models import Deed
from tiantou.production.models import Kind
from tiantou.production.services import LotOnHold, harvest, lay_out_plot, place_hold
from tiantou.quality.services import issue_commitment, record_test, reissue_commitment, revoke_commitment
from tiantou.stock.queries import level, unsound_levels
from tiantou.trace import queries as trace

pytestmark = pytest.mark.django_db
BASIS = "质量安全控制符合要求"


def certified(here, mass_g=500_000):
    lot = here.lot(mass_g)
    issue_commitment(by=here.grower, at=AT, lot=lot, basis=BASIS)
    return lot


def delivered(here, mass_g=500_000, **facts):
    return take_in(by=here.keeper, at=AT, market=here.market, lot=certified(here, mass_g), mass_g=mass_g, **facts)


def households_lot(here):
    """A lot of a natural person, who is encouraged but not obliged to issue."""
    villager = factories.party("grower", "李示例", natural_person=True)
    by = factories.actor(Role.FARMER, party=villager)
    plot = lay_out_plot(
        by=by, at=AT, base=factories.site(), code="1", name="屋后", area_mu=1, product=here.product, grower=villager,
        starts=date(2020, 1, 1),
    )  # fmt: skip
    return by, harvest(by=by, at=AT, plot=plot, mass_g=80_000)


def test_from_plot_to_pack_every_step_is_in_the_journals():
    here = town()
    intake = delivered(here)
    lots = grade(
        by=here.keeper,
        at=AT + timedelta(hours=1),
        intake=intake,
        grades={"特级": 300_000, "一级": 180_000},
        loss_g=20_000,
    )
    packs = pack(by=here.keeper, at=AT + timedelta(hours=2), lot=lots[0], packs=50, net_g=5_000, per_crate=20)

    harvested, packed = intake.lot, packs[0].lot
    assert [event.biz_step for event in trace.way_of(packs[0].epc)] == [
        "commissioning", "receiving", "inspecting", "packing", "packing",
    ]  # fmt: skip
    assert [event.type for event in trace.way_of(packs[0].epc)] == [
        "ObjectEvent", "ObjectEvent", "TransformationEvent", "TransformationEvent", "AggregationEvent",
    ]  # fmt: skip
    assert set(trace.ancestors(packed.epc)) == {key(harvested.epc), key(lots[0].epc)}
    receiving = trace.way_of(harvested.epc)[1]
    assert {each["type"] for each in receiving.body["bizTransactionList"]} == {"recadv", "cert"}
    place = here.market.code
    on_hand = {lot.code: level(lot.epc, place).on_hand for lot in (harvested, *lots, packed)}
    assert list(on_hand.values()) == [0, 50_000, 180_000, 250_000]
    assert level(harvested.epc, here.base.code).on_hand == 0
    assert not unsound_levels().exists()
    verbs = set(Deed.objects.filter(person_id=here.keeper.person_id).values_list("verb", flat=True))
    assert {"fieldmarket.take_in", "fieldmarket.run_grading", "fieldmarket.run_packing"} <= verbs
    assert packed.kind == Kind.PACKED
    assert packed.holder == here.coop


def test_each_pack_has_its_serial_and_each_crate_its_checked_number():
    here = town()
    (lot,) = grade(by=here.keeper, at=AT, intake=delivered(here), grades={"特级": 500_000})
    first = pack(by=here.keeper, at=AT, lot=lot, packs=45, net_g=2_500, per_crate=20)
    second = pack(by=here.keeper, at=AT, lot=lot, packs=3, net_g=2_500, per_crate=20)
    assert len({each.epc for each in first + second}) == 48
    assert first[0].epc.startswith("urn:epc:id:sgtin:9521234.000001.")
    assert [
        len([each for each in first if each.crate == crate]) for crate in dict.fromkeys(e.crate for e in first)
    ] == [20, 20, 5]
    prefix, rest = first[0].crate.removeprefix("urn:epc:id:sscc:").split(".")
    assert len(prefix + rest) == 17
    link = queries.pack_path(first[0], first[0].lot)
    assert link == f"/id/01/09521234000013/10/{first[0].lot.code}/21/{first[0].serial}"
    assert is_checked("09521234000013")


def test_without_a_certificate_a_co_operatives_goods_stay_outside():
    here = town()
    lot = here.lot()
    with pytest.raises(CommitmentMissing) as refusal:
        take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=1000)
    assert lot.code in refusal.value.reason
    assert "合格证" in refusal.value.remedy
    assert not Intake.objects.exists()
    assert level(lot.epc, here.base.code).on_hand == 500_000


def test_before_the_law_nothing_obliged_the_market():
    here = town()
    at = AT - timedelta(days=1500)
    lot = harvest(by=here.grower, at=at, plot=here.plot, mass_g=1000)
    intake = take_in(by=here.keeper, at=at, market=here.market, lot=lot, mass_g=1000)
    assert intake.commitment is None
    assert intake.other_proof


def test_a_households_goods_come_in_on_a_passed_test():
    here = town()
    _, lot = households_lot(here)
    with pytest.raises(CommitmentMissing, match="不能入场"):
        take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=80_000)
    record_test(
        by=here.inspector,
        at=AT,
        lot=lot,
        item="示例项目",
        value=Decimal(10),
        limit=Decimal(50),
        unit="%",
        instrument="示例",
    )
    intake = take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=80_000)
    assert "示例项目" in intake.other_proof


def test_a_revoked_certificate_opens_no_gate():
    here = town()
    lot = certified(here)
    revoke_commitment(by=here.grower, at=AT, commitment=lot.commitments.get(), reason="写错")
    with pytest.raises(CommitmentMissing):
        take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=1000)


def test_another_lots_certificate_covers_nothing():
    here = town()
    certified(here)
    with pytest.raises(CommitmentMissing):
        take_in(by=here.keeper, at=AT, market=here.market, lot=here.lot(), mass_g=1000)


def test_a_certificate_covers_no_more_than_it_says_over_all_deliveries():
    here = town()
    lot = here.lot(1000)
    made = issue_commitment(by=here.grower, at=AT, lot=lot, basis=BASIS, quantity_g=600)
    take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=400)
    with pytest.raises(CommitmentMissing, match="只承诺了"):
        take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=201)
    reissue_commitment(by=here.grower, at=AT, commitment=made, basis=BASIS, quantity_g=1000)
    take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=600)
    assert level(lot.epc, here.market.code).on_hand == 1000


@pytest.mark.parametrize("mass_g", [0, -1, 500_001, 50_000_001])
def test_a_weight_that_cannot_be_is_refused(mass_g):
    here = town()
    with pytest.raises(Invalid) as refusal:
        take_in(by=here.keeper, at=AT, market=here.market, lot=certified(here), mass_g=mass_g)
    assert refusal.value.problems[0].field == "mass_g"


def test_what_is_kept_stays_the_deliverers_and_what_was_bought_is_the_operators():
    here = town()
    kept, bought = delivered(here).lot, delivered(here, terms="bought").lot
    kept.refresh_from_db()
    bought.refresh_from_db()
    assert kept.holder == here.coop
    assert bought.holder == here.market.holder
    assert bought.producer == here.coop


def test_a_keeper_works_only_at_the_own_market():
    here = town()
    other = factories.site("field_market", "示例竹园田头市场")
    elsewhere = factories.actor(Role.MARKET_KEEPER, site=other)
    with pytest.raises(Absent):
        take_in(by=here.keeper, at=AT, market=other, lot=certified(here), mass_g=1000)
    intake = delivered(here)
    with pytest.raises(Absent):
        grade(by=elsewhere, at=AT, intake=intake, grades={"特级": 500_000})
    (lot,) = grade(by=here.keeper, at=AT, intake=intake, grades={"特级": 500_000})
    with pytest.raises(Absent):
        pack(by=elsewhere, at=AT, lot=lot, packs=1, net_g=1000)
    with pytest.raises(NotPermitted):
        take_in(by=here.grower, at=AT, market=here.market, lot=lot, mass_g=1000)


@pytest.mark.parametrize(
    ("grades", "loss_g"),
    [
        ({"特级": 500_001}, None),
        ({"特级": 300_000, "一级": 150_000}, 49_999),
        ({}, None),
        ({"特级": 0}, None),
        ({" ": 5}, None),
    ],
)
def test_grades_that_do_not_add_up_are_refused(grades, loss_g):
    here = town()
    intake = delivered(here)
    with pytest.raises(Invalid):
        grade(by=here.keeper, at=AT, intake=intake, grades=grades, loss_g=loss_g)
    assert not Grading.objects.exists()
    assert level(intake.lot.epc, here.market.code).on_hand == 500_000


def test_an_intake_is_graded_once():
    here = town()
    intake = delivered(here)
    grade(by=here.keeper, at=AT, intake=intake, grades={"特级": 400_000})
    with pytest.raises(Conflict, match="已经定级"):
        grade(by=here.keeper, at=AT, intake=intake, grades={"特级": 100_000})


def test_a_lot_on_hold_is_not_taken_in_graded_or_packed():
    here = town()
    intake = delivered(here)
    (lot,) = grade(by=here.keeper, at=AT, intake=intake, grades={"特级": 500_000})
    place_hold(by=here.inspector, at=AT, lot=intake.lot, reason="复检")
    with pytest.raises(LotOnHold, match="复检"):
        pack(by=here.keeper, at=AT, lot=lot, packs=1, net_g=1000)
    waiting = certified(here)
    place_hold(by=here.inspector, at=AT, lot=waiting, reason="复检")
    with pytest.raises(LotOnHold):
        take_in(by=here.keeper, at=AT, market=here.market, lot=waiting, mass_g=1000)


@pytest.mark.parametrize(
    ("packs", "net_g", "per_crate"), [(101, 5_000, 20), (0, 5_000, 20), (2_001, 1, 20), (5, 0, 20), (5, 1_000, 0)]
)
def test_packs_that_cannot_be_are_refused(packs, net_g, per_crate):
    here = town()
    (lot,) = grade(by=here.keeper, at=AT, intake=delivered(here), grades={"特级": 500_000})
    with pytest.raises(Invalid):
        pack(by=here.keeper, at=AT, lot=lot, packs=packs, net_g=net_g, per_crate=per_crate)
    assert not Pack.objects.exists()


def test_sending_twice_with_one_key_does_it_once():
    here = town()
    lot = certified(here)
    facts = {"by": here.keeper, "at": AT, "market": here.market, "lot": lot, "mass_g": 1000, "key": "tablet-1"}
    assert take_in(**facts) == take_in(**facts)
    assert Intake.objects.count() == 1
    with pytest.raises(KeyReused):
        take_in(**{**facts, "mass_g": 2000})
    intake = Intake.objects.get()
    run = {"by": here.keeper, "at": AT, "intake": intake, "grades": {"特级": 1000}, "key": "tablet-2"}
    (lot,) = grade(**run)
    assert grade(**run) == [lot]
    packing = {"by": here.keeper, "at": AT, "lot": lot, "packs": 2, "net_g": 500, "key": "tablet-3"}
    assert run_packing(**packing) == run_packing(**packing)
    assert Pack.objects.count() == 2


def test_a_cold_room_records_its_temperature_with_the_goods_in_it():
    here = town()
    lot = delivered(here).lot
    room = open_room(by=here.keeper, at=AT, market=here.market, code="1", name="一号库", low="2", high="8")
    stowage = stow(by=here.keeper, at=AT, room=room, lot=lot)
    with pytest.raises(Conflict):
        stow(by=here.keeper, at=AT, room=room, lot=lot)
    assert read_temperature(by=here.keeper, at=AT, room=room, celsius="4.5").within
    assert not read_temperature(by=here.keeper, at=AT + timedelta(hours=1), room=room, celsius="9").within
    sensed = [
        event.body["sensorElementList"][0] for event in trace.events_about(lot.epc) if "sensorElementList" in event.body
    ]
    assert [element["sensorReport"][0]["value"] for element in sensed] == [4.5, 9]
    take_out(by=here.keeper, at=AT, stowage=stowage)
    assert {"storing", "removing"} <= {event.biz_step for event in trace.events_about(lot.epc)}
    with pytest.raises(Conflict):
        take_out(by=here.keeper, at=AT, stowage=stowage)
    with pytest.raises(Invalid):
        read_temperature(by=here.keeper, at=AT, room=room, celsius="热")
    with pytest.raises(Invalid):
        open_room(by=here.keeper, at=AT, market=here.market, code="2", name="二号库", low="8", high="2")


def test_the_board_shows_the_newest_price_and_the_one_before():
    here = town()
    for hours, price in ((0, 420), (1, 450), (2, 480)):
        quote_price(
            by=here.keeper, at=AT + timedelta(hours=hours), market=here.market, product=here.product, grade="特级", fen_per_kg=price
        )  # fmt: skip
    (line,) = queries.board(here.market)
    assert (line.fen_per_kg, line.before_fen_per_kg) == (480, 450)
    with pytest.raises(Invalid):
        quote_price(by=here.keeper, at=AT, market=here.market, product=here.product, grade="", fen_per_kg=0)


def test_the_ledger_of_a_day_sums_up_what_came_in():
    here = town()
    delivered(here, 1000)
    delivered(here, 2000)
    day = queries.day_of(here.keeper, here.market, date(2026, 11, 20))
    assert (len(day.intakes), day.mass_g, day.without_certificate) == (2, 3000, 0)
    sums = queries.sums_of(queries.ledger_of(here.inspector, day.day, day.day))
    assert (sums.count, sums.mass_g) == (2, 3000)
    assert not queries.ledger_of(here.stranger, day.day, day.day).exists()


def test_whatever_the_deliverer_shows_names_the_lot():
    here = town()
    lot = certified(here, 1000)
    number = lot.commitments.get().number
    for shown in (
        number,
        number.lower(),
        f"https://x.cn/c/{number}/",
        lot.code,
        lot.epc,
        "https://x.cn/id/01/09521234000013/10/" + lot.code,
    ):
        assert queries.presented_lot(shown) == lot
    for shown in ("", "20991231-01", "HG20261120000999", "<script>"):
        assert queries.presented_lot(shown) is None
