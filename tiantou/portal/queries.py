"""Figures of the home page and the console, each with the day it is of and where it leads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Count, Max, Min, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tiantou.areas import pack
from tiantou.areas import queries as areas
from tiantou.areas.models import Area, Level
from tiantou.areas.rules import short_name
from tiantou.cases.models import Case
from tiantou.fieldmarket.models import Intake
from tiantou.kernel import clock
from tiantou.kernel.actor import STRANGER, Actor
from tiantou.market.models import Offer, Order
from tiantou.market.rules import State
from tiantou.portal import suspicion
from tiantou.portal.models import CodeScan
from tiantou.production.models import Lot
from tiantou.registry import queries as registry
from tiantou.registry.models import Party, Site, Status


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit and where its rows are."""

    label: str
    value: int | str | None
    unit: str
    href: str = ""
    source: str = ""


def public_figures() -> list[Figure]:
    """What anybody may know of the region today."""
    counts = registry.counts_by_kind(STRANGER)
    parties = sum(number for (register, _kind), number in counts.items() if register == "party")
    delivered = Order.objects.filter(state=State.DELIVERED).aggregate(n=Sum("quantity"))["n"] or 0
    return [
        Figure(_("登记主体"), parties, _("家"), reverse("registry:home"), _("登记簿")),
        Figure(
            _("村级服务站"),
            counts.get(("site", "village_station"), 0),
            _("个"),
            reverse("registry:list", args=["site", "village_station"]),
            _("登记簿"),
        ),
        Figure(_("正在卖"), Offer.objects.open().count(), _("批"), reverse("market:shop"), _("挂牌记录")),
        Figure(_("已送到"), delivered, _("件"), "", _("签收记录")),
    ]


def console_figures(actor: Actor) -> list[Figure]:
    """What an official answers for: the area's figures today."""
    waiting = Case.objects.visible_to(actor).filter(outcome="").count()
    drafts = Party.objects.visible_to(actor).filter(status=Status.DRAFT).count()
    today = clock.today()
    weighed = Intake.objects.visible_to(actor).filter(at__date=today).aggregate(total=Sum("mass_g"))["total"] or 0
    return [
        Figure(_("登记主体"), Party.objects.visible_to(actor).living().count(), _("家"), reverse("registry:home")),
        Figure(_("待核实主体"), drafts, _("家"), reverse("registry:home")),
        Figure(
            _("田头市场"),
            Site.objects.visible_to(actor).of_kind("field_market").living().count(),
            _("个"),
            reverse("registry:list", args=["site", "field_market"]),
        ),
        Figure(_("今日收货"), round(weighed / 1000), _("公斤"), reverse("fieldmarket:ledger")),
        Figure(_("在办的件"), waiting, pgettext("case", "件"), reverse("programmes:cases")),
        Figure(
            _("扣留批次"),
            Lot.objects.visible_to(actor).exclude(hold_reason="").count(),
            _("批"),
            reverse("production:lots") + "?held=1",
        ),
    ]


def district_tiles(kind: str, actor: Actor) -> list[dict[str, object]]:
    """Tiles of the districts with the number of records of a kind (`party/cooperative`) and a shade by fifths."""
    register, name = kind.split("/")
    counts = registry.count_by_district(register, name, actor=actor)
    top = max(counts.values(), default=0)
    layout = pack.tiles(settings.REGION)
    districts = areas.as_of(clock.today(), Level.DISTRICT)
    return [_tile(area, counts.get(area.code, 0), top, layout.get(area.code), register, name) for area in districts]


def _tile(
    area: Area, number: int, top: int, spot: tuple[int, int] | None, register: str, name: str
) -> dict[str, object]:
    href = reverse("registry:list", args=[register, name]) + f"?area={area.code}"
    shade = round(5 * number / top) if top else 0
    tile: dict[str, object] = {
        "code": area.code,
        "label": short_name(area.name),
        "value": number,
        "href": href,
        "shade": shade,
    }
    return tile | ({"column": spot[0], "row": spot[1]} if spot else {})


@dataclass(frozen=True, slots=True)
class SuspiciousCode:
    """A code whose scans look as if it had been copied."""

    key: str
    level: str
    lot: Lot | None
    clients: int
    scans: int
    first_at: datetime
    last_at: datetime
    patterns: list[suspicion.Pattern]

    @property
    def href(self) -> str:
        """The page of the goods that bear it; "" where none do."""
        return f"/scan{self.key}/" if self.lot else ""


def suspicious_codes(actor: Actor, since: date, limit: int = 200) -> list[SuspiciousCode]:
    """The codes that the actor may see with a suspicious pattern since a day, the most scanned first."""
    least = min(each.clients for each in suspicion.patterns())
    rows = CodeScan.objects.visible_to(actor).filter(day__gte=since).exclude(level=suspicion.LOT)
    totals = (
        rows.values("key", "level", "lot_id")
        .annotate(clients=Count("client"), scans=Sum("times"), first=Min("first_at"), last=Max("last_at"))
        .filter(clients__gte=least)
        .order_by("-scans", "key")[:1000]
    )
    by_key = {row["key"]: row for row in totals}
    days: dict[str, list[suspicion.Day]] = defaultdict(list)
    for row in rows.filter(key__in=by_key).values("key", "day").annotate(clients=Count("client"), scans=Sum("times")):
        days[row["key"]].append(suspicion.Day(row["day"], row["clients"], row["scans"]))
    lots = Lot.objects.select_related("product").in_bulk({row["lot_id"] for row in by_key.values() if row["lot_id"]})
    found = [
        SuspiciousCode(
            key, row["level"], lots.get(row["lot_id"]), row["clients"], row["scans"], row["first"], row["last"],
            suspicion.found(row["level"], days[key]),
        )
        for key, row in by_key.items()
    ]  # fmt: skip
    return [each for each in found if each.patterns][:limit]
