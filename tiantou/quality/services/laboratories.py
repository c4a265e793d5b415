"""Samples are taken, sent, received and reported on; reports are signed, and corrected by a new version."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel import jcs
from tiantou.kernel.access import allow
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.clock import ZONE, local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot
from tiantou.production.queries import seen
from tiantou.production.services import next_number, place_hold
from tiantou.quality.credentials import dids, keys
from tiantou.quality.models import Method, Purpose, Report, ReportLine, Sample, SampleState
from tiantou.quality.queries import laboratories as queries
from tiantou.quality.rules import limits as rules
from tiantou.registry.models import Party

#: Who takes samples: the authority, and a market for its own.
SAMPLERS = allow(Role.INSPECTOR, Role.MARKET_KEEPER)
LABORATORIES = allow(Role.LABORATORY)
MOST_LINES = 200


class NotAccredited(NotPermitted):
    """无资质: the party is no laboratory whose accreditation stands."""

    code = "not-accredited"


class WrongStep(Conflict):
    """The sample does not stand where this can be done."""

    code = "wrong-step"


@dataclass(frozen=True, slots=True)
class Measured:
    """One line as the laboratory gives it; `row` is its line in a file."""

    substance: str
    reading: str
    unit: str = "mg/kg"
    lod: str = ""
    instrument: str = ""
    tested_at: datetime | None = None
    row: int | None = None
    decimal_comma: bool = False


@verb(SAMPLERS)
def take_sample(
    *,
    by: Actor,
    at: datetime,
    lot: Lot,
    mass_g: int,
    purpose: str = Purpose.SUPERVISION,
    note: str = "",
    key: str = "",
) -> Sample:
    """抽样: so many grams of the lot were taken as a sample under a slip of their own (抽样单).

    Raises: Absent; Invalid.
    """
    lot = seen(Lot.objects.select_related("place"), by, lot.pk)
    problems = []
    if not 0 < mass_g <= min(lot.mass_g, 1_000_000):
        problems.append(Problem("mass_g", _("样品重量应大于 0，不超过批次的重量。"), _("按实际取走的重量填写。")))
    if purpose not in Purpose.values:
        problems.append(Problem("purpose", _("没有这种抽样目的。"), _("从列表里选一种。")))
    if len(note) > 200 or "\x00" in note:  # noqa: PLR2004 - the column
        problems.append(Problem("note", _("这一项太长。"), _("写短一点。")))
    if problems:
        raise Invalid(problems=problems)
    day = local_date(at)
    made: Sample = Sample.objects.create(
        number=f"CY{day:%Y%m%d}-{next_number(f'sample:{day:%Y%m%d}'):04d}",
        lot=lot,
        site=lot.place,
        purpose=purpose,
        mass_g=mass_g,
        note=note.strip(),
        taken_at=at,
        taker=by.name,
        taker_id=by.person_id,
    )
    return made


@verb(SAMPLERS)
def send_sample(*, by: Actor, at: datetime, sample: Sample, laboratory: Party) -> Sample:
    """送检: the sample is on its way to an accredited laboratory. Raises: Absent; WrongStep; NotAccredited."""
    sample = _locked(by, sample)
    if not queries.accredited(laboratory, local_date(at)):
        raise _not_accredited(laboratory)
    _require(sample, SampleState.TAKEN)
    return _step(sample, state=SampleState.SENT, laboratory=laboratory, sent_at=at)


@verb(LABORATORIES)
def receive_sample(*, by: Actor, at: datetime, sample: Sample, condition: str) -> Sample:
    """收样: the laboratory has it, in a stated condition. Raises: Absent; WrongStep; Invalid."""
    sample = _locked(by, sample)
    _require(sample, SampleState.SENT)
    if not condition.strip() or not condition.isprintable() or len(condition) > 200:  # noqa: PLR2004 - the column
        raise Invalid(problems=[Problem("condition", _("没有写样品状态。"), _("例如 封签完好，冷藏，量足。"))])
    return _step(sample, state=SampleState.RECEIVED, received_at=at, receiver=by.name, condition=condition.strip())


@verb(LABORATORIES)
def file_report(
    *, by: Actor, at: datetime, sample: Sample, method: str, lines: Sequence[Measured], key: str = ""
) -> Report:
    """出报告: the results of a sample are on record, signed with the laboratory's key; the verdict is computed from limits.

    A failed report puts the lot, and all that was made of it, on hold.

    Raises: Absent; WrongStep where it was not received, or was reported before; NotAccredited; Invalid with every fault.
    """
    sample = _locked(by, sample)
    _require(sample, SampleState.RECEIVED)
    report = _write(by, at, sample, method, lines, None, "")
    _step(sample, state=SampleState.REPORTED, reported_at=at)
    return report


@verb(LABORATORIES)
def correct_report(
    *, by: Actor, at: datetime, report: Report, lines: Sequence[Measured], reason: str, key: str = ""
) -> Report:
    """更正: a new version stands for the report, which stays readable and says what replaced it.

    A hold that the old one caused is not lifted by it: that is the authority's to do.

    Raises: Absent; Conflict where a later version stands already; NotAccredited; Invalid.
    """
    found = seen(Report.objects.select_related("sample__lot"), by, report.pk)
    if found.laboratory_id != by.party_id:
        raise Absent
    sample = _locked(by, found.sample)
    if Report.objects.filter(corrects=found).exists():
        raise Conflict(_("报告 %(number)s 已经更正过。") % {"number": found.number}, _("请更正最新的一版。"))
    if not reason.strip() or not reason.isprintable() or len(reason) > 200:  # noqa: PLR2004 - the column
        raise Invalid(problems=[Problem("reason", _("没有写更正原因。"), _("写明哪里不对、为什么。"))])
    return _write(by, at, sample, found.method, lines, found, reason.strip())


def _write(
    by: Actor,
    at: datetime,
    sample: Sample,
    method: str,
    lines: Sequence[Measured],
    corrects: Report | None,
    reason: str,
) -> Report:
    laboratory = Party.objects.get(pk=by.party_id or 0)
    if not queries.accredited(laboratory, local_date(at)):
        raise _not_accredited(laboratory)
    rows, problems = judged(sample, lines)
    if method not in Method.values:
        problems.append(Problem("method", _("没有这种方法。"), _("选快速检测或定量检测。")))
    if problems:
        raise Invalid(problems=problems)
    version = corrects.version + 1 if corrects else 1
    number = f"BG{sample.number.removeprefix('CY')}" + (f"-V{version}" if version > 1 else "")
    passed = rules.passed([rules.Outcome(row.outcome) for row in rows])
    payload = _payload(number, version, corrects, reason, sample, laboratory, method, rows, passed, at)
    did = dids.of_code(laboratory.code)
    generation = keys.signing_at(at)
    report: Report = Report.objects.create(
        number=number,
        sample=sample,
        version=version,
        corrects=corrects,
        reason=reason,
        laboratory=laboratory,
        method=method,
        passed=passed,
        payload=payload,
        signature=base64.b64encode(generation.key_of(did).sign(jcs.canonical(payload))).decode(),
        signed_with=dids.method_id(did, generation),
        issued_at=at,
        signer=by.name,
        person_id=by.person_id,
    )
    for row in rows:
        row.report = report
    ReportLine.objects.bulk_create(rows)
    _hold_where_failed(report, sample.lot, at)
    return report


def judged(sample: Sample, lines: Sequence[Measured]) -> tuple[list[ReportLine], list[Problem]]:
    """The lines with their limits and verdicts (not saved), and what is wrong with those that have none."""
    problems = []
    if not 0 < len(lines) <= MOST_LINES:
        problems.append(Problem("lines", _("没有检测结果，或超过 200 项。"), _("至少填一项。")))
    rows = []
    on = local_date(sample.taken_at)
    seen_already: set[str] = set()
    for line in lines[:MOST_LINES]:
        substance = line.substance.strip()
        fault = _fault(line, substance, seen_already)
        seen_already.add(substance)
        try:
            reading = rules.read(line.reading, line.lod, decimal_comma=line.decimal_comma)
        except ValueError:
            fault = fault or Problem(
                "reading",
                _("结果看不懂：%(text)s") % {"text": line.reading[:30]},
                _("写数字，或 <0.01、<LOD、ND、未检出。"),
                line.row,
            )
        if fault:
            problems.append(fault)
            continue
        limit = queries.limit_on(substance, sample.lot.product, on)
        rows.append(_row(line, substance, reading, limit))
    return rows, problems


def _fault(line: Measured, substance: str, before: set[str]) -> Problem | None:
    if not substance or len(substance) > 60 or not substance.isprintable():  # noqa: PLR2004 - the column
        return Problem("substance", _("检测项目为空或太长。"), _("写药名或项目名。"), line.row)
    if substance in before:
        return Problem(
            "substance", _("%(name)s 出现了两次。") % {"name": substance}, _("一份报告里每个项目一行。"), line.row
        )
    if not (line.unit + line.instrument).isprintable():
        return Problem("unit", _("有看不见的字符。"), _("重新填写这一格。"), line.row)
    if not line.unit.strip() or len(line.unit.strip()) > 12:  # noqa: PLR2004 - the column
        return Problem("unit", _("单位为空或太长。"), _("一般写 mg/kg。"), line.row)
    return None


def _row(line: Measured, substance: str, reading: rules.Reading, limit: rules.Limit | None) -> ReportLine:
    unit = line.unit.strip()
    return ReportLine(
        substance=substance,
        reading=line.reading.strip()[:30],
        value=reading.value,
        lod=line.lod.strip()[:20],
        unit=unit,
        limit=limit.value if limit else None,
        limit_unit=limit.unit if limit else "",
        limit_source=limit.source if limit else "",
        outcome=rules.judge(reading, unit, limit),
        instrument=line.instrument.strip()[:60],
        tested_at=line.tested_at,
    )


def _payload(
    number: str,
    version: int,
    corrects: Report | None,
    reason: str,
    sample: Sample,
    laboratory: Party,
    method: str,
    rows: Sequence[ReportLine],
    passed: bool | None,
    at: datetime,
) -> dict[str, Any]:
    """What is signed: no person's name is in it, since everybody who holds the number may read it."""
    return {
        "type": "tiantou:TestReport/1",
        "number": number,
        "version": version,
        "corrects": corrects.number if corrects else None,
        "reason": reason,
        "laboratory": {"code": laboratory.code, "name": laboratory.name, "cma": str(laboratory.data.get("cma", ""))},
        "sample": sample.number,
        "lot": {"code": sample.lot.code, "epc": sample.lot.epc, "product": sample.lot.product.name},
        "method": method,
        "takenAt": _iso(sample.taken_at),
        "receivedAt": _iso(sample.received_at),
        "issuedAt": _iso(at),
        "passed": passed,
        "results": [
            {
                "substance": row.substance,
                "reading": row.reading,
                "unit": row.unit,
                "lod": row.lod,
                "limit": None if row.limit is None else f"{row.limit.normalize():f}",
                "limitUnit": row.limit_unit,
                "limitSource": row.limit_source,
                "outcome": str(row.outcome),
                "instrument": row.instrument,
                "testedAt": _iso(row.tested_at),
            }
            for row in rows
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(ZONE).isoformat(timespec="seconds") if at else None


def _hold_where_failed(report: Report, lot: Lot, at: datetime) -> None:
    if report.passed is not False or Lot.objects.get(pk=lot.pk).on_hold:
        return
    worst = ReportLine.objects.filter(report=report, outcome=rules.Outcome.FAIL)[0]
    reason = _("检验报告 %(number)s 不合格：%(item)s %(reading)s %(unit)s") % {
        "number": report.number,
        "item": worst.substance,
        "reading": worst.reading,
        "unit": worst.unit,
    }
    place_hold(by=SYSTEM, at=at, lot=lot, reason=reason)


def _locked(by: Actor, sample: Sample) -> Sample:
    """The sample, row locked; of a laboratory only one that was sent to it. Raises: Absent."""
    rows = Sample.objects.select_related("lot__product__category__category", "laboratory").select_for_update(
        of=("self",)
    )
    found: Sample = seen(rows, by, sample.pk)
    if by.role is Role.LABORATORY and found.laboratory_id != by.party_id:
        raise Absent
    return found


def _require(sample: Sample, state: SampleState) -> None:
    if sample.state != state:
        raise WrongStep(
            _("样品 %(number)s 现在是“%(state)s”，不能这样办。")
            % {"number": sample.number, "state": SampleState(sample.state).label}
        )


def _step(sample: Sample, **values: Any) -> Sample:
    for name, value in values.items():
        setattr(sample, name, value)
    sample.save(update_fields=list(values))
    return sample


def _not_accredited(laboratory: Party) -> NotAccredited:
    return NotAccredited(
        _("%(name)s 没有有效的资质认定。") % {"name": laboratory.name}, _("先在登记簿里登记并核实 CMA 证书。")
    )
