"""The way of a consignment: booked, picked up, delivered with proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from tiantou.gs1.scanned import epc as epc_in
from tiantou.kernel import photos
from tiantou.kernel.access import allow
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.clock import ZONE, local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.events import publish
from tiantou.kernel.verbs import verb
from tiantou.logistics import rules
from tiantou.logistics.events import (
    ConsignmentCancelled,
    ConsignmentDelivered,
    ConsignmentPickedUp,
    ConsignmentReturned,
)
from tiantou.logistics.models import Consignment, Item, Status
from tiantou.logistics.queries import travelling
from tiantou.production.models import Lot
from tiantou.production.queries import place_uri
from tiantou.production.services import next_number, require_free_goods
from tiantou.quality.models import Occasion
from tiantou.quality.services import permit_exit, require_exit
from tiantou.registry.models import Party, Site
from tiantou.stock.queries import frozen
from tiantou.trace import services as trace
from tiantou.trace.rules import EventDraft, temperature

SHIPPERS = allow(Role.FARMER, Role.MARKET_KEEPER, Role.STATION_KEEPER)
DRIVERS = allow(Role.DRIVER)


class AlreadyTravelling(Conflict):
    """A pack is booked in another living consignment."""

    code = "already-travelling"


class WrongState(Conflict):
    """The consignment does not stand where this can be done."""

    code = "wrong-state"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets the goods, and where. Seen by shipper, carrier and receiver only."""

    name: str
    phone: str
    address: str
    party: Party | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """One pack to travel."""

    epc: str
    lot: str
    mass_g: int
    crate: str = ""


@verb(SHIPPERS)
def consign(
    *,
    by: Actor,
    at: datetime,
    order_ref: str,
    shipper: Party,
    loads: Sequence[Load],
    origin: Site,
    receiver: Receiver,
    carrier: Party,
    driver_id: int | None = None,
    driver_name: str = "",
    key: str = "",
) -> Consignment:
    """托运: the packs are booked with a carrier (and a driver) and wait at `origin`.

    Raises: Invalid; AlreadyTravelling; LotOnHold; ExitRefused where a lot could not leave today (产地准出), so that no lorry
    comes in vain.
    """
    require_free_goods(load.lot for load in loads)
    if not loads:
        raise Invalid(problems=[Problem("packs", _("没有选择要发的货。"), _("至少选一件。"))])
    if taken := travelling([load.epc for load in loads]):
        raise AlreadyTravelling(
            _("有 %(number)d 件已经在别的托运单上。") % {"number": len(taken)}, _("请换未托运的件。")
        )
    for lot, mass_g in _lots([(load.lot, load.mass_g) for load in loads]).items():
        require_exit(lot, at, mass_g)
    on = local_date(at)
    number = f"TY{on:%Y%m%d}-{next_number(f'consignment:{on:%Y%m%d}'):04d}"
    made: Consignment = Consignment.objects.create(
        number=number,
        order_ref=order_ref,
        shipper=shipper,
        receiver=receiver.party,
        carrier=carrier,
        driver_id=driver_id,
        driver_name=driver_name,
        origin=origin,
        ship_name=receiver.name,
        ship_phone=receiver.phone,
        ship_address=receiver.address,
        booked_at=at,
    )
    Item.objects.bulk_create(
        [Item(consignment=made, epc=x.epc, crate=x.crate, lot=x.lot, mass_g=x.mass_g) for x in loads]
    )
    return made


@verb(DRIVERS)
def pick_up(*, by: Actor, at: datetime, number: str, scanned: Sequence[str], key: str = "") -> Consignment:
    """取货: exactly what was booked was scanned, and is on its way. `scanned` are codes as scanned: links, URNs, SSCC.

    Each lot gets its 准出单 in the same breath.

    Raises: Absent; WrongState; LotOnHold; Invalid, naming what is missing and what does not belong; ExitRefused, naming
    each rule that a lot does not meet and the record.
    """
    consignment = _locked(by, number)
    items = list(consignment.items.all())
    require_free_goods(item.lot for item in items)
    _refuse_difference(rules.count({item.epc: item.crate for item in items}, _identifiers(scanned)))
    _step(consignment, {Status.BOOKED, Status.TROUBLE}, left=False, status=Status.PICKED_UP, picked_up_at=at)
    for lot, mass_g in _lots([(item.lot, item.mass_g) for item in items]).items():
        permit_exit(by=SYSTEM, at=at, lot=lot, mass_g=mass_g, occasion=Occasion.PICKUP, reference=consignment.number)
    place = place_uri(consignment.origin)
    trace.record(
        by=by,
        at=at,
        event=EventDraft(
            type="Object",
            event_time=at.astimezone(ZONE),
            action="OBSERVE",
            biz_step="shipping",
            disposition="in_transit",
            epcs=[item.epc for item in items],
            read_point=place,
            biz_transactions=[("desadv", f"urn:tiantou:consignment:{consignment.number}")],
            extensions={"place": consignment.origin.name, "carrier": consignment.carrier.masked_name()},
        ),
    )
    publish(ConsignmentPickedUp(consignment.order_ref, at))
    return consignment


def _lots(parts: Sequence[tuple[str, int]]) -> dict[Lot, int]:
    """The platform's own lots among these (identifier, grams), each with what travels of it, in id order."""
    masses: dict[str, int] = {}
    for epc, mass_g in parts:
        masses[epc] = masses.get(epc, 0) + mass_g
    return {lot: masses[lot.epc] for lot in Lot.objects.filter(epc__in=masses).order_by("pk")}


def _identifiers(scanned: Sequence[str]) -> list[str]:
    """EPCs of the scans; what is no code of goods stays as it is and will be named as foreign."""
    found = []
    for text in scanned:
        try:
            found.append(epc_in(text))
        except ValueError:
            found.append(text.strip())
    return [text for text in found if text]


def _refuse_difference(difference: rules.Count) -> None:
    if difference.exact:
        return
    problems = [
        Problem("scanned", _("缺 %(what)s") % {"what": _short(epc)}, _("找到这一件再扫，或退回发货方改单。"))
        for epc in difference.missing
    ]
    problems += [
        Problem("scanned", _("%(what)s 不是这一单的货") % {"what": _short(text)}, _("放回去，不要装车。"))
        for text in difference.foreign
    ]
    raise Invalid(_("扫到的和单上的不一致，没有装车。"), problems=problems)


def _short(epc: str) -> str:
    """What a person reads on the label: the serial or the number."""
    return epc.rsplit(":", 1)[-1].split(".", 1)[-1] if epc.startswith("urn:epc:") else epc[:40]


@verb(DRIVERS)
def deliver(
    *,
    by: Actor,
    at: datetime,
    number: str,
    received_by: str,
    photo: bytes = b"",
    longitude: Decimal | None = None,
    latitude: Decimal | None = None,
    temperature_tenths: int | None = None,
    note: str = "",
    key: str = "",
) -> Consignment:
    """签收: the receiver has the goods; who took them, and a photograph where there is one, are kept as proof.

    A photograph is decoded, turned upright, made smaller and written anew without its hidden data (place, device).
    Raises: Absent; WrongState (not on the way, or delivered before); LotOnHold (then they go back); Invalid.
    """
    consignment = _locked(by, number)
    require_free_goods(consignment.items.values_list("lot", flat=True))
    problems = []
    if not received_by.strip():
        problems.append(Problem("received_by", _("要写谁收的货。"), _("写签收人的姓名。")))
    if (longitude is None) != (latitude is None):
        problems.append(Problem("longitude", _("经度和纬度要一起填。"), _("不知道就都空着。")))
    if problems:
        raise Invalid(problems=problems)
    picture = photos.cleaned(photo) if photo else b""
    _step(
        consignment,
        {Status.PICKED_UP, Status.TROUBLE},
        left=True,
        status=Status.DELIVERED,
        delivered_at=at,
        received_by=received_by.strip(),
        longitude=longitude,
        latitude=latitude,
        temperature_tenths=temperature_tenths,
        note=note,
    )
    if picture:
        consignment.photo.save(f"{consignment.number}.jpg", ContentFile(picture), save=True)
    _record_delivery(consignment, by, at, temperature_tenths)
    publish(ConsignmentDelivered(consignment.order_ref, at))
    return consignment


def _record_delivery(consignment: Consignment, by: Actor, at: datetime, tenths: int | None) -> None:
    local = at.astimezone(ZONE)
    trace.record(
        by=by,
        at=at,
        event=EventDraft(
            type="Object",
            event_time=local,
            action="OBSERVE",
            biz_step="receiving",
            disposition="in_progress",
            epcs=[item.epc for item in consignment.items.all()],
            biz_transactions=[("desadv", f"urn:tiantou:consignment:{consignment.number}")],
            sensors=[] if tenths is None else [temperature(tenths / 10, local)],
            extensions={"place": "收货地"},
        ),
    )


@verb(DRIVERS)
def report_trouble(*, by: Actor, at: datetime, number: str, note: str) -> Consignment:
    """异常: something keeps the consignment from going on; the note says what. Raises: Absent, WrongState, Invalid."""
    if not note.strip():
        raise Invalid(problems=[Problem("note", _("要写发生了什么。"), _("例如 路断了，预计晚到三小时。"))])
    consignment = _locked(by, number)
    _step(consignment, {Status.BOOKED, Status.PICKED_UP}, status=Status.TROUBLE, note=note.strip())
    return consignment


@verb(DRIVERS)
def take_back(*, by: Actor, at: datetime, number: str, key: str = "") -> Consignment:
    """退回: goods that were stopped on the way are at their origin again; they are not handed over.

    Raises: Absent; WrongState where nothing of it is on hold, or it is not on the way.
    """
    consignment = _locked(by, number)
    lots = set(consignment.items.values_list("lot", flat=True))
    if not frozen(lots):
        raise WrongState(_("这一单的货没有被扣留，请照常送达。"))
    _step(consignment, {Status.PICKED_UP, Status.TROUBLE}, left=True, status=Status.RETURNED, returned_at=at)
    items = list(consignment.items.all())
    consignment.items.update(living=False)
    trace.record(
        by=by,
        at=at,
        event=EventDraft(
            type="Object",
            event_time=at.astimezone(ZONE),
            action="OBSERVE",
            biz_step="holding",
            disposition="recalled",
            epcs=[item.epc for item in items],
            read_point=place_uri(consignment.origin),
            biz_location=place_uri(consignment.origin),
            biz_transactions=[("desadv", f"urn:tiantou:consignment:{consignment.number}")],
            extensions={"place": consignment.origin.name},
        ),
    )
    publish(ConsignmentReturned(consignment.order_ref, at))
    return consignment


@verb(SHIPPERS)
def cancel_consignment(*, by: Actor, at: datetime, number: str) -> Consignment:
    """取消托运: nothing has left; the packs are free for another. Raises: Absent, WrongState."""
    consignment = _locked(by, number)
    _step(consignment, {Status.BOOKED, Status.TROUBLE}, left=False, status=Status.CANCELLED)
    consignment.items.update(living=False)
    publish(ConsignmentCancelled(consignment.order_ref, at))
    return consignment


def _locked(by: Actor, number: str) -> Consignment:
    rows = Consignment.objects.visible_to(by).select_for_update(of=("self",)).select_related("origin", "carrier")
    found: Consignment | None = rows.filter(number=number).first()
    if found is None:
        raise Absent
    return found


def _step(consignment: Consignment, allowed: set[Status], *, left: bool | None = None, **values: object) -> None:
    """One conditional update: of two who try, one succeeds. `left` says whether the goods must have left already, or must not."""
    rows = Consignment.objects.filter(pk=consignment.pk, status__in=allowed)
    if left is not None:
        rows = rows.filter(picked_up_at__isnull=not left)
    if not rows.update(**values):
        state = Status(Consignment.objects.get(pk=consignment.pk).status).label
        raise WrongState(_("这一单现在是“%(state)s”，不能这样办。") % {"state": state})
    consignment.refresh_from_db()
