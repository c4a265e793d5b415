"""What a hold does to the lots, set by set: who is under it, the slot of each lot, and the stock that stands still.

A hold may cover ten thousand lots, so nothing here goes lot by lot.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from tiantou.kernel.actor import SYSTEM
from tiantou.production.models import HeldLot, Hold, Lot
from tiantou.production.queries import descendant_epcs
from tiantou.stock import services as stock

_COVER = """
INSERT INTO production_heldlot (hold_id, lot_id, root_id, at)
SELECT %(hold)s, lot.id, %(root)s, %(at)s FROM production_lot lot
WHERE lot.epc = ANY(%(epcs)s) OR lot.id = %(root)s
ON CONFLICT (hold_id, lot_id) DO NOTHING
RETURNING lot_id
"""
#: The slot of a lot tells of its oldest living hold; a lot under none has an empty one.
_FILL = """
UPDATE production_lot lot
SET hold_reason = COALESCE(first.reason, ''), held_since = first.at, held_with_id = first.root_id
FROM (SELECT unnest(%(lots)s::bigint[]) AS id) wanted
LEFT JOIN (
    SELECT DISTINCT ON (held.lot_id) held.lot_id, hold.reason, held.at, held.root_id
    FROM production_heldlot held JOIN production_hold hold ON hold.id = held.hold_id
    WHERE hold.lifted_at IS NULL AND held.lot_id = ANY(%(lots)s)
    ORDER BY held.lot_id, held.id
) first ON first.lot_id = wanted.id
WHERE lot.id = wanted.id
RETURNING lot.epc, lot.hold_reason <> ''
"""


def cover(hold: Hold, roots: Iterable[Lot], at: datetime) -> list[int]:
    """The roots and all that was made of them are under the hold and stopped; returns the keys of those that are new to it.

    A root under an earlier root's closure counts to that one.
    """
    roots = sorted(roots, key=lambda lot: lot.pk)
    new: list[int] = []
    with connection.cursor() as cursor:
        for root in roots:
            cursor.execute(_COVER, {"hold": hold.pk, "root": root.pk, "at": at, "epcs": descendant_epcs(root)})
            new += [pk for (pk,) in cursor.fetchall()]
    _refresh(new, at)
    return new


def release(hold: Hold, at: datetime) -> None:
    """The lots of a lifted hold are free, unless another hold covers them."""
    _refresh(list(HeldLot.objects.filter(hold=hold).values_list("lot_id", flat=True)), at)


def _refresh(lots: list[int], at: datetime) -> None:
    if not lots:
        return
    # Rows are locked in the order in which every verb locks them, so that no two wait for each other in a ring.
    list(Lot.objects.filter(pk__in=lots).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(_FILL, {"lots": lots})
        found = cursor.fetchall()
    stock.freeze(by=SYSTEM, at=at, lots=[epc for epc, held in found if held])
    stock.thaw(by=SYSTEM, at=at, lots=[epc for epc, held in found if not held])
