"""What stands behind a code, for programs."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from ninja import Schema

from tiantou.kernel.access import PUBLIC
from tiantou.kernel.errors import Absent
from tiantou.kernel.rest import admits, api
from tiantou.portal import scanning

router = api("scan", "portal")


class StepOut(Schema):
    """One step of the way."""

    at: datetime
    title: str
    place: str
    text: str


class ScanOut(Schema):
    """What a consumer may know."""

    lot: str
    product: str
    grade: str
    origin: str
    producer: str
    harvested_on: date
    held: bool
    certificate: str
    way: list[StepOut]


@router.get("/", response=ScanOut, auth=admits(PUBLIC))
def scan(request: HttpRequest, code: str) -> ScanOut:
    """What stands behind a Digital Link, EPC, SSCC or `(01)…(10)…`. 404 where nothing of ours bears the code."""
    try:
        found = scanning.scan(scanning.epc_of(code))
    except ValueError:
        found = None
    if found is None:
        raise Absent
    return ScanOut(
        lot=found.lot.code,
        product=found.lot.product.name,
        grade=found.lot.grade,
        origin=found.origin,
        producer=found.producer,
        harvested_on=found.harvested_on,
        held=found.held,
        certificate=found.commitment.number if found.commitment else "",
        way=[StepOut(at=step.at, title=step.title, place=step.place, text=step.text) for step in found.steps],
    )
