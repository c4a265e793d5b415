"""Cold rooms: what lies in them, and how cold they were."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tiantou.fieldmarket import rules
from tiantou.fieldmarket.models import ColdRoom, Reading, Stowage
from tiantou.fieldmarket.queries import own_market
from tiantou.fieldmarket.services import tracing
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot
from tiantou.production.queries import seen
from tiantou.production.services import require_free
from tiantou.registry.models import Site


@verb(KEEPERS)
def open_room(
    *, by: Actor, at: datetime, market: Site, code: str, name: str, low: Decimal | str, high: Decimal | str
) -> ColdRoom:
    """冷库 `code` of the market is in use and should keep between `low` and `high` degrees Celsius.

    Raises: Absent for another market; Invalid; Conflict where the number is taken.
    """
    market = own_market(by, market)
    low_tenths, high_tenths = _tenths("low", low), _tenths("high", high)
    problems = [
        Problem(field, _("没有填写。"), _("请填写。"))
        for field, text in (("code", code), ("name", name))
        if not text.strip()
    ]
    if low_tenths >= high_tenths:
        problems.append(Problem("high", _("上限要高于下限。"), _("检查两个温度。")))
    if problems:
        raise Invalid(problems=problems)
    try:
        with transaction.atomic():
            return ColdRoom.objects.create(
                market=market, code=code.strip(), name=name.strip(), low_tenths=low_tenths, high_tenths=high_tenths
            )
    except IntegrityError:
        raise Conflict(_("已有编号为 %(code)s 的冷库。") % {"code": code}, _("换一个编号。")) from None


@verb(KEEPERS)
def stow(*, by: Actor, at: datetime, room: ColdRoom, lot: Lot) -> Stowage:
    """The lot lies in the cold room from `at` on (out of any other room of the market).

    Raises: Absent; LotOnHold; Conflict where it lies there already.
    """
    room = seen(ColdRoom.objects.select_related("market"), by, room.pk)
    own_market(by, room.market)
    lot = seen(Lot.objects.filter(place=room.market).select_for_update(of=("self",)), by, lot.pk)
    require_free(lot)
    here = Stowage.objects.filter(lot=lot, out_at=None).first()
    if here is not None and here.room_id == room.pk:
        raise Conflict(_("批次 %(lot)s 已在这个冷库。") % {"lot": lot.code}, _("不用再放。"))
    Stowage.objects.filter(lot=lot, out_at=None).update(out_at=at)
    stowage = Stowage.objects.create(room=room, lot=lot, in_at=at)
    tracing.stored(stowage, by=by, at=at)
    return stowage


@verb(KEEPERS)
def take_out(*, by: Actor, at: datetime, stowage: Stowage) -> Stowage:
    """The lot lies in the cold room no longer.

    Raises: Absent; LotOnHold (stopped goods stay cold where they are); Conflict where it was taken out before.
    """
    rows = Stowage.objects.select_related("room__market", "lot").select_for_update(of=("self",))
    stowage = seen(rows, by, stowage.pk)
    own_market(by, stowage.room.market)
    if stowage.out_at is not None:
        raise Conflict(_("这批货已经出库。"), _("不用再办。"))
    require_free(stowage.lot)
    stowage.out_at = at
    stowage.save(update_fields=["out_at"])
    tracing.taken_out(stowage, by=by, at=at)
    return stowage


@verb(KEEPERS)
def read_temperature(*, by: Actor, at: datetime, room: ColdRoom, celsius: Decimal | str, key: str = "") -> Reading:
    """温度: what the thermometer of the room shows is on record, with every lot that lies in the room.

    Raises: Absent; Invalid.
    """
    room = seen(ColdRoom.objects.select_related("market"), by, room.pk)
    own_market(by, room.market)
    value = _tenths("celsius", celsius)
    reading = Reading.objects.create(
        room=room, at=at, tenths=value, within=room.low_tenths <= value <= room.high_tenths
    )
    lots = [stowage.lot for stowage in room.stowages.filter(out_at=None).select_related("lot").order_by("pk")]
    if lots:
        tracing.measured(reading, lots, by=by, at=at)
    return reading


def _tenths(field: str, celsius: Decimal | str) -> int:
    try:
        return rules.tenths(celsius)
    except ValueError:
        raise Invalid(
            problems=[Problem(field, _("温度不是 -60 到 60 之间的数字。"), _("照温度计按摄氏度填写，例如 4.5。"))]
        ) from None
