"""A programme as data: loaded, proven usable, and applied to facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tiantou.cases.rules import VERBS, Step
from tiantou.kernel import policy
from tiantou.kernel.actor import Role
from tiantou.kernel.forms import Field, load_fields

Names = dict[str, str]


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from"}):
    """A parameter's value from a day on, and who said so."""

    since: date
    value: int
    source: str


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that the law or the budget changes: dated and cited."""

    names: Names
    unit: Names
    values: tuple[Value, ...]

    def on(self, day: date) -> Value | None:
        """The value in force on a day; None before the first."""
        return max((value for value in self.values if value.since <= day), key=lambda value: value.since, default=None)


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule of eligibility."""

    rule: str
    says: Names
    basis: str


class StepData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the line, as written in the file."""

    id: str
    kind: str
    role: str
    names: Names
    days: int = 0
    back_to: str = "apply"
    scores: int = 0
    threshold: int = 0


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case that a lawyer can read, and the file's own test."""

    says: str
    day: date
    facts: dict[str, Any]
    eligible: bool
    amount_fen: int | None = None


class Programme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"form_data": "form"}):
    """One version of a programme. `award` is `subsidy` (money) or `site_acceptance` (a recognition in the register)."""

    id: str
    version: int
    names: Names
    purpose: Names
    articles: tuple[int, ...]
    items: tuple[str, ...]
    source: str
    applicants: tuple[str, ...]
    facts_from: str
    facts: dict[str, Names]
    award: str
    eligible: tuple[Condition, ...]
    steps: tuple[StepData, ...]
    examples: tuple[Example, ...]
    parameters: dict[str, Parameter] = {}
    form_data: list[dict[str, Any]] = []
    amount: str = ""

    @property
    def line(self) -> tuple[Step, ...]:
        """The steps as `cases` walks them."""
        return tuple(Step(**msgspec.structs.asdict(step)) for step in self.steps)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The application form."""
        return load_fields(self.form_data, self.id)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the rules say of a party's facts on a day."""

    facts: Mapping[str, Any]
    parameters: Mapping[str, int]
    verdicts: tuple[policy.Verdict, ...]
    amount_fen: int | None

    @property
    def eligible(self) -> bool:
        """Whether every rule is met."""
        return all(verdict.met for verdict in self.verdicts)


def load(path: Path) -> Programme:
    """The programme of a file, proven usable: rules, steps, form and examples. Raises: ValueError naming file and fault."""
    try:
        programme = msgspec.convert(yaml.safe_load(path.read_text()), Programme)
        _prove(programme)
    except (msgspec.ValidationError, ValueError, yaml.YAMLError) as fault:
        raise ValueError(f"{path.name}: {fault}") from fault
    return programme


def _prove(programme: Programme) -> None:
    known = {*programme.facts, *programme.parameters}
    for condition in programme.eligible:
        policy.check(condition.rule, known)
    if programme.amount:
        policy.check(programme.amount, known)
    if (programme.award == "subsidy") != bool(programme.amount):
        raise ValueError("a subsidy has an amount, and nothing else has one")
    _ = programme.fields
    _prove_steps(programme)
    for role in programme.applicants:
        Role(role)
    if not any(example.eligible for example in programme.examples) or all(
        example.eligible for example in programme.examples
    ):
        raise ValueError("needs an example that is granted and one that is not")


def _prove_steps(programme: Programme) -> None:
    ids = [step.id for step in programme.steps]
    if len(ids) != len(set(ids)):
        raise ValueError("two steps share an id")
    if programme.steps[0].kind != "apply" or not any(step.kind == "award" for step in programme.steps):
        raise ValueError("a line begins with apply and has an award")
    for index, step in enumerate(programme.steps):
        if step.kind not in VERBS:
            raise ValueError(f"step {step.id}: no such kind {step.kind}")
        if step.back_to not in ids[: index + 1]:
            raise ValueError(f"step {step.id}: goes back to {step.back_to}, which does not come before it")
        if step.role != "applicant":
            Role(step.role)


def assess(programme: Programme, facts: Mapping[str, Any], on: date) -> Assessment:
    """Every rule with its verdict on these facts, and the amount (None where a fact for it is unknown)."""
    in_force = {name: value.value for name, parameter in programme.parameters.items() if (value := parameter.on(on))}
    scope = {**facts, **in_force}
    rules = [policy.Rule(condition.rule, condition.says, condition.basis) for condition in programme.eligible]
    verdicts = tuple(policy.verdicts(rules, scope))
    needed = {**dict.fromkeys(programme.facts), **dict.fromkeys(programme.parameters), **scope}
    computable = programme.amount and all(needed[name] is not None for name in policy.names(programme.amount))
    return Assessment(dict(facts), in_force, verdicts, policy.number(programme.amount, scope) if computable else None)
