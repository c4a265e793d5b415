"""Commitments are issued, replaced and revoked; tests hold what fails."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from tests import factories
from tests.production.cast import AT, town
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid
from tiantou.production.models import Kind, Lot
from tiantou.production.services import LotOnHold, Output, derive_lots, hand_over, place_hold
from tiantou.quality import queries
from tiantou.quality.models import Commitment, Style
from tiantou.quality.services import (
    SourcesUncovered,
    issue_commitment,
    record_test,
    reissue_commitment,
    revoke_commitment,
)

pytestmark = pytest.mark.django_db
BASIS = "质量安全控制符合要求"


def issue(here, lot, **facts):
    return issue_commitment(**{"by": here.grower, "at": AT, "lot": lot, "basis": BASIS, **facts})


def a_test(here, lot, value, by=None):
    return record_test(
        by=by or here.inspector, at=AT, lot=lot, item="示例项目", value=Decimal(value), limit=Decimal("0.05"), unit="mg/kg",
        instrument="示例速测仪",
    )  # fmt: skip


def test_a_grower_promises_in_style_one_on_the_template_of_the_day():
    here = town()
    lot = here.lot()
    made = issue(here, lot, contact="13800001234")
    assert made.style == Style.PRODUCER
    assert made.template == "2025"
    assert made.number.startswith("HG2026112000001")
    assert made.quantity_g == lot.mass_g
    assert made.origin == "重庆市奉节县草堂镇示例村"
    assert queries.covering(lot) == made


def test_before_the_decree_the_older_words_hold():
    here = town()
    lot = here.lot()
    made = issue(here, lot, at=datetime(2025, 12, 31, tzinfo=UTC), basis="自我承诺")
    assert made.template == "2023"
    with pytest.raises(Invalid):
        reissue_commitment(by=here.grower, at=datetime(2025, 12, 31, tzinfo=UTC), commitment=made, basis=BASIS)


@pytest.mark.parametrize(
    "facts", [{"basis": "随便"}, {"quantity_g": 0}, {"quantity_g": 500_001}, {"contact": "1" * 41}]
)
def test_what_cannot_be_promised_is_refused(facts):
    here = town()
    with pytest.raises(Invalid):
        issue(here, here.lot(), **facts)
    assert not Commitment.objects.exists()


def test_one_commitment_stands_for_a_lot():
    here = town()
    lot = here.lot()
    first = issue(here, lot)
    with pytest.raises(Conflict, match=first.number):
        issue(here, lot)
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.create(
            number="HG2", template="2025", style="producer", lot=lot, product_name="x", quantity_g=1, origin="x",
            issuer=here.coop, issuer_name="x", basis=BASIS, issued_on=AT.date(), issued_at=AT,
        )  # fmt: skip


def test_replacing_keeps_the_old_one_as_a_source():
    here = town()
    lot = here.lot()
    old = issue(here, lot, contact="13800001234")
    new = reissue_commitment(by=here.grower, at=AT, commitment=old, basis="自行检测合格", quantity_g=400_000)
    old.refresh_from_db()
    assert not old.living
    assert list(new.sources.all()) == [old]
    assert new.contact == "13800001234"
    assert queries.covering(lot) == new
    with pytest.raises(Conflict):
        reissue_commitment(by=here.grower, at=AT, commitment=old, basis=BASIS)


def test_a_revoked_commitment_covers_nothing():
    here = town()
    lot = here.lot()
    made = issue(here, lot)
    with pytest.raises(Invalid):
        revoke_commitment(by=here.grower, at=AT, commitment=made, reason="")
    revoke_commitment(by=here.inspector, at=AT, commitment=made, reason="情况不实")
    assert queries.covering(lot) is None
    with pytest.raises(Conflict):
        revoke_commitment(by=here.grower, at=AT, commitment=made, reason="再来")


def test_another_tenants_lot_and_commitment_are_absent():
    here = town()
    lot = here.lot()
    with pytest.raises(Absent):
        issue(here, lot, by=here.stranger)
    made = issue(here, lot)
    with pytest.raises(Absent):
        revoke_commitment(by=here.stranger, at=AT, commitment=made, reason="x")
    assert not Commitment.objects.visible_to(here.stranger).exists()


def test_a_lot_on_hold_cannot_be_promised():
    here = town()
    lot = here.lot()
    place_hold(by=here.inspector, at=AT, lot=lot, reason="复检")
    with pytest.raises(LotOnHold):
        issue(here, lot)


def test_sorting_keeps_the_promise_and_packing_needs_a_new_one():
    here = town()
    lot = here.lot(1000)
    made = issue(here, lot)
    graded, packed = (
        derive_lots(by=here.grower, at=AT, parents={lot: 400}, outputs=[Output(400, kind)], place=here.base)[0]
        for kind in (Kind.GRADED, Kind.PACKED)
    )
    assert queries.covering(graded) == made
    assert queries.covering(packed) is None
    again = issue(here, packed)
    assert again.style == Style.PRODUCER
    assert list(again.sources.all()) == [made]


def test_what_was_bought_and_mixed_is_promised_in_style_two_on_covered_sources():
    here = town()
    one, two = here.lot(1000), here.lot(1000)
    buyer = factories.party("enterprise", "示例收购公司")
    for lot in (one, two):
        hand_over(by=SYSTEM, at=AT, lot=lot, place=here.market, holder=buyer)
        Lot.objects.filter(pk=lot.pk).update(place=here.base)
    buying = factories.actor(Role.FARMER, party=buyer)
    (mixed,) = derive_lots(
        by=buying, at=AT, parents={one: 500, two: 500}, outputs=[Output(1000, Kind.PACKED)], place=here.base
    )
    issue(here, one)
    with pytest.raises(SourcesUncovered, match=two.code):
        issue(here, mixed, by=buying)
    a_test(here, two, "0.01")
    made = issue(here, mixed, by=buying)
    assert made.style == Style.BUYER
    assert made.issuer == buyer
    assert [source.lot for source in made.sources.all()] == [one]


def test_a_failed_test_holds_the_lot_and_names_the_value():
    here = town()
    lot = here.lot()
    assert a_test(here, lot, "0.05").passed
    test = a_test(here, lot, "0.06")
    lot.refresh_from_db()
    assert not test.passed
    assert "示例项目" in lot.hold_reason
    assert "0.06" in lot.hold_reason
    assert queries.passed_test(lot, AT) is None


def test_an_old_test_says_nothing_at_the_gate():
    here = town()
    lot = here.lot()
    test = a_test(here, lot, "0.01")
    assert queries.passed_test(lot, AT) == test
    assert queries.passed_test(lot, AT + timedelta(days=8)) is None
    assert queries.passed_test(lot) == test


@pytest.mark.parametrize(
    "facts", [{"item": ""}, {"value": Decimal(-1)}, {"limit": Decimal("NaN")}, {"instrument": " "}]
)
def test_a_test_without_its_facts_is_refused(facts):
    here = town()
    whole = {"item": "x", "value": Decimal(1), "limit": Decimal(1), "unit": "%", "instrument": "x", **facts}
    with pytest.raises(Invalid):
        record_test(by=here.inspector, at=AT, lot=here.lot(), **whole)
