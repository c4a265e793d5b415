"""Spreadsheets of plots and lots: reading rows, the empty template, the export. No row is stored here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from tiantou.kernel.errors import Invalid, Problem, TooLarge
from tiantou.production.models import Lot
from tiantou.production.rules import PLOT_COLUMNS

MOST_ROWS = 2_000
MOST_BYTES = 5 * 1024 * 1024


def safe(value: Any) -> Any:
    """The value as a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def sheet(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook with one sheet: a bold head that stays in sight, and the rows."""
    book = Workbook(write_only=False)
    page = book.active
    assert page is not None  # noqa: S101 - a new workbook has a sheet
    page.title = title
    page.append(list(head))
    for cell in page[1]:
        cell.font = Font(bold=True)
    for row in rows:
        page.append([safe(value) for value in row])
    page.freeze_panes = "A2"
    for number, name in enumerate(head, start=1):
        page.column_dimensions[get_column_letter(number)].width = max(12, 2 * len(name) + 4)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def plots_template() -> bytes:
    """The empty sheet of plots."""
    return sheet("地块", list(PLOT_COLUMNS.values()), [])


def read_plots(content: bytes) -> list[dict[str, Any]]:
    """The filled rows of a sheet of plots: value by field, and `row`, the number of the line in the sheet.

    Raises: TooLarge; Invalid for a file that is no such sheet.
    """
    if len(content) > MOST_BYTES:
        raise TooLarge(_("文件超过 5 MB，没有读取。"), _("分成几个文件导入。"))
    try:
        page = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
        lines = list(page.iter_rows(values_only=True, max_row=MOST_ROWS + 2))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError):
        raise Invalid(problems=[Problem("file", _("这不是 Excel 文件。"), _("请用下载的模板另存为 .xlsx。"))]) from None
    if len(lines) > MOST_ROWS + 1:
        raise TooLarge(_("超过 2,000 行，没有读取。"), _("分成几个文件导入。"))
    head = [str(cell or "").strip() for cell in lines[0]] if lines else []
    missing = [name for name in PLOT_COLUMNS.values() if name not in head]
    if missing:
        raise Invalid(
            problems=[
                Problem("file", _("缺少这些列：%(all)s。") % {"all": "、".join(missing)}, _("请用下载的模板填写。"))
            ]
        )
    places = {field: head.index(name) for field, name in PLOT_COLUMNS.items()}
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        values = {field: line[place] if place < len(line) else None for field, place in places.items()}
        if any(value not in {None, ""} for value in values.values()):
            rows.append({**values, "row": number})
    return rows


def lots_sheet(lots: Iterable[Lot]) -> bytes:
    """The lots as a sheet, one a line."""
    head = ["批次号", "标识", "产品", "类型", "等级", "重量（公斤）", "生产者", "货主", "所在地", "采收日期", "状态"]
    rows = (
        [
            lot.code,
            lot.epc,
            lot.product.name,
            str(lot.get_kind_display()),
            lot.grade,
            lot.mass_g / 1000,
            lot.producer.name,
            lot.holder.name,
            lot.place.name,
            lot.harvested_on,
            f"扣留：{lot.hold_reason}" if lot.on_hold else "正常",
        ]
        for lot in lots
    )
    return sheet("批次", head, rows)
