"""产地准出 end to end: nothing leaves without its pass, and a refusal says which rule on which record."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from tests import factories
from tests.market.chain import open_shop
from tests.production.cast import AT, ON, town
from tests.production.web import Browser
from tiantou.fieldmarket.services import take_in
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Conflict, Invalid
from tiantou.logistics import services as logistics
from tiantou.production.models import FieldRecord
from tiantou.production.services import lift_hold, place_hold, record_work
from tiantou.quality.models import ExitPass
from tiantou.quality.queries.exits import exit_permission, exit_permissions
from tiantou.quality.services import ExitRefused, issue_commitment, permit_exit, record_test, revoke_commitment
from tiantou.trace.models import Event

pytestmark = pytest.mark.django_db
BASIS = "质量安全控制符合要求"


def spray(here, days_before, **facts):
    """A use on the plot, entered only after the harvest, as it happens."""
    return record_work(
        **{"by": here.grower, "at": AT, "plot": here.plot, "kind": "protect", "on": ON - timedelta(days=days_before),
           "input_name": "示例药", "dose": "1", **facts}
    )  # fmt: skip


def certified(here, **facts):
    lot = here.lot()
    issue_commitment(by=here.grower, at=AT, lot=lot, basis=BASIS, **facts)
    return lot


def rules_of(lot, **facts):
    return [finding.law.id for finding in exit_permission(lot, AT, **facts).findings if finding.stops]


def test_what_is_missing_is_named_until_it_is_there():
    here = town()
    lot = here.lot()
    assert rules_of(lot) == ["certificate"]
    made = issue_commitment(by=here.grower, at=AT, lot=lot, basis=BASIS)
    assert rules_of(lot) == []
    revoke_commitment(by=here.grower, at=AT, commitment=made, reason="示例")
    assert rules_of(lot) == ["certificate"]


def test_a_use_entered_after_the_harvest_keeps_the_lot_back_and_is_named():
    here = town()
    lot = certified(here)
    record = spray(here, 5, interval_days=7)
    with pytest.raises(ExitRefused) as refused:
        permit_exit(by=here.grower, at=AT, lot=lot)
    problem = refused.value.problems[0]
    assert problem.field == "interval"
    assert "后坡三台" in problem.reason
    assert "2026年11月15日" in problem.reason
    assert "农药管理条例" in problem.reason
    assert exit_permission(lot, AT).findings[0].about == ("record", record.pk)
    assert not ExitPass.objects.exists()


def test_a_record_without_interval_is_held_to_the_known_one_of_the_crop():
    here = town()
    lot = certified(here)
    record = spray(here, 5, input_name="20%吡虫啉可湿性粉剂")
    assert record.interval_days == 14
    FieldRecord.objects.filter(pk=record.pk).update(interval_days=0, harvest_from=None)
    finding = exit_permission(lot, AT).of("interval")[0]
    assert finding.facts["days"] == 14
    assert "GB/T 8321" in finding.source


def test_a_banned_use_of_before_the_check_stops_the_lot():
    here = town()
    lot = certified(here)
    record = spray(here, 100)
    FieldRecord.objects.filter(pk=record.pk).update(input_name="50%甲胺磷乳油")
    assert rules_of(lot) == ["banned"]
    assert "2008" in exit_permission(lot, AT).findings[0].source


def test_a_failed_test_stops_until_the_same_item_passes():
    here = town()
    lot = certified(here)

    def measure(value, minutes):
        record_test(
            by=here.inspector, at=AT + timedelta(minutes=minutes), lot=lot, item="示例项目", value=Decimal(value),
            limit=Decimal("0.05"), unit="mg/kg", instrument="示例速测仪",
        )  # fmt: skip

    measure("0.09", 0)
    assert rules_of(lot) == ["hold", "failed"]
    lift_hold(by=here.inspector, at=AT, lot=lot, reason="复检")
    assert rules_of(lot) == ["failed"]
    measure("0.01", 5)
    assert rules_of(lot) == []


def test_goods_on_hold_are_not_taken_to_a_market_and_what_goes_leaves_its_pass():
    here = town()
    lot = certified(here)
    spray(here, 3, interval_days=7)
    with pytest.raises(ExitRefused):
        take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=1000)
    FieldRecord.objects.update(interval_days=3)
    take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=1000)
    made = ExitPass.objects.get()
    assert (made.occasion, made.mass_g, made.reference) == ("intake", 1000, here.market.name)
    assert made.looked_at["harvests"][0]["uses"][0]["name"] == "示例药"


def test_a_lorry_loads_nothing_whose_certificate_was_revoked_meanwhile():
    shop = open_shop()
    consignment = shop.send(shop.pay(shop.order(2)))
    paper = shop.lot.commitments.get()
    revoke_commitment(by=shop.town.inspector, at=AT, commitment=paper, reason="示例")
    before = Event.objects.count()
    with pytest.raises(ExitRefused, match="合格证"):
        shop.pick_up(consignment)
    consignment.refresh_from_db()
    assert consignment.status == "booked"
    assert Event.objects.count() == before


def test_a_booking_is_refused_before_a_lorry_comes_in_vain():
    shop = open_shop()
    order = shop.pay(shop.order(1))
    place_hold(by=shop.town.inspector, at=AT, lot=shop.lot, reason="复检")
    with pytest.raises(Conflict, match="复检"):
        logistics.consign(
            by=shop.town.grower, at=AT, order_ref=order.number, shipper=shop.town.coop,
            loads=[logistics.Load(shop.packs[0].epc, shop.lot.epc, 2500)], origin=shop.town.market,
            receiver=logistics.Receiver("示例", "13800000000", "示例路"), carrier=shop.carrier,
        )  # fmt: skip


def test_the_pick_up_leaves_a_pass_that_rests_on_the_harvests_records():
    shop = open_shop()
    spray(shop.town, 30, interval_days=7)
    consignment = shop.pick_up(shop.send(shop.pay(shop.order(4))))
    made = ExitPass.objects.get(occasion="pickup")
    assert made.reference == consignment.number
    assert made.mass_g == 10_000
    assert made.commitment == shop.lot.commitments.get()
    assert made.looked_at["harvests"][0]["uses"]


def test_more_than_the_certificate_covers_does_not_leave_in_parts_either():
    here = town()
    lot = certified(here, quantity_g=3000)
    permit_exit(by=here.grower, at=AT, lot=lot, mass_g=2000)
    assert rules_of(lot, mass_g=1000) == []
    assert rules_of(lot, mass_g=1001) == ["quantity"]


def test_a_pass_asked_for_twice_is_one_and_strangers_get_none():
    here = town()
    lot = certified(here)
    first = permit_exit(by=here.grower, at=AT, lot=lot, key="k")
    assert permit_exit(by=here.grower, at=AT, lot=lot, key="k") == first
    with pytest.raises(Absent):
        permit_exit(by=here.stranger, at=AT, lot=lot)
    assert not ExitPass.objects.visible_to(here.stranger).exists()
    assert ExitPass.objects.visible_to(here.grower).get() == first


@pytest.mark.parametrize("mass_g", [-1, 500_001, 2**70])
def test_no_more_leaves_than_there_was(mass_g):
    here = town()
    lot = certified(here)
    with pytest.raises(Invalid):
        permit_exit(by=here.grower, at=AT, lot=lot, mass_g=mass_g)


def test_nothing_that_is_asked_breaks_a_read():
    here = town()
    grower, keeper = Browser(here.grower), Browser(here.keeper)
    for url in (
        "/gate/entries/?q=%00",
        "/samples/?q=%00&state=x",
        "/gate/entries/?decision=%00&page=99999999999999999999",
    ):
        keeper.get(url)
    keeper.post("/gate/", do="check", codes="\x00", expect=422)
    assert keeper.api("/api/v1/gate/check?codes=%00,x")[0]["advice"] == "test"
    for url in ("/api/v1/exits/verdicts/%00", "/api/v1/laboratory/reports/%00", "/api/v1/laboratory/reports/BG%00"):
        grower.get(url, expect=404)
    assert grower.api("/api/v1/exits/?page=99999999999") == []


def test_many_lots_are_judged_with_as_many_queries_as_one(django_assert_num_queries):
    here = town()
    lots = [certified(here) for _ in range(5)]
    exit_permissions(lots, AT)
    with django_assert_num_queries(6):
        assert all(verdict.allowed for verdict in exit_permissions(lots, AT).values())
    with django_assert_num_queries(6):
        exit_permissions(lots[:1], AT)


def test_a_grower_reads_what_is_missing_mends_it_with_a_tap_and_prints_the_slip(monkeypatch):
    monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)
    here = town()
    lot = here.lot()
    grower = Browser(here.grower)
    page = grower.get(f"/lots/{lot.pk}/")
    assert "还不能出村" in page
    assert f'href="/lots/{lot.pk}/certificate/"' in page
    assert "开准出单" not in page
    issue_commitment(by=here.grower, at=AT, lot=lot, basis=BASIS)
    assert "可以出村" in grower.get(f"/lots/{lot.pk}/")
    made = grower.post(f"/lots/{lot.pk}/exit/", key="a")
    assert "准出单" in grower.get(made.url)
    assert grower.raw(f"{made.url}slip.pdf").content.startswith(b"%PDF")
    Browser(here.stranger).get(made.url, expect=404)


def test_the_refusal_on_the_page_leads_to_the_record(monkeypatch):
    monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)
    here = town()
    lot = certified(here)
    record = spray(here, 2, interval_days=7)
    page = Browser(here.grower).post(f"/lots/{lot.pk}/exit/", expect=409).content.decode()
    assert f'href="/fields/{here.plot.pk}/#record-{record.pk}"' in page
    assert f'id="record-{record.pk}"' in Browser(here.grower).get(f"/fields/{here.plot.pk}/")


def test_officers_see_counts_and_take_the_list_away_without_formulas(monkeypatch):
    monkeypatch.setattr("tiantou.kernel.clock.now", lambda: AT)
    here = town(name="=示例合作社")
    certified(here)
    here.lot()
    officer = Browser(factories.actor(Role.DISTRICT_OFFICER, area_code="500236"))
    page = officer.get("/exits/")
    assert "没有有效的合格证" in page
    assert officer.get("/exits/?only=stop").count("还不能出村</span>") == 1
    book = load_workbook(io.BytesIO(officer.raw("/exits/export/").content))
    rows = list(book.active.values)
    assert len(rows) == 3
    assert rows[1][2] == "'=示例合作社"
    assert {row[6] for row in rows[1:]} == {"可以出村", "还不能出村"}
    Browser(here.grower).get("/exits/", expect=403)
