"""From what somebody points at to the lots that it means: a lot, a plot, an input batch, a crate or pack, a certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from tiantou.gs1 import identifiers
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent, Invalid, Problem
from tiantou.production.models import Hold, Lot, Plot, Subject
from tiantou.production.queries import roots_of, uses_of
from tiantou.quality import whereabouts
from tiantou.quality.models import Commitment
from tiantou.quality.rules import normal_number


@dataclass(frozen=True, slots=True)
class Mark:
    """What is pointed at: `code` is a lot number, the code on a crate or pack, a certificate's number, the input's batch, or a
    plot as `base/plot`.
    """

    kind: str
    code: str = ""
    plot: Plot | None = None
    since: date | None = None
    input_name: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The lots that a mark means, and the hold (not saved) that says so."""

    hold: Hold
    lots: list[Lot] = field(default_factory=list)


def scope_of(by: Actor, mark: Mark) -> Scope:
    """The lots, as far as the actor may see what it points at. What was made of them may lie anywhere.

    Raises: Absent where there is no such thing or no lot of it; Invalid for no such kind.
    """
    finders = {
        Subject.LOT: _of_lot,
        Subject.PLOT: _of_plot,
        Subject.INPUT: _of_input,
        Subject.UNIT: _of_unit,
        Subject.CERTIFICATE: _of_certificate,
    }
    if mark.kind not in finders:
        raise Invalid(problems=[Problem("kind", _("没有这种对象。"), _("从列表里选一种。"))])
    scope = finders[Subject(mark.kind)](by, mark)
    if not scope.lots:
        raise Absent(_("找不到对应的批次。"), _("核对编号、地块或批号。"))
    return scope


def _lots(by: Actor, **which: object) -> list[Lot]:
    rows = Lot.objects.visible_to(by).filter(**which).order_by("pk").distinct()
    return list(rows.select_related("product", "producer", "place__area", "plot__base__area"))


def _of_lot(by: Actor, mark: Mark) -> Scope:
    code = mark.code.strip()
    found = _lots(by, code=code)
    if not found:
        try:
            found = _lots(by, epc=identifiers.epc(code))
        except ValueError:
            found = []
    return Scope(Hold(kind=Subject.LOT, subject=found[0].code if found else code), found)


def _of_plot(by: Actor, mark: Mark) -> Scope:
    base, _slash, number = mark.code.strip().rpartition("/")
    which = {"pk": mark.plot.pk} if mark.plot else {"base__code": base, "code": number}
    plot = Plot.objects.visible_to(by).select_related("base").filter(**which).first()
    if plot is None:
        raise Absent(_("找不到这块地。"))
    hold = Hold(kind=Subject.PLOT, subject=f"{plot.base.name} {plot.name}"[:200], plot=plot, since=mark.since)
    return Scope(hold, _lots(by, pk__in=roots_of(hold)))


def _of_input(by: Actor, mark: Mark) -> Scope:
    name, batch = mark.input_name.strip(), mark.code.strip()
    if not batch:
        raise Invalid(problems=[Problem("code", _("没有写批号。"), _("照包装上的生产批号填写。"))])
    if not uses_of(name, batch).filter(plot__in=Plot.objects.visible_to(by)).exists():
        raise Absent(_("没有农事记录写过这个投入品和批号。"))
    hold = Hold(kind=Subject.INPUT, subject=" ".join(filter(None, [name, batch])), input_name=name, input_batch=batch)
    return Scope(hold, list(roots_of(hold).select_related("product", "producer", "place__area", "plot__base__area")))


def _of_unit(by: Actor, mark: Mark) -> Scope:
    try:
        unit = identifiers.epc(mark.code)
    except ValueError:
        raise Invalid(problems=[Problem("code", _("这不是箱码或件码。"), _("扫二维码，或输入 18 位箱码。"))]) from None
    return Scope(Hold(kind=Subject.UNIT, subject=unit), _lots(by, epc__in=whereabouts.lots_in(unit)))


def _of_certificate(by: Actor, mark: Mark) -> Scope:
    number = normal_number(mark.code) or ""
    found = Commitment.objects.visible_to(by).filter(number=number).first()
    if found is None:
        raise Absent(_("找不到这张合格证。"))
    return Scope(Hold(kind=Subject.CERTIFICATE, subject=number), _lots(by, pk=found.lot_id))
