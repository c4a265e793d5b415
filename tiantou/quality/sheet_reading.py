"""Workbooks that come in: certificates to be issued, and certificates that were taken in. No row is stored here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from tiantou.kernel.errors import Invalid, Problem, TooLarge
from tiantou.kernel.units import grams
from tiantou.production.sheets import sheet

MOST_ROWS = 2_000
MOST_BYTES = 5 * 1024 * 1024
#: A sheet of text packs about 1:10 to 1:25; a bomb 1:1000.
MOST_UNPACKED = 100 * 1024 * 1024

#: Columns by field, as the templates have them.
TO_ISSUE: Mapping[str, str] = {
    "lot": "批次号",
    "basis": "承诺依据",
    "quantity_g": "数量（公斤）",
    "contact": "联系电话",
    "omitted": "包装已印",
}
RECEIVED: Mapping[str, str] = {
    "form": "证明种类",
    "paper_number": "证上编号",
    "issuer_name": "承诺主体",
    "product_name": "产品名称",
    "quantity_g": "数量（公斤）",
    "origin": "产地",
    "issued_on": "开具日期",
    "contact": "联系方式",
    "basis": "承诺依据",
}


#: What a certificate of others may be, in the words of the sheet.
FORMS = {"纸质合格证": "paper", "其他平台的电子合格证": "electronic", "其他质量安全合格证明": "other"}


@dataclass(frozen=True, slots=True)
class Row:
    """A filled line of a sheet: its number there (from 1) and its cells by field."""

    number: int
    values: Mapping[str, Any]


def template(title: str, columns: Mapping[str, str]) -> bytes:
    """The empty sheet."""
    return sheet(title, list(columns.values()), [])


def read(content: bytes, columns: Mapping[str, str]) -> list[Row]:
    """The filled rows of a workbook that has these columns.

    Raises: TooLarge; Invalid for a file that is no such sheet.
    """
    cells = _cells(content)
    if len(cells) > MOST_ROWS + 1:
        raise TooLarge(_("超过 2,000 行，没有读取。"), _("分成几个文件导入。"))
    head = [text_in(cell) for cell in cells[0]] if cells else []
    missing = [name for name in columns.values() if name not in head]
    if missing:
        reason = _("缺少这些列：%(all)s。") % {"all": "、".join(missing)}
        raise Invalid(problems=[Problem("file", reason, _("请用下载的模板填写。"))])
    places = {field: head.index(name) for field, name in columns.items()}
    rows = []
    for number, line in enumerate(cells[1:], start=2):
        values = {field: line[place] if place < len(line) else None for field, place in places.items()}
        if any(text_in(value) for value in values.values()):
            rows.append(Row(number, values))
    if not rows:
        raise Invalid(problems=[Problem("file", _("除了表头，没有一行内容。"), _("请从表头下一行开始填。"))])
    return rows


def _cells(content: bytes) -> list[list[Any]]:
    if len(content) > MOST_BYTES:
        raise TooLarge(_("文件超过 5 MB，没有读取。"), _("分成几个文件导入。"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise TooLarge(_("文件超过 5 MB，没有读取。"), _("分成几个文件导入。"))
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, ValueError, OSError, IndexError) as fault:
        raise Invalid(
            problems=[Problem("file", _("这不是 Excel 文件。"), _("请用下载的模板另存为 .xlsx。"))]
        ) from fault


def text_in(value: Any) -> str:
    """A cell as text; `12.0` from a spreadsheet's number is `12`; the mark that keeps a formula from being one goes."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value).strip().removeprefix("'")


def grams_in(value: Any) -> int | None:
    """A cell of kilograms in grams; None for what is no finite number."""
    try:
        number = Decimal(text_in(value).replace(",", ""))
        return grams(number) if number.is_finite() else None
    except InvalidOperation:
        return None


def date_in(value: Any) -> date | None:
    """A cell as a day; None for what is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = text_in(value).replace("/", "-").replace("年", "-").replace("月", "-").removesuffix("日")
    try:
        return date(*(int(part) for part in text.split("-")))
    except (TypeError, ValueError):
        return None
