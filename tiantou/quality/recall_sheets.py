"""Sheets of recalls: a holder's lines to fill in and what came back of them; the rows behind every figure."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel.errors import Invalid, Problem, TooLarge
from tiantou.kernel.units import grams
from tiantou.production.sheets import sheet
from tiantou.quality.models import RecallLine
from tiantou.quality.rules.recalls import Answer

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 5_000
_MOST_UNPACKED = 60 * 1024 * 1024
#: Field and heading of an answer, in order; the first three are shown and not read, but for the lot.
COLUMNS = {
    "lot": "批次号",
    "product": "产品",
    "expected": "应有（公斤）",
    "stopped_g": "已封存（公斤）",
    "returned_g": "已退回（公斤）",
    "destroyed_g": "已销毁（公斤）",
    "sold_g": "已售出（公斤）",
    "proof": "销毁凭证",
    "note": "说明",
}
_MASSES = ("stopped_g", "returned_g", "destroyed_g", "sold_g")


def answers_sheet(lines: Iterable[RecallLine]) -> bytes:
    """The lines of a notice as a sheet: empty where nobody answered, else with the last answer."""
    rows = (
        [
            line.lot.code,
            line.lot.product.name,
            line.expected_g / 1000,
            *([getattr(line, name) / 1000 for name in _MASSES] if line.answered_at else [None] * len(_MASSES)),
            line.proof,
            line.note,
        ]
        for line in lines
    )
    return sheet("召回反馈", list(COLUMNS.values()), rows)


def read_answers(content: bytes) -> list[tuple[int, Answer]]:
    """The answers of a filled sheet, each with its line in the sheet; lines without a number are passed over.

    Raises: TooLarge; Invalid with every fault, by row and column.
    """
    lines = _lines(content)
    head = [str(cell or "").strip() for cell in lines[0]] if lines else []
    missing = [title for field, title in COLUMNS.items() if field not in {"product", "expected"} and title not in head]
    if missing:
        raise Invalid(
            problems=[
                Problem("file", _("缺少这些列：%(all)s。") % {"all": "、".join(missing)}, _("请用下载的模板填写。"))
            ]
        )
    places = {field: head.index(title) for field, title in COLUMNS.items() if title in head}
    found, problems = [], []
    for number, line in enumerate(lines[1:], start=2):
        cells = {field: line[place] if place < len(line) else None for field, place in places.items()}
        if all(cells[name] in {None, ""} for name in _MASSES):
            continue
        masses: Any = {}
        for name in _MASSES:
            try:
                masses[name] = _grams(cells[name])
            except ValueError:
                problems.append(Problem(COLUMNS[name], _("不是数字。"), _("按公斤填写，例如 12.5。"), number))
        if len(masses) == len(_MASSES):
            texts: Any = {name: str(cells[name] or "").strip() for name in ("proof", "note")}
            found.append((number, Answer(str(cells["lot"] or "").strip().lstrip("'"), **masses, **texts)))
    if problems:
        raise Invalid(_("表格里有 %(n)d 处要改，什么都没有保存。") % {"n": len(problems)}, problems=problems)
    if not found:
        raise Invalid(problems=[Problem("file", _("一行数量也没有填。"), _("至少填一个批次。"))])
    return found


def _grams(cell: Any) -> int:
    """Raises: ValueError."""
    if cell in {None, ""}:
        return 0
    try:
        kilograms = Decimal(str(cell).strip())
    except InvalidOperation:
        raise ValueError(cell) from None
    if not kilograms.is_finite() or abs(kilograms) > 10**7:
        raise ValueError(cell)
    return grams(kilograms)


def _lines(content: bytes) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    if len(content) > MOST_BYTES:
        raise TooLarge(_("文件超过 5 MB，没有读取。"), _("分成几个文件导入。"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > _MOST_UNPACKED:
            raise TooLarge(_("工作簿展开后太大。"), _("请删去多余的工作表、格式和图片。"))
        lines = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    except (CalamineError, zipfile.BadZipFile, ValueError, OSError, IndexError):
        raise Invalid(problems=[Problem("file", _("这不是 Excel 文件。"), _("请用下载的模板另存为 .xlsx。"))]) from None
    if len(lines) > MOST_ROWS + 1:
        raise TooLarge(_("超过 5,000 行，没有读取。"), _("分成几个文件导入。"))
    return lines


def by_sheet_row(refusal: Invalid, numbers: list[int]) -> Invalid:
    """The refusal of a verb with its rows as the sheet counts them, and its fields by the sheet's headings."""
    problems = [
        Problem(
            COLUMNS.get(each.field, each.field),
            each.reason,
            each.remedy,
            numbers[each.row - 1] if each.row and each.row <= len(numbers) else each.row,
        )
        for each in refusal.problems
    ]
    return Invalid(_("表格里有 %(n)d 处要改，什么都没有保存。") % {"n": len(problems)}, problems=problems)
