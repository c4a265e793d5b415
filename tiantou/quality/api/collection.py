"""The API of certificates in numbers: issue for many lots, take certificates in, list the collection."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Header, Schema, Status

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.kernel.rest import actor_of, admits
from tiantou.production.models import Lot
from tiantou.quality import queries
from tiantou.quality.api.certificates import CertificateOut, certificate_out, router
from tiantou.quality.models import Received
from tiantou.quality.queries import received as reads
from tiantou.quality.services import (
    COLLECTORS,
    ISSUERS,
    Paper,
    collect_commitment,
    collect_paper,
    issue_commitments,
)

PER_PAGE = 100
MOST_LOTS = 200


class ManyIn(Schema):
    """What is promised for each of the lots, whole."""

    lots: list[str]
    basis: str
    contact: str = ""
    omitted: list[str] = Field(default_factory=list)


class ManyOut(Schema):
    """What one submission issued."""

    number: str
    certificates: list[CertificateOut]


class ReceivedIn(Schema):
    """A certificate of this platform by its `number`; any other by what stands on it."""

    number: str = ""
    form: str = "paper"
    issuer_name: str = ""
    product_name: str = ""
    quantity_g: int = 0
    origin: str = ""
    issued_on: date | None = None
    paper_number: str = ""
    contact: str = ""
    basis: str = ""


class ReceivedOut(Schema):
    """A certificate in a collection, and until when it is kept."""

    number: str
    form: str
    paper_number: str
    issuer_name: str
    product_name: str
    quantity_g: int
    origin: str
    issued_on: date
    received_on: date
    keep_until: date
    collector: str


def received_out(row: Received) -> ReceivedOut:
    """The row as the API shows it."""
    return ReceivedOut(
        number=row.number,
        form=row.form,
        paper_number=row.paper_number,
        issuer_name=row.issuer_name,
        product_name=row.product_name,
        quantity_g=row.quantity_g,
        origin=row.origin,
        issued_on=row.issued_on,
        received_on=row.received_on,
        keep_until=row.keep_until,
        collector=row.collector.name,
    )


@router.post("/runs/", response={201: ManyOut}, auth=admits(ISSUERS))
def post_many(
    request: HttpRequest, body: ManyIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[ManyOut]:
    """Certificates are issued for many lots, or with a fault anywhere for none."""
    actor = actor_of(request)
    lots = list(Lot.objects.visible_to(actor).filter(code__in=body.lots[: MOST_LOTS + 1]))
    if len(lots) != len(set(body.lots)):
        raise Absent
    run = issue_commitments(
        by=actor,
        at=clock.now(),
        lots=lots,
        basis=body.basis,
        contact=body.contact,
        omitted=body.omitted,
        key=key,
    )
    rows = run.commitments.select_related("lot", "issuer").prefetch_related("sources").order_by("number")
    return Status(201, ManyOut(number=run.number, certificates=[certificate_out(row) for row in rows]))


@router.get("/received/", response=list[ReceivedOut], auth=admits(SIGNED_IN))
def list_received(request: HttpRequest, q: str = "", page: int = 1) -> list[ReceivedOut]:
    """The collection that the caller may see, newest first, a hundred a page."""
    start = (min(max(page, 1), 10_000) - 1) * PER_PAGE
    rows = reads.collection(actor_of(request), q.replace("\0", "")[:100])
    return [received_out(row) for row in rows[start : start + PER_PAGE]]


@router.post("/received/", response={201: ReceivedOut}, auth=admits(COLLECTORS))
def post_received(
    request: HttpRequest, body: ReceivedIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[ReceivedOut]:
    """A certificate is taken in; the same one again is the same row."""
    actor, at = actor_of(request), clock.now()
    if body.number:
        found = queries.by_number(body.number)
        if found is None:
            raise Absent
        return Status(201, received_out(collect_commitment(by=actor, at=at, commitment=found, key=key)))
    if body.issued_on is None:
        raise Invalid(problems=[Problem("issued_on", _("没有填写。"), _("照合格证填写。"))])
    paper = Paper(
        form=body.form,
        issuer_name=body.issuer_name,
        product_name=body.product_name,
        quantity_g=body.quantity_g,
        origin=body.origin,
        issued_on=body.issued_on,
        paper_number=body.paper_number,
        contact=body.contact,
        basis=body.basis,
    )
    return Status(201, received_out(collect_paper(by=actor, at=at, paper=paper, key=key)))
