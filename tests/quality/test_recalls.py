"""A recall freezes, finds, tells, hears and adds up; a drill does the same and touches nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.market.chain import AT, BASIS, open_shop
from tests.people.conftest import Mailbox
from tests.production.cast import town
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted
from tiantou.people import services as people
from tiantou.production import services as production
from tiantou.production.models import Hold, Lot
from tiantou.production.services import tracing
from tiantou.quality import queries as quality
from tiantou.quality.models import RecallAnswer, RecallLine, RecallNotice
from tiantou.quality.queries import recalls as queries
from tiantou.quality.rules import recalls as rules
from tiantou.quality.rules.recalls import Answer
from tiantou.quality.services import (
    Mark,
    answer_all_stopped,
    answer_recall,
    close_recall,
    extend_recalls,
    issue_commitment,
    open_recall,
    plan_drills,
    release_recall,
    run_drill,
    start_recall,
)
from tiantou.registry.models import Party
from tiantou.stock import queries as stock
from tiantou.trace import services as trace
from tiantou.trace.rules import EventDraft, kilograms

db = pytest.mark.django_db
LATER = AT + timedelta(hours=5)
TEXT = "示例公告：买了这批货的请不要食用，联系卖家退货。"


def opened(here, lot=None, by=None, **facts):
    lot = lot or here.plot.lots.order_by("pk").first()
    words = {"level": "2", "reason": "示例：检出问题", "mark": Mark("lot", lot.code), "public_text": TEXT}
    return open_recall(**{"by": by or here.inspector, "at": AT, **words, **facts})


def started(here, **facts):
    return start_recall(by=here.inspector, at=AT, recall=opened(here, **facts))


def travelled():
    """Fifty kilograms of which four packs were delivered, one is on the road, and the rest lies at the market."""
    shop = open_shop()
    shop.delivered(4)
    shop.pick_up(shop.send(shop.pay(shop.order(1), "HD-2")))
    return shop


def notice_of(recall, party_id):
    return RecallNotice.objects.get(recall=recall, party_id=party_id)


@db
def test_a_recall_finds_every_gram_and_whoever_has_it():
    shop = travelled()
    recall = started(shop.town)
    effect = queries.effect(recall, AT)
    # 50 kg came in: 1 kg lost in grading; 10 kg delivered, 2.5 kg on the road, 36.5 kg at the market.
    assert (effect.stock_g, effect.road_g, effect.bought_g) == (36_500, 2_500, 10_000)
    balance = queries.balance(recall)
    assert (balance.sources, balance.lost, balance.on_hand, balance.shipped) == (50_000, 1_000, 36_500, 12_500)
    assert balance.gap == 0
    told = set(recall.notices.values_list("party_id", flat=True))
    assert told == {shop.town.coop.pk, shop.town.market.holder_id, shop.carrier.pk, shop.buyer.party_id}
    assert queries.packed(recall)[shop.lot.epc].packs == 10
    assert len(queries.packed(recall)[shop.lot.epc].crates) == 3


@db
def test_nobody_is_told_before_it_begins_and_the_goods_are_frozen_from_the_first_moment():
    shop = travelled()
    recall = opened(shop.town)
    assert not recall.notices.filter(told_at__isnull=False).exists()
    assert quality.recall_of(shop.lot) is None
    assert Lot.objects.get(pk=shop.lot.pk).on_hold
    start_recall(by=shop.town.inspector, at=AT, recall=recall)
    assert recall.notices.filter(told_at=AT).count() == 4
    banner = quality.recall_of(shop.lot)
    assert (banner.number, banner.public_text, banner.over) == (recall.number, TEXT, False)
    with pytest.raises(Conflict):
        start_recall(by=shop.town.inspector, at=AT, recall=recall)


@db
def test_answers_add_up_and_wrong_ones_change_nothing():
    shop = travelled()
    recall = started(shop.town)
    market = notice_of(recall, shop.town.market.holder_id)
    lines = list(market.lines.select_related("lot"))
    lot = max(lines, key=lambda line: line.expected_g).lot
    for wrong, field in (
        (Answer("20200101-99", stopped_g=1), "lot"),
        (Answer(lot.code, stopped_g=-1), "stopped_g"),
        (Answer(lot.code, stopped_g=10**9, note="x"), "stopped_g"),
        (Answer(lot.code, destroyed_g=1_000, note="x"), "proof"),
        (Answer(lot.code, stopped_g=1), "note"),
    ):
        with pytest.raises(Invalid) as refusal:
            answer_recall(by=shop.town.keeper, at=LATER, notice=market, answers=[Answer(lines[0].lot.code), wrong])
        assert field in {problem.field for problem in refusal.value.problems}
        assert {problem.row for problem in refusal.value.problems if problem.field == field} >= {2}
    assert not RecallAnswer.objects.exists()
    answer_all_stopped(by=shop.town.keeper, at=LATER, notice=market)
    effect = queries.effect(recall, LATER)
    assert (effect.answered, effect.told, effect.stopped_g) == (
        2,
        4,
        36_500,
    )  # the owner has nothing in hand to answer for
    assert effect.mean_hours == 5.0
    assert (effect.located_share, effect.recovered_share) == (74, 74)
    with pytest.raises(Conflict):
        answer_all_stopped(by=shop.town.keeper, at=LATER, notice=market)


@db
def test_what_was_destroyed_leaves_the_stock_once_and_cannot_be_taken_back():
    shop = travelled()
    recall = started(shop.town)
    market = notice_of(recall, shop.town.market.holder_id)
    line = market.lines.get(lot__grade="二级")
    answer = Answer(line.lot.code, destroyed_g=4_000, stopped_g=5_000, proof="示例销毁记录1号")
    answer_recall(by=shop.town.keeper, at=LATER, notice=market, answers=[answer])
    answer_recall(by=shop.town.keeper, at=LATER, notice=market, answers=[answer])
    assert stock.level(line.lot.epc, shop.town.market.code).on_hand == 5_000
    assert queries.balance(recall).destroyed == 4_000
    assert queries.balance(recall).gap == 0
    with pytest.raises(Invalid, match="改小"):
        answer_recall(by=shop.town.keeper, at=LATER, notice=market, answers=[Answer(line.lot.code, stopped_g=9_000)])
    assert line.answers.count() == 2


@db
def test_another_party_neither_sees_nor_answers_a_notice():
    shop = travelled()
    recall = started(shop.town)
    market = notice_of(recall, shop.town.market.holder_id)
    for other in (shop.buyer, shop.town.stranger):
        with pytest.raises(Absent):
            answer_all_stopped(by=other, at=LATER, notice=market)
    assert not RecallNotice.objects.visible_to(shop.town.stranger).exists()
    assert RecallNotice.objects.visible_to(shop.buyer).get().party_id == shop.buyer.party_id
    assert RecallLine.objects.visible_to(shop.buyer).count() == 1


@db
def test_what_turns_up_late_joins_and_its_holder_is_told():
    here = town()
    first = here.lot(10_000)
    recall = started(here, lot=first)
    other = here.lot(8_000)
    assert recall.lots.count() == 1
    trace.record(
        by=SYSTEM, at=LATER,
        event=EventDraft(
            type="Transformation", event_time=AT, biz_step="commissioning",
            input_quantities=[kilograms(first.epc, 1_000)], output_quantities=[kilograms(other.epc, 1_000)],
        ),
    )  # fmt: skip
    notice = recall.notices.get()
    answer_all_stopped(by=here.grower, at=LATER, notice=notice)
    extend_recalls(by=SYSTEM, at=LATER)
    extend_recalls(by=SYSTEM, at=LATER)
    effect = queries.effect(recall, LATER)
    assert (effect.lots, effect.late_lots, effect.expected_g) == (2, 1, 18_000)
    notice.refresh_from_db()
    assert notice.answered_at is None
    assert effect.answered == 0
    other.refresh_from_db()
    assert other.on_hold


@db
def test_a_party_recalls_only_its_own_goods_and_an_official_closes_what_was_ordered():
    shop = travelled()
    here = shop.town
    with pytest.raises(Absent):
        opened(here, by=here.stranger)
    with pytest.raises(Conflict):
        opened(here, by=factories.actor(Role.MARKET_KEEPER, site=here.market, party=here.market.holder), lot=shop.lot)
    own = opened(here, by=here.grower)
    assert own.origin == "voluntary"
    start_recall(by=here.grower, at=AT, recall=own)
    with pytest.raises(Invalid) as refusal:
        close_recall(by=here.grower, at=LATER, recall=own, summary="示例总结")
    assert [problem.field for problem in refusal.value.problems] == ["gaps"]
    close_recall(by=here.grower, at=LATER, recall=own, summary="示例总结", gaps="示例：买家联系不上")
    assert Lot.objects.get(pk=shop.lot.pk).on_hold
    release_recall(by=here.inspector, at=LATER, recall=own, reason="复检合格")
    assert not Lot.objects.exclude(hold_reason="").exists()
    ordered = started(here)
    with pytest.raises(Absent):
        close_recall(by=here.grower, at=LATER, recall=ordered, summary="x", gaps="x")
    close_recall(by=here.inspector, at=LATER, recall=ordered, summary="示例", gaps="示例", release=True)
    assert not Hold.objects.living().exists()


@db
def test_a_recalls_hold_is_not_lifted_past_the_recall():
    here = town()
    lot = here.lot(1_000)
    recall = opened(here, lot=lot)
    with pytest.raises(Conflict):
        production.lift(by=here.inspector, at=LATER, hold=recall.hold, reason="x")
    with pytest.raises(Conflict):
        production.lift_hold(by=here.inspector, at=LATER, lot=lot, reason="x")


@db
def test_a_crate_a_certificate_an_input_and_a_plot_each_lead_to_their_lots():
    shop = travelled()
    here = shop.town
    paper = issue_commitment(by=here.grower, at=AT, lot=here.lot(1_000), basis=BASIS)
    crate = shop.packs[0].crate
    assert opened(here, mark=Mark("unit", crate)).lots.filter(root=True).get().lot == shop.lot
    assert opened(here, mark=Mark("unit", shop.packs[0].epc)).lots.get().lot == shop.lot
    assert opened(here, mark=Mark("certificate", paper.number)).lots.get().lot == paper.lot
    assert opened(here, mark=Mark("plot", plot=here.plot)).lots.count() == Lot.objects.count()
    for nothing in (Mark("unit", "urn:epc:id:sscc:9521234.0000000001"), Mark("certificate", "HG1"), Mark("lot", "x")):
        with pytest.raises(Absent):
            opened(here, mark=nothing)
    for wrong in (Mark("unit", "abc"), Mark("moon"), Mark("input", "")):
        with pytest.raises(Invalid):
            opened(here, mark=wrong)


@db
def test_a_drill_finds_the_same_freezes_nothing_and_tells_nobody_outside(django_capture_on_commit_callbacks):
    shop = travelled()
    here = shop.town
    plan_drills(by=here.grower, at=AT, months=6, next_on=AT.date())
    assert queries.drills_due(here.grower, AT).exists()
    levels = list(stock.models.Level.objects.values_list("pk", "on_hand", "reserved"))
    with django_capture_on_commit_callbacks() as messages:
        drill = run_drill(by=here.grower, at=AT)
    assert messages == []
    assert drill.drill
    assert drill.lots.count() == 4
    assert not Lot.objects.exclude(hold_reason="").exists()
    assert list(drill.notices.filter(told_at__isnull=False).values_list("party_id", flat=True)) == [here.coop.pk]
    assert quality.recall_of(shop.lot) is None
    assert queries.effect(drill, AT).expected_g == 49_000
    assert list(stock.models.Level.objects.values_list("pk", "on_hand", "reserved")) == levels
    assert queries.drills_due(here.grower, AT).first() is None
    assert queries.recalls_of(shop.buyer).count() == 0
    close_recall(by=here.grower, at=LATER, recall=drill, summary="示例：十秒找到全部去向")
    assert [what for what, _n in queries.gaps_of(drill)] == ["unreachable"]


@db
def test_only_who_acts_for_a_party_plans_drills():
    with pytest.raises(NotPermitted):
        plan_drills(by=factories.actor(Role.FARMER), at=AT, months=6)
    with pytest.raises(Invalid):
        plan_drills(by=town().grower, at=AT, months=25)


@db
def test_holders_get_a_message_on_the_phones_of_who_acts_for_them(django_capture_on_commit_callbacks, settings):
    settings.TIANTOU_SMS = "tests.people.conftest.Mailbox"
    shop = travelled()
    person = people.enrol_person(by=SYSTEM, at=AT, phone="13800009999", name="示例·管事")
    people.appoint(by=SYSTEM, at=AT, person=person, role=Role.BUYER, party=Party.objects.get(pk=shop.buyer.party_id))
    Mailbox.messages = []
    with django_capture_on_commit_callbacks(execute=True):
        recall = started(shop.town)
    assert [phone for phone, _text in Mailbox.messages] == ["13800009999"]
    assert recall.number in Mailbox.messages[0][1]
    assert notice_of(recall, shop.buyer.party_id).phones == 1


def chain_of(here, lots, name="C"):
    """A harvest out of which `lots` lots were made, each of the one before or of the first: as captured, without the shop floor."""
    root = here.lot(10_000)
    row = {
        name: getattr(root, name)
        for name in ("product_id", "producer_id", "holder_id", "place_id", "harvested_on", "made_at")
    }
    children = Lot.objects.bulk_create(
        [
            Lot(epc=tracing.lot_epc(here.product, f"{name}{n}"), code=f"{name}{n}", kind="graded", mass_g=1, **row)
            for n in range(lots)
        ]
    )
    above = root
    for number in range(0, lots, 20):
        below = children[number : number + 20]
        trace.record(
            by=SYSTEM, at=AT,
            event=EventDraft(
                type="Transformation", event_time=AT + timedelta(seconds=number), biz_step="commissioning",
                input_quantities=[kilograms(above.epc, 1)], output_quantities=[kilograms(lot.epc, 1) for lot in below],
            ),
        )  # fmt: skip
        above = below[0] if number % 3 else root
    return root


@db
def test_a_closure_takes_as_many_statements_for_many_lots_as_for_few():
    here = town()
    counts = []
    for lots in (40, 400):
        root = chain_of(here, lots, f"C{lots}-")
        with CaptureQueriesContext(connection) as spent:
            recall = opened(here, lot=root)
        assert recall.lots.count() == lots + 1
        assert stock.models.Freeze.objects.count() == lots + 1
        counts.append(len(spent))
        production.lift_because(by=SYSTEM, at=AT, because=f"recall:{recall.pk}", reason="x", lifted_by="x")
    assert counts[0] == counts[1]


grams = st.integers(0, 10**7)


@given(stopped=grams, returned=grams, destroyed=grams, sold=grams, expected=grams, proof=st.sampled_from(["", "x"]))
def test_an_answer_is_taken_only_if_it_adds_up_or_says_why(stopped, returned, destroyed, sold, expected, proof):
    answer = Answer("L", stopped, returned, destroyed, sold, proof)
    found = {field for field, _fault in rules.faults(answer, expected, 10**8)}
    assert ("note" in found) == (stopped + returned + destroyed + sold != expected)
    assert ("proof" in found) == (bool(destroyed) and not proof)


@given(part=st.integers(0, 10**9), whole=st.integers(1, 10**9))
def test_a_hundred_per_cent_means_all(part, whole):
    share = rules.percent(min(part, whole), whole)
    assert (share == 100) == (part >= whole)


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.sampled_from("123"))
def test_working_days_leave_out_week_ends(start, level):
    end = rules.finish_on(start, level)
    days = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(day.weekday() < 5 for day in days) == rules.FINISH_WORKING_DAYS[level]
    assert end.weekday() < 5


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(1, 24))
def test_the_next_drill_is_so_many_months_later(day, months):
    later = rules.next_drill(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
