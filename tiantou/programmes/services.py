"""From the application to the payment: apply, decide step by step, object, award, pay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.cases import services as cases
from tiantou.cases.models import Case
from tiantou.kernel import clock, forms
from tiantou.kernel.access import PUBLIC, SIGNED_IN, allow
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted, Problem
from tiantou.kernel.verbs import verb
from tiantou.ledger import queries as ledger_queries
from tiantou.ledger import services as ledger
from tiantou.programmes import queries, rules
from tiantou.registry import services as registry
from tiantou.registry.models import Party, Site

#: The holder of subsidy budgets in the ledger.
TREASURY = "treasury"


class NotEligible(Conflict):
    """A rule of the programme is not met; `problems` names each with its legal basis."""

    code = "not-eligible"


class AlreadyApplied(Conflict):
    """The party has an open case, or an award of the year, under the programme."""

    code = "already-applied"


class AlreadyPaid(Conflict):
    """The award was paid before."""

    code = "already-paid"


@verb(SIGNED_IN)
def apply_for(*, by: Actor, at: datetime, programme_id: str, form: Mapping[str, Any], key: str = "") -> Case:
    """申报: a case of the actor's party stands at the district; facts, verdicts, parameters and version are stored with it.

    Raises: Absent, NotPermitted, Invalid (form), NotEligible (rules), AlreadyApplied.
    """
    programme = queries.programme(programme_id)
    if by.role not in programme.applicants:
        raise NotPermitted(roles=programme.applicants)
    who = queries.applicant(by)
    values, problems = forms.clean(programme.fields, form)
    if problems:
        raise Invalid(problems=problems)
    _refuse_second(programme, who.party, at)
    found = queries.assessment(programme, by, at)
    if not found.eligible:
        raise NotEligible(_("条件还没有全部满足，没有提交。"), _("请对照下面每一条。"), problems=_unmet(found))
    return cases.open_case(
        by=by,
        at=at,
        programme=programme.id,
        version=programme.version,
        steps=programme.line,
        party_name=who.party.masked_name(),
        area_code=who.area_code,
        facts=_stored(found) | {"site": who.site.pk if who.site else None},
        form=values,
        amount_fen=found.amount_fen,
        key=key,
    )


def _unmet(found: rules.Assessment) -> list[Problem]:
    return [
        Problem(verdict.rule.text, verdict.rule.says["zh"], verdict.rule.basis)
        for verdict in found.verdicts
        if not verdict.met
    ]


def _stored(found: rules.Assessment) -> dict[str, Any]:
    """What the decision can be replayed from."""
    verdicts = [
        {"rule": v.rule.text, "says": dict(v.rule.says), "basis": v.rule.basis, "met": v.met} for v in found.verdicts
    ]
    return {"facts": dict(found.facts), "parameters": dict(found.parameters), "verdicts": verdicts}


def _refuse_second(programme: rules.Programme, party: Party, at: datetime) -> None:
    """One case of a programme per party and calendar year, unless the earlier one ended without an award."""
    Party.objects.select_for_update().get(pk=party.pk)  # two applications at once wait for each other
    same = Case.objects.filter(
        programme=programme.id, party_id=party.pk, opened_at__year=at.year, outcome__in=["", "granted"]
    )
    if earlier := same.first():
        raise AlreadyApplied(_("本年度已经申报过（%(number)s）。") % {"number": earlier.number})


@verb(SIGNED_IN)
def decide(
    *,
    by: Actor,
    at: datetime,
    case_id: int,
    do: str,
    note: str = "",
    data: Mapping[str, Any] | None = None,
    key: str = "",
) -> Case:
    """办理: `do` is done at the case's present step; an award takes effect in the same transaction.

    Raises: Absent, NotPermitted, Invalid, cases.services.StepNotOpen.
    """
    case = Case.objects.visible_to(by).filter(pk=case_id).first()
    if case is None:
        raise Absent
    programme = queries.programme(case.programme)
    case = cases.act(by=by, at=at, case_id=case.pk, steps=programme.line, do=do, note=note, data=data, key=key)
    if do == "award":
        _AWARDS[programme.award](case, by, at)
    return case


def _grant_subsidy(case: Case, by: Actor, at: datetime) -> None:
    """The amount moves from the budget to what is due to the party; paying it is a later, separate act."""
    party = Party.objects.get(pk=case.party_id)
    ledger.post(
        by=SYSTEM,
        at=at,
        memo=f"{case.programme} {case.number}",
        about=case.number,
        lines=[
            ledger.Line(ledger.account(TREASURY, "subsidy_budget"), -(case.amount_fen or 0)),
            ledger.Line(ledger.account(party.code, "subsidy_due"), case.amount_fen or 0),
        ],
        key=f"award:{case.number}",
    )


def _accept_site(case: Case, by: Actor, at: datetime) -> None:
    """The site counts as accepted from the day of the award on."""
    site = Site.objects.get(pk=case.facts["site"])
    accepted = {"accepted_on": clock.local_date(at).isoformat(), "acceptance_no": case.number}
    registry.amend_record(by=SYSTEM, at=at, record=site, version=site.version, values=accepted)


_AWARDS: Mapping[str, Callable[[Case, Actor, datetime], None]] = {
    "subsidy": _grant_subsidy,
    "site_acceptance": _accept_site,
}


@verb(PUBLIC)
def object_to_notice(*, by: Actor, at: datetime, number: str, name: str, phone: str, note: str) -> Case:
    """异议: anybody's signed objection is on record and the notice waits for a finding. Raises: Absent, Invalid."""
    case = Case.objects.on_notice().filter(number=number).first()
    if case is None:
        raise Absent
    steps = queries.programme(case.programme).line
    return cases.object_to(by=by, at=at, number=number, steps=steps, name=name, phone=phone, note=note)


@verb(allow(Role.FINANCE_OFFICER))
def pay_award(*, by: Actor, at: datetime, case_id: int, evidence: str, key: str = "") -> Case:
    """拨付: the award is recorded as paid against the bank's receipt number, once.

    Raises: Absent, Conflict (nothing granted), AlreadyPaid, Invalid (no evidence).
    """
    case = Case.objects.visible_to(by).select_for_update().filter(pk=case_id).first()
    if case is None:
        raise Absent
    if case.outcome != "granted" or not case.amount_fen:
        raise Conflict(_("这个办件没有可以拨付的补贴。"))
    if not evidence.strip():
        raise Invalid(problems=[Problem("evidence", _("要填写银行回单号。"), _("回单号印在银行回单右上角。"))])
    due = ledger.account(Party.objects.get(pk=case.party_id).code, "subsidy_due")
    if len(ledger_queries.entries_about(case.number)) > 1:
        raise AlreadyPaid(_("这笔补贴已经拨付过。"))
    ledger.post(
        by=by,
        at=at,
        memo=f"{case.number} {evidence}",
        about=case.number,
        lines=[
            ledger.Line(due, -case.amount_fen),
            ledger.Line(ledger.account(due.holder, "subsidy_paid"), case.amount_fen),
        ],
        key=f"pay:{case.number}",
    )
    return case
