"""Feeds and figures for programs: send a platform's file, read its receipt, read what the figures say."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Header, Schema, Status, UploadedFile

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.errors import Absent
from tiantou.kernel.labels import label
from tiantou.kernel.rest import actor_of, admits, api
from tiantou.statistics import catalogue, measures, queries, services
from tiantou.statistics.catalogue import Indicator
from tiantou.statistics.models import Receipt
from tiantou.statistics.rules import progress

feeds = api("feeds", "statistics")
figures = api("figures", "statistics")
MOST = 200


class ReceiptOut(Schema):
    """What came of a file: `rows_read` = new + repeated + duplicate + rejected; money in fen, of the new lines."""

    id: int
    number: str
    platform: str
    name: str
    sha256: str
    at: datetime
    status: str
    rows_read: int
    new_lines: int
    repeated_lines: int
    duplicate_rows: int
    rejected_rows: int
    other_versions: int
    cancellations: int
    orders: int
    gross_fen: int
    cancelled_fen: int
    net_fen: int
    first_on: date | None
    last_on: date | None
    void_reason: str


class FaultOut(Schema):
    """A returned row; `field` and `code` are stable, the rest is for people."""

    row: int
    field: str
    code: str
    column: str
    reason: str
    remedy: str


class VoidIn(Schema):
    """Why a delivery counts no more."""

    reason: str


class PublishedOut(Schema):
    """What somebody else published for a period."""

    area: str
    period: str
    value: Decimal
    source: str
    published_on: date


class FigureOut(Schema):
    """An indicator on a day; `value` null: not known, and `why` says why. A share carries what it is a share of."""

    code: str
    name: str
    unit: str
    article: int
    on: date
    value: Decimal | None
    why: str
    numerator: int | None
    denominator: int | None
    target: Decimal | None
    progress: int | None
    demonstration: bool


class FigureDetailOut(FigureOut):
    """A figure with its districts (by GB/T 2260 code) and the published values."""

    by_district: dict[str, int]
    published: list[PublishedOut]


def _receipt(request: HttpRequest, pk: int) -> Receipt:
    found: Receipt | None = Receipt.objects.visible_to(actor_of(request)).filter(pk=pk).first()
    if found is None:
        raise Absent
    return found


@feeds.post("/", response={201: ReceiptOut}, auth=admits(SIGNED_IN))
def send(
    request: HttpRequest,
    platform: Annotated[str, Form()],
    file: Annotated[UploadedFile, File()],
    key: Annotated[str, Header(alias="Idempotency-Key")] = "",
) -> Status[Receipt]:
    """A platform's file is taken in; sending it again changes no figure."""
    receipt = services.receive_file(
        by=actor_of(request), at=clock.now(), platform=platform, name=file.name or "", content=file.read(), key=key
    )
    return Status(201, receipt)


@feeds.get("/", response=list[ReceiptOut], auth=admits(SIGNED_IN))
def receipts(request: HttpRequest, platform: str = "", offset: int = 0, limit: int = 50) -> list[Receipt]:
    """The receipts that the caller sees, newest first."""
    rows = Receipt.objects.visible_to(actor_of(request))
    rows = rows.filter(platform=platform) if platform else rows
    first = max(0, offset)
    return list(rows[first : first + max(1, min(limit, MOST))])


@feeds.get("/{pk}", response=ReceiptOut, auth=admits(SIGNED_IN))
def receipt(request: HttpRequest, pk: int) -> Receipt:
    """One receipt."""
    return _receipt(request, pk)


@feeds.get("/{pk}/rejected", response=list[FaultOut], auth=admits(SIGNED_IN))
def rejected(request: HttpRequest, pk: int) -> list[FaultOut]:
    """Every fault of every returned row."""
    return [FaultOut.from_orm(fault) for fault in queries.rejected_rows(_receipt(request, pk))]


@feeds.post("/{pk}/void", response=ReceiptOut, auth=admits(services.STEWARDS))
def void(request: HttpRequest, pk: int, data: VoidIn) -> Receipt:
    """The delivery counts no more."""
    return services.void_receipt(by=actor_of(request), at=clock.now(), receipt=pk, reason=data.reason)


@figures.get("/", response=list[FigureOut], auth=admits(PUBLIC))
def list_figures(request: HttpRequest, on: date | None = None) -> list[FigureOut]:
    """Every figure on a day, today unless told."""
    day = on or clock.today()
    return [
        FigureOut(**_said(each, measures.MEASURES[each.measure](day), day)) for each in catalogue.indicators().values()
    ]


@figures.get("/{code}", response=FigureDetailOut, auth=admits(PUBLIC))
def one_figure(request: HttpRequest, code: str, on: date | None = None) -> FigureDetailOut:
    """One figure on a day, with its districts and the published values."""
    found = catalogue.indicators().get(code)
    if found is None:
        raise Absent
    day = on or clock.today()
    measured = measures.MEASURES[found.measure](day)
    published = [
        PublishedOut(
            area=row.area_code, period=row.period, value=row.value, source=row.source, published_on=row.published_on
        )
        for row in queries.published(code)
    ]
    return FigureDetailOut(**_said(found, measured, day), by_district=dict(measured.by_district), published=published)


def _said(indicator: Indicator, measured: measures.Measured, on: date) -> dict[str, Any]:
    figure = measured.figure
    target = Decimal(indicator.target) if indicator.target else None
    return {
        "code": indicator.code,
        "name": label(indicator.names),
        "unit": label(indicator.unit),
        "article": indicator.article,
        "on": on,
        "value": figure.value,
        "why": figure.why,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "target": target,
        "progress": progress(figure.value, target),
        "demonstration": figure.demonstration,
    }
