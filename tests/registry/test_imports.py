"""Sheets in and out: dry run, faults by row and column, encodings, limits, repetition, undo."""

import io
import zipfile

import openpyxl
import pytest

from tests.factories import AT, actor, village
from tests.registry.test_records import officer, uscc
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Invalid, NotPermitted, TooLarge
from tiantou.registry.kinds import kind
from tiantou.registry.models import Party, Revision, Site, Status
from tiantou.registry.services import (
    ChangedSince,
    FaultyRows,
    amend_record,
    import_sheet,
    register_record,
    take_batch,
    undo_import,
)
from tiantou.registry.services.imports import staged_rows
from tiantou.registry.sheets import writing
from tiantou.registry.sheets.reading import MOST_BYTES, Unreadable

pytestmark = pytest.mark.django_db
HEAD = "统一社会信用代码,名称,所在地,成员数,联系电话"


def line(n, **more):
    cells = {
        "code": uscc(n),
        "name": f"示例第{n}合作社",
        "area": "500236115200",
        "members": "12",
        "phone": "13800001234",
        **more,
    }
    return ",".join(cells.values())


def sheet(*lines, encoding="utf-8"):
    return "\r\n".join([HEAD, *lines]).encode(encoding)


def take(content, by=None, name="甲.csv", kind_name="cooperative", register="party", **more):
    village()
    return import_sheet(
        by=by or officer(),
        at=AT,
        register=register,
        kind=kind_name,
        file_name=name,
        content=content,
        dry_run=False,
        **more,
    )


def check(content, name="甲.csv"):
    village()
    return import_sheet(by=officer(), at=AT, register="party", kind="cooperative", file_name=name, content=content)


def test_a_dry_run_says_what_would_happen_and_writes_nothing():
    batch = check(sheet(line(1), line(2)))
    assert (batch.created, batch.faulty, batch.state) == (2, 0, "checked")
    assert not Party.objects.exists()


def test_the_same_sheet_twice_changes_nothing():
    content = sheet(line(1), line(2))
    by = officer()
    take(content, by)
    before = list(Party.objects.values_list("version", "updated_at"))
    again = take(content, by)
    assert (again.created, again.amended, again.same) == (0, 0, 2)
    assert list(Party.objects.values_list("version", "updated_at")) == before
    assert Revision.objects.count() == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_csv_files_are_read_in_the_encodings_that_office_programs_write(encoding):
    take(sheet(line(1, name="示例㭎口合作社"), encoding=encoding))
    assert Party.objects.get().name == "示例㭎口合作社"


def test_faults_are_named_by_row_and_column_and_nothing_is_taken():
    content = sheet(
        line(1),
        line(2, code=uscc(2)[:-1] + ("1" if uscc(2)[-1] != "1" else "2")),
        line(3, area="火星"),
        line(4, members="多"),
        line(1),
    )
    with pytest.raises(FaultyRows):
        take(content)
    assert not Party.objects.exists()
    batch = check(content)
    assert {(problem["row"], problem["field"]) for problem in batch.problems} == {
        (3, "code"), (4, "area"), (5, "members"), (6, "code"),
    }  # fmt: skip
    assert all(problem["remedy"] for problem in batch.problems)


def test_good_rows_are_taken_where_the_person_chose_so():
    batch = take(sheet(line(1), line(3, area="火星")), accept="good")
    assert (batch.created, batch.faulty) == (1, 1)
    assert Party.objects.count() == 1


def test_the_marked_sheet_shows_faults_where_they_are():
    batch = check(sheet(line(1), line(3, area="火星")))
    columns, rows = staged_rows(batch)
    from tiantou.kernel.errors import Problem

    book = writing.marked(kind("party", "cooperative"), columns, rows, [Problem(**each) for each in batch.problems])
    page = openpyxl.load_workbook(io.BytesIO(book)).active
    assert page["C3"].comment.text.startswith("没有“火星”")
    assert "火星" in page.cell(3, 6).value
    assert page.cell(2, 6).value in {None, ""}


def test_a_blank_cell_clears_and_a_missing_column_leaves_alone():
    by = officer()
    take(sheet(line(1)), by)
    take(f"统一社会信用代码,名称,所在地,成员数\n{uscc(1)},示例第1合作社,500236115200,".encode(), by)
    assert Party.objects.get().data == {"phone": "13800001234"}


def test_the_template_can_be_filled_in_and_taken():
    village()
    definition = kind("party", "cooperative")
    book = openpyxl.load_workbook(io.BytesIO(writing.template(definition, ["500236115200 示例村"])))
    page = book.active
    assert page.row_dimensions[2].hidden
    names = [cell.value for cell in page[2]]
    page.append(
        [
            {"code": uscc(5), "name": "示例模板社", "area": "500236115200 示例村", "level": "市级"}.get(name)
            for name in names
        ]
    )
    out = io.BytesIO()
    book.save(out)
    batch = take(out.getvalue(), name="甲.xlsx")
    assert batch.total == 1
    assert Party.objects.get().data == {"level": "municipal"}


def test_formulas_go_in_as_text_and_come_out_harmless():
    take(sheet(line(1, name="=HYPERLINK(1)")))
    name = Party.objects.get().name
    assert name == "=HYPERLINK(1)"
    for start in "=+-@\t＝＋－＠":
        text = writing.listing("x", ["名称"], [[start + "1"]], as_csv=True).decode("utf-8-sig").splitlines()[1]
        assert text.lstrip('"').startswith("'")
    page = openpyxl.load_workbook(io.BytesIO(writing.listing("x", ["名称"], [[name]], as_csv=False))).active
    assert page["A2"].data_type == "s"
    assert page["A2"].value == "'" + name


def test_an_exported_name_comes_back_unchanged():
    by = officer()
    take(sheet(line(1, name="=甲")), by)
    batch = take(sheet(line(1, name="'=甲")), by)
    assert batch.same == 1


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "refusal"),
    [
        ("甲.csv", b"", Unreadable),
        ("甲.xlsx", b"no workbook", Unreadable),
        ("甲.xlsx", b"PK\x03\x04 broken", Unreadable),
        ("甲.csv", b"\x00\x01\x02\xff\xfe", Unreadable),
        ("甲.csv", b'a,"b\nc', Unreadable),
        ("甲.csv", "完全,不相干\n1,2".encode(), Unreadable),
        ("甲.csv", HEAD.encode(), Unreadable),
        ("甲.csv", (HEAD + ",奇怪的列\n1,2,3,4,5,6").encode(), Invalid),
        ("甲.csv", "名称,成员数\n甲,1".encode(), Invalid),
        ("甲.csv", b"x" * (MOST_BYTES + 1), TooLarge),
        ("甲.csv", (HEAD + "\n1,2,3,4,5" * 50_100).encode(), TooLarge),
        ("甲.xlsx", bomb(), TooLarge),
    ],
)
def test_files_that_cannot_be_read_are_refused_with_a_remedy(name, content, refusal):
    with pytest.raises(refusal) as refused:
        check(content, name)
    assert refused.value.remedy or refused.value.problems


def test_an_import_is_undone_and_the_same_file_can_be_taken_again():
    by = officer()
    first = take(sheet(line(1)), by)
    second = take(sheet(line(1, name="示例改名社"), line(2)), by)
    undo_import(by=by, at=AT, batch=second)
    assert Party.objects.living().get().name == "示例第1合作社"
    undo_import(by=by, at=AT, batch=take(sheet(line(2)), by))
    assert Party.objects.filter(status=Status.CLOSED).count() == 2
    assert first.created == 1


def test_an_import_is_not_undone_when_its_rows_were_changed_or_used_since():
    by = officer()
    batch = take(sheet(line(1), line(2)), by)
    one, two = Party.objects.order_by("code")
    amend_record(by=by, at=AT, record=one, version=1, values={"members": 3})
    register_record(
        by=by,
        at=AT,
        register="site",
        kind="base",
        values={"name": "示例基地", "area": "500236115200", "holder": two.code},
    )
    with pytest.raises(ChangedSince) as refused:
        undo_import(by=by, at=AT, batch=batch)
    assert {problem.field for problem in refused.value.problems} == {one.code, two.code}
    assert Party.objects.living().count() == 2


def test_sites_without_a_number_are_recognised_by_name_and_place():
    content = "名称,所在地\n示例基地,500236115200".encode()
    by = officer()
    assert take(content, by, register="site", kind_name="base").created == 1
    assert take(content, by, register="site", kind_name="base").same == 1
    assert Site.objects.get().code == "S-000001"


def test_identity_numbers_are_hashed_before_anything_is_kept():
    head = "名称,身份证号,所在地\n"
    content = f"{head}示例张三,11010519491231002X,500236115200\n示例李四,110105194912310021,500236115200".encode()
    batch = take(content, register="party", kind_name="grower", accept="good")
    assert (batch.created, batch.faulty) == (1, 1)
    kept = f"{staged_rows(batch)} {batch.problems} {list(Party.objects.values())}"
    assert "1949123100" not in kept
    again = take(f"{head}示例张三,11010519491231002X,500236115200".encode(), register="party", kind_name="grower")
    assert again.same == 1


def test_another_persons_batch_is_absent():
    batch = check(sheet(line(1)))
    with pytest.raises(Absent):
        take_batch(by=officer(), at=AT, batch=batch)
    with pytest.raises(NotPermitted):
        take_batch(by=actor(Role.BUYER), at=AT, batch=batch)


def test_a_row_that_belongs_to_another_district_is_a_fault_of_that_row():
    take(sheet(line(1)))
    village()
    batch = import_sheet(
        by=officer("500101"), at=AT, register="party", kind="cooperative", file_name="a.csv", content=sheet(line(1))
    )
    assert batch.faulty == 1
