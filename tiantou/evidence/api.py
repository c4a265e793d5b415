"""The log for programs: checkpoints, proofs, receipts, keys. What a proof is made of is public; what events say is not."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from tiantou.evidence import queries, services
from tiantou.evidence.models import Checkpoint
from tiantou.evidence.services.signing import checkpoint_of
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.errors import Absent
from tiantou.kernel.rest import actor_of, admits, api

router = api("evidence", "evidence")
MOST = 100
#: A size or an index; what is beyond the log is absent, what no database counts is invalid.
Size = Annotated[int, Field(ge=0, le=2**62)]


class CheckpointOut(Schema):
    """A checkpoint; `note` is the signed note with all signatures, hashes are base64."""

    size: int
    root: str
    at: datetime
    note: str


class ConsistencyOut(Schema):
    """That the log of `second` leaves begins with that of `first` (RFC 6962, 2.1.2)."""

    first: int
    second: int
    first_root: str
    second_root: str
    proof: list[str]


class InclusionOut(Schema):
    """That a leaf is among the first `size` (RFC 6962, 2.1.1)."""

    index: int
    size: int
    leaf: str
    root: str
    path: list[str]


class ReceiptIn(Schema):
    """A receipt's text."""

    receipt: str


class VerdictOut(Schema):
    """What a receipt proves by itself, and what this log says of it today."""

    holds: bool
    readable: bool
    signed: bool
    by_this_log: bool
    in_this_log_today: bool
    seen_at: datetime | None
    size: int | None
    leaves: list[dict[str, Any]]


class KeyOut(Schema):
    """A public key of the log; `cosigner` is the same key for the signature that carries the time."""

    verifier: str
    cosigner: str
    since: datetime


class CosignatureIn(Schema):
    """A witness's signature line for the newest checkpoint of `size`."""

    size: int
    line: str


def told(raw: bytes) -> str:
    """A hash as these answers write it."""
    return base64.b64encode(raw).decode()


def _checkpoint(row: Checkpoint) -> CheckpointOut:
    return CheckpointOut(size=row.size, root=told(bytes(row.root)), at=row.at, note=queries.note_of(row))


@router.get("/checkpoint", auth=admits(PUBLIC), response=CheckpointOut)
def newest_checkpoint(request: HttpRequest) -> CheckpointOut:
    """The newest checkpoint."""
    found = queries.latest()
    if found is None:
        raise Absent
    return _checkpoint(found)


@router.get("/checkpoints", auth=admits(PUBLIC), response=list[CheckpointOut])
def checkpoints(request: HttpRequest, skip: Annotated[int, Field(ge=0, le=10_000_000)] = 0) -> list[CheckpointOut]:
    """A hundred checkpoints, newest first, after so many that are skipped."""
    rows = Checkpoint.objects.visible_to(actor_of(request)).select_related("key").order_by("-id")
    return [_checkpoint(row) for row in rows[skip : skip + MOST]]


@router.get("/consistency", auth=admits(PUBLIC), response=ConsistencyOut)
def consistency(request: HttpRequest, first: Size, second: Size) -> ConsistencyOut:
    """The proof between two sizes of the log."""
    return ConsistencyOut(
        first=first,
        second=second,
        proof=[told(node) for node in queries.consistency(first, second)],
        first_root=told(queries.root_at(first)),
        second_root=told(queries.root_at(second)),
    )


@router.get("/inclusion", auth=admits(PUBLIC), response=InclusionOut)
def inclusion(request: HttpRequest, index: Size, size: Size) -> InclusionOut:
    """The proof that the leaf at `index` is among the first `size`; whoever holds a receipt renews it so."""
    path = queries.inclusion(index, size)
    return InclusionOut(
        index=index,
        size=size,
        path=[told(node) for node in path],
        leaf=told(queries.leaf_hash(index)),
        root=told(queries.root_at(size)),
    )


@router.get("/receipt", auth=admits(PUBLIC), response=dict[str, Any])
def receipt(request: HttpRequest, code: str = "", event: str = "") -> dict[str, Any]:
    """The receipt of an event (`event`, its eventID: only for who may see it) or of a thing's whole way (`code`)."""
    actor = actor_of(request)
    found = queries.event_named(event, actor) if event else queries.events_of(code)
    made = queries.receipt(found, actor)
    if made is None:
        raise Absent
    return made


@router.post("/verify", auth=admits(PUBLIC), response=VerdictOut)
def verify(request: HttpRequest, data: ReceiptIn) -> VerdictOut:
    """Whether a receipt is proven, signed by this log, and part of it today."""
    found = queries.standing(data.receipt)
    verdict = found.verdict
    return VerdictOut(
        holds=found.holds,
        readable=verdict.readable,
        signed=verdict.signed,
        by_this_log=found.ours,
        in_this_log_today=found.still,
        seen_at=found.seen,
        size=verdict.head.size if verdict.head else None,
        leaves=[{"index": leaf.index, "proven": leaf.good, "event": leaf.event} for leaf in verdict.leaves],
    )


@router.get("/keys", auth=admits(PUBLIC), response=list[KeyOut])
def keys(request: HttpRequest) -> list[KeyOut]:
    """All keys that signed or sign, newest first."""
    return [KeyOut(verifier=str(k.verifier), cosigner=str(k.verifier.cosigner), since=k.at) for k in queries.all_keys()]


@router.post("/cosignatures", auth=admits(PUBLIC), response=CheckpointOut)
def cosign(request: HttpRequest, data: CosignatureIn) -> CheckpointOut:
    """A configured witness's cosignature (cosignature/v1) stands with the newest checkpoint of that size."""
    checkpoint = checkpoint_of(data.size)
    services.accept_cosignature(by=actor_of(request), at=clock.now(), checkpoint=checkpoint, line=data.line)
    return _checkpoint(checkpoint)
