"""Reads of consignments."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, QuerySet, Sum

from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent
from tiantou.logistics.models import Consignment, Item, Status
from tiantou.production.models import Lot
from tiantou.quality.whereabouts import Part, Where


def consignments_of(actor: Actor) -> QuerySet[Consignment]:
    """The consignments an actor sees, newest first, each with `packs` and `mass_g`."""
    rows = Consignment.objects.visible_to(actor).select_related("shipper", "receiver", "carrier", "origin__area")
    # Said here, because a query with sums forgets the table's own order.
    found: QuerySet[Consignment] = rows.annotate(packs=Count("items"), mass_g=Sum("items__mass_g")).order_by(
        "-booked_at", "-pk"
    )
    return found


def runs_of(actor: Actor) -> QuerySet[Consignment]:
    """What a driver still has to do: first what is on the lorry, then what waits."""
    waiting = consignments_of(actor).filter(status__in=[Status.PICKED_UP, Status.BOOKED, Status.TROUBLE])
    return waiting.order_by("-status", "booked_at")


def seen(actor: Actor, number: str) -> Consignment:
    """The consignment of that number. Raises: Absent, alike for another's and for none."""
    found = consignments_of(actor).filter(number=number).first()
    if found is None:
        raise Absent
    return found


def consignment_of(order_ref: str) -> Consignment | None:
    """The living consignment that fulfils an order."""
    found: Consignment | None = (
        Consignment.objects.living().filter(order_ref=order_ref).select_related("carrier").first()
    )
    return found


def stopped(consignment: Consignment) -> str:
    """Why goods of the consignment may not go on; "" where all may."""
    held = Lot.objects.filter(epc__in=consignment.items.values("lot")).exclude(hold_reason="").first()
    return held.hold_reason if held is not None else ""


def whereabouts(lots: Sequence[str]) -> list[Part]:
    """What of the lots is on the road (with the carrier) and what was delivered (to a party, or to a private buyer); one query."""
    rows = (
        Item.objects.filter(lot__in=lots, living=True, consignment__picked_up_at__isnull=False)
        .exclude(consignment__status__in=[Status.CANCELLED, Status.RETURNED])
        .values_list(
            "lot", "consignment__number", "consignment__status", "consignment__carrier_id", "consignment__receiver_id",
            "consignment__shipper_id",
        )
        .annotate(mass_g=Sum("mass_g"), packs=Count("pk"))
        .order_by("consignment__number", "lot")
    )  # fmt: skip
    found = []
    for lot, number, status, carrier, receiver, shipper, mass_g, packs in rows:
        delivered = status == Status.DELIVERED
        where, holder = (Where.SOLD, receiver) if delivered else (Where.ROAD, carrier)
        found.append(Part(lot, where, mass_g, holder, shipper, number, packs))
    return found


def travelling(epcs: list[str]) -> set[str]:
    """Which of the packs are booked in a living consignment."""
    return set(Item.objects.filter(epc__in=epcs, living=True).values_list("epc", flat=True))
