"""Consignments for programs: carriers' systems pick up and deliver with the same verbs as the driver's page."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Header, Schema

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.rest import actor_of, admits, api
from tiantou.logistics import queries, services
from tiantou.logistics.models import Consignment
from tiantou.logistics.services import DRIVERS, SHIPPERS

router = api("consignments", "logistics")
MOST = 200


class ConsignmentOut(Schema):
    """A consignment."""

    number: str
    order_ref: str
    status: str
    origin: str
    carrier: str
    packs: int
    mass_g: int
    booked_at: datetime
    picked_up_at: datetime | None
    delivered_at: datetime | None


class ScansIn(Schema):
    """Codes of packs or crates as scanned."""

    scanned: list[str]


class ProofIn(Schema):
    """Who took the goods, and how cold they were."""

    received_by: str
    temperature_tenths: int | None = None
    note: str = ""


class TroubleIn(Schema):
    """What is in the way."""

    note: str


def _out(row: Consignment) -> ConsignmentOut:
    masses = list(row.items.values_list("mass_g", flat=True))
    return ConsignmentOut(
        number=row.number, order_ref=row.order_ref, status=row.status, origin=row.origin.name, carrier=row.carrier.name, packs=len(masses),
        mass_g=sum(masses), booked_at=row.booked_at, picked_up_at=row.picked_up_at, delivered_at=row.delivered_at,
    )  # fmt: skip


@router.get("/", response=list[ConsignmentOut], auth=admits(SIGNED_IN))
def list_consignments(request: HttpRequest, status: str = "", offset: int = 0, limit: int = 50) -> list[ConsignmentOut]:
    """The consignments that the actor sees, newest first."""
    rows = queries.consignments_of(actor_of(request))
    rows = rows.filter(status=status) if status else rows
    first = max(0, offset)
    found = rows[first : first + max(1, min(limit, MOST))]
    return [_listed(row) for row in found]


def _listed(row: Any) -> ConsignmentOut:
    """From a listed row, which brings its counts with it."""
    return ConsignmentOut(
        number=row.number, order_ref=row.order_ref, status=row.status, origin=row.origin.name, carrier=row.carrier.name,
        packs=row.packs, mass_g=row.mass_g or 0, booked_at=row.booked_at, picked_up_at=row.picked_up_at, delivered_at=row.delivered_at,
    )  # fmt: skip


@router.get("/{number}", response=ConsignmentOut, auth=admits(SIGNED_IN))
def one(request: HttpRequest, number: str) -> ConsignmentOut:
    """One consignment."""
    return _listed(queries.seen(actor_of(request), number))


@router.post("/{number}/pick-up", response=ConsignmentOut, auth=admits(DRIVERS))
def pick_up(
    request: HttpRequest, number: str, data: ScansIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> ConsignmentOut:
    """Exactly what was booked is on the lorry."""
    return _out(services.pick_up(by=actor_of(request), at=clock.now(), number=number, scanned=data.scanned, key=key))


@router.post("/{number}/deliver", response=ConsignmentOut, auth=admits(DRIVERS))
def deliver(
    request: HttpRequest, number: str, data: ProofIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> ConsignmentOut:
    """The receiver has the goods."""
    done = services.deliver(
        by=actor_of(request), at=clock.now(), number=number, received_by=data.received_by, temperature_tenths=data.temperature_tenths,
        note=data.note, key=key,
    )  # fmt: skip
    return _out(done)


@router.post("/{number}/trouble", response=ConsignmentOut, auth=admits(DRIVERS))
def trouble(request: HttpRequest, number: str, data: TroubleIn) -> ConsignmentOut:
    """Something is in the way."""
    return _out(services.report_trouble(by=actor_of(request), at=clock.now(), number=number, note=data.note))


@router.post("/{number}/take-back", response=ConsignmentOut, auth=admits(DRIVERS))
def take_back(
    request: HttpRequest, number: str, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> ConsignmentOut:
    """Goods that were stopped on the way are back at their origin; the order is off and the buyer is owed its money."""
    return _out(services.take_back(by=actor_of(request), at=clock.now(), number=number, key=key))


@router.post("/{number}/cancel", response=ConsignmentOut, auth=admits(SHIPPERS))
def cancel(request: HttpRequest, number: str) -> ConsignmentOut:
    """The booking is off."""
    return _out(services.cancel_consignment(by=actor_of(request), at=clock.now(), number=number))
