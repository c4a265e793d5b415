"""The verbs of a case. A programme's own package decides who may apply and what an award does; here is only the walk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from tiantou.cases import models, queries, rules
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN, allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted, Problem
from tiantou.kernel.verbs import verb


class StepNotOpen(Conflict):
    """The case does not stand where this can be done."""

    code = "step-not-open"


@verb(allow(Role.CITY_OFFICER, Role.DISTRICT_OFFICER))
def open_round(
    *,
    by: Actor,
    at: datetime,
    programme: str,
    name: str,
    opens: date,
    closes: date,
    area_code: str = "",
    quota: int | None = None,
    budget_fen: int | None = None,
) -> models.Round:
    """批次 is announced: applications are taken from `opens` to `closes`, both included. Raises: Invalid."""
    if closes < opens:
        raise Invalid(problems=[Problem("closes", _("截止日期早于开始日期。"), _("请改为开始日期或以后。"))])
    if by.role is Role.DISTRICT_OFFICER:
        area_code = by.area_code
    row: models.Round = models.Round.objects.create(
        programme=programme,
        name=name,
        area_code=area_code,
        opens=opens,
        closes=closes,
        quota=quota,
        budget_fen=budget_fen,
    )
    return row


@verb(SIGNED_IN)
def open_case(
    *,
    by: Actor,
    at: datetime,
    programme: str,
    version: int,
    steps: Sequence[rules.Step],
    party_name: str,
    area_code: str,
    facts: Mapping[str, Any],
    form: Mapping[str, Any],
    amount_fen: int | None = None,
    round_id: int | None = None,
    key: str = "",
) -> models.Case:
    """办件 of the actor's party is submitted and stands at the step after the application.

    Raises: NotPermitted, where the actor acts for no party; StepNotOpen, where the round is closed.
    """
    if by.party_id is None:
        raise NotPermitted(_("申请要以主体的名义提出。"), _("请先切换到代表主体的身份。"))
    on = clock.local_date(at)
    round_ = _open_round(round_id, on)
    start = rules.begin(steps, on)
    case = models.Case(
        number=_next_number(on),
        programme=programme,
        version=version,
        round=round_,
        party_id=by.party_id,
        party_name=party_name,
        area_code=area_code,
        facts=dict(facts),
        form=dict(form),
        amount_fen=amount_fen,
        opened_at=at,
        since=on,
    )
    _place(case, steps, start)
    case.save()
    return _advance(case, steps, verb_name="submit", role="applicant", by=by, at=at)


def _open_round(round_id: int | None, on: date) -> models.Round | None:
    if round_id is None:
        return None
    round_: models.Round | None = models.Round.objects.filter(pk=round_id).first()
    if round_ is None:
        raise Absent
    if not round_.opens <= on <= round_.closes:
        raise StepNotOpen(
            _("这一批次现在不收申请（%(opens)s 至 %(closes)s）。") % {"opens": round_.opens, "closes": round_.closes}
        )
    return round_


def _next_number(on: date) -> str:
    """`BJ20261120-0003`: numbers run within a day; a race for the same one is settled by the table's constraint."""
    prefix = f"BJ{on:%Y%m%d}-"
    last = models.Case.objects.filter(number__startswith=prefix).aggregate(Max("number"))["number__max"]
    return f"{prefix}{int(last[-4:]) + 1 if last else 1:04d}"


@verb(SIGNED_IN)
def act(
    *,
    by: Actor,
    at: datetime,
    case_id: int,
    steps: Sequence[rules.Step],
    do: str,
    note: str = "",
    data: Mapping[str, Any] | None = None,
    key: str = "",
) -> models.Case:
    """`do` (pass, return, reject, withdraw, submit, score, resolve, award, revoke) is done at the case's step and on record.

    Raises: Absent, where the actor does not see the case; StepNotOpen; NotPermitted; Invalid, where a reason is missing.
    """
    case = models.Case.objects.visible_to(by).select_for_update().filter(pk=case_id).first()
    if case is None:
        raise Absent
    if do in {"return", "reject", "revoke", "resolve"} and not note.strip():
        raise Invalid(
            problems=[Problem("note", _("这一步要写明理由。"), _("申请人会看到这段话，请写清哪里不符、怎样补正。"))]
        )
    role = "applicant" if do in rules.APPLICANT and case.party_id == by.party_id else str(by.role)
    return _advance(case, steps, verb_name=do, role=role, by=by, at=at, note=note, data=data or {})


@verb(PUBLIC)
def object_to(
    *, by: Actor, at: datetime, number: str, steps: Sequence[rules.Step], name: str, phone: str, note: str
) -> models.Case:
    """异议: anybody's objection is on record while the case's public notice runs; the notice cannot end before it has a finding.

    Raises: Absent, where no such notice runs; Invalid.
    """
    problems = [
        Problem(field, _("这一项要填写。"), remedy)
        for field, value, remedy in (
            ("name", name, _("异议要实名，公示页不显示。")),
            ("phone", phone, _("便于核实和答复。")),
            ("note", note, _("请写明事实和理由。")),
        )
        if not value.strip()
    ]
    if problems:
        raise Invalid(problems=problems)
    case = models.Case.objects.on_notice().select_for_update().filter(number=number).first()
    if case is None:
        raise Absent
    data = {"name": name, "phone": phone}
    return _advance(case, steps, verb_name="object", role=str(by.role), by=by, at=at, note=note, data=data)


def _advance(
    case: models.Case,
    steps: Sequence[rules.Step],
    *,
    verb_name: str,
    role: str,
    by: Actor,
    at: datetime,
    note: str = "",
    data: Mapping[str, Any] | None = None,
) -> models.Case:
    """Write the entry and the state that follows from it."""
    on = clock.local_date(at)
    before = queries.state_of(case)
    try:
        after = rules.act(steps, before, queries.entries_of(case), verb=verb_name, role=role, on=on)
    except rules.StepRefused as refusal:
        raise _refusal(refusal) from refusal
    models.Entry.objects.create(
        case=case,
        step=before.step or "",
        visit=before.visit,
        verb=verb_name,
        at=at,
        on=on,
        role=role if role == "applicant" else by.role,
        person_id=by.person_id,
        name=by.name,
        note=note,
        data=dict(data or {}),
    )
    _place(case, steps, after)
    case.save()
    return case


def _place(case: models.Case, steps: Sequence[rules.Step], state: rules.State) -> None:
    step = rules.step_of(steps, state.step) if state.step else None
    case.step = step.id if step else ""
    case.step_kind = step.kind if step else ""
    case.step_role = step.role if step else ""
    case.visit, case.since, case.outcome = state.visit, state.since, state.outcome
    case.due = rules.due(step, state, queries.working_days()) if step else None


def _refusal(refusal: rules.StepRefused) -> Conflict | NotPermitted:
    if refusal.why == "role":
        return NotPermitted(roles=[refusal.detail["role"]])
    words = {
        "ended": _("办件已经办结。"),
        "verb": _("办件现在的环节不能这样办。"),
        "notice-runs": _("公示还没有期满。"),
        "objections-open": _("还有异议没有作出结论。"),
        "nothing-to-resolve": _("没有等待结论的异议。"),
        "scores-missing": _("专家打分还不够数。"),
        "score-low": _("平均分没有达到要求。"),
    }
    return StepNotOpen(words[refusal.why], " ".join(f"{name}: {value}" for name, value in refusal.detail.items()))
