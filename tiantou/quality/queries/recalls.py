"""Reads of recalls: what a lot is called back for, who was told, how well it works, and the rows behind every figure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Least

from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent
from tiantou.people.models import Appointment
from tiantou.production.models import Kind, Lot
from tiantou.quality import whereabouts
from tiantou.quality.models import Commitment, DrillPlan, Recall, RecallLine, RecallLot, RecallNotice, RecallState
from tiantou.quality.models.recalls import EXPECTED
from tiantou.quality.rules.recalls import Effect
from tiantou.stock import queries as stock


@dataclass(frozen=True, slots=True)
class RecallBanner:
    """What a consumer has to know of a recall, without a word about persons."""

    number: str
    level: str
    state: str
    reason: str
    public_text: str
    since: datetime

    @property
    def over(self) -> bool:
        """Whether the recall is closed; the goods were bad all the same."""
        return self.state == RecallState.CLOSED


def recall_of(lot: Lot) -> RecallBanner | None:
    """The recall that calls this lot back: the newest that was made public (never a drill), a living one before a closed one."""
    rows = Recall.objects.filter(drill=False, started_at__isnull=False, lots__lot=lot)
    found = rows.order_by(F("closed_at").desc(nulls_first=True), "-pk").first()
    if found is None or found.started_at is None:
        return None
    return RecallBanner(found.number, found.level, found.state, found.reason, found.public_text, found.started_at)


def recalls_of(actor: Actor) -> QuerySet[Recall]:
    """The recalls that the actor may see, newest first, with lots and holders counted."""
    rows = Recall.objects.visible_to(actor).select_related("party", "opener")
    found: QuerySet[Recall] = rows.annotate(
        lots_count=Count("lots", distinct=True), holders=Count("notices", distinct=True)
    ).order_by("-opened_at", "-pk")
    return found


def public_recalls() -> QuerySet[Recall]:
    """What everybody may read: recalls that began, newest first; no drills."""
    found: QuerySet[Recall] = Recall.objects.filter(drill=False, started_at__isnull=False)
    return found.select_related("party").order_by("-started_at", "-pk")


def recall_seen(actor: Actor, number: str) -> Recall:
    """The recall of that number. Raises: Absent, alike for one that the actor may not see."""
    found = Recall.objects.visible_to(actor).select_related("party", "opener", "hold").filter(number=number).first()
    if found is None:
        raise Absent
    return found


def effect(recall: Recall, at: datetime) -> Effect:
    """How well the recall works at an instant; four queries, whatever its size."""
    notices = RecallNotice.objects.filter(recall=recall)
    open_line = Exists(RecallLine.objects.filter(notice=OuterRef("pk"), answered_at=None))
    told = notices.aggregate(
        parties=Count("pk"),
        told=Count("pk", filter=Q(told_at__isnull=False)),
        hours=Avg(F("answered_at") - F("told_at"), filter=Q(answered_at__isnull=False)),
    )
    lines = RecallLine.objects.filter(notice__recall=recall)
    names = (
        "stock_g", "road_g", "bought_g", "private_g", "stopped_g", "returned_g", "destroyed_g", "sold_g",
    )  # fmt: skip
    accounted = F("stopped_g") + F("returned_g") + F("destroyed_g") + F("sold_g")
    sums = lines.aggregate(
        located=Coalesce(Sum(Least(accounted, EXPECTED)), 0),
        expected=Coalesce(Sum(EXPECTED), 0),
        **{f"all_{name}": Coalesce(Sum(name), 0) for name in names},
    )
    lots = RecallLot.objects.filter(recall=recall).aggregate(all=Count("pk"), late=Count("pk", filter=Q(late=True)))
    asked = notices.filter(told_at__isnull=False).annotate(waits=open_line)
    states = asked.aggregate(
        answered=Count("pk", filter=Q(waits=False)), overdue=Count("pk", filter=Q(waits=True, answer_by__lt=at))
    )
    return Effect(
        parties=told["parties"],
        told=told["told"],
        answered=states["answered"],
        overdue=states["overdue"],
        lots=lots["all"],
        late_lots=lots["late"],
        expected_g=sums["expected"],
        # A drill asks nobody: what counts is what the books can say, so all but what private buyers have.
        located_g=sums["expected"] - sums["all_private_g"] if recall.drill else sums["located"],
        mean_hours=None if told["hours"] is None else round(told["hours"].total_seconds() / 3600, 1),
        **{name: sums[f"all_{name}"] for name in names},
    )


def notices_of(recall: Recall) -> QuerySet[RecallNotice]:
    """The notices with their sums, those that wait first: what every figure of the recall is made of."""
    waits = Exists(RecallLine.objects.filter(notice=OuterRef("pk"), answered_at=None))
    rows = RecallNotice.objects.filter(recall=recall).select_related("party", "recall")
    found: QuerySet[RecallNotice] = rows.annotate(
        waits=waits,
        lines_count=Count("lines"),
        expected_g=Coalesce(
            Sum(F("lines__stock_g") + F("lines__road_g") + F("lines__bought_g") + F("lines__private_g")), 0
        ),
        recovered_g=Coalesce(Sum(F("lines__stopped_g") + F("lines__returned_g") + F("lines__destroyed_g")), 0),
        passed_on_g=Coalesce(Sum("lines__sold_g"), 0),
    ).order_by("-waits", "answer_by", "pk")
    return found


def lines_of(recall: Recall) -> QuerySet[RecallLine]:
    """Every line of every holder."""
    rows = RecallLine.objects.filter(notice__recall=recall).select_related("lot__product", "notice__party")
    found: QuerySet[RecallLine] = rows.order_by("lot__code", "notice__party__name")
    return found


def lots_of(recall: Recall) -> QuerySet[RecallLot]:
    """The lots, what was marked first, each with its packs and crates from `packed`."""
    rows = RecallLot.objects.filter(recall=recall).select_related("lot__product", "lot__place", "lot__holder")
    found: QuerySet[RecallLot] = rows.order_by("-root", "lot__made_at", "lot__pk")
    return found


def balance(recall: Recall) -> stock.Balance:
    """The mass balance of the recall's lots, from the stock journal."""
    rows = list(RecallLot.objects.filter(recall=recall).values_list("lot__epc", "root"))
    return stock.balance([epc for epc, _root in rows], [epc for epc, root in rows if root])


def packed(recall: Recall) -> dict[str, whereabouts.Packed]:
    """How the recall's lots were packed, by lot identifier."""
    lots = list(RecallLot.objects.filter(recall=recall).values_list("lot__epc", flat=True))
    return {each.lot: each for each in whereabouts.packed(lots)}


def notices_for(actor: Actor) -> Any:
    """What the actor's party was told, newest first, of recalls that go on."""
    rows = RecallNotice.objects.filter(
        party_id=actor.party_id or 0, told_at__isnull=False, recall__state=RecallState.ONGOING
    )
    waits = Exists(RecallLine.objects.filter(notice=OuterRef("pk"), answered_at=None))
    return rows.select_related("recall").annotate(waits=waits).order_by("-told_at")


def overdue(actor: Actor, at: datetime) -> QuerySet[RecallNotice]:
    """Holders past their time, over all recalls that the actor conducts or watches."""
    waits = Exists(RecallLine.objects.filter(notice=OuterRef("pk"), answered_at=None))
    rows = RecallNotice.objects.visible_to(actor).filter(
        waits, answer_by__lt=at, recall__state=RecallState.ONGOING, recall__drill=False
    )
    found: QuerySet[RecallNotice] = rows.select_related("recall", "party").order_by("answer_by")
    return found


def drills_due(actor: Actor, at: datetime) -> QuerySet[DrillPlan]:
    """Plans whose day has come."""
    found: QuerySet[DrillPlan] = DrillPlan.objects.visible_to(actor).filter(next_on__lte=at.date())
    return found.select_related("party")


def lot_to_drill(actor: Actor) -> str:
    """The number of the lot that a drill would take: of the party's harvests not on hold the newest of which something was made.

    Raises: Absent where there is none.
    """
    lots = (
        Lot.objects.visible_to(actor)
        .filter(hold_reason="")
        .filter(Q(producer_id=actor.party_id) | Q(holder_id=actor.party_id))
    )
    found = lots.filter(kind=Kind.HARVEST).order_by("-made_at").first() or lots.order_by("-made_at").first()
    if found is None:
        raise Absent
    return str(found.code)


def gaps_of(recall: Recall) -> Iterable[tuple[str, int]]:
    """What a drill or a recall found wanting, as (what, how many or how much), only what there is."""
    notices = RecallNotice.objects.filter(recall=recall)
    lines = RecallLine.objects.filter(notice__recall=recall)
    reachable = Appointment.objects.filter(party_id=OuterRef("party_id"), person__is_active=True)
    unreachable = notices.annotate(known=Exists(reachable)).filter(known=False).count()
    paper = Commitment.objects.living().filter(lot=OuterRef("lot"))
    packs = RecallLot.objects.filter(recall=recall, lot__kind=Kind.PACKED)
    found = [
        ("unreachable", unreachable),
        ("private_g", lines.aggregate(total=Coalesce(Sum("private_g"), 0))["total"]),
        ("outside", len(recall.outside)),
        ("gap_g", abs(balance(recall).gap)),
        ("uncertified", packs.annotate(paper=Exists(paper)).filter(paper=False).count()),
    ]
    return [(what, number) for what, number in found if number]


def plan_of(actor: Actor) -> DrillPlan | None:
    """The actor's party's plan of drills."""
    found: DrillPlan | None = DrillPlan.objects.filter(party_id=actor.party_id or 0).first()
    return found
