"""Certificates of others are taken in, kept, found again, and let go no day too early."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import factories
from tests.logistics.test_services import picture
from tests.production.cast import AT, ON, town
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.errors import Absent, Invalid
from tiantou.production.models import Kind, Lot
from tiantou.production.services import Output, derive_lots, hand_over
from tiantou.production.sheets import sheet
from tiantou.quality import queries, rules
from tiantou.quality import sheet_reading as reading
from tiantou.quality.models import Form, Received, Style
from tiantou.quality.queries import received as reads
from tiantou.quality.services import (
    Paper,
    QuantityExceeded,
    collect_commitment,
    collect_paper,
    import_received,
    issue_commitment,
    revoke_commitment,
    sweep_received,
)

pytestmark = pytest.mark.django_db
BASIS = "质量安全控制符合要求"
PAPER = Paper(Form.PAPER, "示例外省合作社", "示例苹果", 800_000, "陕西省示例县", ON - timedelta(days=2), "SX-0001")


def buyer():
    return factories.actor(Role.BUYER, party=factories.party("enterprise", "示例采购公司"))


def collect(by, at=AT, **facts):
    return collect_paper(by=by, at=at, paper=Paper(**{**{f: getattr(PAPER, f) for f in PAPER.__slots__}, **facts}))


def test_a_paper_of_another_province_is_typed_in_with_its_photograph():
    by = buyer()
    made = collect_paper(by=by, at=AT, paper=PAPER, photo=picture())
    assert made.number == "SZ20261120-0001"
    assert made.keep_until == date(2027, 5, 20)
    assert made.photo.name.startswith("received/")
    assert collect_paper(by=by, at=AT + timedelta(days=3), paper=PAPER) == made
    assert Received.objects.count() == 1


def test_one_of_our_own_is_taken_in_by_whoever_is_shown_it():
    here = town()
    made = issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis=BASIS)
    by = buyer()
    taken = collect_commitment(by=by, at=AT, commitment=made)
    assert (taken.commitment, taken.paper_number, taken.lot) == (made, made.number, made.lot)
    revoke_commitment(by=here.grower, at=AT, commitment=made, reason="写错了")
    made.refresh_from_db()
    with pytest.raises(Invalid, match="作废"):
        collect_commitment(by=by, at=AT, commitment=made)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"issuer_name": " "}, "issuer_name"),
        ({"origin": ""}, "origin"),
        ({"quantity_g": 0}, "quantity_g"),
        ({"issued_on": ON + timedelta(days=1)}, "issued_on"),
        ({"issued_on": ON - timedelta(days=181)}, "issued_on"),
        ({"form": "own"}, "form"),
        ({"basis": "长" * 61}, "basis"),
    ],
)
def test_what_cannot_stand_on_a_certificate_is_refused(facts, field):
    with pytest.raises(Invalid) as refused:
        collect(buyer(), **facts)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_nobody_collects_for_nobody():
    with pytest.raises(Absent):
        collect(factories.actor(Role.BUYER))


def test_each_sees_the_own_collection_and_officers_that_of_their_area():
    here = town()
    mine = collect(buyer())
    at_gate = collect(here.keeper, paper_number="SX-0002")
    assert at_gate.site == here.market
    assert list(Received.objects.visible_to(here.keeper)) == [at_gate]
    assert not Received.objects.visible_to(here.stranger).exists()
    assert set(Received.objects.visible_to(here.inspector)) == {mine, at_gate}
    far = factories.actor(Role.INSPECTOR, area_code="500101")
    assert not Received.objects.visible_to(far).exists()
    assert list(reads.collection(here.inspector, "示例采购公司")) == [mine]
    assert list(reads.collection(here.inspector, "SX-0002")) == [at_gate]
    assert not reads.collection(here.inspector, starts=ON + timedelta(days=1)).exists()


@given(st.dates(date(2026, 2, 1), date(2060, 12, 31)))
def test_six_months_are_never_less_than_the_months_of_the_calendar(on):
    template = queries.template_on(on)
    assert template is not None
    last = rules.keep_until(template, on)
    months = (last.year - on.year) * 12 + last.month - on.month
    assert months == 6
    assert last.day == on.day or (last + timedelta(days=1)).day == 1 or last.day in {28, 29, 30}
    assert (last - on).days >= 181 - 3


def test_the_sweep_takes_what_may_go_and_never_anything_earlier():
    by = buyer()
    old = collect(by)
    newer = collect(by, at=AT + timedelta(days=1), paper_number="SX-0002")
    other = collect(buyer(), paper_number="SX-0003")
    last = old.keep_until
    sweep_received(by=by, at=AT.replace(year=2027, month=5, day=20))
    assert Received.objects.count() == 3
    assert reads.retention(by, last).may_go == 0
    after = last + timedelta(days=1)
    assert reads.retention(by, after) == reads.Retention(1, 1, newer.keep_until)
    sweep_received(by=by, at=AT.replace(year=2027, month=5, day=21))
    assert set(Received.objects.all()) == {newer, other}


def test_a_paper_covers_what_was_bought_and_is_kept_while_a_certificate_rests_on_it():
    here = town()
    lot = here.lot(1000)
    firm = factories.party("enterprise", "示例收购公司")
    by = factories.actor(Role.FARMER, party=firm)
    hand_over(by=SYSTEM, at=AT, lot=lot, place=here.market, holder=firm)
    Lot.objects.filter(pk=lot.pk).update(place=here.base)
    paper = Paper(Form.PAPER, here.coop.name, "奉节脐橙", 600, "重庆市奉节县", ON)
    taken = collect_paper(by=by, at=AT, paper=paper, lot=lot)
    (packed,) = derive_lots(by=by, at=AT, parents={lot: 1000}, outputs=[Output(1000, Kind.PACKED)], place=here.base)
    with pytest.raises(QuantityExceeded, match=r"最多能开 0\.6 公斤"):
        issue_commitment(by=by, at=AT, lot=packed, basis=BASIS)
    made = issue_commitment(by=by, at=AT, lot=packed, basis=BASIS, quantity_g=600)
    assert made.style == Style.BUYER
    assert list(made.received.all()) == [taken]
    assert not reads.may_go(by, date(2028, 1, 1)).exists()
    revoke_commitment(by=by, at=AT, commitment=made, reason="写错了")
    assert list(reads.may_go(by, date(2028, 1, 1))) == [taken]


def workbook(*rows, columns=reading.RECEIVED):
    return sheet("收证", list(columns.values()), rows)


GOOD = [
    "纸质合格证",
    "SX-1",
    "示例外省合作社",
    "示例苹果",
    800,
    "陕西省示例县",
    date(2026, 11, 18),
    "13800001234",
    "自行检测合格",
]


def test_a_sheet_comes_in_once_however_often_it_is_sent():
    by = buyer()
    content = workbook(GOOD, ["", "", "示例农户", "示例梨", "50.5", "四川省示例县", "2026-11-19", "", ""])
    first = import_received(by=by, at=AT, content=content)
    assert (first.new, first.known) == (2, 0)
    again = import_received(by=by, at=AT + timedelta(days=2), content=content)
    assert (again.new, again.known) == (0, 2)
    assert Received.objects.get(product_name="示例梨").quantity_g == 50_500


def test_a_sheet_with_a_fault_says_row_column_reason_and_remedy_and_saves_nothing():
    bad = [*GOOD]
    bad[4], bad[6] = "很多", "昨天"
    with pytest.raises(Invalid) as refused:
        import_received(by=buyer(), at=AT, content=workbook(GOOD, bad))
    assert [(p.row, p.field) for p in refused.value.problems] == [(3, "数量（公斤）"), (3, "开具日期")]
    assert all(p.reason and p.remedy for p in refused.value.problems)
    assert not Received.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 broken", workbook(GOOD)[:200], workbook(columns={"a": "别的"}), workbook()]
)
def test_a_file_that_is_no_such_sheet_is_refused(content):
    with pytest.raises(Invalid):
        import_received(by=buyer(), at=AT, content=content)
