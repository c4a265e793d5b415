"""Documents are captured: a small one while its sender waits, a large one by the worker; either way nothing answered with 202 is lost."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tiantou.epcis.documents import Document, Fault, Unreadable, read
from tiantou.epcis.models import CaptureJob
from tiantou.epcis.models.capture import Behaviour
from tiantou.epcis.services.masters import store_masters
from tiantou.kernel.access import SIGNED_IN, SYSTEM_ONLY
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Refused
from tiantou.kernel.verbs import verb
from tiantou.trace.services import EventsRefused, capture

#: Longer documents are taken in by the worker, so that nobody's browser or tablet waits for them.
AT_ONCE_BYTES = 8_000_000
#: GS1-EPCIS-Capture-File-Size-Limit and GS1-EPCIS-Capture-Limit.
LIMIT_BYTES = 64_000_000
LIMIT_EVENTS = 50_000
_ERRORS_KEPT = 100


class CaptureLimitExceeded(Refused):
    """The document has more bytes or events than are taken in at once."""

    status = 413
    code = "CaptureLimitExceededException"


class NotValid(Refused):
    """The document or some of its events are not what the standard says; nothing was captured."""

    status = 400
    code = "ValidationException"

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("；".join(f"{fault.where}: {fault.reason}" for fault in faults[:5]))


@verb(SIGNED_IN)
def capture_document(*, by: Actor, at: datetime, body: bytes, media_type: str, proceed: bool = False) -> CaptureJob:
    """采集文件: the document's events are in the journal, each once, or wait to be taken in by `capture_waiting`.

    Of a document with bad events nothing is captured, or with `proceed` the good ones (EPCIS 2.0, 12.6.1). The job that is returned tells.

    Raises: CaptureLimitExceeded; NotValid (not of events that only the journal refuses: those the job tells).
    """
    if len(body) > LIMIT_BYTES:
        raise CaptureLimitExceeded(
            _("文件有 %(size)s 字节，一次最多 %(limit)s 字节。") % {"size": len(body), "limit": LIMIT_BYTES},
            _("分成几个文件再发。"),
        )
    job = CaptureJob(
        created_at=at,
        running=True,
        error_behaviour=Behaviour.PROCEED if proceed else Behaviour.ROLLBACK,
        media_type=media_type[:60],
        party_id=by.party_id,
        person_id=by.person_id,
        role=by.role,
    )
    if len(body) > AT_ONCE_BYTES:
        job.payload = body
        job.save()
        transaction.on_commit(_wake)
        return job
    document = _read(body, media_type)
    if document.faults and not proceed:
        raise NotValid(document.faults)
    _take_in(job, document, by, at)
    return job


@verb(SYSTEM_ONLY)
def capture_waiting(*, by: Actor, at: datetime) -> None:
    """The documents that waited are in the journal, or their jobs say why not. Two workers share them; a killed one's come again."""
    while _capture_next(at):
        pass


def _wake() -> None:
    with contextlib.suppress(AlreadyEnqueued):
        app.configure_task("epcis.capture_waiting", queueing_lock="epcis.capture_waiting").defer()


def _capture_next(at: datetime) -> bool:
    with transaction.atomic():
        waiting = CaptureJob.objects.filter(running=True).order_by("created_at", "pk")
        job = waiting.select_for_update(skip_locked=True).first()
        if job is None:
            return False
        sender = Actor(role=Role(job.role), person_id=job.person_id, party_id=job.party_id)
        try:
            document = _read(bytes(job.payload or b""), job.media_type)
            if document.faults and job.error_behaviour == Behaviour.ROLLBACK:
                raise NotValid(document.faults)  # noqa: TRY301 - told by the job like what cannot be read
        except (NotValid, CaptureLimitExceeded) as refused:
            faults = refused.faults if isinstance(refused, NotValid) else [Fault("", str(refused), None)]
            _finish(job, at, errors=[_problem(refused.code, refused.status, fault) for fault in faults])
        else:
            _take_in(job, document, sender, at)
    return True


def _read(body: bytes, media_type: str) -> Document:
    try:
        document = read(body, media_type=media_type)
    except Unreadable as unreadable:
        raise NotValid(unreadable.faults) from None
    if len(document.events) > LIMIT_EVENTS:
        raise CaptureLimitExceeded(
            _("文件有 %(count)s 个事件，一次最多 %(limit)s 个。")
            % {"count": len(document.events), "limit": LIMIT_EVENTS},
            _("分成几个文件再发。"),
        )
    return document


def _take_in(job: CaptureJob, document: Document, by: Actor, at: datetime) -> None:
    """The good events are in the journal and the job is done."""
    bad = {fault.index for fault in document.faults}
    errors = [_problem("ValidationException", 400, fault) for fault in document.faults]
    good = [(number, event) for number, event in enumerate(document.events) if number not in bad] if bad else None
    events = [event for _number, event in good] if good is not None else document.events
    try:
        with transaction.atomic():
            captured = capture(by=by, at=at, events=events, proceed=job.error_behaviour == Behaviour.PROCEED)
    except EventsRefused as refused:
        _finish(job, at, errors=[_exists(number, reason) for number, reason in refused.refused])
        return
    if document.masters:
        store_masters(by=by, at=at, masters=document.masters)
    numbers = [number for number, _event in good] if good is not None else range(len(events))
    errors += [_exists(numbers[number], reason) for number, reason in captured.refused]
    job.accepted, job.repeated = len(captured.accepted), len(captured.repeated)
    _finish(job, at, errors=errors)


def _finish(job: CaptureJob, at: datetime, *, errors: list[dict[str, Any]]) -> None:
    job.running, job.finished_at, job.payload = False, at, None
    job.success, job.refused, job.errors = not errors, len(errors), errors[:_ERRORS_KEPT]
    job.save()


def _exists(number: int, reason: str) -> dict[str, Any]:
    return _problem("ResourceAlreadyExistsException", 409, Fault(f"/epcisBody/eventList/{number}", reason, number))


def _problem(code: str, status: int, fault: Fault) -> dict[str, Any]:
    return {
        "type": f"epcisException:{code}",
        "title": fault.reason[:500],
        "status": status,
        "detail": f"{fault.where}: {fault.reason}"[:1000],
    }
