"""The line of steps and how a case walks it: pure. Return, reject and withdraw are verbs, never states."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

#: What may be done at a step of each kind.
VERBS: Mapping[str, frozenset[str]] = {
    "apply": frozenset({"submit"}),
    "check": frozenset({"pass", "return", "reject"}),
    "visit": frozenset({"pass", "return", "reject"}),
    "panel": frozenset({"score", "pass", "return", "reject"}),
    "publicity": frozenset({"object", "resolve", "pass", "reject"}),
    "award": frozenset({"award", "return", "reject"}),
    "monitor": frozenset({"pass", "revoke"}),
}
#: Verbs that end the case, with the outcome.
ENDING = {"reject": "rejected", "withdraw": "withdrawn", "revoke": "revoked"}
#: Verbs after which the case stays at its step.
STAYING = frozenset({"score", "object", "resolve"})
#: Verbs of the applicant, whatever role the step has.
APPLICANT = frozenset({"submit", "withdraw"})


class StepRefused(Exception):
    """The verb does not fit the step, the role or the moment; `why` is a stable word for it."""

    def __init__(self, why: str, **detail: Any) -> None:
        self.why = why
        self.detail = detail
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `days`: for a notice its length in calendar days, else the legal time in working days."""

    id: str
    kind: str
    role: str
    names: Mapping[str, str]
    days: int = 0
    back_to: str = "apply"
    scores: int = 0
    threshold: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done: at which step and visit of it, which verb, on which day, with what."""

    step: str
    visit: int
    verb: str
    on: date
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """Where a case stands: its step and visit (None when ended), since when, and the outcome."""

    step: str | None
    visit: int
    since: date
    outcome: str = ""


def begin(steps: Sequence[Step], on: date) -> State:
    """The state of a case that was just opened."""
    return State(steps[0].id, 1, on)


def step_of(steps: Sequence[Step], step_id: str) -> Step:
    """The step of that id. Raises: KeyError."""
    for step in steps:
        if step.id == step_id:
            return step
    raise KeyError(step_id)


def open_objections(entries: Collection[Entry], state: State) -> int:
    """How many objections of the present notice still wait for a finding."""
    here = [entry for entry in entries if entry.step == state.step and entry.visit == state.visit]
    return sum(entry.verb == "object" for entry in here) - sum(entry.verb == "resolve" for entry in here)


def average_score(entries: Collection[Entry], state: State) -> tuple[int, int]:
    """(number, whole average) of the scores given at the present visit of the step."""
    points = [
        int(entry.data["points"])
        for entry in entries
        if entry.step == state.step and entry.visit == state.visit and entry.verb == "score"
    ]
    return len(points), sum(points) // len(points) if points else 0


def act(steps: Sequence[Step], state: State, entries: Collection[Entry], *, verb: str, role: str, on: date) -> State:
    """The state after `verb` by `role` on a day.

    Raises: StepRefused with why = ended, verb, role, notice-runs, objections-open, nothing-to-resolve, scores-missing, score-low.
    """
    if state.step is None:
        raise StepRefused("ended", outcome=state.outcome)
    step = step_of(steps, state.step)
    _check_verb(step, verb, role)
    if verb in ENDING:
        return replace(state, step=None, since=on, outcome=ENDING[verb])
    if verb in STAYING:
        if verb == "resolve" and not open_objections(entries, state):
            raise StepRefused("nothing-to-resolve")
        return state
    if verb == "return":
        return _enter(step.back_to, entries, state, on)
    _check_moment(step, state, entries, on)
    following = [later.id for later in steps[steps.index(step) + 1 :]]
    if not following:
        return replace(state, step=None, since=on, outcome="granted")
    return _enter(following[0], entries, state, on)


def _check_verb(step: Step, verb: str, role: str) -> None:
    if verb == "withdraw" or verb in APPLICANT:
        if verb == "submit" and step.kind != "apply":
            raise StepRefused("verb", step=step.id)
        if role != "applicant":
            raise StepRefused("role", role=step.role)
        return
    if verb not in VERBS[step.kind]:
        raise StepRefused("verb", step=step.id)
    if verb != "object" and role != step.role:
        raise StepRefused("role", role=step.role)


def _check_moment(step: Step, state: State, entries: Collection[Entry], on: date) -> None:
    if step.kind == "publicity":
        if on < notice_ends(step, state):
            raise StepRefused("notice-runs", until=notice_ends(step, state))
        if waiting := open_objections(entries, state):
            raise StepRefused("objections-open", number=waiting)
    if step.kind == "panel":
        number, average = average_score(entries, state)
        if number < step.scores:
            raise StepRefused("scores-missing", number=number, needed=step.scores)
        if average < step.threshold:
            raise StepRefused("score-low", average=average, needed=step.threshold)


def _enter(step_id: str, entries: Collection[Entry], state: State, on: date) -> State:
    visits = {entry.visit for entry in entries if entry.step == step_id}
    if state.step == step_id:
        visits.add(state.visit)
    return State(step_id, max(visits, default=0) + 1, on)


def notice_ends(step: Step, state: State) -> date:
    """The first day on which a notice may be closed: its full days after the day on which it began."""
    return state.since + timedelta(days=step.days)


def due(step: Step, state: State, calendar: WorkingDays) -> date | None:
    """By when the step should be done; None where no time is set."""
    if not step.days:
        return None
    return notice_ends(step, state) if step.kind == "publicity" else calendar.after(state.since, step.days)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The calendar of working days: weekends, public holidays, and weekend days that are worked instead (调休)."""

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def works(self, on: date) -> bool:
        """Whether offices work on that day."""
        return on in self.worked or (on.weekday() < 5 and on not in self.holidays)  # noqa: PLR2004 - Monday to Friday

    def after(self, on: date, days: int) -> date:
        """The `days`-th working day after `on` (the day itself does not count: 民法典 第二百零一条)."""
        while days:
            on += timedelta(days=1)
            days -= self.works(on)
        return on
