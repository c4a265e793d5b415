"""Certificates on every stock: the code reads back by another library, the words stand by it, long names stay on the paper."""

import io

import pytest
import zxingcpp
from PIL import Image

from tests.production.cast import AT, town
from tiantou.quality import papers, queries
from tiantou.quality.models import Commitment, Stock
from tiantou.quality.services import issue_commitment, print_copies
from tiantou.ui import printing

pytestmark = pytest.mark.django_db
BASIS = "质量安全控制符合要求"
LONG = {
    "product_name": "示例" + "长名脐橙" * 29 + "果果",
    "origin": "重庆市" + "示例镇村" * 49,
    "issuer_name": "示例" + "专业合作社" * 23,
    "contact": "023-00000000 转 000 示例联系人",
}


def issued(**facts):
    here = town()
    made = issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis=BASIS, contact="13800001234")
    Commitment.objects.filter(pk=made.pk).update(**facts)
    made.refresh_from_db()
    return made


def pages(made, stock, first=0, copies=1, dots_per_inch=203):
    template = "quality/certificate.typ" if stock == "a4" else "quality/certificate_labels.typ"
    return printing.png(template, papers.context_of([(made, first, copies)], stock), dots_per_inch=dots_per_inch)


def codes_on(page):
    return [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(page)))]


@pytest.mark.parametrize("facts", [{}, LONG], ids=["short", "long"])
@pytest.mark.parametrize("stock", Stock.values)
def test_the_code_on_every_stock_reads_back_as_a_label_printer_prints_it(stock, facts):
    made = issued(**facts)
    page = pages(made, stock)[0]
    assert codes_on(page) == [papers.check_url(made)]


@pytest.mark.parametrize(
    ("stock", "millimetres"), [("a4", (210, 297)), ("a4x8", (210, 297)), ("60x40", (60, 40)), ("40x30", (40, 30))]
)
def test_a_label_has_the_size_of_its_stock(stock, millimetres):
    page = pages(issued(**LONG), stock)[0]
    size = Image.open(io.BytesIO(page)).size
    assert tuple(round(dots / 203 * 25.4) for dots in size) == millimetres


def test_a_roll_is_as_long_as_its_text():
    made = issued()
    short = Image.open(io.BytesIO(pages(made, "roll58")[0])).size
    Commitment.objects.filter(pk=made.pk).update(**LONG)
    made.refresh_from_db()
    long = Image.open(io.BytesIO(pages(made, "roll58")[0])).size
    assert round(short[0] / 203 * 25.4) == round(long[0] / 203 * 25.4) == 58
    assert long[1] > short[1]


@pytest.mark.parametrize("stock", ["60x40", "40x30", "a4x8"])
def test_nothing_of_the_longest_names_is_cut_off_on_a_label(stock):
    # The place for text cuts what does not fit; with the knife put away the label must look the same.
    context = papers.context_of([(issued(**LONG), 21, 1)], stock)
    template = "quality/certificate_labels.typ"
    assert printing.png(template, context) == printing.png(template, {**context, "clip": False})


def test_the_check_sees_a_text_that_is_cut():
    context = papers.context_of([(issued(**LONG), 21, 1)], "roll58") | {"stock": "40x30"}
    template = "quality/certificate_labels.typ"
    assert printing.png(template, context) != printing.png(template, {**context, "clip": False})


def test_copies_are_as_many_as_were_asked_for_and_eight_stand_on_a_sheet():
    made = issued()
    assert len(pages(made, "40x30", first=21, copies=3)) == 3
    sheets = pages(made, "a4x8", copies=9)
    assert [len(codes_on(page)) for page in sheets] == [8, 1]
    assert [item["copy"] for item in papers.context_of([(made, 21, 3)], "a4")["items"]] == [
        "第 21 张", "第 22 张", "第 23 张"
    ]  # fmt: skip


def test_a_run_prints_the_same_again():
    here = town()
    made = issue_commitment(by=here.grower, at=AT, lot=here.lot(), basis=BASIS)
    run = print_copies(by=here.grower, at=AT, commitments=[made], stock="60x40", copies=2)
    assert papers.printed_run(run).startswith(b"%PDF")


def test_what_the_package_shows_is_left_off_and_title_promise_and_ground_stay():
    made = issued(omitted=["product", "contact"])
    paper = papers.paper(made)
    assert [fact["name"] for fact in paper["facts"]] == ["数量（重量）", "产地", "开具时间", "承诺主体"]
    assert (paper["title"], [basis["words"] for basis in paper["basis"] if basis["chosen"]]) == (
        "承诺达标合格证",
        [BASIS],
    )
    assert paper["promise"].startswith("未使用禁用农药")


@pytest.mark.parametrize(
    ("template", "title", "basis"),
    [
        ("2019", "食用农产品合格证", "自我承诺"),
        ("2021", "承诺达标合格证", "内部质量控制"),
        ("2023", "承诺达标合格证", "委托检测"),
        ("2025", "承诺达标合格证", "委托检测合格"),
    ],
)
@pytest.mark.parametrize("stock", Stock.values)
def test_earlier_templates_print_with_their_own_title_and_grounds(template, title, basis, stock):
    made = issued(template=template, basis=basis)
    paper = papers.paper(made)
    assert paper["title"] == title
    assert [each["words"] for each in paper["basis"]] == list(queries.templates()[template].basis)
    assert [each["words"] for each in paper["basis"] if each["chosen"]] == [basis]
    assert papers.printed([(made, 0, 1)], stock).startswith(b"%PDF")
