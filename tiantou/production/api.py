"""The API of lots: harvest one, read them, hold and release."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Header, Schema, Status

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.errors import Absent
from tiantou.kernel.rest import admits, api
from tiantou.production import queries
from tiantou.production.models import Lot, Plot
from tiantou.production.services import harvest, lift_hold, place_hold
from tiantou.production.services.holds import RELEASERS, STOPPERS
from tiantou.production.services.plots import GROWERS

router = api("lots", "production")
PER_PAGE = 100


class LotOut(Schema):
    """A lot. `left_g` is what is free of it where it lies."""

    id: int
    code: str
    epc: str
    link: str
    product: str
    producer: str
    holder: str
    kind: str
    grade: str
    mass_g: int
    place: str
    plot: str | None
    harvested_on: date
    hold_reason: str


class HarvestIn(Schema):
    """A harvest from a plot."""

    plot: int
    mass_g: int
    on: date | None = None


class ReasonIn(Schema):
    """Why."""

    reason: str


def lot_out(lot: Lot) -> LotOut:
    """The lot as the API shows it."""
    return LotOut(
        id=lot.pk,
        code=lot.code,
        epc=lot.epc,
        link=queries.scan_path(lot),
        product=lot.product.name,
        producer=lot.producer.name,
        holder=lot.holder.name,
        kind=lot.kind,
        grade=lot.grade,
        mass_g=lot.mass_g,
        place=lot.place.code,
        plot=lot.plot.code if lot.plot else None,
        harvested_on=lot.harvested_on,
        hold_reason=lot.hold_reason,
    )


@router.get("/", response=list[LotOut], auth=admits(SIGNED_IN))
def list_lots(request: HttpRequest, page: int = 1) -> list[LotOut]:
    """The lots that the caller may see, newest first, a hundred a page."""
    start = (max(page, 1) - 1) * PER_PAGE
    return [lot_out(lot) for lot in queries.lots_of(request.actor)[start : start + PER_PAGE]]  # type: ignore[attr-defined]


@router.get("/{code}", response=LotOut, auth=admits(SIGNED_IN))
def read_lot(request: HttpRequest, code: str) -> LotOut:
    """One lot by its number."""
    return lot_out(_lot(request, code))


@router.post("/", response={201: LotOut}, auth=admits(GROWERS))
def post_harvest(
    request: HttpRequest, body: HarvestIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[LotOut]:
    """A harvest becomes a lot."""
    actor = request.actor  # type: ignore[attr-defined]
    plot = queries.seen(Plot.objects, actor, body.plot)
    lot = harvest(by=actor, at=clock.now(), plot=plot, mass_g=body.mass_g, on=body.on, key=key)
    return Status(201, lot_out(lot))


@router.post("/{code}/hold", response=LotOut, auth=admits(STOPPERS))
def post_hold(request: HttpRequest, code: str, body: ReasonIn) -> LotOut:
    """The lot and all that was made of it are on hold."""
    lot = _lot(request, code)
    return lot_out(place_hold(by=request.actor, at=clock.now(), lot=lot, reason=body.reason))  # type: ignore[attr-defined]


@router.post("/{code}/release", response=LotOut, auth=admits(RELEASERS))
def post_release(request: HttpRequest, code: str, body: ReasonIn) -> LotOut:
    """The hold placed on the lot is lifted."""
    lot = _lot(request, code)
    return lot_out(lift_hold(by=request.actor, at=clock.now(), lot=lot, reason=body.reason))  # type: ignore[attr-defined]


def _lot(request: HttpRequest, code: str) -> Lot:
    lot = queries.lots_of(request.actor).filter(code=code).first()  # type: ignore[attr-defined]
    if lot is None:
        raise Absent
    return lot
