"""The API of 产地准出: whether a lot may leave its origin, with every reason; the passes that were given."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Header, Schema, Status

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.errors import Absent
from tiantou.kernel.rest import admits, api
from tiantou.production.models import Lot
from tiantou.quality.models import ExitPass
from tiantou.quality.queries import exits as queries_exit
from tiantou.quality.services import ASKERS, permit_exit

router = api("exits", "quality")
PER_PAGE = 100


class ReasonOut(Schema):
    """A rule that is not met: what is wrong, on which record, where it stands in the law, and how to mend it."""

    rule: str
    stops: bool
    title: str
    reason: str
    source: str
    remedy: str
    record: str


class VerdictOut(Schema):
    """Whether the lot may leave now."""

    lot: str
    allowed: bool
    findings: list[ReasonOut]


class PassOut(Schema):
    """A pass: what left, under which certificate, and what was looked at."""

    number: str
    lot: str
    product: str
    mass_g: int
    certificate: str | None
    occasion: str
    reference: str
    looked_at: dict[str, Any]
    at: datetime


class AskIn(Schema):
    """Which lot, and how much of it (0: not said)."""

    lot: str
    mass_g: int = 0


def pass_out(found: ExitPass) -> PassOut:
    """The pass as the API shows it."""
    return PassOut(
        number=found.number,
        lot=found.lot.code,
        product=found.lot.product.name,
        mass_g=found.mass_g,
        certificate=found.commitment.number if found.commitment else None,
        occasion=found.occasion,
        reference=found.reference,
        looked_at=found.looked_at,
        at=found.at,
    )


@router.get("/verdicts/{lot}", response=VerdictOut, auth=admits(SIGNED_IN))
def get_verdict(request: HttpRequest, lot: str, mass_g: int = 0) -> VerdictOut:
    """Whether `mass_g` grams of the lot may leave its origin now."""
    found = _lot(request, lot)
    verdict = queries_exit.exit_permission(found, clock.now(), max(mass_g, 0))
    reasons = queries_exit.in_words(verdict, found)
    return VerdictOut(
        lot=found.code,
        allowed=verdict.allowed,
        findings=[
            ReasonOut(
                rule=each.rule,
                stops=each.stops,
                title=each.title,
                reason=each.reason,
                source=each.source,
                remedy=each.remedy,
                record=each.record_url,
            )
            for each in reasons
        ],
    )


@router.get("/", response=list[PassOut], auth=admits(SIGNED_IN))
def list_passes(request: HttpRequest, page: int = 1) -> list[PassOut]:
    """The passes that the caller may see, newest first, a hundred a page."""
    start = (min(max(page, 1), 10_000) - 1) * PER_PAGE
    rows = ExitPass.objects.visible_to(request.actor)  # type: ignore[attr-defined]
    return [pass_out(row) for row in rows.select_related("lot__product", "commitment")[start : start + PER_PAGE]]


@router.post("/", response={201: PassOut}, auth=admits(ASKERS))
def post_pass(
    request: HttpRequest, body: AskIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[PassOut]:
    """A pass is given where the lot may leave; else 409 with one problem for each rule that is not met."""
    actor = request.actor  # type: ignore[attr-defined]
    made = permit_exit(by=actor, at=clock.now(), lot=_lot(request, body.lot), mass_g=max(body.mass_g, 0), key=key)
    return Status(201, pass_out(made))


def _lot(request: HttpRequest, code: str) -> Lot:
    rows = Lot.objects.visible_to(request.actor).select_related("product")  # type: ignore[attr-defined]
    found: Lot | None = rows.filter(code=code).first() if code.isprintable() else None
    if found is None:
        raise Absent
    return found
