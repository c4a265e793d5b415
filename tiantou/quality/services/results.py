"""Results come in from an instrument's file or the template: checked first, then reported, each sample once."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from tiantou.kernel.actor import Actor
from tiantou.kernel.clock import ZONE, local_date
from tiantou.kernel.errors import Invalid, NotPermitted, Problem, TooLarge
from tiantou.kernel.verbs import verb
from tiantou.quality.models import Method, Report, Sample, SampleState
from tiantou.quality.queries import laboratories as queries
from tiantou.quality.rules import instruments
from tiantou.quality.services.laboratories import LABORATORIES, Measured, file_report, judged
from tiantou.registry.models import Party


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds: samples to report with their lines, those reported before with the same results, and every fault."""

    ready: list[tuple[Sample, str, list[Measured]]] = field(default_factory=list)
    known: list[Sample] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file."""

    reports: list[Report]
    known: int


@verb(LABORATORIES)
def import_results(*, by: Actor, at: datetime, profile: str, content: bytes) -> Imported:
    """Every sample of the file has its report; with a fault anywhere nothing is saved; what is reported already stays as it is.

    Raises: TooLarge; Invalid with every fault by row, field, reason and remedy; NotAccredited.
    """
    found = check_results(by, at, profile, content)
    if found.problems:
        raise Invalid(
            _("文件里有 %(count)d 处错误，一份报告也没有出。") % {"count": len(found.problems)}, problems=found.problems
        )
    reports = [
        file_report(by=by, at=at, sample=sample, method=method, lines=lines) for sample, method, lines in found.ready
    ]
    return Imported(reports, len(found.known))


def check_results(by: Actor, at: datetime, profile: str, content: bytes) -> Found:
    """What `import_results` would do; nothing is written. Raises: TooLarge; Invalid for a file that cannot be read."""
    if not LABORATORIES.admits(by):
        raise NotPermitted(roles=sorted(LABORATORIES.roles or ()))
    chosen = queries.profiles().get(profile)
    if chosen is None:
        raise Invalid(problems=[Problem("profile", _("没有这种仪器格式。"), _("从列表里选一种。"))])
    found = Found(problems=[])
    by_sample: dict[str, list[instruments.Row]] = defaultdict(list)
    number = 0
    try:
        for row, fault in instruments.rows_of(_lines(content, chosen), chosen):
            number += 1
            if row is not None:
                by_sample[row.sample].append(row)
            elif fault is not None:
                found.problems.append(_fault(fault, chosen))
    except instruments.NoHead as missing:
        raise Invalid(
            problems=[
                Problem(
                    "file",
                    _("没有找到表头，缺少这些列：%(all)s。") % {"all": "、".join(missing.args)},
                    _("看看选对了仪器没有。"),
                )
            ]
        ) from None
    if number > instruments.MOST_ROWS:
        raise TooLarge(_("超过 20,000 行，没有读取。"), _("分成几个文件导入。"))
    known = {
        sample.number: sample
        for sample in queries.samples_of(by)
        .filter(number__in=by_sample, laboratory_id=by.party_id)
        .select_related("lot__product__category__category")
    }
    laboratory = Party.objects.filter(pk=by.party_id or 0).first()
    if laboratory is None or not queries.accredited(laboratory, local_date(at)):
        found.problems.append(
            Problem("file", _("您的机构没有有效的资质认定。"), _("先在登记簿里登记并核实 CMA 证书。"))
        )
    for name, rows in by_sample.items():
        _sort(found, known.get(name), rows, chosen)
    found.problems.sort(key=lambda problem: problem.row or 0)
    return Found(found.ready, found.known, found.problems, number)


def _lines(content: bytes, profile: instruments.Profile) -> list[list[str]]:
    if len(content) > instruments.MOST_BYTES:
        raise TooLarge(_("文件超过 5 MB，没有读取。"), _("分成几个文件导入。"))
    try:
        if content.startswith(b"PK"):
            return _sheet(content)
        return instruments.lines_of(content, profile)
    except (UnicodeDecodeError, csv.Error, CalamineError, zipfile.BadZipFile, ValueError, OSError):
        raise Invalid(
            problems=[Problem("file", _("这个文件读不出来。"), _("从仪器导出 CSV，或用下载的模板填写。"))]
        ) from None


def _sheet(content: bytes) -> list[list[str]]:
    """The first sheet's cells as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(part.file_size for part in archive.infolist()) > 20 * instruments.MOST_BYTES:
            raise ValueError("bomb")
    page = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [
        [_cell(value) for value in line]
        for line in page.to_python(skip_empty_area=False, nrows=instruments.MOST_ROWS + 40)
    ]


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return text[1:] if text[:1] == "'" else text


def _fault(fault: tuple[int, str], profile: instruments.Profile) -> Problem:
    row, name = fault
    if name == "tested_at":
        return Problem(profile.columns[name], _("时间看不懂。"), _("照仪器导出的格式，不要改。"), row)
    remedies = {
        "sample": _("填抽样单上的编号，CY 开头。"),
        "substance": _("写药名或项目名。"),
        "reading": _("写数字，或 <0.01、<LOD、ND、未检出。"),
    }
    return Problem(profile.columns[name], _("没有填写。"), remedies[name], row)


def _sort(found: Found, sample: Sample | None, rows: Sequence[instruments.Row], profile: instruments.Profile) -> None:
    """Where the rows of one sample belong: ready, known before, or faulty."""
    first = rows[0].number
    if sample is None:
        found.problems.append(
            Problem(
                profile.columns["sample"],
                _("没有送到本机构的样品 %(number)s。") % {"number": rows[0].sample[:40]},
                _("核对抽样单编号。"),
                first,
            )
        )
        return
    lines = [_measured(row, profile) for row in rows]
    written, problems = judged(sample, lines)
    found.problems.extend(
        Problem(profile.columns.get(each.field, each.field), each.reason, each.remedy, each.row or first)
        for each in problems
    )
    method = _method(rows, profile)
    report = queries.current(sample)
    if report is not None:
        same = {(row.substance, row.reading, row.unit) for row in written} == set(
            report.lines.values_list("substance", "reading", "unit")
        )
        if same:
            found.known.append(sample)
        else:
            found.problems.append(
                Problem(
                    profile.columns["reading"],
                    _("样品 %(number)s 已有报告，结果和这里不同。") % {"number": sample.number},
                    _("要改结果，请到报告页更正。"),
                    first,
                )
            )
    elif sample.state != SampleState.RECEIVED:
        found.problems.append(
            Problem(
                profile.columns["sample"],
                _("样品 %(number)s 还没有收样。") % {"number": sample.number},
                _("先在样品页登记收样。"),
                first,
            )
        )
    else:
        found.ready.append((sample, method, lines))


def _measured(row: instruments.Row, profile: instruments.Profile) -> Measured:
    return Measured(
        substance=row.substance,
        reading=row.reading,
        unit=row.unit,
        lod=row.lod,
        instrument=row.instrument,
        tested_at=row.tested_at.replace(tzinfo=ZONE) if row.tested_at else None,
        row=row.number,
        decimal_comma=profile.decimal_comma,
    )


def _method(rows: Sequence[instruments.Row], profile: instruments.Profile) -> str:
    """What the rows say of their method, else the profile's."""
    said = {row.kind for row in rows if row.kind}
    return Method.RAPID if said and said <= {"快速检测", "rapid"} else profile.method
