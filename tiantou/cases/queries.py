"""Reads over cases: the calendar, where a case stands, what waits for whom."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db.models import QuerySet

from tiantou.cases import models, rules
from tiantou.kernel.actor import OFFICIALS, Actor


@functools.cache
def working_days() -> rules.WorkingDays:
    """The calendar of `workdays.yaml`."""
    years = yaml.safe_load((Path(__file__).parent / "workdays.yaml").read_text())
    return rules.WorkingDays(
        frozenset(day for year in years.values() for entry in year["holidays"] for day in _days(entry)),
        frozenset(day for year in years.values() for entry in year["worked"] for day in _days(entry)),
    )


def _days(entry: str | date) -> list[date]:
    if isinstance(entry, date):
        return [entry]
    first, last = (date.fromisoformat(part) for part in entry.split(".."))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def state_of(case: models.Case) -> rules.State:
    """The stored state."""
    return rules.State(case.step or None, case.visit, case.since, case.outcome)


def rows_of(case: models.Case) -> list[models.Entry]:
    """The case's entries, oldest first."""
    return list(models.Entry.objects.filter(case=case).order_by("id"))


def entries_of(case: models.Case) -> list[rules.Entry]:
    """The case's entries, oldest first, as the rules read them."""
    return [rules.Entry(row.step, row.visit, row.verb, row.on, row.data) for row in rows_of(case)]


def waiting_for(actor: Actor) -> QuerySet[models.Case]:
    """Cases that wait for this actor's role, the most urgent first."""
    role = "applicant" if actor.party_id is not None and actor.role not in OFFICIALS else str(actor.role)
    found: QuerySet[models.Case] = models.Case.objects.visible_to(actor).filter(step_role=role).order_by("due", "id")
    return found


def steps_shown(steps: Sequence[rules.Step], case: models.Case) -> list[dict[str, Any]]:
    """The steps with their state (done, now, next, stopped) for the stepper."""
    ids = [step.id for step in steps]
    here = ids.index(case.step) if case.step else len(ids)
    shown = []
    for index, step in enumerate(steps):
        if case.outcome in {"rejected", "withdrawn", "revoked"}:
            last = max((ids.index(entry.step) for entry in rows_of(case)), default=0)
            state = "done" if index < last else "stopped" if index == last else "next"
        else:
            state = "done" if index < here else "now" if index == here else "next"
        shown.append({"step": step, "state": state, "due": case.due if state == "now" else None})
    return shown
