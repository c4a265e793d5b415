"""Reads of the field market: the actor's market, what can be delivered, the day's ledger, the price board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _

from tiantou.fieldmarket.models import ColdRoom, Intake, Pack, PriceQuote
from tiantou.gs1 import scanned
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import ZONE
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.production.models import Kind, Lot
from tiantou.production.queries import scan_path
from tiantou.quality import queries as quality
from tiantou.quality.whereabouts import Packed
from tiantou.registry.models import Site, Status
from tiantou.stock.queries import level, lots_at

#: The kind of a site that is a field market.
MARKET_KIND = "field_market"


def own_market(by: Actor, market: Site | None) -> Site:
    """The market, if the actor keeps or operates it. Raises: Absent."""
    if market is None:
        raise Absent(_("找不到这个市场。"))
    keeps = market.pk == by.site_id or (market.holder_id is not None and market.holder_id == by.party_id)
    if not keeps and by.role is not Role.SYSTEM:
        raise Absent(_("找不到这个市场。"))
    return market


def market_of(by: Actor) -> Site:
    """The market at which the actor works. Raises: Absent where the role is held for none."""
    markets = Site.objects.filter(kind=MARKET_KIND).exclude(status=Status.CLOSED).select_related("holder", "area")
    if by.site_id is not None:
        found = markets.filter(pk=by.site_id).first()
    else:
        found = markets.filter(holder_id=by.party_id).first() if by.party_id is not None else None
    if found is None:
        raise Absent(_("您的身份没有登记在任何一个田头市场。"), _("请管理员把您的任职登记到市场。"))
    return found  # type: ignore[no-any-return]


def stock_of_delivery(lot: Lot, market: Site) -> tuple[Site, int]:
    """Where the goods of a delivery come from and how many grams are free there.

    The rest of a lot that was delivered in part still lies at its base. Raises: Invalid where nothing is left elsewhere.
    """
    places = [lot.place, lot.plot.base] if lot.plot is not None else [lot.place]
    for place in places:
        if place.pk != market.pk and (free := level(lot.epc, place.code).free) > 0:
            return place, free
    raise Invalid(
        problems=[Problem("lot", _("批次 %(lot)s 在别处已经没有货了。") % {"lot": lot.code}, _("它可能已经全部入场。"))]
    )


def presented_lot(text: str) -> Lot | None:
    """The lot of what a deliverer shows: certificate number, lot number, identifier or the address in a QR code."""
    commitment = quality.by_number(text)
    if commitment is not None:
        return commitment.lot
    typed = text.strip()
    try:
        epc = scanned.epc(typed)
    except ValueError:
        epc = ""
    rows = Lot.objects.select_related("product__category", "producer", "holder", "place", "plot__base")
    for named in ({"code": typed}, {"epc": epc or typed}, {"packs__epc": epc or typed}):
        if lot := rows.filter(**named).first():
            return lot
    return None


def pack_path(pack: Pack, lot: Lot) -> str:
    """The path of a pack's Digital Link: `/id/01/<GTIN>/10/<lot>/21/<serial>`."""
    return f"{scan_path(lot)}/21/{pack.serial}"


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first instant of a day of the region and that of the next."""
    start = datetime.combine(day, time(), ZONE)
    return start, start + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayOfMarket:
    """入场登记台账 of one day: its lines in order, and the sums."""

    day: date
    intakes: list[Intake]
    mass_g: int
    without_certificate: int


def ledger_of(actor: Actor, first: date, last: date, market: Site | None = None) -> QuerySet[Intake]:
    """The intakes from `first` to `last` that the actor may see, oldest first, with all that a line shows."""
    rows = Intake.objects.visible_to(actor).filter(at__gte=bounds(first)[0], at__lt=bounds(last)[1])
    if market is not None:
        rows = rows.filter(market=market)
    shown = rows.select_related(
        "market__area", "lot__product", "lot__plot__base__area", "commitment", "deliverer", "grading"
    )
    return shown.order_by("at", "pk")


def day_of(actor: Actor, market: Site, day: date) -> DayOfMarket:
    """The day's ledger of one market."""
    intakes = list(ledger_of(actor, day, day, market))
    return DayOfMarket(
        day,
        intakes,
        sum(intake.mass_g for intake in intakes),
        sum(intake.commitment_id is None for intake in intakes),
    )


def to_grade(market: Site) -> QuerySet[Intake]:
    """Intakes that wait to be graded, oldest first."""
    rows = Intake.objects.filter(market=market, grading=None).select_related("lot__product", "deliverer")
    return rows.order_by("at")


def to_pack(market: Site) -> list[tuple[Lot, int]]:
    """Graded lots at the market with what is free of each in grams, oldest first."""
    free = {row.lot: row.free for row in lots_at(market.code) if row.unit == "g"}
    rows = Lot.objects.filter(epc__in=free, kind=Kind.GRADED).select_related("product", "holder")
    return [(lot, free[lot.epc]) for lot in rows.order_by("made_at", "pk") if free[lot.epc] > 0]


def rooms_of(market: Site) -> QuerySet[ColdRoom]:
    """The cold rooms of a market with their readings and what lies in them."""
    return ColdRoom.objects.filter(market=market).prefetch_related("stowages__lot__product")


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One line of the price board: the price, and the one before it, in fen a kilogram."""

    product: str
    grade: str
    fen_per_kg: int
    before_fen_per_kg: int | None
    at: datetime


def board(market: Site) -> list[BoardLine]:
    """The newest price of each product and grade of the market, with the one before."""
    place = Window(RowNumber(), partition_by=[F("product"), F("grade")], order_by=[F("at").desc(), F("pk").desc()])
    rows = PriceQuote.objects.filter(market=market).annotate(place=place).filter(place__lte=2)
    lines: dict[tuple[str, str], list[PriceQuote]] = {}
    for quote in rows.select_related("product").order_by("product__name", "grade", "place"):
        lines.setdefault((quote.product.name, quote.grade), []).append(quote)
    return [
        BoardLine(name, grade, quotes[0].fen_per_kg, quotes[1].fen_per_kg if quotes[1:] else None, quotes[0].at)
        for (name, grade), quotes in lines.items()
    ]


def mass_taken_in_g(market: Site, day: date) -> int:
    """Grams taken in on a day."""
    start, end = bounds(day)
    total = Intake.objects.filter(market=market, at__gte=start, at__lt=end).aggregate(total=Sum("mass_g"))["total"]
    return int(total or 0)


@dataclass(frozen=True, slots=True)
class Sums:
    """How many deliveries, how many grams, and how many came in without a certificate."""

    count: int
    mass_g: int
    without_certificate: int


def sums_of(intakes: QuerySet[Intake]) -> Sums:
    """The sums of a stretch of the ledger."""
    found = intakes.order_by().aggregate(
        count=Count("pk"), mass_g=Sum("mass_g"), bare=Count("pk", filter=Q(commitment=None))
    )
    return Sums(found["count"], found["mass_g"] or 0, found["bare"])


def packed(lots: Sequence[str]) -> list[Packed]:
    """How many packs each of the lots was packed into, and in which crates; one query."""
    rows = Pack.objects.filter(lot__epc__in=lots).values_list("lot__epc", "crate").annotate(packs=Count("pk"))
    counts: dict[str, int] = {}
    crates: dict[str, list[str]] = {}
    for lot, crate, number in rows.order_by("lot__epc", "crate"):
        counts[lot] = counts.get(lot, 0) + number
        crates.setdefault(lot, []).extend([crate] if crate else [])
    return [Packed(lot, number, tuple(crates[lot])) for lot, number in counts.items()]


def lots_inside(unit: str) -> list[str]:
    """The lots of the pack with this identifier, or of the packs in this crate."""
    return list(Pack.objects.filter(Q(epc=unit) | Q(crate=unit)).values_list("lot__epc", flat=True).distinct())
