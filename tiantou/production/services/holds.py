"""A lot is put on hold with all that was made of it, and set free again."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot
from tiantou.production.queries import ancestor_lots, descendant_lots, seen

#: Who may stop goods: inspectors, and the keeper of the market where the lot lies.
STOPPERS = allow(Role.INSPECTOR, Role.MARKET_KEEPER, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
#: Only the authority sets goods free.
RELEASERS = allow(Role.INSPECTOR, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)


class LotOnHold(Conflict):
    """扣留: the lot may not be worked on."""

    code = "lot-on-hold"


def require_free(lot: Lot) -> None:
    """Return if the lot is on no hold.

    Raises: LotOnHold with the reason.
    """
    if lot.on_hold:
        raise LotOnHold(
            _("批次 %(lot)s 已被扣留：%(reason)s") % {"lot": lot.code, "reason": lot.hold_reason},
            _("货单独放好不要动，等检查员处理。"),
        )


@verb(STOPPERS)
def place_hold(*, by: Actor, at: datetime, lot: Lot, reason: str) -> Lot:
    """The lot and every lot made of it are on hold for `reason`, until an inspector lifts it.

    Raises: Absent; Invalid without a reason; Conflict where the lot is on hold already.
    """
    lot = seen(Lot.objects.select_for_update(of=("self",)), by, lot.pk)
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写扣留原因。"), _("写明原因。"))])
    if lot.on_hold:
        raise Conflict(_("批次 %(lot)s 已经扣留。") % {"lot": lot.code}, _("不用再扣。"))
    affected = [lot, *descendant_lots(lot).filter(hold_reason="").order_by("pk").select_for_update(of=("self",))]
    _hold(affected, reason.strip(), at, lot)
    return Lot.objects.get(pk=lot.pk)


@verb(RELEASERS)
def lift_hold(*, by: Actor, at: datetime, lot: Lot, reason: str) -> Lot:
    """The hold placed on this lot is over; what is still held because of another lot stays so.

    Raises: Absent; Invalid without a reason; Conflict where no hold was placed on this very lot.
    """
    lot = seen(Lot.objects.select_for_update(of=("self",)), by, lot.pk)
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写解除原因。"), _("写明复检结果或处理结果。"))])
    if lot.held_with_id != lot.pk:
        raise Conflict(
            _("批次 %(lot)s 没有单独扣留。") % {"lot": lot.code}, _("如果它因上游批次被扣，请解除上游批次。")
        )
    freed = list(Lot.objects.filter(held_with=lot).order_by("pk").select_for_update(of=("self",)))
    Lot.objects.filter(pk__in=[each.pk for each in freed]).update(hold_reason="", held_since=None, held_with=None)
    for each in freed:
        above = ancestor_lots(each).exclude(hold_reason="").first()
        if above is not None and above.held_with is not None:
            _hold([each], above.hold_reason, at, above.held_with)
    return Lot.objects.get(pk=lot.pk)


def _hold(lots: list[Lot], reason: str, at: datetime, with_: Lot) -> None:
    Lot.objects.filter(pk__in=[lot.pk for lot in lots]).update(hold_reason=reason, held_since=at, held_with=with_)
