"""Packs: pack a lot, read the packs of a lot."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Header, Schema, Status

from tiantou.fieldmarket import queries
from tiantou.fieldmarket.models import Pack
from tiantou.fieldmarket.services import run_packing
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.fieldmarket.services.packing import PER_CRATE
from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.errors import Absent
from tiantou.kernel.rest import admits, api
from tiantou.production.models import Lot

router = api("packs", "fieldmarket")


class PackOut(Schema):
    """One pack."""

    epc: str
    link: str
    serial: str
    lot: str
    net_g: int
    crate: str


class PackIn(Schema):
    """How a lot is packed."""

    lot: str
    packs: int
    net_g: int
    per_crate: int = PER_CRATE


def pack_out(pack: Pack) -> PackOut:
    """The pack as the API shows it."""
    return PackOut(
        epc=pack.epc,
        link=queries.pack_path(pack, pack.lot),
        serial=pack.serial,
        lot=pack.lot.code,
        net_g=pack.net_g,
        crate=pack.crate,
    )


@router.get("/", response=list[PackOut], auth=admits(SIGNED_IN))
def list_packs(request: HttpRequest, lot: str) -> list[PackOut]:
    """The packs of a lot."""
    rows = Pack.objects.visible_to(request.actor).filter(lot__code=lot).select_related("lot")  # type: ignore[attr-defined]
    return [pack_out(pack) for pack in rows]


@router.post("/", response={201: list[PackOut]}, auth=admits(KEEPERS))
def post_packing(
    request: HttpRequest, body: PackIn, key: Annotated[str, Header(alias="Idempotency-Key")] = ""
) -> Status[list[PackOut]]:
    """Part of a lot is packed."""
    actor = request.actor  # type: ignore[attr-defined]
    lot = Lot.objects.visible_to(actor).filter(code=body.lot).first()
    if lot is None:
        raise Absent
    packing = run_packing(
        by=actor,
        at=clock.now(),
        lot=lot,
        packs=body.packs,
        net_g=body.net_g,
        per_crate=body.per_crate,
        key=key,
    )
    return Status(201, [pack_out(pack) for pack in packing.packs.select_related("lot").order_by("pk")])
