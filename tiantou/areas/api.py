"""The API of the areas: list, one, children, denominators, and figures carried from one day to another."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Schema

from tiantou.areas import queries
from tiantou.areas.models import Area
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.rest import admits, api

router = api("areas", "areas")
MOST = 1000


class AreaOut(Schema):
    """An area with its life; `parent` and `district` are codes as of today."""

    code: str
    level: int
    name: str
    starts: date
    ends: date | None
    village_committee: bool | None
    parent: str | None
    district: str | None
    source: str


class DenominatorOut(Schema):
    """What a coverage is divided by."""

    value: int
    on: date
    source: str


class RebaseIn(Schema):
    """Whole-number figures by area code as of `period`, to be told by the areas of `to`."""

    figures: dict[str, int]
    period: date
    to: date


class RebaseOut(Schema):
    """The same total by the areas of the other day; `estimated` holds the codes with a divided part."""

    figures: dict[str, int]
    estimated: list[str]


def _out(area: Area) -> AreaOut:
    return AreaOut(
        code=area.code,
        level=area.level,
        name=area.name,
        starts=area.starts,
        ends=area.ends,
        village_committee=area.village_committee,
        parent=area.parent.code if area.parent else None,
        district=area.district.code if area.district else None,
        source=area.source,
    )


@router.get("/", response=list[AreaOut], auth=admits(PUBLIC))
def areas(
    request: HttpRequest,
    on: date | None = None,
    level: Annotated[int | None, Query(ge=0, le=3)] = None,
    parent: str = "",
    q: str = "",
    offset: Annotated[int, Query(ge=0)] = 0,
) -> list[AreaOut]:
    """Areas of a day (today where none is given), at most 1,000 from `offset`, by code; or those that answer `q`."""
    day = on or clock.today()
    if q:
        return [_out(hit.area) for hit in queries.find(q, on=day, limit=MOST)]
    if parent:
        return [_out(each) for each in queries.children_of(queries.get(parent, day), day)][offset : offset + MOST]
    rows = queries.as_of(day, level).select_related("parent", "district")
    return [_out(each) for each in rows[offset : offset + MOST]]


@router.get("/denominators/{what}", response=DenominatorOut, auth=admits(PUBLIC))
def denominator(request: HttpRequest, what: str, on: date | None = None) -> DenominatorOut:
    """`village_committees`, `villages`, `towns`, `districts` or `districts_with_villages` on a day."""
    found = queries.denominator(what, on or clock.today())
    return DenominatorOut(value=found.value, on=found.on, source=found.source)


@router.post("/rebase", response=RebaseOut, auth=admits(PUBLIC))
def rebase(request: HttpRequest, told: RebaseIn) -> RebaseOut:
    """Figures carried from the areas of one day to those of another; the total stays exactly the same."""
    done = queries.rebase(told.figures, told.period, told.to)
    return RebaseOut(figures=done.values, estimated=sorted(done.estimated))


@router.get("/{code}", response=AreaOut, auth=admits(PUBLIC))
def area(request: HttpRequest, code: str, on: date | None = None) -> AreaOut:
    """One area by code, on a day or the latest of this code."""
    return _out(queries.get(code, on))
