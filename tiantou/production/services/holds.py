"""Goods are stopped and set free: a lot, a plot's lots, the lots of an input batch, each with all that was made of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import F
from django.utils.translation import gettext as _

from tiantou.kernel.access import SYSTEM_ONLY, allow
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Hold, Lot, Plot, Subject
from tiantou.production.queries import held_above, roots_of, seen, uses_of
from tiantou.production.services import freezing
from tiantou.production.services.tracing import observed

#: Who may stop goods: inspectors, and the keeper of the market where the lot lies.
STOPPERS = allow(Role.INSPECTOR, Role.MARKET_KEEPER, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
#: Only the authority stops more than one lot at once, and sets goods free.
RELEASERS = allow(Role.INSPECTOR, Role.DISTRICT_OFFICER, Role.CITY_OFFICER)


class LotOnHold(Conflict):
    """扣留: the lot may not be worked on."""

    code = "lot-on-hold"


def require_free(lot: Lot) -> None:
    """Return if neither the lot nor anything it was made of is on hold.

    Raises: LotOnHold with the reason.
    """
    held = lot if lot.on_hold else held_above(lot)
    if held is not None:
        raise _stopped(held)


def require_free_goods(epcs: Iterable[str]) -> None:
    """Return if none of the lots with these identifiers is on hold. Raises: LotOnHold, naming the first that is."""
    for lot in Lot.objects.filter(epc__in=set(epcs)).order_by("pk"):
        require_free(lot)


def _stopped(lot: Lot) -> LotOnHold:
    return LotOnHold(
        _("批次 %(lot)s 已被扣留：%(reason)s") % {"lot": lot.code, "reason": lot.hold_reason},
        _("货单独放好不要动，等检查员处理。"),
    )


@verb(STOPPERS)
def place_hold(*, by: Actor, at: datetime, lot: Lot, reason: str) -> Lot:
    """The lot and every lot made of it, now or later, are on hold for `reason`, until an inspector lifts it.

    Raises: Absent; Invalid without a reason; Conflict where the lot is on hold already.
    """
    lot = seen(Lot.objects.select_for_update(of=("self",)), by, lot.pk)
    _require_reason(reason)
    if lot.on_hold:
        raise Conflict(_("批次 %(lot)s 已经扣留。") % {"lot": lot.code}, _("不用再扣。"))
    _place(Hold(kind=Subject.LOT, subject=lot.code), [lot], reason, by, at)
    return Lot.objects.get(pk=lot.pk)


@verb(RELEASERS)
def hold_plot(*, by: Actor, at: datetime, plot: Plot, reason: str, since: date | None = None, key: str = "") -> Hold:
    """Every lot harvested from the plot (from the day `since` on, where given) is on hold, and so will be what is harvested there.

    Raises: Absent; Invalid without a reason.
    """
    plot = seen(Plot.objects.select_related("base"), by, plot.pk)
    _require_reason(reason)
    hold = Hold(kind=Subject.PLOT, subject=f"{plot.base.name} {plot.name}"[:200], plot=plot, since=since)
    return _place(hold, roots_of(hold), reason, by, at)


@verb(RELEASERS)
def hold_input(*, by: Actor, at: datetime, input_name: str, input_batch: str, reason: str, key: str = "") -> Hold:
    """Every lot of a plot on which this batch of an input was used before its harvest is on hold, and so will be what comes of it.

    Raises: Invalid without a reason or a batch; Absent where no field record that the actor may see names it.
    """
    _require_reason(reason)
    if not input_batch.strip():
        raise Invalid(problems=[Problem("input_batch", _("没有写批号。"), _("照包装上的生产批号填写。"))])
    used = uses_of(input_name.strip(), input_batch.strip())
    if not used.filter(plot__in=Plot.objects.visible_to(by)).exists():
        raise Absent(_("没有农事记录写过这个投入品和批号。"))
    subject = " ".join(filter(None, [input_name.strip(), input_batch.strip()]))
    hold = Hold(kind=Subject.INPUT, subject=subject, input_name=input_name.strip(), input_batch=input_batch.strip())
    return _place(hold, roots_of(hold), reason, by, at)


@verb(SYSTEM_ONLY)
def hold_lots(
    *, by: Actor, at: datetime, hold: Hold, lots: Iterable[Lot], reason: str, because: str = "", ordered_by: str = ""
) -> Hold:
    """The lots that a package above found are on hold with all that was made of them; `hold` (unsaved) says what was marked."""
    hold.because = because
    return _place(hold, [*lots, *roots_of(hold)], reason, by, at, ordered_by)


def _place(hold: Hold, roots: Iterable[Lot], reason: str, by: Actor, at: datetime, ordered_by: str = "") -> Hold:
    hold.reason, hold.placed_at, hold.placed_by = reason.strip()[:200], at, ordered_by or by.name
    hold.person_id = by.person_id
    hold.save()
    _tell(freezing.cover(hold, {lot.pk: lot for lot in roots}.values(), at), hold, at)
    return hold


def _tell(covered: Collection[int], hold: Hold, at: datetime) -> None:
    """What stops goods is an event of theirs as well: whoever follows them reads it."""
    lots = list(Lot.objects.filter(pk__in=covered).select_related("place").order_by("pk"))
    observed(
        lots, "holding", "non_sellable_other", by=SYSTEM, at=at, papers=[("testres", f"urn:tiantou:hold:{hold.pk}")]
    )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写扣留原因。"), _("写明原因。"))])


@verb(RELEASERS)
def lift_hold(*, by: Actor, at: datetime, lot: Lot, reason: str) -> Lot:
    """The hold placed on this lot is over; what is still held because of another lot stays so.

    Raises: Absent; Invalid without a reason; Conflict where no hold was placed on this very lot.
    """
    lot = seen(Lot.objects.select_for_update(of=("self",)), by, lot.pk)
    own = Hold.objects.living().filter(kind=Subject.LOT, held__lot=lot, held__root=lot, because="").order_by("pk")
    if not reason.strip() or not own:
        _require_lift_reason(reason)
        raise Conflict(
            _("批次 %(lot)s 没有单独扣留。") % {"lot": lot.code}, _("如果它因上游批次被扣，请解除上游批次。")
        )
    for hold in own:
        _lift(hold, by, at, reason)
    return Lot.objects.get(pk=lot.pk)


@verb(RELEASERS)
def lift(*, by: Actor, at: datetime, hold: Hold, reason: str) -> Hold:
    """扣留令 is lifted; lots under another one stay stopped.

    Raises: Absent; Invalid without a reason; Conflict where it was lifted before or belongs to a recall, which ends it itself.
    """
    hold = seen(Hold.objects.select_for_update(of=("self",)), by, hold.pk)
    _require_lift_reason(reason)
    if hold.because:
        raise Conflict(_("这是召回下的扣留，随召回结束。"), _("到召回页面办理结束。"))
    if hold.lifted_at is not None:
        raise Conflict(_("这条扣留已经解除。"), _("不用再办。"))
    return _lift(hold, by, at, reason)


@verb(SYSTEM_ONLY)
def lift_because(*, by: Actor, at: datetime, because: str, reason: str, lifted_by: str) -> None:
    """Every living hold that a package above ordered under this name is lifted."""
    for hold in Hold.objects.living().filter(because=because).order_by("pk").select_for_update(of=("self",)):
        _lift(hold, by, at, reason, lifted_by)


def _require_lift_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写解除原因。"), _("写明复检结果或处理结果。"))])


def _lift(hold: Hold, by: Actor, at: datetime, reason: str, lifted_by: str = "") -> Hold:
    hold.lifted_at, hold.lifted_by, hold.lift_reason = at, lifted_by or by.name, reason.strip()[:200]
    hold.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    freezing.release(hold, at)
    freed = list(Lot.objects.filter(holds__hold=hold, hold_reason="").select_related("place").order_by("pk"))
    observed(freed, "inspecting", "conformant", by=SYSTEM, at=at, papers=[("testres", f"urn:tiantou:hold:{hold.pk}")])
    return hold


@verb(SYSTEM_ONLY)
def extend_hold(*, by: Actor, at: datetime, hold: Hold) -> Hold:
    """The hold covers what its roots are and what they were made into as the journal has it now; what it covered stays covered.

    Events arrive late and in any order, and a plot is harvested again: this is run by the clock and by whoever needs it at once.
    """
    roots = {held.root_id: held.root for held in hold.held.select_related("root").filter(lot_id=F("root_id"))}
    roots |= {lot.pk: lot for lot in roots_of(hold)}
    _tell(freezing.cover(hold, roots.values(), at), hold, at)
    return hold


@verb(SYSTEM_ONLY)
def extend_holds(*, by: Actor, at: datetime) -> None:
    """Every living hold covers what was made of its lots meanwhile."""
    for hold in Hold.objects.living().order_by("pk"):
        extend_hold(by=by, at=at, hold=hold)
