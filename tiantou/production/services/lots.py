"""Lots come into being: harvested from a plot, or derived from other lots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tiantou.kernel.access import SYSTEM_ONLY, allow
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.units import show_kg
from tiantou.kernel.verbs import verb
from tiantou.production import rules
from tiantou.production.models import Counter, Hold, Kind, Lot, Plot, Subject
from tiantou.production.queries import barring_use, left_g, seen
from tiantou.production.services import tracing
from tiantou.production.services.holds import extend_hold, require_free
from tiantou.production.services.plots import GROWERS
from tiantou.registry.models import Party, Product, Site
from tiantou.stock import services as stock

#: A harvest may be entered some days later, when the phone is back in the net.
LATEST_ENTRY = timedelta(days=30)
#: One lorry of 100 t is more than one plot gives in a day: a larger number is a slip of the unit.
LARGEST_LOT_G = 100_000_000
#: Who may make lots out of lots.
WORKERS = allow(Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER)


class WithinInterval(Conflict):
    """安全间隔期: the plot may not be harvested yet."""

    code = "within-interval"


@dataclass(frozen=True, slots=True)
class Output:
    """One lot that comes out of others; `product` is that of the first parent where none is given."""

    mass_g: int
    kind: Kind
    grade: str = ""
    product: Product | None = None


def next_number(name: str, count: int = 1) -> int:
    """The first of `count` fresh numbers under `name`, in the caller's transaction; nobody else gets them."""
    Counter.objects.bulk_create([Counter(name=name, last=0)], ignore_conflicts=True)
    Counter.objects.filter(name=name).update(last=F("last") + count)
    return int(Counter.objects.get(name=name).last) - count + 1


@verb(GROWERS)
def harvest(*, by: Actor, at: datetime, plot: Plot, mass_g: int, on: date | None = None, key: str = "") -> Lot:
    """采收: a lot of `mass_g` grams lies at the plot's base, is its grower's, and can be traced to the plot and the day.

    Raises: Absent; Invalid; WithinInterval, naming the record and the first day on which harvest is allowed.
    """
    plot = seen(Plot.objects.select_related("base", "product", "grower").select_for_update(of=("self",)), by, plot.pk)
    on = on or local_date(at)
    _check_harvest(plot, mass_g, on, local_date(at))
    lot = _make_lot(
        at=at,
        product=plot.product,
        producer=plot.grower,
        holder=plot.grower,
        place=plot.base,
        plot=plot,
        harvested_on=on,
        output=Output(mass_g, Kind.HARVEST),
    )
    tracing.commissioned(lot, by=by, at=at)
    stock.receive(
        by=SYSTEM,
        at=at,
        lot=lot.epc,
        place=plot.base.code,
        unit="g",
        quantity=mass_g,
        because=f"production.lot:{lot.pk}",
    )
    return _held_with_its_plot(lot, at)


def _held_with_its_plot(lot: Lot, at: datetime) -> Lot:
    """The lot as it is: what is harvested from a plot under a hold is stopped from the first moment."""
    living = Hold.objects.living().filter(Q(kind=Subject.PLOT, plot=lot.plot_id) | Q(kind=Subject.INPUT))
    for hold in living.order_by("pk"):
        extend_hold(by=SYSTEM, at=at, hold=hold)
    return (
        Lot.objects.select_related("product", "producer", "holder", "place", "plot").get(pk=lot.pk) if living else lot
    )


def _check_harvest(plot: Plot, mass_g: int, on: date, today: date) -> None:
    problems = []
    if not 0 < mass_g <= LARGEST_LOT_G:
        problems.append(Problem("mass_g", _("重量应大于 0，不超过 100 吨。"), _("按公斤填写。")))
    if on > today:
        problems.append(Problem("on", _("采收日期在将来。"), _("采收以后再登记。")))
    elif on < today - LATEST_ENTRY:
        problems.append(Problem("on", _("采收日期过早。"), _("补登最多可到 30 天以前。")))
    if on < plot.starts or (plot.ends is not None and on >= plot.ends):
        problems.append(Problem("on", _("那天这块地没有启用。"), _("检查日期，或选另一块地。")))
    if problems:
        raise Invalid(problems=problems)
    use = barring_use(plot, on)
    if use is not None and use.harvest_from is not None:
        raise WithinInterval(
            _("%(plot)s 还在安全间隔期内：%(used_on)s 用过 %(name)s。")
            % {"plot": plot.name, "used_on": date_format(use.on, "Y年n月j日"), "name": use.name},
            _("%(first)s 起可以采收。") % {"first": date_format(use.harvest_from, "Y年n月j日")},
        )


@verb(WORKERS)
def derive_lots(
    *,
    by: Actor,
    at: datetime,
    parents: Mapping[Lot, int],
    outputs: Sequence[Output],
    place: Site,
    holder: Party | None = None,
    step: str = "",
    pieces: Mapping[int, Sequence[str]] | None = None,
) -> list[Lot]:
    """Out of `parents` (grams taken of each) come new lots at `place`, in the order of `outputs`; the rest is loss.

    All parents lie at `place`. `holder` is whose they are afterwards: the common holder of the parents where it is not
    given. `step` is the CBV business step; `pieces` gives the serial identifiers that belong to an output, by position.

    Raises: Absent for a parent that is not the actor's to use; LotOnHold; Invalid where more would come out than went
    in, where less is left than was taken, or where parents of several holders have no new one.
    """
    parents = _locked(by, parents)
    _check_parents(parents, place)
    _check_masses(parents, outputs)
    first = next(iter(parents))
    holder = holder or _common_holder(parents)
    lots = [
        _make_lot(
            at=at,
            product=output.product or first.product,
            producer=_common_producer(parents, holder),
            holder=holder,
            place=place,
            plot=rules.common([parent.plot for parent in parents]),
            harvested_on=min(parent.harvested_on for parent in parents),
            output=output,
        )
        for output in outputs
    ]
    tracing.transformed(parents, lots, by=by, at=at, step=step, pieces=pieces or {})
    stock.convert(
        by=SYSTEM,
        at=at,
        inputs=[stock.Share(parent.epc, place.code, "g", mass_g) for parent, mass_g in parents.items()],
        outputs=[stock.Share(lot.epc, place.code, "g", lot.mass_g) for lot in lots],
        because=f"production.lot:{lots[0].pk}",
    )
    return lots


@verb(SYSTEM_ONLY)
def hand_over(*, by: Actor, at: datetime, lot: Lot, place: Site, holder: Party | None = None) -> Lot:
    """The lot is booked at `place`, and is `holder`'s from now on where one is given.

    For packages above, in the transaction in which they moved the stock and wrote the event; no deed of a person.
    Raises: LotOnHold.
    """
    require_free(Lot.objects.get(pk=lot.pk))
    Lot.objects.filter(pk=lot.pk).update(place=place, holder=holder or lot.holder)
    return Lot.objects.get(pk=lot.pk)


@verb(WORKERS)
def derive_lot(
    *,
    by: Actor,
    at: datetime,
    parents: Mapping[Lot, int],
    product: Product,
    mass_g: int,
    kind: str,
    grade: str = "",
    place: Site,
    holder: Party | None = None,
) -> Lot:
    """One lot comes out of others: `derive_lots` with a single output."""
    output = Output(mass_g, Kind(kind), grade, product)
    return derive_lots(by=by, at=at, parents=parents, outputs=[output], place=place, holder=holder)[0]


def _locked(by: Actor, parents: Mapping[Lot, int]) -> dict[Lot, int]:
    """The parents with their shares, rows locked in id order. Raises: Absent."""
    wanted = {lot.pk: mass_g for lot, mass_g in parents.items()}
    rows = Lot.objects.select_related("product", "producer", "holder", "place", "plot").select_for_update(of=("self",))
    found = {lot: wanted[lot.pk] for lot in rows.visible_to(by).filter(pk__in=wanted).order_by("pk")}
    if not found or len(found) != len(wanted):
        raise Absent(_("找不到这个批次。"))
    return found


def _check_parents(parents: Mapping[Lot, int], place: Site) -> None:
    problems = []
    for lot, mass_g in parents.items():
        require_free(lot)
        if lot.place_id != place.pk:
            problems.append(Problem("parents", _("批次 %(lot)s 不在这里。") % {"lot": lot.code}, _("先办入场。")))
        elif (left := left_g(lot)) < mass_g:
            problems.append(
                Problem(
                    "mass_g",
                    _("批次 %(lot)s 只剩 %(left)s 公斤。") % {"lot": lot.code, "left": show_kg(left)},
                    _("减少数量。"),
                )
            )
    if problems:
        raise Invalid(problems=problems)


def _check_masses(parents: Mapping[Lot, int], outputs: Sequence[Output]) -> None:
    try:
        rules.loss_g(parents.values(), [output.mass_g for output in outputs])
    except ValueError:
        taken, made = sum(parents.values()), sum(output.mass_g for output in outputs)
        raise Invalid(
            problems=[
                Problem(
                    "mass_g",
                    _("用去 %(taken)s 公斤，出来 %(made)s 公斤，对不上。")
                    % {"taken": show_kg(taken), "made": show_kg(made)},
                    _("每一份都要大于 0，合计不能超过用去的重量。"),
                )
            ]
        ) from None


def _common_holder(parents: Mapping[Lot, int]) -> Party:
    holder = rules.common([parent.holder for parent in parents])
    if holder is None:
        raise Invalid(problems=[Problem("holder", _("这些批次的货主不同。"), _("写明混合以后归谁。"))])
    return holder


def _common_producer(parents: Mapping[Lot, int], holder: Party) -> Party:
    """Who answers for the new lot: the one producer of all parents, or whoever mixed what came from several."""
    return rules.common([parent.producer for parent in parents]) or holder


def _make_lot(
    *,
    at: datetime,
    product: Product,
    producer: Party,
    holder: Party,
    place: Site,
    plot: Plot | None,
    harvested_on: date,
    output: Output,
) -> Lot:
    day = local_date(at)
    code = rules.lot_code(day, next_number(f"lot:{day:%Y%m%d}"))
    return Lot.objects.create(
        epc=tracing.lot_epc(product, code),
        code=code,
        product=product,
        producer=producer,
        holder=holder,
        kind=output.kind,
        grade=output.grade,
        mass_g=output.mass_g,
        place=place,
        plot=plot,
        harvested_on=harvested_on,
        made_at=at,
    )
