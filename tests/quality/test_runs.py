"""Certificates in numbers: many by one submission, from a sheet, and copies in numbered batches."""

import pytest

from tests.production.cast import AT, town
from tiantou.kernel.errors import Absent, Conflict, Invalid
from tiantou.production.services import place_hold
from tiantou.production.sheets import sheet
from tiantou.quality import sheet_reading as reading
from tiantou.quality.models import Commitment, IssueRun, PrintRun
from tiantou.quality.services import (
    import_commitments,
    issue_commitment,
    issue_commitments,
    print_copies,
    revoke_commitment,
)

pytestmark = pytest.mark.django_db
BASIS = "质量安全控制符合要求"


def run(here, lots, **facts):
    return issue_commitments(**{"by": here.grower, "at": AT, "lots": lots, "basis": BASIS, **facts})


def test_many_lots_have_their_certificates_by_one_submission_that_counts_once():
    here = town()
    lots = [here.lot() for _ in range(3)]
    made = run(here, lots, contact="13800001234", omitted=["product"], key="k")
    assert made.number == "PL20261120-0001"
    assert {each.lot for each in made.commitments.all()} == set(lots)
    assert {tuple(each.omitted) for each in made.commitments.all()} == {("product",)}
    assert run(here, lots, contact="13800001234", omitted=["product"], key="k") == made
    assert Commitment.objects.count() == 3


def test_with_a_fault_anywhere_none_is_issued_and_every_fault_is_named():
    here = town()
    lots = [here.lot() for _ in range(3)]
    issue_commitment(by=here.grower, at=AT, lot=lots[0], basis=BASIS)
    place_hold(by=here.inspector, at=AT, lot=lots[2], reason="复检")
    with pytest.raises(Invalid) as refused:
        run(here, lots)
    assert [problem.field for problem in refused.value.problems] == [lots[0].code, lots[2].code]
    assert Commitment.objects.count() == 1
    assert not IssueRun.objects.exists()


def test_nobody_issues_for_anothers_lots_or_for_none():
    here = town()
    with pytest.raises(Invalid, match="找不到"):
        run(here, [here.lot()], by=here.stranger)
    with pytest.raises(Invalid):
        run(here, [])


def workbook(*rows):
    return sheet("开证", list(reading.TO_ISSUE.values()), rows)


def bring(here, *rows):
    return import_commitments(by=here.grower, at=AT, content=workbook(*rows))


def test_a_sheet_issues_once_however_often_it_is_sent():
    here = town()
    one, two = here.lot(), here.lot()
    rows = ([one.code, "", "", "", ""], [two.code, "自我检测", "450.5", "13800001234", "产品名称、产地"])
    first = bring(here, *rows)
    assert (first.new, first.known) == (2, 0)
    made = Commitment.objects.get(lot=two)
    assert (made.basis, made.quantity_g, made.omitted) == ("自行检测合格", 450_500, ["product", "origin"])
    again = bring(here, *rows)
    assert (again.new, again.known, again.run) == (0, 2, None)
    assert Commitment.objects.count() == 2


def test_a_row_that_says_something_else_than_what_stands_is_refused_and_nothing_is_saved():
    here = town()
    one, two = here.lot(), here.lot()
    issue_commitment(by=here.grower, at=AT, lot=one, basis=BASIS)
    with pytest.raises(Invalid) as refused:
        bring(
            here,
            [two.code, "", "", "", ""],
            [one.code, "", "400", "", ""],
            ["20990101-01", "", "", "", ""],
            [two.code, "随便", "", "", ""],
            [two.code, "", "一堆", "", ""],
            [two.code, "", "", "", "承诺事项"],
        )
    found = [(problem.row, problem.field) for problem in refused.value.problems]
    assert found == [(3, "批次号"), (4, "批次号"), (5, "批次号"), (6, "数量（公斤）"), (7, "包装已印")]
    assert all(problem.remedy for problem in refused.value.problems)
    assert Commitment.objects.count() == 1


def test_copies_are_numbered_on_from_those_printed_before():
    here = town()
    one, two = (issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis=BASIS) for _ in range(2))
    first = print_copies(by=here.grower, at=AT, commitments=[one], stock="60x40", copies=20, key="p")
    assert print_copies(by=here.grower, at=AT, commitments=[one], stock="60x40", copies=20, key="p") == first
    second = print_copies(by=here.grower, at=AT, commitments=[one, two], stock="roll58", copies=5)
    assert first.lines.get().first == 1
    assert {line.commitment: line.first for line in second.lines.all()} == {one: 21, two: 1}
    assert second.number == "YZ20261120-0002"


def test_what_cannot_be_printed_is_refused():
    here = town()
    made = issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis=BASIS)
    facts = {"by": here.grower, "at": AT, "commitments": [made], "stock": "a4", "copies": 1}
    for wrong in ({"stock": "wall"}, {"copies": 0}, {"copies": -1}, {"copies": 501}):
        with pytest.raises(Invalid):
            print_copies(**{**facts, **wrong})
    with pytest.raises(Absent):
        print_copies(**{**facts, "by": here.stranger})
    revoke_commitment(by=here.grower, at=AT, commitment=made, reason="写错了")
    with pytest.raises(Conflict):
        print_copies(**facts)
    assert not PrintRun.objects.exists()


def test_title_promise_and_ground_stay_on_the_paper():
    here = town()
    with pytest.raises(Invalid, match="不能省"):
        issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis=BASIS, omitted=["basis"])
