"""An uploaded file (.xlsx or .csv) becomes rows by field name; what is too large, broken or unknown is refused before it is unpacked."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel.errors import Invalid, Problem, TooLarge
from tiantou.registry.kinds import Kind

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
MOST_COLUMNS = 200
#: A sheet of text packs about 1:10 to 1:25; a bomb 1:1000.
MOST_UNPACKED = 400 * 1024 * 1024
MOST_RATIO = 150
MOST_PARTS = 2_000
_HEADER_ROWS = 5
#: The first cell of the example row begins so; it is never taken in.
EXAMPLE = ("例：", "例:", "Example:")
#: Headings that our own sheets add and that carry no fact.
_IGNORED = frozenset({"问题", "Problems", "状态", "Status", "最近活动", "Last active", "#"})
_DECORATION = re.compile(r"[*＊\s]|[（(].*[）)]$")


class Unreadable(Invalid):
    """The file is not what its name says, or none of the formats that can be taken in."""

    code = "unreadable"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file, each with its number in the sheet (from 1); `columns` are field names in the file's order."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, Any]], ...]


def read(kind: Kind, file_name: str, content: bytes) -> Sheet:
    """The file's rows by field name.

    Raises: TooLarge (413) past the limits; Unreadable (422) for what cannot be read; Invalid for unknown or missing columns.
    """
    if len(content) > MOST_BYTES:
        raise TooLarge(_("文件有 {n} MB，超过 20 MB。").format(n=len(content) // 1024 // 1024), _("请分成几个文件。"))
    if not content.strip():
        raise Unreadable(_("文件是空的。"), _("请在模板里填好再上传。"))
    if content[:4] == b"PK\x03\x04":
        cells = _xlsx(content)
    elif file_name.lower().endswith((".xlsx", ".xls", ".et", ".wps")):
        raise Unreadable(_("这不是 xlsx 工作簿，或者文件已损坏。"), _("请在 Excel 或 WPS 里“另存为” .xlsx 再上传。"))
    else:
        cells = _csv(content)
    if len(cells) > MOST_ROWS + _HEADER_ROWS:
        raise TooLarge(_("有 {n} 行，超过 {most} 行。").format(n=len(cells), most=MOST_ROWS), _("请分成几个文件。"))
    return _rows(kind, cells)


def _xlsx(content: bytes) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unreadable(_("工作簿已损坏，打不开。"), _("请在 Excel 或 WPS 里打开，另存一份再上传。")) from error
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or unpacked > max(len(content), 64 * 1024) * MOST_RATIO:
        raise TooLarge(
            _("工作簿展开后太大（{n} MB）。").format(n=unpacked // 1024 // 1024), _("请删去多余的工作表、格式和图片。")
        )
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError, IndexError, zipfile.BadZipFile) as error:
        raise Unreadable(_("工作簿已损坏，打不开。"), _("请在 Excel 或 WPS 里打开，另存一份再上传。")) from error


def decoded(content: bytes) -> str:
    """Text in UTF-8 (with or without a mark), UTF-16 with a mark, or GB18030. Raises: Unreadable."""
    marked = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(_("认不出文件的编码。"), _("请另存为“CSV UTF-8”或 .xlsx 再上传。"))


def _csv(content: bytes) -> list[list[Any]]:
    text = decoded(content)
    first = text.split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Unreadable(
            _("CSV 的引号没有配对：{error}").format(error=error), _("请用 Excel 或 WPS 打开另存，再上传。")
        ) from error


def _rows(kind: Kind, cells: Sequence[Sequence[Any]]) -> Sheet:
    at, columns = _header(kind, cells)
    missing = [each for each in kind.all_fields if each.required and each.name not in columns.values()]
    if missing:
        raise Invalid(
            _("缺少必填的列。"), _("请用本类的模板。"),
            problems=[Problem(each.name, _("没有“{title}”这一列。").format(title=each.title)) for each in missing],
        )  # fmt: skip
    rows = []
    for number, row in enumerate(cells[at + 1 :], at + 2):
        values = {name: _plain(row[n]) for n, name in columns.items() if n < len(row)}
        if str(row[0] if row else "").strip().startswith(EXAMPLE):
            continue
        if any(value not in {"", None} for value in values.values()):
            rows.append((number, values))
    if not rows:
        raise Unreadable(_("除了表头，没有一行内容。"), _("请从表头下一行开始填。"))
    return Sheet(tuple(columns.values()), tuple(rows))


def _plain(value: Any) -> Any:
    """A cell as JSON can keep it."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def _header(kind: Kind, cells: Sequence[Sequence[Any]]) -> tuple[int, dict[int, str]]:
    """The row below which facts begin, and field names by column: the hidden row of names, else the row of headings."""
    names = {each.name for each in kind.all_fields}
    for at, row in enumerate(cells[:_HEADER_ROWS]):
        filled = {n: str(cell).strip() for n, cell in enumerate(row) if str(cell).strip()}
        if filled and names.issuperset(filled.values()) and len(filled) > 1:
            return at, filled
    titles: dict[str, str] = {}
    for each in kind.all_fields:
        titles |= {_bare(title): each.name for title in each.label.values()}
    for at, row in enumerate(cells[:_HEADER_ROWS]):
        found = {n: titles[_bare(str(cell))] for n, cell in enumerate(row) if _bare(str(cell)) in titles}
        if len(found) > 1 or (found and len(row) == 1):
            _refuse_unknown(row, found)
            return at, found
    raise Unreadable(_("找不到表头。"), _("请用“{kind}”的模板，第一行留着不动。").format(kind=kind.title))


def _refuse_unknown(row: Sequence[Any], found: dict[int, str]) -> None:
    if len(row) > MOST_COLUMNS:
        raise TooLarge(_("列数超过 {most}。").format(most=MOST_COLUMNS), _("请删去多余的列。"))
    unknown = [
        str(cell).strip() for n, cell in enumerate(row)
        if n not in found and str(cell).strip() and str(cell).strip() not in _IGNORED
    ]  # fmt: skip
    doubled = {name for name in found.values() if list(found.values()).count(name) > 1}
    problems = [Problem(title[:40], _("不认识这一列。"), _("请删去，或改成模板里的列名。")) for title in unknown]
    problems += [Problem(name, _("这一列出现了两次。"), _("只留一列。")) for name in sorted(doubled)]
    if problems:
        raise Invalid(_("表头有问题，还没有读内容。"), problems=problems)


def _bare(title: str) -> str:
    return _DECORATION.sub("", title.strip().split("\n", 1)[0]).lower()
