"""Plots are laid out, bound to standards, and worked on."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production import rules
from tiantou.production.models import FieldRecord, Plot, PlotAssignment, Work
from tiantou.production.queries import inputs, names_of, seen
from tiantou.registry.models import Party, Product, Site, Standard

#: Who works the land or does it for a villager under a recorded consent.
GROWERS = allow(Role.FARMER, Role.STATION_KEEPER)
#: No label sets a longer pre-harvest interval.
LONGEST_INTERVAL_DAYS = 365


@verb(GROWERS)
def lay_out_plot(
    *,
    by: Actor,
    at: datetime,
    base: Site,
    code: str,
    name: str,
    area_mu: Decimal | int | str,
    product: Product,
    grower: Party,
    starts: date | None = None,
    longitude: Decimal | None = None,
    latitude: Decimal | None = None,
    key: str = "",
) -> Plot:
    """地块 `code` of a base is in use from `starts` (else today), grows `product`, and `grower` answers for it.

    `area_mu` is in mu with at most two places. The base's holder may lay out any plot of it; anybody else only an own
    plot on a base without a holder.

    Raises: Absent where the base is not the actor's to use; Invalid; Conflict where the base has the number already.
    """
    _require_base(by, base, grower)
    hundredths = _checked_plot(base, code, name, area_mu)
    try:
        with transaction.atomic():
            return Plot.objects.create(
                base=base,
                code=code.strip(),
                name=name.strip(),
                area_mu_hundredths=hundredths,
                product=product,
                grower=grower,
                longitude=longitude,
                latitude=latitude,
                starts=starts or local_date(at),
            )
    except IntegrityError:
        raise Conflict(
            _("这个基地已有编号为 %(code)s 的地块。") % {"code": code}, _("换一个编号，或到地块列表里找它。")
        ) from None


def _require_base(by: Actor, base: Site, grower: Party) -> None:
    if by.region_wide or (base.holder_id is not None and base.holder_id == by.party_id):
        return
    if base.holder_id is None and grower.pk == by.party_id:
        return
    raise Absent(_("找不到这个基地。"))


def _checked_plot(base: Site, code: str, name: str, area_mu: Decimal | int | str) -> int:
    """The area in hundredths of a mu. Raises: Invalid with every fault of the four facts."""
    problems = []
    if base.kind != "base":
        problems.append(Problem("base", _("这个场所不是种植基地。"), _("请选一个基地。")))
    for field, text in (("code", code), ("name", name)):
        if not text.strip():
            problems.append(Problem(field, _("没有填写。"), _("请填写。")))
    hundredths = 0
    try:
        hundredths = rules.hundredths_of_mu(area_mu)
    except ValueError as fault:
        problems.append(Problem("area_mu", *area_words(str(fault))))
    if problems:
        raise Invalid(problems=problems)
    return hundredths


def area_words(fault: str) -> tuple[str, str]:
    """Reason and remedy of a fault of `rules.hundredths_of_mu`."""
    return {
        "not a number": (_("面积不是数字。"), _("按亩填写，例如 12.5。")),
        "not above zero": (_("面积要大于 0。"), _("按亩填写，例如 12.5。")),
        "too large": (_("面积大得不像一块地。"), _("按亩填写；1 亩约 667 平方米。")),
        "more than two places": (_("面积最多两位小数。"), _("按亩填写，例如 12.35。")),
    }[fault]


@verb(GROWERS)
def assign_standard(*, by: Actor, at: datetime, plot: Plot, standard: Standard, signed_on: date) -> PlotAssignment:
    """The plot's grower has signed, on a day, to follow `standard` on this plot (标准落实到每个田块).

    Raises: Absent; Conflict where the grower has signed this standard for this plot already; Invalid for a day to come.
    """
    plot = seen(Plot.objects.select_related("grower"), by, plot.pk)
    if signed_on > local_date(at):
        raise Invalid(problems=[Problem("signed_on", _("签字日期在将来。"), _("填写实际签字的日期。"))])
    assignment, made = PlotAssignment.objects.get_or_create(
        plot=plot, standard=standard, grower=plot.grower, ends=None, defaults={"signed_on": signed_on}
    )
    if not made:
        raise Conflict(_("这块地已经落实了这项标准。"), _("不用再签。"))
    return assignment


@verb(GROWERS)
def record_work(
    *,
    by: Actor,
    at: datetime,
    plot: Plot,
    kind: str,
    on: date,
    input_name: str = "",
    registration: str = "",
    dose: str = "",
    interval_days: int = 0,
    note: str = "",
    input_batch: str = "",
    key: str = "",
) -> FieldRecord:
    """农事记录 of one piece of work is kept; harvest is barred until the interval on the label has passed.

    Where no interval is stated, that of `inputs.yaml` for the substance and the crop counts, if it has one.

    Raises: Absent; Invalid: a day to come, before the plot was in use, or a use of pesticide that does not say what,
    how much and for how many days.
    """
    plot = seen(Plot.objects.select_related("product__category"), by, plot.pk)
    _check_work(plot, kind, on, local_date(at), input_name, dose, interval_days)
    if not interval_days and (known := inputs().interval_of(input_name, names_of(plot.product))):
        interval_days = known.days
    return FieldRecord.objects.create(
        plot=plot,
        kind=kind,
        on=on,
        input_name=input_name.strip(),
        registration=registration.strip(),
        input_batch=input_batch.strip(),
        dose=dose.strip(),
        interval_days=interval_days,
        harvest_from=rules.harvest_from(on, interval_days),
        note=note,
        recorded_at=at,
        person_id=by.person_id,
    )


def _check_work(plot: Plot, kind: str, on: date, today: date, input_name: str, dose: str, interval_days: int) -> None:
    problems = []
    if kind not in Work.values:
        problems.append(Problem("kind", _("没有这种农事。"), _("从列表里选一种。")))
    if on > today:
        problems.append(Problem("on", _("日期在将来。"), _("做完了再记。")))
    elif on < plot.starts:
        problems.append(Problem("on", _("那天这块地还没有启用。"), _("检查日期。")))
    if not 0 <= interval_days <= LONGEST_INTERVAL_DAYS:
        problems.append(Problem("interval_days", _("安全间隔期应为 0 到 365 天。"), _("照标签填写。")))
    if kind == Work.PROTECT:
        for field, text in (("input_name", input_name), ("dose", dose)):
            if not text.strip():
                problems.append(Problem(field, _("用药要写明药名和用量。"), _("照标签填写。")))
    if banned := inputs().ban_on(input_name, names_of(plot.product), on):
        problems.append(
            Problem(
                "input_name",
                _("%(name)s 禁止用在%(crop)s上：%(source)s。")
                % {"name": banned[0], "crop": plot.product.name, "source": banned[1].source},
                _("停止使用，并告诉当地农业农村部门。"),
            )
        )
    if problems:
        raise Invalid(problems=problems)
