"""Intakes: take in, read the ledger, grade."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Header, Schema, Status

from tiantou.fieldmarket import queries
from tiantou.fieldmarket.models import Intake, Terms
from tiantou.fieldmarket.services import run_grading, take_in
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import OFFICIALS, Role
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.kernel.rest import admits, api

router = api("intakes", "fieldmarket")
READERS = allow(Role.MARKET_KEEPER, *OFFICIALS)


class IntakeOut(Schema):
    """An intake: one line of the ledger."""

    number: str
    market: str
    lot: str
    deliverer: str
    certificate: str
    other_proof: str
    terms: str
    mass_g: int
    at: datetime


class TakeInIn(Schema):
    """What came through the gate: a certificate number, lot number or the address in a QR code, and the scale."""

    shown: str
    mass_g: int
    terms: str = Terms.KEPT


class GradeIn(Schema):
    """Grams by grade, and the loss."""

    grades: dict[str, int]
    loss_g: int | None = None


class GradedOut(Schema):
    """A graded lot."""

    lot: str
    grade: str
    mass_g: int


def intake_out(intake: Intake) -> IntakeOut:
    """The intake as the API shows it."""
    return IntakeOut(
        number=intake.number,
        market=intake.market.code,
        lot=intake.lot.code,
        deliverer=intake.deliverer.name,
        certificate=intake.commitment.number if intake.commitment else "",
        other_proof=intake.other_proof,
        terms=intake.terms,
        mass_g=intake.mass_g,
        at=intake.at,
    )


@router.get("/", response=list[IntakeOut], auth=admits(READERS))
def list_intakes(request: HttpRequest, on: date | None = None) -> list[IntakeOut]:
    """The ledger of one day, today's where none is given."""
    day = on or clock.today()
    rows = queries.ledger_of(request.actor, day, day)  # type: ignore[attr-defined]
    return [intake_out(intake) for intake in rows]


@router.post("/", response={201: IntakeOut}, auth=admits(KEEPERS))
def post_intake(
    request: HttpRequest, body: TakeInIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[IntakeOut]:
    """Goods are taken in at the caller's market."""
    actor = request.actor  # type: ignore[attr-defined]
    lot = queries.presented_lot(body.shown)
    if lot is None:
        raise Invalid(problems=[Problem("shown", _("没有这个编号。"), _("扫合格证上的二维码。"))])
    made = take_in(
        by=actor,
        at=clock.now(),
        market=queries.market_of(actor),
        lot=lot,
        mass_g=body.mass_g,
        terms=body.terms,
        key=key,
    )
    return Status(201, intake_out(made))


@router.post("/{number}/grading", response={201: list[GradedOut]}, auth=admits(KEEPERS))
def post_grading(
    request: HttpRequest, number: str, body: GradeIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[list[GradedOut]]:
    """An intake is split into grades."""
    actor = request.actor  # type: ignore[attr-defined]
    intake = Intake.objects.visible_to(actor).filter(number=number).first()
    if intake is None:
        raise Absent
    grading = run_grading(by=actor, at=clock.now(), intake=intake, grades=body.grades, loss_g=body.loss_g, key=key)
    lots = grading.lots.order_by("pk")
    return Status(201, [GradedOut(lot=lot.code, grade=lot.grade, mass_g=lot.mass_g) for lot in lots])
