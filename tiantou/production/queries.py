"""Reads of plots, records and lots."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Exists, OuterRef, QuerySet

from tiantou.gs1 import identifiers
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent
from tiantou.production import rules
from tiantou.production.models import FieldRecord, Hold, Kind, Lot, Plot, Subject
from tiantou.production.rules import inputs as rules_inputs
from tiantou.registry.models import Party, Product, Site
from tiantou.stock.queries import level
from tiantou.trace import queries as trace

#: Company prefix under which the platform numbers products that have no GTIN; 952 is kept by GS1 for demonstrations.
#: An installation whose region has a prefix of its own writes it into the products' `gtin`.
OWN_PREFIX = "9520000"
#: Keys of single pieces and of logistic units: what is never a lot.
_PIECE = re.compile(r"/21/|^/00/")


def seen(rows: Any, by: Actor, pk: int | None) -> Any:
    """The row of `rows` (a manager or queryset with `visible_to`) that `by` may see.

    Raises: Absent, alike for a row that is not there and for one of another tenant.
    """
    row = rows.visible_to(by).filter(pk=pk).first()
    if row is None:
        raise Absent
    return row


@cache
def inputs() -> rules_inputs.Inputs:
    """What is banned and which intervals are known, from `inputs.yaml`."""
    data = yaml.safe_load((Path(__file__).parent / "inputs.yaml").read_text(encoding="utf-8"))
    return rules_inputs.Inputs(
        {name: rules_inputs.Crop(name, **row) for name, row in data["crops"].items()},
        [rules_inputs.Ban(**row) for row in data["bans"]],
        [rules_inputs.Interval(**row) for row in data["intervals"]],
    )


def names_of(product: Product) -> list[str]:
    """The names of a product and of the categories it belongs to."""
    names: list[str] = []
    current: Product | None = product
    while current is not None and len(names) < 6:  # noqa: PLR2004 - deeper than any category tree
        names.append(current.name)
        current = current.category
    return names


def plots_of(actor: Actor, on: date) -> QuerySet[Plot]:
    """Plots the actor may see that are in use on a day, with base, product and grower."""
    living = Plot.objects.visible_to(actor).filter(starts__lte=on).exclude(ends__lte=on)
    return living.select_related("base", "product", "grower")


def lots_of(actor: Actor) -> QuerySet[Lot]:
    """Lots the actor may see, newest first, with product, producer, holder, place and plot."""
    return Lot.objects.visible_to(actor).select_related("product", "producer", "holder", "place", "plot")


def barring_uses(plots: Iterable[Plot], on: date) -> dict[int, rules.Use]:
    """The recorded use that forbids harvest on a day, by key of its plot; plots that may be harvested have none."""
    uses: dict[int, list[rules.Use]] = defaultdict(list)
    for record in FieldRecord.objects.filter(plot__in=[plot.pk for plot in plots], harvest_from__gt=on, on__lte=on):
        name = record.input_name or record.get_kind_display()
        uses[record.plot_id].append(rules.Use(name, record.on, record.harvest_from))
    barring = {pk: rules.blocking_use(found, on) for pk, found in uses.items()}
    return {pk: use for pk, use in barring.items() if use is not None}


def barring_use(plot: Plot, on: date) -> rules.Use | None:
    """The recorded use that forbids harvest of `plot` on a day; None where harvest is allowed."""
    return barring_uses([plot], on).get(plot.pk)


def left_g(lot: Lot) -> int:
    """Grams of the lot that lie free where the lot is."""
    return level(lot.epc, lot.place.code).free


def ancestor_lots(lot: Lot) -> QuerySet[Lot]:
    """All lots that this lot was made of, as the trace journal has it; for the system's own use."""
    return Lot.objects.filter(epc__in=map(identifiers.urn, trace.ancestors(lot.epc))).exclude(pk=lot.pk)


def descendant_lots(lot: Lot) -> QuerySet[Lot]:
    """All lots that were made of this lot; for the system's own use."""
    return Lot.objects.filter(epc__in=map(identifiers.urn, trace.descendants(lot.epc))).exclude(pk=lot.pk)


def roots_of(hold: Hold) -> QuerySet[Lot]:
    """The lots that a hold on a plot or an input batch begins with, as the records say now; none for other holds.

    Of an input batch: every lot harvested, on the day of its use or later, from a plot on which it was used.
    """
    if hold.kind == Subject.PLOT:
        lots = Lot.objects.filter(plot=hold.plot_id, kind=Kind.HARVEST)
        return lots.filter(harvested_on__gte=hold.since) if hold.since else lots
    if hold.kind == Subject.INPUT:
        return harvested_after(uses_of(hold.input_name, hold.input_batch))
    return Lot.objects.none()


def uses_of(input_name: str, input_batch: str) -> QuerySet[FieldRecord]:
    """The field records of an input's batch; every batch of the input where none is named, every input where only a batch is."""
    rows = FieldRecord.objects.all()
    if input_name:
        rows = rows.filter(input_name=input_name)
    return rows.filter(input_batch=input_batch) if input_batch else rows


def harvested_after(uses: QuerySet[FieldRecord]) -> QuerySet[Lot]:
    """The lots harvested from the plots of these records on the day of the record or later."""
    before = uses.filter(plot=OuterRef("plot"), on__lte=OuterRef("harvested_on"))
    return Lot.objects.filter(Exists(before), kind=Kind.HARVEST)


def descendant_epcs(lot: Lot) -> list[str]:
    """The identifiers of what was made of a lot, one by one pieces and logistic units left out; one statement."""
    return [identifiers.urn(key) for key in trace.descendants(lot.epc) if not _PIECE.search(key)]


def held_by_itself(lot: Lot) -> bool:
    """Whether a living hold was placed on this very lot, that whoever may set goods free lifts here."""
    own = Hold.objects.living().filter(kind=Subject.LOT, because="", held__lot=lot, held__root=lot)
    return bool(own.exists())


def held_above(lot: Lot) -> Lot | None:
    """A lot on hold of which this one was made, whether or not the hold has reached this one yet (events come in any order)."""
    if not Hold.objects.living().exists():
        return None
    return ancestor_lots(lot).exclude(hold_reason="").first()


def gtin_of(product: Product) -> str:
    """The product's GTIN as 14 digits: the registered one, its code if that is one, else one under the platform's prefix."""
    for number in (str(product.data.get("gtin") or ""), product.code):
        try:
            return identifiers.gtin14(number)
        except ValueError:
            continue
    digits = f"0{OWN_PREFIX}{product.pk % 100_000:05d}"
    return digits + identifiers.check_digit(digits)


def place_uri(site: Site) -> str:
    """How events name a place: its SGLN where its code is a GLN, else a name of our own with its code."""
    try:
        return identifiers.sgln(site.code, identifiers.prefix_length(site.code))
    except ValueError:
        return f"urn:tiantou:site:{site.code}"


def party_uri(party: Party) -> str:
    """How events name a party that is no natural person: by its GLN, else by its unified social credit code or number with us."""
    number = str(party.data.get("gln") or "")
    try:
        return identifiers.pgln(number, identifiers.prefix_length(number))
    except ValueError:
        return f"urn:tiantou:party:{party.code}"


def scan_path(lot: Lot) -> str:
    """The path of the lot's Digital Link: `/id/01/<GTIN>/10/<lot>`."""
    return identifiers.digital_link(lot.epc, "/id")
