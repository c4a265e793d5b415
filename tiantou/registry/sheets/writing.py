"""Sheets that leave the register: the template of a kind, the list as shown, and an uploaded sheet with its faults marked."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from stdnum.cn.uscc import calc_check_digit

from tiantou.kernel.errors import Problem
from tiantou.kernel.forms import Field, neutralised
from tiantou.kernel.labels import label
from tiantou.registry.kinds import Kind
from tiantou.registry.sheets.reading import EXAMPLE

_HEAD = PatternFill("solid", fgColor="E4EFE8")
_MUST = PatternFill("solid", fgColor="F7E3D2")
_WRONG = PatternFill("solid", fgColor="F6D5CC")
_GREY = Font(italic=False, color="7A7A72")
_WIDTHS = {"code": 24, "name": 32, "area": 30, "identity": 22}
_DROPDOWN_ROWS = 5000
_SHOWN_FAULTS = 3


def template(kind: Kind, areas: Sequence[str] = ()) -> bytes:
    """An empty workbook for `kind`: headings in both languages, a hidden row of names, an example, drop-downs, and notes.

    `areas` (code and name) become the drop-down of the area column.
    """
    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101 - a new workbook has a sheet
    sheet.title = label(kind.label, "zh")[:31]
    options = book.create_sheet("选项")
    options.sheet_state = "hidden"
    for n, field in enumerate(kind.all_fields, 1):
        letter = get_column_letter(n)
        head = sheet.cell(1, n, _heading(field))
        head.fill = _MUST if field.required else _HEAD
        head.font, head.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.cell(2, n, field.name)
        example = sheet.cell(3, n, _example(kind, field, n))
        example.font, example.data_type = _GREY, "s"
        sheet.column_dimensions[letter].width = _WIDTHS.get(field.name, 18)
        if field.type not in {"integer", "decimal", "money", "mass", "area_mu", "date"}:
            sheet.column_dimensions[letter].number_format = "@"
        _drop_down(sheet, options, field, letter, n, areas)
    sheet.row_dimensions[1].height = 48
    sheet.row_dimensions[2].hidden = True
    sheet.freeze_panes = "C4"
    _notes(book.create_sheet("填写说明"), kind)
    return _saved(book)


def _heading(field: Field) -> str:
    unit = f"（{label(field.unit or {}, 'zh')}）" if field.unit else ""
    must = "*" if field.required else ""
    return f"{label(field.label, 'zh')}{unit}{must}\n{label(field.label, 'en')}{must}"


def _example(kind: Kind, field: Field, n: int) -> str:
    examples = {
        "name": f"示例{label(kind.label, 'zh')}", "area": "500236 奉节县", "name_en": "Example",
        "longitude": "109.46", "latitude": "31.02",
    }  # fmt: skip
    by_type = {
        "date": "2026-11-23", "integer": "12", "decimal": "12.5", "money": "1234.50", "mass": "2.5", "area_mu": "120",
        "boolean": "是", "phone": "13800001234", "url": "https://example.com", "uscc": _SAMPLE_CODE, "party": _SAMPLE_CODE,
    }  # fmt: skip
    text = field.example or examples.get(field.name) or by_type.get(field.type, "")
    if field.choices:
        some = field.choices[:1] if field.type == "choice" else field.choices[:2]
        text = "、".join(label(choice.label, "zh") for choice in some)
    return EXAMPLE[0] + text if n == 1 else text


_SAMPLE_CODE = "91500236MA0000000" + calc_check_digit("91500236MA0000000")


def _drop_down(sheet: Any, options: Any, field: Field, letter: str, n: int, areas: Sequence[str]) -> None:
    values = [label(choice.label, "zh") for choice in field.choices] if field.type == "choice" else []
    values = ["是", "否"] if field.type == "boolean" else values
    values = list(areas) if field.name == "area" else values
    if not values:
        return
    for row, value in enumerate(values, 1):
        options.cell(row, n, value)
    rule = DataValidation(type="list", formula1=f"'选项'!${letter}$1:${letter}${len(values)}", allow_blank=True)
    # An area may also be written in words, so the list is an offer there and a rule elsewhere.
    rule.showErrorMessage = field.name != "area"
    rule.errorTitle, rule.error = "请从列表中选", "这一格只能选列表里的值。"
    sheet.add_data_validation(rule)
    rule.add(f"{letter}4:{letter}{_DROPDOWN_ROWS}")


def _notes(notes: Any, kind: Kind) -> None:
    notes.append([f"{label(kind.label, 'zh')} · {label(kind.label, 'en')}"])
    notes.append([label(kind.text, "zh")])
    notes.append([label(kind.text, "en")])
    notes.append(
        [
            "从第 4 行填起；第 3 行是例子，不会导入。橙色的列必填。",
            "Fill in from row 4; row 3 is an example. Orange columns are required.",
        ]
    )
    notes.append([])
    notes.append(["列", "Column", "必填", "可填内容", "说明"])
    for field in kind.all_fields:
        allowed = "、".join(label(choice.label, "zh") for choice in field.choices) or _ALLOWED.get(field.type, "文字")
        notes.append([
            label(field.label, "zh"), label(field.label, "en"), "是" if field.required else "", allowed,
            label(field.help, "zh") if field.help else "",
        ])  # fmt: skip
    for letter, width in zip("ABCDE", (34, 34, 8, 60, 60), strict=True):
        notes.column_dimensions[letter].width = width


_ALLOWED = {
    "integer": "整数", "decimal": "数字", "money": "数字，单位元，最多两位小数", "mass": "数字，单位公斤", "area_mu": "数字，单位亩",
    "date": "日期，如 2026-11-23", "boolean": "是／否", "phone": "手机或带区号的座机", "url": "http 开头的网址",
    "uscc": "18 位统一社会信用代码", "identity": "18 位身份证号", "area": "区划代码或全名", "party": "信用代码或 P- 编号",
    "site": "场所编号", "product": "产品编号",
}  # fmt: skip


def listing(title: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, as_csv: bool) -> bytes:
    """A list as it is shown, as a workbook or CSV (UTF-8 with a mark); no cell can act as a formula."""
    if as_csv:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(headings)
        writer.writerows([_safe(cell) for cell in row] for row in rows)
        return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for n, heading in enumerate(headings, 1):
        sheet.column_dimensions[get_column_letter(n)].width = max(14, min(40, len(heading) * 2 + 6))
    sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, cell) for cell in row])
    return _saved(book)


def marked(
    kind: Kind, columns: Sequence[str], rows: Sequence[tuple[int, dict[str, Any]]], problems: Sequence[Problem]
) -> bytes:
    """The uploaded sheet again: faulty cells coloured with a comment, and a last column that says what is wrong in the row."""
    by_row: dict[int, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_row[problem.row or 0].append(problem)
    fields = {field.name: field for field in kind.all_fields}
    book = Workbook(write_only=True)
    sheet = book.create_sheet(label(kind.label, "zh")[:31])
    sheet.freeze_panes = "A2"
    sheet.append(
        [_cell(sheet, label(fields[name].label, "zh"), bold=True) for name in columns]
        + [_cell(sheet, "问题", bold=True)]
    )
    for number, values in rows:
        faults = by_row.get(number, ())
        wrong = {fault.field: fault for fault in faults}
        line = [_cell(sheet, _seen(values.get(name))) for name in columns]
        for n, name in enumerate(columns):
            if name in wrong:
                line[n].fill = _WRONG
                line[n].comment = Comment(f"{wrong[name].reason}{wrong[name].remedy}", "田头")
        said = "；".join(
            f"{fields[fault.field].title if fault.field in fields else fault.field}：{fault.reason}{fault.remedy}"
            for fault in faults
        )
        sheet.append([*line, _cell(sheet, said)])
    return _saved(book)


def _seen(value: Any) -> Any:
    return _("（已隐去）") if isinstance(value, dict) else value


def _safe(value: Any) -> Any:
    return neutralised(value) if isinstance(value, str) else value


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    shown: Any = _safe(value)
    cell: Any = WriteOnlyCell(sheet, value=shown)
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl takes text that begins with = for a formula
    if bold:
        cell.font, cell.fill = Font(bold=True), _HEAD
    return cell


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
