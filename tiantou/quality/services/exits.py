"""Lots are let out of their origin, or refused with every reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot
from tiantou.production.queries import seen
from tiantou.production.services import next_number
from tiantou.quality.models import ExitPass, Occasion
from tiantou.quality.queries import exits as queries_exit
from tiantou.quality.rules import exits as rules_exit

#: Whoever answers for goods at their origin may ask for the pass.
ASKERS = allow(Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER)


class ExitRefused(Conflict):
    """不予准出: the lot may not leave its origin; `problems` names each rule, on which record, and how to mend it."""

    code = "exit-refused"


@verb(ASKERS)
def permit_exit(
    *,
    by: Actor,
    at: datetime,
    lot: Lot,
    mass_g: int = 0,
    occasion: str = Occasion.ASKED,
    reference: str = "",
    key: str = "",
) -> ExitPass:
    """准出: it is on record that `mass_g` grams of the lot may leave its origin, and what was looked at (产地准出).

    The verbs by which goods leave call it as the system, with the occasion and what took the goods away.

    Raises: Absent; Invalid; ExitRefused with every rule that is not met.
    """
    lot = seen(Lot.objects.select_for_update(of=("self",)), by, lot.pk)
    if not 0 <= mass_g <= lot.mass_g:
        raise Invalid(
            problems=[Problem("mass_g", _("重量应为 0 到批次的重量。"), _("按实际运走的重量填写，不知道就不填。"))]
        )
    facts = queries_exit.exit_facts([lot], at, {lot.pk: mass_g})[lot.pk]
    on = local_date(at)
    verdict = rules_exit.judge(facts, queries_exit.ruleset(), at, on)
    if not verdict.allowed:
        raise refusal(lot, verdict)
    made: ExitPass = ExitPass.objects.create(
        number=f"ZC{on:%Y%m%d}-{next_number(f'exit:{on:%Y%m%d}'):05d}",
        lot=lot,
        commitment_id=facts.paper.pk if facts.paper else None,
        mass_g=mass_g,
        occasion=occasion,
        reference=reference,
        looked_at=_looked_at(facts, verdict),
        at=at,
        person_id=by.person_id,
        person_name=by.name,
    )
    return made


def require_exit(lot: Lot, at: datetime, mass_g: int = 0) -> None:
    """Return if `mass_g` grams of the lot could leave its origin now; nothing is written.

    Raises: ExitRefused.
    """
    verdict = queries_exit.exit_permission(lot, at, mass_g)
    if not verdict.allowed:
        raise refusal(lot, verdict)


def refusal(lot: Lot, verdict: rules_exit.Verdict) -> ExitRefused:
    """The refusal of a verdict that does not allow."""
    stopping = [reason for reason in queries_exit.in_words(verdict, lot) if reason.stops]
    return ExitRefused(
        _("批次 %(lot)s 还不能出村。") % {"lot": lot.code},
        stopping[0].remedy,
        problems=[
            Problem(reason.rule, f"{reason.title}：{reason.reason}（{reason.source}）", reason.remedy)
            for reason in stopping
        ],
    )


def _looked_at(facts: rules_exit.Facts, verdict: rules_exit.Verdict) -> dict[str, Any]:
    return {
        "certificate": facts.paper.number if facts.paper else "",
        "harvests": [
            {
                "lot": harvest.code,
                "on": harvest.on.isoformat(),
                "uses": [
                    {"record": use.record, "name": use.name, "on": use.on.isoformat(), "days": use.interval_days}
                    for use in harvest.uses
                ],
            }
            for harvest in facts.harvests
        ],
        "tests": [
            {"kind": test.kind, "item": test.item, "passed": test.passed, "at": test.at.isoformat()}
            for test in facts.tests
        ],
        "advice": [finding.law.id for finding in verdict.findings],
    }
