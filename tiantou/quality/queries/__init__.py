"""Reads of certificates and tests: the template of a day, what covers a lot, what a number or code stands for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import yaml

from tiantou.areas.models import Area
from tiantou.production.models import Kind, Lot
from tiantou.production.queries import ancestor_lots, names_of
from tiantou.quality import rules
from tiantou.quality.models import Commitment, QuickTest, Report
from tiantou.quality.queries.recalls import RecallBanner, recall_of
from tiantou.registry.models import Party

__all__ = ["RecallBanner", "recall_of"]


@cache
def templates() -> dict[str, rules.Template]:
    """Every template of the certificate by its identifier, from `commitments.yaml`."""
    rows = yaml.safe_load((Path(__file__).parent.parent / "commitments.yaml").read_text(encoding="utf-8"))
    return {row["id"]: rules.Template(**row) for row in rows}


def template_on(on: date) -> rules.Template | None:
    """The template in force on a day."""
    return rules.in_force(templates().values(), on)


def template_of(commitment: Commitment) -> rules.Template:
    """The template whose words a commitment bears."""
    return templates()[commitment.template]


def needs_commitment(lot: Lot, on: date) -> bool:
    """Whether a market may take this lot in only with a commitment or another proof of quality."""
    template = template_on(on)
    return template is not None and template.obliges_markets and template.covers(names_of(lot.product))


def must_issue(party: Party, on: date) -> bool:
    """Whether the party has to issue a commitment for each batch (else it is encouraged to)."""
    template = template_on(on)
    return template is not None and template.obliges(party.kind, natural_person=party.natural_person)


def duty_of(lot: Lot, party: Party, on: date, *, bought: bool) -> rules.Duty:
    """What the party owes for the lot on a day, whether it grew it or (with `bought`) mixed or repacked it."""
    template = template_on(on)
    if template is None:
        return rules.Duty.NONE
    return template.duty(names_of(lot.product), party.kind, natural_person=party.natural_person, bought=bought)


def covering(lot: Lot) -> Commitment | None:
    """The living commitment under which the lot may be traded; None where it needs one.

    Its own; for a lot only sorted out of one harvest also that harvest's. What was mixed or packed needs its own.
    """
    own = Commitment.objects.living().filter(lot=lot).first()
    if own is not None or lot.kind != Kind.GRADED:
        return own
    roots = [each for each in ancestor_lots(lot) if each.kind == Kind.HARVEST]
    return Commitment.objects.living().filter(lot=roots[0]).first() if len(roots) == 1 else None


def passed_test(lot: Lot, at: datetime | None = None) -> QuickTest | Report | None:
    """The newest test of the lot, quick or reported by a laboratory, if it passed.

    With `at` only if it is recent enough to stand in for a certificate.
    """
    tests: list[QuickTest | Report] = [
        *QuickTest.objects.filter(lot=lot)[:1],
        *Report.objects.current().filter(sample__lot=lot).exclude(passed=None)[:1],
    ]
    newest = max(tests, key=lambda test: test.tested_at, default=None)
    if newest is None or not newest.passed:
        return None
    if at is not None and at - newest.tested_at > timedelta(days=rules.TEST_SPEAKS_DAYS):
        return None
    return newest


def by_number(text: str) -> Commitment | None:
    """The commitment with the number in what was typed or scanned, for anybody who holds its number; None where none is."""
    number = rules.normal_number(text)
    rows = Commitment.objects.select_related("lot__product", "lot__plot__base", "issuer", "lot__place")
    return rows.filter(number=number).first() if number else None


def origin_of(lot: Lot) -> str:
    """Where the lot grew, from the district down: `重庆市奉节县草堂镇示例村`; of several harvests each place once."""
    lots = [each for each in ancestor_lots(lot).select_related("plot__base__area") if each.plot_id]
    own = [lot] if lot.plot_id else lots
    areas = {each.plot.base.area_id: each.plot.base.area for each in own if each.plot and each.plot.base.area}
    return "、".join(_area_words(area) for area in areas.values()) or lot.place.name


def _area_words(area: Area) -> str:
    words: list[str] = []
    current: Area | None = area
    while current is not None:
        words.insert(0, current.name)
        current = current.parent
    return "".join(words)
