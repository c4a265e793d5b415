"""产地准出, pure: what is known of a lot goes in, and out comes whether it may leave, with one finding for each rule that is not met.

The rules and their sources are data (`exit_rules.yaml`); intervals and bans come from production's inputs. Words for people are
made elsewhere (`quality.queries.exits`): a finding names the rule, the record it rests on and the facts that a sentence needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

#: A test made longer ago no longer stands in for a certificate of somebody who need not issue one.
STANDS_IN_DAYS = 7
#: Work of so many days before the harvest belongs to what was harvested.
SEASON_DAYS = 365


@dataclass(frozen=True, slots=True)
class Law:
    """One rule: where it comes from, since when, and whether it only advises."""

    id: str
    starts: date
    source: str
    advice: bool = False


@dataclass(frozen=True, slots=True)
class Required:
    """A test that goods of a kind need before they leave."""

    id: str
    products: Sequence[str]
    kinds: Sequence[str]
    within_days: int
    starts: date
    source: str
    areas: Sequence[str] = ()
    checked: bool = False

    def concerns(self, names: Sequence[str], areas: Sequence[str], on: date) -> bool:
        """Whether goods with these names that grew in these areas need it on that day."""
        known = any(word in name for word in self.products for name in names)
        here = not self.areas or any(code.startswith(area) for code in areas for area in self.areas)
        return on >= self.starts and known and here


@dataclass(frozen=True, slots=True)
class Ruleset:
    """The laws by their identifier, and the tests required."""

    laws: Mapping[str, Law]
    tests: Sequence[Required] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """One use on a plot before the harvest: the record, what was used and how many days it asks for.

    `interval_days` is the label's as recorded, else the known one of the substance on the crop. `banned` is the substance that
    could not be used there on that day, `ban_source` where that stands.
    """

    record: int
    plot: str
    name: str
    on: date
    interval_days: int
    interval_source: str = ""
    banned: str = ""
    ban_source: str = ""


@dataclass(frozen=True, slots=True)
class Harvest:
    """One harvest that is in the lot. `recorded`: whether anything was written down of its plot in the season."""

    lot: int
    code: str
    on: date
    uses: Sequence[Use] = ()
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Paper:
    """The living certificate that covers the lot. `by_test`: whether it promises on the ground of a test.

    `left_g` is what it still covers after all that left under it.
    """

    pk: int
    number: str
    left_g: int
    by_test: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """A test of the lot or of what went into it. `kind` is `rapid` or `quantitative`, with `report-` before it where a laboratory signed it."""

    pk: int
    kind: str
    item: str
    passed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a lot when `mass_g` of it (0: nobody said how much) is about to leave. `tests` are newest first."""

    lot: int
    code: str
    mass_g: int
    names: Sequence[str]
    areas: Sequence[str]
    hold: str
    needs_paper: bool
    must_issue: bool
    paper: Paper | None
    harvests: Sequence[Harvest] = ()
    tests: Sequence[Test] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is not met: on which record (`about`: what it is, and its key), and what a sentence about it needs."""

    law: Law
    about: tuple[str, int]
    facts: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def stops(self) -> bool:
        """Whether the goods may not leave because of it."""
        return not self.law.advice


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a lot may leave, and everything that was found."""

    findings: Sequence[Finding]

    @property
    def allowed(self) -> bool:
        """Whether nothing stops the goods."""
        return not any(finding.stops for finding in self.findings)

    def of(self, rule: str) -> list[Finding]:
        """The findings of one rule."""
        return [finding for finding in self.findings if finding.law.id == rule]


def judge(facts: Facts, rules: Ruleset, at: datetime, on: date) -> Verdict:
    """Every rule that the lot does not meet at `at` (the region's day `on`), in the order in which one would mend them."""
    found = [
        finding
        for check in (_hold, _failed, _banned, _interval, _paper, _tests, _records)
        for finding in check(facts, rules, at, on)
        if on >= finding.law.starts
    ]
    return Verdict(tuple(found))


def _hold(facts: Facts, rules: Ruleset, at: datetime, on: date) -> Iterator[Finding]:
    if facts.hold:
        yield Finding(rules.laws["hold"], ("lot", facts.lot), {"reason": facts.hold})


#: Whose word weighs more: a quick test made on the spot, one that a laboratory signed, a quantitative one that a laboratory signed.
_WEIGHT = {"rapid": 0, "quantitative": 0, "report-rapid": 1, "report-quantitative": 2}


def _failed(facts: Facts, rules: Ruleset, at: datetime, on: date) -> Iterator[Finding]:
    """An item failed, and no later test of the same item and at least the same weight passed; each item once."""
    told: set[str] = set()
    for place, test in enumerate(facts.tests):
        weight = _WEIGHT[test.kind]
        healed = any(
            later.passed and later.item == test.item and _WEIGHT[later.kind] >= weight for later in facts.tests[:place]
        )
        if not test.passed and not healed and test.item not in told:
            told.add(test.item)
            yield Finding(
                rules.laws["failed"],
                (test.kind, test.pk),
                {"item": test.item, "at": test.at, "reported": weight > 0},
            )


def _banned(facts: Facts, rules: Ruleset, at: datetime, on: date) -> Iterator[Finding]:
    for harvest, use in _uses(facts):
        if use.banned:
            yield Finding(
                rules.laws["banned"],
                ("record", use.record),
                {"name": use.banned, "plot": use.plot, "on": use.on, "lot": harvest.code},
                use.ban_source,
            )


def _interval(facts: Facts, rules: Ruleset, at: datetime, on: date) -> Iterator[Finding]:
    """Harvested before so many days had passed since the last use: a use on the 1st with 7 days allows harvest from the 8th."""
    for harvest, use in _uses(facts):
        first = use.on + timedelta(days=use.interval_days)
        if harvest.on < first:
            yield Finding(
                rules.laws["interval"],
                ("record", use.record),
                {
                    "name": use.name,
                    "plot": use.plot,
                    "on": use.on,
                    "days": use.interval_days,
                    "first": first,
                    "harvested": harvest.on,
                    "lot": harvest.code,
                },
                use.interval_source,
            )


def _uses(facts: Facts) -> Iterator[tuple[Harvest, Use]]:
    """Each use with the harvest that it concerns: not later than that, and not of a season long past."""
    for harvest in facts.harvests:
        for use in harvest.uses:
            if use.on <= harvest.on <= use.on + timedelta(days=max(SEASON_DAYS, use.interval_days)):
                yield harvest, use


def _paper(facts: Facts, rules: Ruleset, at: datetime, on: date) -> Iterator[Finding]:
    if not facts.needs_paper:
        return
    paper = facts.paper
    if paper is None:
        recent = [test for test in facts.tests if at - test.at <= timedelta(days=STANDS_IN_DAYS)]
        if facts.must_issue or not recent or not recent[0].passed:
            yield Finding(rules.laws["certificate"], ("lot", facts.lot), {"must": facts.must_issue})
        return
    if paper.left_g < facts.mass_g:
        yield Finding(
            rules.laws["quantity"],
            ("commitment", paper.pk),
            {"number": paper.number, "left_g": paper.left_g, "mass_g": facts.mass_g},
        )
    if paper.by_test and not any(test.passed for test in facts.tests):
        yield Finding(rules.laws["basis"], ("commitment", paper.pk), {"number": paper.number})


def _tests(facts: Facts, rules: Ruleset, at: datetime, on: date) -> Iterator[Finding]:
    for required in rules.tests:
        if not required.concerns(facts.names, facts.areas, on):
            continue
        fitting = [test for test in facts.tests if test.kind.removeprefix("report-") in required.kinds]
        if not fitting or not fitting[0].passed or at - fitting[0].at > timedelta(days=required.within_days):
            yield Finding(
                rules.laws["test"],
                ("lot", facts.lot),
                {"days": required.within_days, "kinds": tuple(required.kinds), "required": required.id},
                required.source,
            )


def _records(facts: Facts, rules: Ruleset, at: datetime, on: date) -> Iterator[Finding]:
    for harvest in facts.harvests:
        if facts.must_issue and not harvest.recorded:
            yield Finding(rules.laws["records"], ("lot", harvest.lot), {"lot": harvest.code})
