"""Programmes and cases for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Header, Schema, Status

from tiantou.cases.models import Case
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.errors import Absent
from tiantou.kernel.forms import json_schema
from tiantou.kernel.rest import actor_of, admits, api
from tiantou.programmes import queries, services

programmes = api("programmes", "programmes")
cases = api("cases", "programmes")
MOST = 200


class ProgrammeOut(Schema):
    """A programme in short."""

    id: str
    version: int
    names: dict[str, str]
    purpose: dict[str, str]
    articles: list[int]
    form: dict[str, Any]


class VerdictOut(Schema):
    """What one rule says."""

    says: dict[str, str]
    basis: str
    met: bool


class AssessmentOut(Schema):
    """How the actor's party stands."""

    eligible: bool
    amount_fen: int | None
    facts: dict[str, Any]
    verdicts: list[VerdictOut]


class CaseOut(Schema):
    """A case."""

    number: str
    programme: str
    party: str
    step: str
    outcome: str
    due: date | None
    amount_fen: int | None
    opened_at: datetime


class DecisionIn(Schema):
    """What is done at the case's step."""

    do: str
    note: str = ""
    points: int | None = None


def _case(case: Case) -> CaseOut:
    return CaseOut(
        number=case.number, programme=case.programme, party=case.party_name, step=case.step, outcome=case.outcome, due=case.due,
        amount_fen=case.amount_fen, opened_at=case.opened_at,
    )  # fmt: skip


@programmes.get("/", response=list[ProgrammeOut], auth=admits(PUBLIC))
def list_programmes(request: HttpRequest) -> list[ProgrammeOut]:
    """Every programme with the JSON Schema of its form."""
    return [
        ProgrammeOut(
            id=each.id,
            version=each.version,
            names=each.names,
            purpose=each.purpose,
            articles=list(each.articles),
            form=json_schema(each.fields),
        )
        for each in queries.catalogue().values()
    ]


@programmes.get("/{programme_id}/assessment", response=AssessmentOut, auth=admits(SIGNED_IN))
def assess(request: HttpRequest, programme_id: str) -> AssessmentOut:
    """How the actor's party stands before applying."""
    found = queries.assessment(queries.programme(programme_id), actor_of(request), clock.now())
    verdicts = [VerdictOut(says=dict(each.rule.says), basis=each.rule.basis, met=each.met) for each in found.verdicts]
    return AssessmentOut(
        eligible=found.eligible, amount_fen=found.amount_fen, facts=dict(found.facts), verdicts=verdicts
    )


@programmes.post("/{programme_id}/cases", response={201: CaseOut}, auth=admits(SIGNED_IN))
def apply(
    request: HttpRequest,
    programme_id: str,
    form: dict[str, Any],
    key: Annotated[str, Header(alias="Idempotency-Key")] = "",
) -> Status[CaseOut]:
    """The actor's party applies."""
    made = services.apply_for(by=actor_of(request), at=clock.now(), programme_id=programme_id, form=form, key=key)
    return Status(201, _case(made))


@cases.get("/", response=list[CaseOut], auth=admits(SIGNED_IN))
def list_cases(request: HttpRequest, programme: str = "", offset: int = 0, limit: int = 50) -> list[CaseOut]:
    """The cases that the actor sees, newest first."""
    rows = Case.objects.visible_to(actor_of(request)).order_by("-opened_at", "-id")
    rows = rows.filter(programme=programme) if programme else rows
    first = max(0, offset)
    return [_case(case) for case in rows[first : first + max(1, min(limit, MOST))]]


def _seen(request: HttpRequest, number: str) -> Case:
    found: Case | None = Case.objects.visible_to(actor_of(request)).filter(number=number).first()
    if found is None:
        raise Absent
    return found


@cases.get("/{number}", response=CaseOut, auth=admits(SIGNED_IN))
def one(request: HttpRequest, number: str) -> CaseOut:
    """One case."""
    return _case(_seen(request, number))


@cases.post("/{number}/decisions", response=CaseOut, auth=admits(SIGNED_IN))
def decide(
    request: HttpRequest, number: str, data: DecisionIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> CaseOut:
    """Something is done at the case's step: pass, return, reject, withdraw, submit, score, resolve, award."""
    points = None if data.points is None else {"points": data.points}
    done = services.decide(
        by=actor_of(request),
        at=clock.now(),
        case_id=_seen(request, number).pk,
        do=data.do,
        note=data.note,
        data=points,
        key=key,
    )
    return _case(done)
