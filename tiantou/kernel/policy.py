"""Rules as data: CEL expressions over named facts, checked when loaded, answered with every verdict and its legal basis.

Money is integer fen, mass integer grams, dates are ISO strings; division is refused, since shares of money have their own rounding
(`units.share_fen`), and so is `size` of a text, which counts bytes and not characters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import cel

#: What a rule may call: comparisons, logic, sums and products. Division is missing on purpose.
ALLOWED = frozenset(
    {"_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_+_", "_-_", "_*_", "-_"}
)


class RuleFault(ValueError):
    """A rule cannot be used: it does not parse, or names facts or functions that it may not."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition: its CEL text, what it says in both languages and where it comes from."""

    text: str
    says: Mapping[str, str]
    basis: str = ""

    def met(self, facts: Mapping[str, Any]) -> bool:
        """Whether the rule holds for `facts`; a fact that is missing or unknown (None) never satisfies a rule."""
        known = {name: value for name, value in facts.items() if value is not None}
        program = cel.compile(self.text)
        if not set(program.variables()) <= known.keys():
            return False
        return program.execute(known) is True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule said of the facts."""

    rule: Rule
    met: bool


def check(text: str, facts: Collection[str]) -> str:
    """`text`, proven usable with these facts. Raises: RuleFault."""
    try:
        program = cel.compile(text)
    except ValueError as fault:
        raise RuleFault(f"{text!r}: {fault}") from fault
    if unknown := set(program.variables()) - set(facts):
        raise RuleFault(f"{text!r} names facts that nobody provides: {', '.join(sorted(unknown))}")
    if forbidden := set(program.functions()) - ALLOWED:
        raise RuleFault(f"{text!r} uses what a rule may not: {', '.join(sorted(forbidden))}")
    return text


def verdicts(rules: Collection[Rule], facts: Mapping[str, Any]) -> list[Verdict]:
    """Every rule with its verdict, in order."""
    return [Verdict(rule, rule.met(facts)) for rule in rules]


def number(text: str, facts: Mapping[str, Any]) -> int:
    """The whole number that `text` computes from `facts`. Raises: RuleFault, if it is none."""
    value = cel.compile(text).execute(dict(facts))
    if not isinstance(value, int) or isinstance(value, bool):
        raise RuleFault(f"{text!r} gave {value!r}, not a whole number")
    return value


def names(text: str) -> frozenset[str]:
    """The facts that `text` names."""
    return frozenset(cel.compile(text).variables())
