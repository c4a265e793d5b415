"""The verbs of stock. Each changes a level by one conditional update and writes the move beside it; rows go in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from tiantou.kernel.access import SIGNED_IN, SYSTEM_ONLY
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Conflict
from tiantou.kernel.verbs import verb
from tiantou.stock.models import Freeze, Level, Move, Reservation

UNITS = frozenset({"g", "pcs"})


class NotEnough(Conflict):
    """Less is free than was asked for; nothing was taken."""

    code = "not-enough"

    def __init__(self, lot: str, place: str, asked: int, free: int) -> None:
        self.lot, self.place, self.asked, self.free = lot, place, asked, free
        super().__init__(
            _("存量不够：要 %(asked)d，可用 %(free)d。") % {"asked": asked, "free": free},
            _("请减少数量，或换一个批次。"),
        )


class Frozen(Conflict):
    """冻结: the lot is stopped; nothing of it leaves, moves, is used up or promised."""

    code = "frozen"


class NotHeld(Conflict):
    """The reservation was shipped or released before."""

    code = "not-held"


@dataclass(frozen=True, slots=True, order=True)
class Share:
    """A quantity of a lot at a place."""

    lot: str
    place: str
    unit: str
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity <= 0 or self.unit not in UNITS:
            raise ValueError(f"{self.quantity} {self.unit}")


@verb(SYSTEM_ONLY)
def receive(*, by: Actor, at: datetime, lot: str, place: str, unit: str, quantity: int, because: str) -> Level:
    """入库: `quantity` more of the lot is on hand at the place."""
    return _add(Share(lot, place, unit, quantity), "receive", because, by, at)


@verb(SYSTEM_ONLY)
def take_back(*, by: Actor, at: datetime, lot: str, place: str, unit: str, quantity: int, because: str) -> Level:
    """退回入库: `quantity` that had been shipped is on hand at the place again; also of a frozen lot, which then stays there."""
    return _add(Share(lot, place, unit, quantity), "return", because, by, at)


@verb(SYSTEM_ONLY)
def issue(*, by: Actor, at: datetime, lot: str, place: str, unit: str, quantity: int, because: str) -> Level:
    """出库: `quantity` less is on hand (used, lost, given away). Raises: NotEnough."""
    return _take(Share(lot, place, unit, quantity), "issue", because, by, at)


@verb(SYSTEM_ONLY)
def move(
    *, by: Actor, at: datetime, lot: str, source: str, target: str, unit: str, quantity: int, because: str
) -> Level:
    """移库: `quantity` is on hand at `target` instead of `source`; returns the level there. Raises: NotEnough."""
    _lock([Share(lot, source, unit, quantity), Share(lot, target, unit, quantity)])
    _take(Share(lot, source, unit, quantity), "transfer", because, by, at)
    return _add(Share(lot, target, unit, quantity), "transfer", because, by, at)


@verb(SYSTEM_ONLY)
def freeze(*, by: Actor, at: datetime, lots: Iterable[str]) -> None:
    """冻结: nothing of these lots leaves, moves, is used up or promised any more, wherever it lies or will lie; 10,000 lots at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stock_freeze (lot, since) SELECT unnest(%s::text[]), %s ON CONFLICT (lot) DO NOTHING",
            [list(lots), at],
        )


@verb(SYSTEM_ONLY)
def thaw(*, by: Actor, at: datetime, lots: Iterable[str]) -> None:
    """解冻: the lots may be moved, used and promised again."""
    Freeze.objects.filter(lot__in=list(lots)).delete()


@verb(SYSTEM_ONLY)
def destroy(*, by: Actor, at: datetime, lot: str, place: str, unit: str, quantity: int, because: str) -> Level:
    """销毁: `quantity` that was on hand is no more; the one way out of a frozen lot. Raises: NotEnough."""
    return _take(Share(lot, place, unit, quantity), "destroy", because, by, at, frozen_too=True)


@verb(SYSTEM_ONLY)
def convert(*, by: Actor, at: datetime, inputs: Sequence[Share], outputs: Sequence[Share], because: str) -> None:
    """加工: the inputs are no longer on hand and the outputs are. What came out less is loss; conserving mass is the caller's rule.

    Raises: NotEnough, for any input; then nothing is changed.
    """
    _lock([*inputs, *outputs])
    for share in sorted(inputs):
        _take(share, "convert", because, by, at)
    for share in sorted(outputs):
        _add(share, "convert", because, by, at)


@verb(SIGNED_IN)
def reserve(
    *,
    by: Actor,
    at: datetime,
    lot: str,
    place: str,
    unit: str,
    quantity: int,
    because: str,
    expires_at: datetime | None = None,
) -> Reservation:
    """预留: `quantity` of what is free is promised until shipped, released, or released after `expires_at`. Raises: NotEnough, Frozen."""
    share = Share(lot, place, unit, quantity)
    level = _level(share)
    if (
        not _movable()
        .filter(pk=level.pk, on_hand__gte=F("reserved") + quantity)
        .update(reserved=F("reserved") + quantity)
    ):
        raise _refusal(share, level)
    made: Reservation = Reservation.objects.create(
        level=level, quantity=quantity, because=because, expires_at=expires_at
    )
    return made


@verb(SIGNED_IN)
def release(*, by: Actor, at: datetime, reservation: Reservation) -> None:
    """The promise is taken back and the quantity is free again; a second release changes nothing. Raises: NotHeld, if shipped."""
    if _settle(reservation, Reservation.RELEASED):
        Level.objects.filter(pk=reservation.level_id).update(reserved=F("reserved") - reservation.quantity)
    elif Reservation.objects.get(pk=reservation.pk).state == Reservation.SHIPPED:
        raise NotHeld(_("这批货已经发出，不能再取消预留。"))


@verb(SYSTEM_ONLY)
def keep(*, by: Actor, at: datetime, reservation_id: int) -> None:
    """The promise no longer runs out by itself (what was promised is paid for). Raises: NotHeld."""
    if not Reservation.objects.filter(pk=reservation_id, state=Reservation.HELD).update(expires_at=None):
        raise NotHeld(_("这笔预留已经发出或取消。"))


@verb(SYSTEM_ONLY)
def release_expired(*, by: Actor, at: datetime) -> None:
    """Every promise that ran out before `at` is taken back."""
    for reservation in Reservation.objects.filter(state=Reservation.HELD, expires_at__lte=at).order_by(
        "level_id", "pk"
    ):
        release(by=by, at=at, reservation=reservation)


@verb(SIGNED_IN)
def ship(*, by: Actor, at: datetime, reservation: Reservation) -> None:
    """发货: what was promised has left the place. Raises: NotHeld, if shipped or released before; Frozen."""
    if not _movable().filter(pk=reservation.level_id).exists():
        raise _frozen()
    if not _settle(reservation, Reservation.SHIPPED):
        raise NotHeld(_("这笔预留已经发出或取消。"))
    level = Level.objects.get(pk=reservation.level_id)
    quantity = reservation.quantity
    Level.objects.filter(pk=level.pk).update(on_hand=F("on_hand") - quantity, reserved=F("reserved") - quantity)
    _write(level, "ship", -quantity, reservation.because, by, at)


def _settle(reservation: Reservation, state: str) -> bool:
    """Whether this call, and no other, ended the reservation."""
    return bool(Reservation.objects.filter(pk=reservation.pk, state=Reservation.HELD).update(state=state))


def _level(share: Share) -> Level:
    """The level row, made at first use."""
    key = {"lot": share.lot, "place": share.place, "unit": share.unit}
    Level.objects.bulk_create([Level(**key)], ignore_conflicts=True)
    row: Level = Level.objects.get(**key)
    return row


def _lock(shares: Sequence[Share]) -> None:
    """All rows that a verb will change are locked in id order, so that two verbs cannot wait for each other in a ring."""
    ids = sorted({_level(share).pk for share in shares})
    list(Level.objects.select_for_update().filter(pk__in=ids).order_by("pk"))


def _add(share: Share, kind: str, because: str, by: Actor, at: datetime) -> Level:
    level = _level(share)
    Level.objects.filter(pk=level.pk).update(on_hand=F("on_hand") + share.quantity)
    return _write(level, kind, share.quantity, because, by, at)


def _take(share: Share, kind: str, because: str, by: Actor, at: datetime, *, frozen_too: bool = False) -> Level:
    level = _level(share)
    rows = Level.objects.all() if frozen_too else _movable()
    enough = rows.filter(pk=level.pk, on_hand__gte=F("reserved") + share.quantity)
    if not enough.update(on_hand=F("on_hand") - share.quantity):
        raise _refusal(share, level)
    return _write(level, kind, -share.quantity, because, by, at)


def _movable() -> Any:
    """Levels of lots that are not frozen; asked inside the very update that takes from them."""
    return Level.objects.filter(~Exists(Freeze.objects.filter(lot=OuterRef("lot"))))


def _frozen() -> Frozen:
    return Frozen(_("这批货已被冻结，不能动。"), _("单独放好，等检查员或召回通知处理。"))


def _refusal(share: Share, level: Level) -> Conflict:
    """Why nothing was taken: the lot is frozen, or too little is free."""
    if Freeze.objects.filter(lot=share.lot).exists() and level.free >= share.quantity:
        return _frozen()
    level.refresh_from_db()
    return NotEnough(share.lot, share.place, share.quantity, level.free)


def _write(level: Level, kind: str, quantity: int, because: str, by: Actor, at: datetime) -> Level:
    Move.objects.create(level=level, kind=kind, quantity=quantity, because=because, at=at, person_id=by.person_id)
    level.refresh_from_db()
    return level
