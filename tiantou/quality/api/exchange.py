"""The API of sharing between authorities: take a batch's way, bring one, see who read what. See docs/recall.md."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from ninja import Schema, Status

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.rest import actor_of, admits, api
from tiantou.quality import exchanging
from tiantou.quality.models import ExchangeAccess
from tiantou.quality.queries import exchange as queries
from tiantou.quality.services import READERS, bring_record, shared

router = api("exchange", "exchange")
PER_PAGE = 100


class FieldOut(Schema):
    """One field of the shape: our element name and the standard's Chinese term."""

    name: str
    term: str
    type: str
    required: bool


class ShapeOut(Schema):
    """The shape of a record, after NY/T 4712-2025 as far as public summaries tell it."""

    standard: str
    version: str
    links: dict[str, str]
    subject: list[FieldOut]
    link: list[FieldOut]


class AccessOut(Schema):
    """One access: who, when, for what, which batch."""

    at: datetime
    reader: str
    agreement: str
    purpose: str
    case_ref: str
    batch: str
    direction: str
    links: int
    personal: bool


@router.get("/shape", response=ShapeOut, auth=admits(PUBLIC))
def read_shape(request: HttpRequest) -> ShapeOut:
    """The fields of a record, for whoever writes the other side."""
    shape = exchanging.shape()
    fields = {
        part: [FieldOut(name=each.name, term=each.term, type=each.type, required=each.required) for each in rows]
        for part, rows in (("subject", shape.subject), ("link", shape.link))
    }
    return ShapeOut(standard=shape.standard, version=shape.version, links=dict(shape.links), **fields)


@router.get("/batches/{path:code}", auth=admits(READERS))
def read_batch(
    request: HttpRequest, code: str, purpose: str = "", case_ref: str = "", direction: str = "both"
) -> HttpResponse:
    """A batch's way as JSON, or as XML where the caller accepts only that. Each call is logged with purpose and case."""
    given = shared(
        by=actor_of(request), at=clock.now(), code=code, purpose=purpose, case_ref=case_ref, direction=direction
    )
    about = about_of(given.access)
    preferred = request.get_preferred_type([exchanging.JSON, exchanging.XML]) or exchanging.JSON
    xml = preferred == exchanging.XML
    content = exchanging.as_xml(given.record, about) if xml else exchanging.as_json(given.record, about)
    return HttpResponse(content, content_type=f"{preferred}; charset=utf-8")


def about_of(access: ExchangeAccess) -> dict[str, str]:
    """What stands before the record: the batch, when it was read, for what."""
    return {
        "batch": access.batch,
        "created": access.at.isoformat(timespec="seconds"),
        "purpose": access.purpose,
        "case_ref": access.case_ref,
    }


@router.post("/records", response={201: AccessOut}, auth=admits(READERS))
def post_record(request: HttpRequest, purpose: str = "", case_ref: str = "") -> Status[AccessOut]:
    """Another platform's record, JSON or XML as the body: its links are events of the journal, each once however often it comes."""
    made = bring_record(
        by=actor_of(request),
        at=clock.now(),
        content=request.body,
        media=request.content_type or "",
        purpose=purpose,
        case_ref=case_ref,
    )
    return Status(201, _access(made))


@router.get("/accesses", response=list[AccessOut], auth=admits(SIGNED_IN))
def list_accesses(request: HttpRequest, page: int = 1) -> list[AccessOut]:
    """谁看过我的数据: accesses to the caller's data, or by the caller's authority, newest first, a hundred a page."""
    start = (max(page, 1) - 1) * PER_PAGE
    return [_access(row) for row in queries.accesses_of(actor_of(request))[start : start + PER_PAGE]]


def _access(row: ExchangeAccess) -> AccessOut:
    names = ("at", "purpose", "case_ref", "batch", "direction", "links", "personal")
    return AccessOut(
        reader=row.reader_name,
        agreement=row.agreement.code if row.agreement else "",
        **{name: getattr(row, name) for name in names},
    )
