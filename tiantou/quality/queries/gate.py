"""市场准入: what a code at the gate stands for, what is known of it, and the list that a phone takes along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tiantou.gs1 import identifiers
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent
from tiantou.production.models import Lot
from tiantou.quality import queries
from tiantou.quality.models import Commitment, GateEntry, Vendor
from tiantou.quality.queries import exits
from tiantou.quality.rules import TEST_SPEAKS_DAYS
from tiantou.quality.rules import gate as rules
from tiantou.registry.models import Site, Status
from tiantou.trace import queries as trace

#: A phone takes along what was issued within so many days …
LIST_DAYS = 30
#: … and no more than so many numbers.
MOST_LISTED = 20_000
_LOT = ("product__category__category", "producer", "holder", "place", "plot__base__area")


@dataclass(frozen=True, slots=True)
class Presented:
    """One code and what it stands for; `lot` is None for goods that the platform does not know."""

    code: str
    lot: Lot | None
    commitment: Commitment | None
    epc: str
    standing: rules.Standing
    checks: Sequence[rules.Check]
    on_file: Vendor | None = None

    @property
    def advice(self) -> rules.Advice:
        """What the checks ask for."""
        return rules.advice(self.checks)

    @property
    def vendor_name(self) -> str:
        """Who brings it, as far as the lot says."""
        return self.lot.holder.name if self.lot else ""


def gate_of(by: Actor) -> Site:
    """The market at whose gate the actor stands. Raises: Absent where the role is held for none."""
    sites = Site.objects.exclude(status=Status.CLOSED).select_related("holder", "area")
    found = sites.filter(pk=by.site_id).first() if by.site_id is not None and by.role is Role.MARKET_KEEPER else None
    if found is None:
        raise Absent(_("您的身份没有登记在任何一个市场。"), _("请管理员把您的任职登记到市场。"))
    return found  # type: ignore[no-any-return]


def present(codes: Iterable[str], market: Site, at: datetime, vendor_name: str = "") -> list[Presented]:
    """Each code with what is known of it at `at`, in the order in which they were shown."""
    named = [(code, *_named(code)) for code in codes]
    lots = {lot.pk: lot for _code, lot, _paper, _epc in named if lot is not None}
    verdicts = exits.exit_permissions(lots.values(), at)
    tests = exits.tests_of(lots)
    return [
        _presented(code, lot, paper, epc, market, at, verdicts, tests, vendor_name) for code, lot, paper, epc in named
    ]


def _presented(
    code: str,
    lot: Lot | None,
    paper: Commitment | None,
    epc: str,
    market: Site,
    at: datetime,
    verdicts: dict[int, Any],
    tests: dict[int, list[Any]],
    vendor_name: str,
) -> Presented:
    vendor = on_file(market, vendor_name or (lot.holder.name if lot else ""))
    if lot is None:
        standing = rules.Standing(known=False, paper="missing", vendor_on_file=vendor is not None)
        return Presented(code, None, None, epc, standing, rules.checks(standing), vendor)
    standing = rules.Standing(
        known=True,
        paper=_paper(lot, paper, at),
        held=lot.on_hold,
        exit_rules=[finding.law.id for finding in verdicts[lot.pk].findings],
        tested=_tested(tests.get(lot.pk, []), at),
        vendor_on_file=vendor is not None or not lot.holder.natural_person,
    )
    return Presented(code, lot, paper or queries.covering(lot), epc, standing, rules.checks(standing), vendor)


def _paper(lot: Lot, shown: Commitment | None, at: datetime) -> str:
    """How the certificate stands: that of the lot as it is now, whatever older one was shown."""
    if queries.covering(lot) is not None:
        return "valid"
    if not queries.needs_commitment(lot, local_date(at)):
        return "not-needed"
    last = shown or Commitment.objects.filter(lot=lot).first()
    return "revoked" if last is not None and last.revoked_at else "missing"


def _tested(tests: Sequence[Any], at: datetime) -> bool | None:
    recent = [test for test in tests if at - test.at <= timedelta(days=TEST_SPEAKS_DAYS)]
    return recent[0].passed if recent else None


def _named(code: str) -> tuple[Lot | None, Commitment | None, str]:
    """The lot, the certificate and the piece that a code names: certificate, lot number, or any GS1 identifier."""
    paper = queries.by_number(code)
    if paper is not None:
        return _lots().get(pk=paper.lot_id), paper, ""
    lot = _lots().filter(code=code).first()
    if lot is not None:
        return lot, None, ""
    try:
        epc = identifiers.epc(code)
    except ValueError:
        return None, None, ""
    if ":lgtin:" in epc:
        return _lots().filter(epc=epc).first(), None, ""
    return _lot_of_piece(epc), None, epc


def _lots() -> QuerySet[Lot]:
    rows: QuerySet[Lot] = Lot.objects.select_related(*_LOT)
    return rows


def _lot_of_piece(epc: str) -> Lot | None:
    """The lot out of whose packing a piece came; of a crate, that of what lies in it."""
    for key in [epc, *(identifiers.urn(each) for each in trace.ancestors(epc)[:50])]:
        if ":sgtin:" not in key:
            continue
        for event in trace.events_about(key):
            body = event.body
            outputs = {identifiers.urn(each) for each in body.get("outputEPCList", ())}
            if key in outputs:
                classes = [identifiers.urn(each["epcClass"]) for each in body.get("outputQuantityList", ())]
                return _lots().filter(epc__in=classes).first()
    return None


def on_file(market: Site, name: str) -> Vendor | None:
    """The market's file on whoever brings the goods; None where it has none."""
    name = name.strip()
    found: Vendor | None = Vendor.objects.filter(market=market, name=name).first() if name else None
    return found


def gate_list(at: datetime) -> dict[str, Any]:
    """What a phone takes along for preliminary verdicts: certificates of thirty days and how they stand, and lots on hold."""
    recent = Commitment.objects.filter(issued_at__gt=at - timedelta(days=LIST_DAYS)).order_by("-issued_at")
    rows = list(
        recent.values_list("number", "lot__code", "revoked_at", "replaced_at", "lot__hold_reason")[:MOST_LISTED]
    )
    held = Lot.objects.exclude(hold_reason="").order_by("-made_at").values_list("code", flat=True)[:MOST_LISTED]
    return {
        "at": at.isoformat(timespec="seconds"),
        "standing": {number: lot for number, lot, revoked, replaced, _hold in rows if not revoked and not replaced},
        "revoked": [number for number, _lot, revoked, _replaced, _hold in rows if revoked],
        "replaced": [number for number, _lot, revoked, replaced, _hold in rows if replaced and not revoked],
        "held": list(held),
    }


def entries_of(actor: Actor) -> QuerySet[GateEntry]:
    """The decisions that the actor may see, newest first."""
    rows: QuerySet[GateEntry] = GateEntry.objects.visible_to(actor)
    return rows.select_related("market", "lot__product", "commitment", "vendor")


def alarms_of(actor: Actor) -> QuerySet[GateEntry]:
    """Goods that were let in without network although something stood against it, and of which nothing was decided since."""
    return entries_of(actor).filter(alarm=True).exclude(pk__in=_settled(actor))


def _settled(actor: Actor) -> list[int]:
    """Alarms after which the same code at the same market was refused or set apart."""
    alarms = entries_of(actor).filter(alarm=True)
    return [
        each.pk
        for each in alarms
        if GateEntry.objects.filter(
            market=each.market_id,
            code=each.code,
            decision__in=["refuse", "quarantine"],
            recorded_at__gt=each.recorded_at,
        ).exists()
    ]
