"""How each indicator is computed, from the register, the lake and the trade's own records. Unknown is None and never 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from tiantou.areas import queries as areas
from tiantou.areas.models import Area, Level
from tiantou.fieldmarket.models import Grading, Intake
from tiantou.market.models import Order
from tiantou.market.rules import State
from tiantou.production.models import Kind, Lot
from tiantou.registry.models import Brand, Party, Product, Shop, Site, Status
from tiantou.statistics import queries
from tiantou.statistics.rules import Figure, count, share

BIG_SALES_FEN = 5_000_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, and the same by district code where it can be told apart."""

    figure: Figure
    by_district: Mapping[str, int] = field(default_factory=dict)


Measure = Callable[[date], Measured]


def entities_online(on: date) -> Measured:
    """Distinct sellers of confirmed shops open on a day."""
    shops = (
        Shop.objects.filter(status=Status.CONFIRMED, holder__status=Status.CONFIRMED)
        .exclude(ends__lt=on)
        .exclude(starts__gt=on)
    )
    sellers = Party.objects.filter(pk__in=shops.values("holder"))
    by_district = dict(sellers.values_list("area__district__code").annotate(n=Count("pk", distinct=True)).order_by())
    own = dict(sellers.filter(area__level=Level.DISTRICT).values_list("area__code").annotate(n=Count("pk")).order_by())
    return Measured(count(sellers.count(), base=Shop.objects.count()), _merged(by_district, own))


def _merged(*counts: Mapping[str | None, int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in counts:
        for code, number in each.items():
            if code:
                found[code] = found.get(code, 0) + number
    return found


def big_entities(on: date) -> Measured:
    """Confirmed parties that declared more than 50 million yuan of yearly sales."""
    declared = Party.objects.filter(status=Status.CONFIRMED, data__annual_sales_fen__isnull=False)
    big = declared.filter(data__annual_sales_fen__gt=BIG_SALES_FEN).count()
    return Measured(count(big, base=declared.count()))


def online_trade(on: date) -> Measured:
    """Net of what platforms reported for the year, and delivered orders of this platform, in yuan."""
    reported = [row for row in queries.turnover() if row.year == on.year]
    own = Order.objects.filter(state=State.DELIVERED, delivered_at__year=on.year).aggregate(total=Sum("amount_fen"))[
        "total"
    ]
    if not reported and own is None:
        return Measured(Figure(why="no-reports"))
    total_fen = sum(row.net_fen for row in reported) + (own or 0)
    return Measured(Figure(Decimal(total_fen) / 100, demonstration=any(row.demonstration for row in reported)))


def districts_with_startup_platform(on: date) -> Measured:
    """Districts with villages that have a confirmed incubator."""
    sites = Site.objects.filter(kind__in=["incubator", "online_shopping_centre"], status=Status.CONFIRMED)
    counts = _by_district(sites)
    wanted = {area.code for area in areas.districts_with_villages(on)}
    base = Site.objects.filter(kind__in=["incubator", "online_shopping_centre"]).count()
    return Measured(share(len(wanted & counts.keys()), len(wanted), base=base), counts)


def village_stations(on: date) -> Measured:
    """Village committees with a confirmed station."""
    stations = Site.objects.filter(kind="village_station", status=Status.CONFIRMED)
    served = Area.objects.filter(pk__in=stations.values("area"), level=Level.VILLAGE, village_committee=True)
    counts = dict(served.values_list("district__code").annotate(n=Count("pk")).order_by())
    whole = areas.denominator("village_committees", on).value
    base = Site.objects.filter(kind="village_station").count()
    return Measured(share(served.count(), whole, base=base), _merged(counts))


def _by_district(rows: object) -> dict[str, int]:
    below = dict(rows.values_list("area__district__code").annotate(n=Count("pk")).order_by())  # type: ignore[attr-defined]
    own = dict(rows.filter(area__level=Level.DISTRICT).values_list("area__code").annotate(n=Count("pk")).order_by())  # type: ignore[attr-defined]
    return _merged(below, own)


def talents(on: date) -> Measured:
    """People of the talent register."""
    return Measured(count(Party.objects.filter(kind="talent", status=Status.CONFIRMED).count()))


def field_markets(on: date) -> Measured:
    """Field markets accepted by a day and not closed."""
    markets = Site.objects.filter(kind="field_market", status=Status.CONFIRMED)
    accepted = markets.filter(data__accepted_on__lte=on.isoformat())
    return Measured(count(accepted.count(), base=markets.count()), _by_district(accepted))


def processing_enterprises(on: date) -> Measured:
    """Leading enterprises marked as deep processors."""
    firms = Party.objects.filter(kind="leading_enterprise", status=Status.CONFIRMED)
    return Measured(count(firms.filter(data__processing=True).count(), base=firms.count()))


def only_reported(on: date) -> Measured:
    """What this platform does not compute."""
    return Measured(Figure(why="only-reported"))


def ecommerce_brands(on: date) -> Measured:
    """E-commerce brands of the register."""
    brands = Brand.objects.filter(kind="ecommerce", status=Status.CONFIRMED).exclude(name__contains="空缺")
    return Measured(count(brands.exclude(data__open_place=True).count()))


def fill_rate(on: date) -> Measured:
    """Packs delivered, of those ordered in the year and not cancelled."""
    orders = Order.objects.filter(placed_at__year=on.year).exclude(state=State.CANCELLED)
    totals = orders.aggregate(all=Sum("quantity"), done=Sum("quantity", filter=Q(state=State.DELIVERED)))
    return Measured(share(totals["done"] or 0, totals["all"] or 0, base=totals["all"] or 0))


def first_mile(on: date) -> Measured:
    """Mass weighed in at field markets, of what was harvested in the year (grams)."""
    harvested = (
        Lot.objects.filter(kind=Kind.HARVEST, harvested_on__year=on.year).aggregate(total=Sum("mass_g"))["total"] or 0
    )
    taken = Intake.objects.filter(at__year=on.year).aggregate(total=Sum("mass_g"))["total"] or 0
    return Measured(share(min(taken, harvested), harvested, base=harvested))


def graded_share(on: date) -> Measured:
    """Mass graded, of what field markets took in during the year (grams)."""
    taken = Intake.objects.filter(at__year=on.year).aggregate(total=Sum("mass_g"))["total"] or 0
    graded = (
        Grading.objects.filter(intake__at__year=on.year).aggregate(total=Sum(F("intake__mass_g") - F("loss_g")))[
            "total"
        ]
        or 0
    )
    return Measured(share(graded, taken, base=taken))


def signature_categories(on: date) -> Measured:
    """Districts with three to five confirmed signature categories (opinion, article 3)."""
    rows = Product.objects.filter(kind="signature_category", status=Status.CONFIRMED)
    counts = _by_district(rows)
    good = {code for code, number in counts.items() if 3 <= number <= 5}  # noqa: PLR2004 - the opinion's own bounds
    wanted = {area.code for area in areas.districts_with_villages(on)}
    return Measured(share(len(good & wanted), len(wanted), base=rows.count()), counts)


MEASURES: Mapping[str, Measure] = {
    measure.__name__: measure
    for measure in (
        entities_online, big_entities, online_trade, districts_with_startup_platform, village_stations, talents, field_markets,
        processing_enterprises, only_reported, ecommerce_brands, fill_rate, first_mile, graded_share, signature_categories,
    )
}  # fmt: skip
