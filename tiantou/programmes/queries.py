"""Reads: the catalogue, a party's facts, an assessment before applying, what is on public notice."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.models import QuerySet, Sum

from tiantou.cases.models import Case
from tiantou.fieldmarket.models import Intake
from tiantou.kernel import clock
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent, NotPermitted
from tiantou.market import queries as market
from tiantou.programmes import rules
from tiantou.registry.models import Party, Site, Status

#: What a composite field market does (opinion, article 9), as its register kind lists it.
MARKET_WINDOW = timedelta(days=30)


@functools.cache
def catalogue() -> Mapping[str, rules.Programme]:
    """Every programme by its id. Raises: ValueError, at the first use, if a file is not usable."""
    files = sorted((Path(__file__).parent / "catalogue").glob("*.yaml"))
    return {programme.id: programme for programme in map(rules.load, files)}


def programme(programme_id: str) -> rules.Programme:
    """The programme of that id. Raises: Absent."""
    try:
        return catalogue()[programme_id]
    except KeyError:
        raise Absent from None


@dataclass(frozen=True, slots=True)
class Applicant:
    """On whose behalf an actor applies: its party, the site it keeps, and the area that decides."""

    party: Party
    site: Site | None
    area_code: str


def applicant(actor: Actor) -> Applicant:
    """The applicant an actor stands for. Raises: NotPermitted, where it acts for no party."""
    party = Party.objects.filter(pk=actor.party_id).select_related("area").first() if actor.party_id else None
    if party is None:
        raise NotPermitted
    site = Site.objects.filter(pk=actor.site_id).select_related("area").first() if actor.site_id else None
    area = (site.area if site else None) or party.area
    return Applicant(party, site, area.code if area else "")


def _online_sales(who: Applicant, at: datetime) -> dict[str, Any]:
    """Delivered online parcels of the calendar year, counted from the platform's own orders."""
    year = clock.local_date(at).year
    sold = market.delivered_in_year(who.party.pk, year)
    return {
        "parcels": sold.parcels,
        "sales_fen": sold.amount_fen,
        "confirmed": who.party.status == Status.CONFIRMED,
        "certified": sold.parcels > 0 and sold.uncertified_lots == 0,
    }


def _field_market(who: Applicant, at: datetime) -> dict[str, Any]:
    """What a field market is equipped with and what passed its gate during the last thirty days."""
    if who.site is None:
        return {}
    passed = Intake.objects.filter(market=who.site, at__gt=at - MARKET_WINDOW).aggregate(total=Sum("mass_g"))["total"]
    return {
        "functions": len(who.site.data.get("functions") or []),
        "taken_in_g": passed or 0,
        "confirmed": who.site.status == Status.CONFIRMED,
    }


FACTS: Mapping[str, Callable[[Applicant, datetime], dict[str, Any]]] = {
    "online_sales": _online_sales,
    "field_market": _field_market,
}


def assessment(which: rules.Programme, actor: Actor, at: datetime) -> rules.Assessment:
    """What the rules say of the actor's party now: seen before applying, stored when applying. Raises: NotPermitted."""
    return rules.assess(which, FACTS[which.facts_from](applicant(actor), at), clock.local_date(at))


def notices(on: date) -> QuerySet[Case]:
    """Cases on public notice, the one that ends first on top; what a stranger may read of them is chosen by the page."""
    found: QuerySet[Case] = Case.objects.on_notice().filter(since__lte=on).order_by("due", "id")
    return found
