"""What stands behind a code, for programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from tiantou.gs1 import digital_link
from tiantou.gs1.application_identifiers import Malformed
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.kernel.rest import admits, api
from tiantou.portal import resolver, scanning
from tiantou.portal.words import malformed

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
    verdict: str
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
        verdict=found.verdict().word,
        certificate=found.commitment.number if found.commitment else "",
        way=[StepOut(at=step.at, title=step.title, place=step.place, text=step.text) for step in found.steps],
    )


@router.get("/links/", response=dict[str, Any], auth=admits(PUBLIC))
def links(request: HttpRequest, uri: str) -> dict[str, Any]:
    """The link set of a GS1 Digital Link below any domain (RFC 9264). 422 where it is none, 404 where nothing of ours bears it."""
    try:
        link = digital_link.parse(uri)
    except Malformed as fault:
        raise Invalid(problems=[Problem("uri", malformed(fault))]) from None
    found = resolver.subjects(replace(link, stem=resolver.root()))
    if not found:
        raise Absent
    return resolver.linkset(found)
