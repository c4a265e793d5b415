"""The API of laboratories: samples to test, signed reports, limits, and files of results with a dry run."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Header, Schema, Status, UploadedFile

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.errors import Absent
from tiantou.kernel.rest import admits, api
from tiantou.quality.models import Report, Sample, SampleState
from tiantou.quality.queries import laboratories as queries
from tiantou.quality.services import LABORATORIES, Measured, check_results, file_report, import_results, receive_sample

router = api("laboratory", "quality")
PER_PAGE = 100


class SampleOut(Schema):
    """A sample and where it is."""

    number: str
    lot: str
    product: str
    purpose: str
    state: str
    mass_g: int
    laboratory: str | None
    taken_at: datetime
    report: str | None


class ReportOut(Schema):
    """A report: what was signed, the signature, and whether it is genuine and the latest version."""

    number: str
    version: int
    passed: bool | None
    genuine: bool
    corrected_by: str | None
    payload: dict[str, Any]
    signature: str
    verification_method: str


class ConditionIn(Schema):
    """How the sample arrived."""

    condition: str


class LineIn(Schema):
    """One result: a number, `<0.01`, `<LOD`, `ND`."""

    substance: str
    reading: str
    unit: str = "mg/kg"
    lod: str = ""
    instrument: str = ""


class ReportIn(Schema):
    """The results of a sample."""

    method: str
    lines: list[LineIn]


class FaultOut(Schema):
    """What is wrong with one row of a file."""

    row: int | None
    field: str
    reason: str
    remedy: str


class FileOut(Schema):
    """What is in a file (dry run), or what came of it."""

    ready: list[str]
    known: int
    reports: list[str]
    problems: list[FaultOut]


class LimitOut(Schema):
    """A limit with its source; `checked` says whether the operator compared it with the standard's text."""

    substance: str
    foods: list[str]
    value: str
    unit: str
    source: str
    starts: str
    absent: bool
    checked: bool


def sample_out(sample: Sample) -> SampleOut:
    """The sample as the API shows it."""
    report = queries.current(sample)
    return SampleOut(
        number=sample.number,
        lot=sample.lot.code,
        product=sample.lot.product.name,
        purpose=sample.purpose,
        state=sample.state,
        mass_g=sample.mass_g,
        laboratory=sample.laboratory.name if sample.laboratory else None,
        taken_at=sample.taken_at,
        report=report.number if report else None,
    )


def report_out(report: Report) -> ReportOut:
    """The report as the API shows it."""
    later = Report.objects.filter(corrects=report).first()
    return ReportOut(
        number=report.number,
        version=report.version,
        passed=report.passed,
        genuine=queries.genuine(report),
        corrected_by=later.number if later else None,
        payload=report.payload,
        signature=report.signature,
        verification_method=report.signed_with,
    )


@router.get("/limits", response=list[LimitOut], auth=admits(PUBLIC))
def list_limits(request: HttpRequest, substance: str = "") -> list[LimitOut]:
    """The limits that verdicts are computed from."""
    return [
        LimitOut(
            substance=limit.substance,
            foods=list(limit.foods),
            value=f"{limit.value:f}",
            unit=limit.unit,
            source=limit.source,
            starts=limit.starts.isoformat(),
            absent=limit.absent,
            checked=limit.checked,
        )
        for limit in queries.limits()
        if not substance or limit.substance == substance
    ]


@router.get("/samples", response=list[SampleOut], auth=admits(SIGNED_IN))
def list_samples(request: HttpRequest, state: str = "", page: int = 1) -> list[SampleOut]:
    """The samples that the caller may see, newest first, a hundred a page."""
    start = (min(max(page, 1), 10_000) - 1) * PER_PAGE
    rows = queries.samples_of(request.actor)  # type: ignore[attr-defined]
    rows = rows.filter(state=state) if state in SampleState.values else rows
    return [sample_out(row) for row in rows[start : start + PER_PAGE]]


@router.post("/samples/{number}/receive", response=SampleOut, auth=admits(LABORATORIES))
def post_receive(request: HttpRequest, number: str, body: ConditionIn) -> SampleOut:
    """The laboratory has the sample."""
    actor = request.actor  # type: ignore[attr-defined]
    made = receive_sample(by=actor, at=clock.now(), sample=_sample(request, number), condition=body.condition)
    return sample_out(made)


@router.post("/samples/{number}/report", response={201: ReportOut}, auth=admits(LABORATORIES))
def post_report(
    request: HttpRequest, number: str, body: ReportIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[ReportOut]:
    """The results of a sample, signed with the laboratory's key; the verdict is computed."""
    made = file_report(
        by=request.actor,  # type: ignore[attr-defined]
        at=clock.now(),
        sample=_sample(request, number),
        method=body.method,
        lines=[Measured(x.substance, x.reading, x.unit, x.lod, x.instrument) for x in body.lines],
        key=key,
    )
    return Status(201, report_out(made))


@router.get("/reports/{number}", response=ReportOut, auth=admits(PUBLIC))
def get_report(request: HttpRequest, number: str) -> ReportOut:
    """A report by its number, and whether its signature is genuine."""
    found = queries.by_number(number)
    if found is None:
        raise Absent
    return report_out(found)


@router.post("/import", response=FileOut, auth=admits(LABORATORIES))
def post_import(
    request: HttpRequest, file: File[UploadedFile], profile: Form[str], dry_run: Form[bool] = True
) -> FileOut:
    """An instrument's file: looked at by default; with `dry_run=false` reported, all of it or nothing."""
    actor, at, content = request.actor, clock.now(), file.read()  # type: ignore[attr-defined]
    if not dry_run:
        made = import_results(by=actor, at=at, profile=profile, content=content)
        return FileOut(ready=[], known=made.known, reports=[report.number for report in made.reports], problems=[])
    found = check_results(actor, at, profile, content)
    return FileOut(
        ready=[sample.number for sample, _method, _lines in found.ready],
        known=len(found.known),
        reports=[],
        problems=[FaultOut(row=x.row, field=x.field, reason=x.reason, remedy=x.remedy) for x in found.problems],
    )


def _sample(request: HttpRequest, number: str) -> Sample:
    rows = queries.samples_of(request.actor)  # type: ignore[attr-defined]
    found = rows.filter(number=number).first() if number.isprintable() else None
    if found is None:
        raise Absent
    return found
