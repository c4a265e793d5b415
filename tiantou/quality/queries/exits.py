"""产地准出: what is known of lots that are about to leave, the verdict on them, and its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.gs1.identifiers import urn
from tiantou.kernel.actor import Actor
from tiantou.kernel.clock import local_date
from tiantou.kernel.units import show_kg
from tiantou.production.models import FieldRecord, Kind, Lot, Work
from tiantou.production.queries import inputs, names_of
from tiantou.quality import queries
from tiantou.quality.models import Commitment, ExitPass, QuickTest, Report, ReportLine
from tiantou.quality.rules import exits as rules_exit
from tiantou.trace import queries as trace
from tiantou.ui.words import day

#: Words of a basis that say that a test is behind the promise.
BY_TEST = "检测"
#: Lots younger than this are at their origin or just left it: the officers' list.
RECENT = timedelta(days=30)
_LOT = ("product__category__category__category", "producer", "plot__base__area", "place__area")


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding in words: the rule, what is wrong on which record (and where to see it), where it stands, what to do and where."""

    rule: str
    stops: bool
    title: str
    reason: str
    source: str
    remedy: str
    record_url: str = ""
    remedy_url: str = ""
    remedy_label: str = ""


@cache
def ruleset() -> rules_exit.Ruleset:
    """Laws and required tests, from `exit_rules.yaml`."""
    data = yaml.safe_load((Path(__file__).parent.parent / "exit_rules.yaml").read_text(encoding="utf-8"))
    laws = [rules_exit.Law(**row) for row in data["rules"]]
    return rules_exit.Ruleset({law.id: law for law in laws}, [rules_exit.Required(**row) for row in data["tests"]])


def exit_permission(lot: Lot, at: datetime, mass_g: int = 0) -> rules_exit.Verdict:
    """产地准出: whether `mass_g` grams of the lot may leave its origin at `at`, with a finding for each rule not met."""
    return exit_permissions([lot], at, {lot.pk: mass_g})[lot.pk]


def exit_permissions(
    lots: Iterable[Lot], at: datetime, masses: dict[int, int] | None = None
) -> dict[int, rules_exit.Verdict]:
    """The verdict on each lot, by its key; the number of queries does not grow with the number of harvest lots."""
    on = local_date(at)
    return {pk: rules_exit.judge(facts, ruleset(), at, on) for pk, facts in exit_facts(lots, at, masses or {}).items()}


def exit_facts(lots: Iterable[Lot], at: datetime, masses: dict[int, int]) -> dict[int, rules_exit.Facts]:
    """What the rules need to know of each lot, by its key."""
    keys = [lot.pk for lot in lots]
    found = list(Lot.objects.filter(pk__in=keys).select_related(*_LOT))
    above = {
        lot.pk: [] if lot.kind == Kind.HARVEST else [urn(key) for key in trace.ancestors(lot.epc)] for lot in found
    }
    epcs = {epc for names in above.values() for epc in names}
    sources = {lot.epc: lot for lot in Lot.objects.filter(epc__in=epcs).select_related(*_LOT)} if epcs else {}
    families = {
        lot.pk: [lot, *(sources[epc] for epc in above[lot.pk] if epc in sources and sources[epc].pk != lot.pk)]
        for lot in found
    }
    everybody = {each.pk: each for family in families.values() for each in family}
    uses = _uses_by_plot([lot for lot in everybody.values() if lot.kind == Kind.HARVEST])
    tests = tests_of(everybody)
    papers = _papers(families)
    on = local_date(at)
    return {
        lot.pk: _facts(lot, families[lot.pk], uses, tests, papers.get(lot.pk), masses.get(lot.pk, 0), on)
        for lot in found
    }


def _facts(
    lot: Lot,
    family: Sequence[Lot],
    uses: dict[int, list[tuple[FieldRecord, bool]]],
    tests: dict[int, list[rules_exit.Test]],
    paper: rules_exit.Paper | None,
    mass_g: int,
    on: date,
) -> rules_exit.Facts:
    roots = [each for each in family if each.kind == Kind.HARVEST]
    return rules_exit.Facts(
        lot=lot.pk,
        code=lot.code,
        mass_g=mass_g,
        names=names_of(lot.product),
        areas=sorted({each.plot.base.area.code for each in roots if each.plot and each.plot.base.area}),
        hold=lot.hold_reason,
        needs_paper=queries.needs_commitment(lot, on),
        must_issue=queries.must_issue(lot.producer, on),
        paper=paper,
        harvests=[_harvest(each, uses) for each in roots],
        tests=sorted(
            (test for each in family for test in tests.get(each.pk, ())), key=lambda test: test.at, reverse=True
        ),
    )


def _harvest(lot: Lot, records: dict[int, list[tuple[FieldRecord, bool]]]) -> rules_exit.Harvest:
    own = records.get(lot.plot_id or 0, [])
    names = names_of(lot.product)
    season = [
        record
        for record, _used in own
        if record.on <= lot.harvested_on <= record.on + timedelta(days=rules_exit.SEASON_DAYS)
    ]
    return rules_exit.Harvest(
        lot.pk,
        lot.code,
        lot.harvested_on,
        [_use(record, names) for record, used in own if used],
        recorded=bool(season) or lot.plot_id is None,
    )


def _use(record: FieldRecord, names: Sequence[str]) -> rules_exit.Use:
    known = None if record.interval_days else inputs().interval_of(record.input_name, names)
    ban = inputs().ban_on(record.input_name, names, record.on)
    return rules_exit.Use(
        record=record.pk,
        plot=record.plot.name,
        name=record.input_name,
        on=record.on,
        interval_days=record.interval_days or (known.days if known else 0),
        interval_source=known.source if known else "",
        banned=ban[0] if ban else "",
        ban_source=ban[1].source if ban else "",
    )


def _uses_by_plot(lots: Sequence[Lot]) -> dict[int, list[tuple[FieldRecord, bool]]]:
    """Every record of the plots of these harvests, each with whether something was applied to the crop."""
    plots = {lot.plot_id for lot in lots if lot.plot_id}
    found: dict[int, list[tuple[FieldRecord, bool]]] = defaultdict(list)
    if plots:
        for record in FieldRecord.objects.filter(plot__in=plots).select_related("plot"):
            used = bool(record.input_name) and (record.kind == Work.PROTECT or record.interval_days > 0)
            found[record.plot_id].append((record, used))
    return found


def tests_of(lots: Iterable[int]) -> dict[int, list[rules_exit.Test]]:
    """Every test of these lots (by key), quick or from a laboratory, newest first."""
    found: dict[int, list[rules_exit.Test]] = defaultdict(list)
    for test in QuickTest.objects.filter(lot__in=list(lots)):
        found[test.lot_id].append(rules_exit.Test(test.pk, "rapid", test.item, test.passed, test.tested_at))
    lines = ReportLine.objects.filter(report__sample__lot__in=list(lots), report__corrected_by=None)
    for line in lines.filter(outcome__in=["pass", "fail"]).select_related("report__sample"):
        report = line.report
        found[report.sample.lot_id].append(
            rules_exit.Test(
                report.pk, f"report-{report.method}", line.substance, line.outcome == "pass", report.issued_at
            )
        )
    for tests in found.values():
        tests.sort(key=lambda test: test.at, reverse=True)
    return found


def _papers(families: dict[int, list[Lot]]) -> dict[int, rules_exit.Paper]:
    """The living certificate that covers each lot, as `queries.covering` has it, for all of them at once."""
    wanted = {each.pk for family in families.values() for each in family}
    living = {paper.lot_id: paper for paper in Commitment.objects.living().filter(lot__in=wanted)}
    out = dict(
        ExitPass.objects.filter(commitment__in=[paper.pk for paper in living.values()])
        .values_list("commitment", "lot")
        .annotate(total=Sum("mass_g"))
        .values_list("commitment", "total")
    )
    papers = {}
    for pk, (lot, *above) in families.items():
        paper = living.get(pk)
        roots = [each for each in above if each.kind == Kind.HARVEST]
        if paper is None and lot.kind == Kind.GRADED and len(roots) == 1:
            paper = living.get(roots[0].pk)
        if paper is not None:
            gone = out.get(paper.pk, 0) if paper.lot_id == pk else 0
            papers[pk] = rules_exit.Paper(paper.pk, paper.number, paper.quantity_g - gone, BY_TEST in paper.basis)
    return papers


def in_words(verdict: rules_exit.Verdict, lot: Lot, *, links: bool = True) -> list[Reason]:
    """The findings as a person reads them, what stops first; without `links` no record is looked up (for long lists)."""
    found = [_reason(finding, lot, links=links) for finding in verdict.findings]
    return sorted(found, key=lambda reason: not reason.stops)


def _reason(finding: rules_exit.Finding, lot: Lot, *, links: bool) -> Reason:
    title, reason, remedy = _WORDS[finding.law.id](finding)
    remedy_url, remedy_label = _mending(finding, lot) if links else ("", "")
    return Reason(
        rule=finding.law.id,
        stops=finding.stops,
        title=title,
        reason=reason,
        source=finding.source or finding.law.source,
        remedy=remedy,
        record_url=_record_url(finding) if links else "",
        remedy_url=remedy_url,
        remedy_label=remedy_label,
    )


def _record_url(finding: rules_exit.Finding) -> str:
    """Where the record that a finding rests on is read."""
    kind, pk = finding.about
    if kind == "record":
        plot = FieldRecord.objects.filter(pk=pk).values_list("plot", flat=True).first()
        return reverse("production:plot", args=[plot]) + f"#record-{pk}" if plot else ""
    names = {"lot": "production:lot", "commitment": "quality:certificate"}
    if kind == "rapid":
        lot = QuickTest.objects.filter(pk=pk).values_list("lot", flat=True).first()
        return reverse("quality:test", args=[lot]) if lot else ""
    if kind.startswith("report-"):
        number = Report.objects.filter(pk=pk).values_list("number", flat=True).first()
        return reverse("quality:report", args=[number]) if number else ""
    return reverse(names[kind], args=[pk]) if kind in names else ""


def _mending(finding: rules_exit.Finding, lot: Lot) -> tuple[str, str]:
    """One tap that mends it, and its words; nothing where only somebody else can."""
    rule = finding.law.id
    certify = reverse("quality:certify", args=[lot.pk])
    if rule == "certificate":
        return certify, _("开合格证")
    if rule in {"quantity", "basis"}:
        return f"{certify}?again=1", _("换开合格证")
    if rule == "test" or (rule == "failed" and not finding.facts["reported"]):
        return reverse("quality:test", args=[lot.pk]), _("记快速检测")
    if rule == "records" and lot.plot_id:
        return reverse("production:work", args=[lot.plot_id]), _("记农事")
    return "", ""


def _say_hold(finding: rules_exit.Finding) -> tuple[str, str, str]:
    return (
        _("扣留中"),
        _("这个批次被扣留：%(reason)s") % finding.facts,
        _("货单独放好不要动，等检查员处理。"),
    )


def _say_failed(finding: rules_exit.Finding) -> tuple[str, str, str]:
    facts = {"item": finding.facts["item"], "on": day(local_date(finding.facts["at"]))}
    return (
        _("检测不合格"),
        _("%(on)s 检测“%(item)s”不合格，之后没有合格的复检。") % facts,
        _("请检查员抽样送检复检，报告合格后再出村；不合格的货不能卖。")
        if finding.facts["reported"]
        else _("同一项目复检合格后再出村；不合格的货不能卖。"),
    )


def _say_banned(finding: rules_exit.Finding) -> tuple[str, str, str]:
    facts = {**finding.facts, "on": day(finding.facts["on"])}
    return (
        _("用了禁用农药"),
        _("%(plot)s %(on)s 用过 %(name)s，这种作物上不准用。") % facts,
        _("这批货不能卖，告诉当地农业农村部门；记录写错了请检查员核实。"),
    )


def _say_interval(finding: rules_exit.Finding) -> tuple[str, str, str]:
    facts = {
        **finding.facts,
        "on": day(finding.facts["on"]),
        "first": day(finding.facts["first"]),
        "harvested": day(finding.facts["harvested"]),
    }
    return (
        _("没过安全间隔期"),
        _("%(plot)s %(on)s 用过 %(name)s，要隔 %(days)s 天，%(first)s 起才可采收，实际 %(harvested)s 就采了。") % facts,
        _("这批货先不要卖：请检查员抽样定量检测，再按结果处理。"),
    )


def _say_paper(finding: rules_exit.Finding) -> tuple[str, str, str]:
    must = finding.facts["must"]
    return (
        _("没有有效的合格证"),
        _("企业和合作社必须逐批开证，这个批次没有有效的承诺达标合格证。")
        if must
        else _("这个批次没有有效的承诺达标合格证，也没有近 7 天合格的检测。"),
        _("开一张合格证，两步就好。") if must else _("开一张合格证，或做一次快速检测。"),
    )


def _say_quantity(finding: rules_exit.Finding) -> tuple[str, str, str]:
    facts = {
        "number": finding.facts["number"],
        "left": show_kg(max(finding.facts["left_g"], 0)),
        "mass": show_kg(finding.facts["mass_g"]),
    }
    return (
        _("合格证数量不够"),
        _("合格证 %(number)s 还能管 %(left)s 公斤，这次要走 %(mass)s 公斤。") % facts,
        _("按实际重量换开合格证。"),
    )


def _say_basis(finding: rules_exit.Finding) -> tuple[str, str, str]:
    return (
        _("承诺依据没有记录"),
        _("合格证 %(number)s 承诺的依据是检测合格，但没有合格的检测记录。") % finding.facts,
        _("把检测结果记上，或换开一张依据“质量安全控制符合要求”的合格证。"),
    )


def _say_test(finding: rules_exit.Finding) -> tuple[str, str, str]:
    return (
        _("缺上市前检测"),
        _("这种货上市前 %(days)s 天内要有合格的检测。") % finding.facts,
        _("做一次快速检测，合格就记上。"),
    )


def _say_records(finding: rules_exit.Finding) -> tuple[str, str, str]:
    return (
        _("没有农事记录"),
        _("批次 %(lot)s 的地块一年内没有任何农事记录。") % finding.facts,
        _("企业和合作社要有生产记录，把用药、施肥补记上。"),
    )


_WORDS: dict[str, Any] = {
    "hold": _say_hold,
    "failed": _say_failed,
    "banned": _say_banned,
    "interval": _say_interval,
    "certificate": _say_paper,
    "quantity": _say_quantity,
    "basis": _say_basis,
    "test": _say_test,
    "records": _say_records,
}


def recent_lots(actor: Actor, at: datetime) -> QuerySet[Lot]:
    """Harvest lots of the last thirty days that the actor may see, newest first."""
    rows: QuerySet[Lot] = Lot.objects.visible_to(actor).filter(kind=Kind.HARVEST, made_at__gt=at - RECENT)
    return rows.select_related(*_LOT)
