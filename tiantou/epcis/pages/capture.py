"""Documents of events are taken in; each leaves a job that says what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from tiantou.epcis import answers, paging
from tiantou.epcis.answers import Answer
from tiantou.epcis.binding import Resource, read_body
from tiantou.epcis.errors import CaptureLimitExceeded, NoSuchResource, NotAcceptable, QueryParameter, ValidationFailed
from tiantou.epcis.models import CaptureJob
from tiantou.epcis.negotiation import Wishes, body_form
from tiantou.epcis.services import CaptureLimitExceeded as TooMuch
from tiantou.epcis.services import NotValid, capture_document
from tiantou.epcis.services.capture import LIMIT_BYTES, LIMIT_EVENTS
from tiantou.kernel import clock
from tiantou.kernel.web import Request

_FAULTS_SHOWN = 20


def limits() -> dict[str, str]:
    """What OPTIONS tells of the capture interface, and a refusal of its limits too."""
    return {"GS1-EPCIS-Capture-Limit": str(LIMIT_EVENTS), "GS1-EPCIS-Capture-File-Size-Limit": str(LIMIT_BYTES)}


listing = Resource(
    "capture", "capture", ("GET", "POST"), tells=lambda: limits() | {"GS1-Capture-Error-Behaviour": "rollback, proceed"}
)
one = Resource("capture/<path:capture_id>", "capture_job", ("GET",))


@listing.on("POST")
def take_in(request: Request, wishes: Wishes) -> HttpResponse:
    """202 with the address of the job: the events are in, or will be, or the job says why not."""
    form = body_form(request)
    behaviour = request.headers.get("GS1-Capture-Error-Behaviour", "rollback")
    if behaviour not in {"rollback", "proceed"}:
        raise NotAcceptable("GS1-Capture-Error-Behaviour takes rollback or proceed.")
    body = read_body(request, LIMIT_BYTES, limits())
    try:
        job = capture_document(
            by=request.actor, at=clock.now(), body=body, media_type=form, proceed=behaviour == "proceed"
        )
    except TooMuch as refused:
        raise CaptureLimitExceeded(
            f"At most {LIMIT_EVENTS} events and {LIMIT_BYTES} bytes are taken.", limits()
        ) from refused
    except NotValid as refused:
        faults = [f"{fault.where or '/'}: {fault.reason}" for fault in refused.faults[:_FAULTS_SHOWN]]
        raise ValidationFailed("; ".join(faults)) from refused
    return answers.nothing(
        202,
        Location=request.build_absolute_uri(f"/epcis/capture/{job.capture_id}"),
        GS1_Capture_Error_Behaviour=behaviour,
    )


@listing.on("GET")
def jobs(request: Request, wishes: Wishes) -> HttpResponse:
    """The jobs, latest first."""
    page = paging.asked(request, request.actor)
    if page.parameters:
        raise QueryParameter(f"There is no parameter {next(iter(page.parameters))}.")
    found = CaptureJob.objects.visible_to(request.actor).defer("payload").order_by("-pk")
    if page.position:
        found = found.filter(pk__lt=page.position[0])
    rows = list(found[: page.size + 1])
    shown = rows[: page.size]
    if wishes.xml:
        inner = "".join(_xml(job) for job in shown)
        response = Answer(
            f'<?xml version="1.0" encoding="UTF-8"?><epcis:EPCISCaptureJobList xmlns:epcis="{answers.SPACE}">{inner}'
            "</epcis:EPCISCaptureJobList>".encode(),
            content_type=answers.content(wishes),
        )
    else:
        response = answers.plain(wishes, [_members(job) for job in shown])
    if len(rows) > page.size:
        paging.link(request, request.actor, response, page, position=[shown[-1].pk], given=len(shown))
    return response


@one.on("GET")
def show(request: Request, wishes: Wishes, capture_id: str) -> HttpResponse:
    """The job."""
    job = _job(request, capture_id)
    if wishes.xml:
        return Answer(
            f'<?xml version="1.0" encoding="UTF-8"?>{_xml(job)}'.encode(), content_type=answers.content(wishes)
        )
    return answers.plain(wishes, _members(job))


@one.on("exists")
def check(request: Request, wishes: Wishes, capture_id: str) -> HttpResponse:
    """204, or there is none."""
    _job(request, capture_id)
    return answers.nothing()


def _job(request: Request, capture_id: str) -> CaptureJob:
    try:
        code = UUID(capture_id)
    except ValueError as fault:
        raise NoSuchResource from fault
    job: CaptureJob | None = (
        CaptureJob.objects.visible_to(request.actor).defer("payload").filter(capture_id=code).first()
    )
    if job is None:
        raise NoSuchResource
    return job


def _members(job: CaptureJob) -> dict[str, Any]:
    """The job as the binding's OpenAPI has it; while it runs nothing is known to be wrong."""
    members: dict[str, Any] = {
        "captureID": str(job.capture_id),
        "createdAt": job.created_at.isoformat(timespec="milliseconds"),
        "running": job.running,
        "success": True if job.success is None else job.success,
        "captureErrorBehaviour": job.error_behaviour,
        "errors": [dict(error) for error in job.errors],
    }
    if job.finished_at:
        members["finishedAt"] = job.finished_at.isoformat(timespec="milliseconds")
    return members


def _xml(job: CaptureJob) -> str:
    """The job in the form of GS1's examples: what is simple as attributes, then the elements in their order."""
    members = _members(job)
    attributes = " ".join(f'{name}="{str(members[name]).lower()}"' for name in ("running", "success", "captureID"))
    inner = "".join(
        f"<{name}>{members[name]}</{name}>"
        for name in ("captureErrorBehaviour", "createdAt", "finishedAt")
        if name in members
    )
    if members["errors"]:
        inner += f"<errors>{answers.elements(members['errors'], 'error')}</errors>"
    return f'<epcis:EPCISCaptureJob xmlns:epcis="{answers.SPACE}" {attributes}>{inner}</epcis:EPCISCaptureJob>'
