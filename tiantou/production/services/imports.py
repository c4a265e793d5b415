"""Plots come from a sheet: all of them, or with a fault anywhere none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel.actor import Actor
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Invalid, Problem, Refused
from tiantou.kernel.verbs import verb
from tiantou.production import rules
from tiantou.production.models import Plot
from tiantou.production.services.plots import GROWERS, lay_out_plot
from tiantou.production.sheets import read_plots
from tiantou.registry.models import Party, Product, Site


@dataclass(frozen=True, slots=True)
class Imported:
    """How many plots are new, and how many of the sheet were there before."""

    new: int
    known: int


@verb(GROWERS)
def import_plots(*, by: Actor, at: datetime, content: bytes) -> Imported:
    """Every plot of the sheet is laid out; one that is there already (same base and number) is left as it is.

    Raises: TooLarge; Invalid with every fault, by line and column of the sheet; then nothing is saved.
    """
    rows = read_plots(content)
    bases, products, growers = _named(rows, by)
    known = {
        (plot.base.code, plot.code)
        for plot in Plot.objects.filter(base__in=bases.values()).select_related("base").only("code", "base__code")
    }
    problems: list[Problem] = []
    new = 0
    for row in rows:
        text = {field: _text(row[field]) for field in rules.PLOT_COLUMNS}
        if (text["base"], text["code"]) in known:
            continue
        starts = rules.read_date(row["starts"]) if text["starts"] else local_date(at)
        faults = _faults(text, starts, bases, products, growers)
        if not faults:
            try:
                lay_out_plot(
                    by=by,
                    at=at,
                    base=bases[text["base"]],
                    code=text["code"],
                    name=text["name"],
                    area_mu=text["area_mu"],
                    product=products[text["product"]],
                    grower=growers[text["grower"]],
                    starts=starts,
                )
                new += 1
                known.add((text["base"], text["code"]))
            except Refused as refused:
                faults = list(refused.problems) or [Problem("base", refused.reason, refused.remedy)]
        problems += [
            Problem(rules.PLOT_COLUMNS.get(fault.field, fault.field), fault.reason, fault.remedy, row["row"])
            for fault in faults
        ]
    if problems:
        raise Invalid(_("表里有 %(count)s 处错误，一块地也没有保存。") % {"count": len(problems)}, problems=problems)
    return Imported(new, len(rows) - new)


def _text(value: Any) -> str:
    """A cell as text; `12.0` from a spreadsheet's number is `12`."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _named(rows: list[dict[str, Any]], by: Actor) -> tuple[dict[str, Site], dict[str, Product], dict[str, Party]]:
    """Bases, products and growers that the sheet names by code, as far as the actor may see them."""
    codes = {field: {_text(row[field]) for row in rows} for field in ("base", "product", "grower")}
    return (
        {site.code: site for site in Site.objects.visible_to(by).living().filter(code__in=codes["base"])},
        {
            product.code: product
            for product in Product.objects.visible_to(by).living().filter(code__in=codes["product"])
        },
        {party.code: party for party in Party.objects.visible_to(by).living().filter(code__in=codes["grower"])},
    )


def _faults(
    text: dict[str, str],
    starts: date | None,
    bases: dict[str, Site],
    products: dict[str, Product],
    growers: dict[str, Party],
) -> list[Problem]:
    faults = [
        Problem(
            field, _("没有登记编码为 %(code)s 的%(what)s。") % {"code": text[field] or "（空）", "what": what}, remedy
        )
        for field, what, remedy, found in (
            ("base", _("基地"), _("先在登记簿里登记基地。"), bases),
            ("product", _("产品"), _("到登记簿里查产品编码。"), products),
            ("grower", _("主体"), _("到登记簿里查种植者的编码。"), growers),
        )
        if text[field] not in found
    ]
    if starts is None:
        faults.append(Problem("starts", _("日期看不懂。"), _("写成 2026-11-20。")))
    return faults
