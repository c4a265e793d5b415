"""Decisions at a market's gate are on record, each once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import ZONE, local_date
from tiantou.kernel.errors import Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.queries import place_uri
from tiantou.production.services import next_number
from tiantou.quality.models import GateDecision, GateEntry, Vendor
from tiantou.quality.queries import gate as queries
from tiantou.quality.rules import gate as rules
from tiantou.quality.rules import passes
from tiantou.quality.services.quick_tests import write_test
from tiantou.registry.models import Party, Site
from tiantou.trace import services as trace
from tiantou.trace.rules import EventDraft, kilograms

KEEPERS = allow(Role.MARKET_KEEPER)
_LONGEST = {"goods": 120, "vendor_name": 120, "vendor_phone": 20, "origin": 120, "truck": 20, "reason": 200}
NOTHING_SAID = rules.Brought()
#: How each decision is told: business step and disposition (CBV 2.0).
_STEPS = {
    GateDecision.ACCEPT: ("receiving", "in_progress"),
    GateDecision.REFUSE: ("inspecting", "non_sellable_other"),
    GateDecision.QUARANTINE: ("inspecting", "non_sellable_other"),
}


class EntryNotAllowed(Conflict):
    """不得放行: something stands against letting these goods in."""

    code = "entry-not-allowed"


@verb(KEEPERS)
def decide_entry(
    *,
    by: Actor,
    at: datetime,
    code: str,
    decision: str,
    reason: str = "",
    brought: rules.Brought = NOTHING_SAID,
    test: Mapping[str, str] | None = None,
    decided_at: datetime | None = None,
    offline: bool = False,
    key: str = "",
) -> GateEntry:
    """进场查验: the keeper's decision on what was shown is on record, with all that was looked at, and in the trace journal.

    `test` is a rapid test at the gate (`item`, `value`, `limit`, `unit`, `instrument`): of a known lot it is kept as the lot's, and a
    failed one holds it. What was decided without network (`offline`) happened: it is recorded even where something stood
    against it, and raises an alarm; with network it is refused.

    Raises: Absent where the actor keeps no market; Invalid; EntryNotAllowed.
    """
    market = queries.gate_of(by)
    decided_at = decided_at or at
    measured = _checked(code, decision, reason, brought, test, decided_at, at)
    shown = queries.present([code.strip()], market, at, brought.vendor_name)[0]
    if measured is not None and shown.lot is not None:
        write_test(
            by=by, at=at, lot=shown.lot, site_id=market.pk, **{k: v for k, v in measured.items() if k != "passed"}
        )
    if measured is not None:
        shown = _with_test(shown, passed=measured["passed"])
    _require_vendor(shown, decision, brought.vendor_name)
    allowed = rules.allows(rules.Decision(decision), shown.checks)
    if not allowed and not offline:
        raise EntryNotAllowed(*_why_not(shown))
    entry: GateEntry = GateEntry.objects.create(
        number=f"JC{local_date(at):%Y%m%d}-{next_number(f'gate:{local_date(at):%Y%m%d}'):05d}",
        market=market,
        code=code.strip(),
        lot=shown.lot,
        commitment=shown.commitment,
        epc=shown.epc,
        goods=brought.goods.strip() or (shown.lot.product.name if shown.lot else ""),
        vendor=_vendor(market, shown, brought, decision, at),
        vendor_name=brought.vendor_name.strip() or shown.vendor_name,
        truck=brought.truck.strip().upper(),
        mass_g=brought.mass_g,
        decision=decision,
        reason=reason.strip(),
        checks=[{"name": check.name, "state": check.state, "advice": check.advice} for check in shown.checks],
        advice=shown.advice,
        test=None if measured is None else {name: str(value) for name, value in measured.items()},
        offline=offline,
        alarm=not allowed,
        client_key=key,
        decided_at=decided_at,
        recorded_at=at,
        keep_until=rules.keep_until(local_date(decided_at)),
        keeper_name=by.name,
        person_id=by.person_id,
    )
    _told(entry, by, at)
    return entry


def _checked(
    code: str,
    decision: str,
    reason: str,
    brought: rules.Brought,
    test: Mapping[str, str] | None,
    decided_at: datetime,
    at: datetime,
) -> dict[str, Any] | None:
    """The rapid test as measured, if there is one. Raises: Invalid with every fault."""
    problems = [
        Problem(field, _("这一项太长。"), _("写短一点。"))
        for field, text in {"reason": reason, **asdict(brought)}.items()
        if field in _LONGEST and (len(text) > _LONGEST[field] or "\x00" in text)
    ]
    if not code.strip() or len(code.strip()) > rules.LONGEST_CODE or not code.strip().isprintable():
        problems.append(Problem("code", _("编号为空或太长。"), _("扫码，或照标签输入。")))
    if decision not in GateDecision.values:
        problems.append(Problem("decision", _("没有这种处理。"), _("选放行、拒收或隔离。")))
    elif decision != GateDecision.ACCEPT and not reason.strip():
        problems.append(Problem("reason", _("没有写原因。"), _("拒收和隔离要写明原因。")))
    if brought.mass_g is not None and not 0 < brought.mass_g <= 100_000_000:  # noqa: PLR2004 - a hundred tonnes
        problems.append(Problem("mass_g", _("重量应大于 0，不超过 100 吨。"), _("按公斤填写。")))
    if decided_at.tzinfo is None or not rules.timely(decided_at, at):
        problems.append(Problem("decided_at", _("手机上的时间不对。"), _("校准手机时间；超过 7 天的请补纸质记录。")))
    measured = None
    if test and any(str(value).strip() for value in test.values()):
        measured = _measured(test, problems)
    if problems:
        raise Invalid(problems=problems)
    return measured


def _measured(test: Mapping[str, str], problems: list[Problem]) -> dict[str, Any] | None:
    facts = {name: str(test.get(name, "")).strip()[:60] for name in ("item", "value", "limit", "unit", "instrument")}
    if not facts["item"] or not facts["instrument"] or not "".join(facts.values()).isprintable():
        problems.append(Problem("test", _("快速检测要写项目和仪器。"), _("照仪器填写。")))
    try:
        value, limit = Decimal(facts["value"]), Decimal(facts["limit"])
    except InvalidOperation:
        problems.append(Problem("test", _("快速检测的读数和限量应是数字。"), _("照仪器读数填写。")))
        return None
    if not (value.is_finite() and limit.is_finite() and 0 <= value < 10**8 and 0 <= limit < 10**8):
        problems.append(Problem("test", _("数值不能小于 0。"), _("照仪器读数填写。")))
        return None
    return {
        "item": facts["item"], "value": value, "limit": limit, "unit": facts["unit"][:12] or "%", "instrument": facts["instrument"],
        "passed": passes(value, limit),
    }  # fmt: skip


def _with_test(shown: queries.Presented, *, passed: bool) -> queries.Presented:
    standing = replace(shown.standing, tested=passed)
    return replace(shown, standing=standing, checks=rules.checks(standing))


def _require_vendor(shown: queries.Presented, decision: str, vendor_name: str) -> None:
    """Goods of which the platform knows nothing come in only with the name of who brings them (供货者档案)."""
    if decision == GateDecision.ACCEPT and shown.lot is None and not vendor_name.strip():
        raise Invalid(problems=[Problem("vendor_name", _("没有写谁送来的。"), _("写供货者的名称和电话，市场要留档。"))])


def _why_not(shown: queries.Presented) -> tuple[str, str]:
    facts = {"code": shown.code}
    advice = shown.advice
    if advice is rules.Advice.TEST:
        return (
            _("%(code)s 没有有效的合格证，也没有合格的检测，不能放行。") % facts,
            _("当场做一次快速检测并填上结果，合格就可以放行。"),
        )
    if advice is rules.Advice.REFUSE:
        return _("%(code)s 的合格证已作废或检测不合格，不能放行。") % facts, _("拒收，请送货人带回并重新开证。")
    return _("%(code)s 被扣留或没过产地准出，不能放行。") % facts, _("隔离存放，并告诉检查员。")


def _vendor(
    market: Site, shown: queries.Presented, brought: rules.Brought, decision: str, at: datetime
) -> Vendor | None:
    """The market's file on whoever brings the goods; goods let in begin one."""
    name = brought.vendor_name.strip() or shown.vendor_name
    if shown.on_file is not None and not brought.vendor_phone.strip():
        return shown.on_file
    if not name or decision != GateDecision.ACCEPT:
        return shown.on_file
    party = shown.lot.holder if shown.lot and shown.lot.holder.name == name else None
    party = party or Party.objects.filter(name=name, natural_person=False).first()
    made: Vendor = Vendor.objects.get_or_create(
        market=market,
        name=name,
        phone=brought.vendor_phone.strip(),
        defaults={
            "party": party,
            "code": party.code if party and not party.natural_person else "",
            "origin": brought.origin.strip(),
            "since": at,
        },
    )[0]
    return made


def _told(entry: GateEntry, by: Actor, at: datetime) -> None:
    """The decision is in the trace journal; goods without any identifier are not."""
    if entry.lot is None and not entry.epc:
        return
    step, disposition = _STEPS[GateDecision(entry.decision)]
    papers = [("inspection", f"urn:tiantou:gate:{entry.number}")]
    if entry.commitment is not None:
        papers.append(("cert", f"urn:tiantou:commitment:{entry.commitment.number}"))
    amounts = []
    if not entry.epc and entry.lot is not None:
        amounts = [kilograms(entry.lot.epc, entry.mass_g or entry.lot.mass_g)]
    trace.record(
        by=by,
        at=at,
        event=EventDraft(
            type="Object",
            event_time=entry.decided_at.astimezone(ZONE),
            action="OBSERVE",
            biz_step=step,
            disposition=disposition,
            epcs=[entry.epc] if entry.epc else [],
            quantities=amounts,
            read_point=place_uri(entry.market),
            biz_location=place_uri(entry.market),
            biz_transactions=papers,
            extensions={"place": entry.market.name, "gate": entry.decision},
        ),
    )
