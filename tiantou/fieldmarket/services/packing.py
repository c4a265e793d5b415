"""Packing: part of a lot goes into equal packs, each with its own serial number, and into crates."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from tiantou.fieldmarket import rules
from tiantou.fieldmarket.models import Pack, Packing
from tiantou.fieldmarket.queries import own_market
from tiantou.fieldmarket.services import tracing
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Invalid, Problem
from tiantou.kernel.units import show_kg
from tiantou.kernel.verbs import verb
from tiantou.production.models import Kind, Lot
from tiantou.production.queries import gtin_of, left_g, seen
from tiantou.production.services import Output, derive_lots, next_number, require_free

#: Packs go into crates of so many where nobody says otherwise.
PER_CRATE = 20


def pack(
    *, by: Actor, at: datetime, lot: Lot, packs: int, net_g: int, per_crate: int = PER_CRATE, key: str = ""
) -> list[Pack]:
    """The packs of `run_packing`, in the order of their serial numbers."""
    packing = run_packing(by=by, at=at, lot=lot, packs=packs, net_g=net_g, per_crate=per_crate, key=key)
    return list(packing.packs.order_by("pk"))


@verb(KEEPERS)
def run_packing(
    *, by: Actor, at: datetime, lot: Lot, packs: int, net_g: int, per_crate: int = PER_CRATE, key: str = ""
) -> Packing:
    """包装: `packs` packs of `net_g` grams are a lot of their own; what is left over stays in `lot`.

    Each pack has an SGTIN, each crate of up to `per_crate` packs an SSCC.

    Raises: Absent for a lot that does not lie at the actor's market; LotOnHold; Invalid.
    """
    lot = seen(Lot.objects.select_related("place", "product").select_for_update(of=("self",)), by, lot.pk)
    market = own_market(by, lot.place)
    require_free(lot)
    _check(lot, packs, net_g, per_crate)
    first = next_number(f"serial:{gtin_of(lot.product)}", packs)
    serials = [str(first + index) for index in range(packs)]
    epcs = [tracing.pack_epc(lot.product, serial) for serial in serials]
    (packed,) = derive_lots(
        by=by,
        at=at,
        parents={lot: packs * net_g},
        outputs=[Output(packs * net_g, Kind.PACKED, lot.grade)],
        place=market,
        step="packing",
        pieces={0: epcs},
    )
    packing = Packing.objects.create(
        market=market, source=lot, lot=packed, packs_count=packs, net_g=net_g, at=at, person_id=by.person_id
    )
    crate_of: dict[str, str] = {}
    for group in rules.crates(epcs, per_crate):
        crate = tracing.crate_epc(next_number("crate"))
        tracing.crated(crate, group, market, by=by, at=at)
        crate_of |= dict.fromkeys(group, crate)
    Pack.objects.bulk_create(
        Pack(epc=epc, serial=serial, lot=packed, packing=packing, net_g=net_g, crate=crate_of[epc])
        for epc, serial in zip(epcs, serials, strict=True)
    )
    return packing


def _check(lot: Lot, packs: int, net_g: int, per_crate: int) -> None:
    problems = []
    if lot.kind == Kind.PACKED:
        problems.append(Problem("lot", _("批次 %(lot)s 已经包装。") % {"lot": lot.code}, _("选一个分级批次。")))
    if not 0 < packs <= rules.MOST_PACKS:
        problems.append(
            Problem("packs", _("件数应为 1 到 %(most)s。") % {"most": rules.MOST_PACKS}, _("多的分几次包装。"))
        )
    if net_g <= 0:
        problems.append(Problem("net_g", _("每件净重要大于 0。"), _("按公斤填写，例如 2.5。")))
    if per_crate <= 0:
        problems.append(Problem("per_crate", _("每箱件数要大于 0。"), _("填写一箱装几件。")))
    if not problems:
        problems += _shortage(left_g(lot), packs, net_g)
    if problems:
        raise Invalid(problems=problems)


def _shortage(left: int, packs: int, net_g: int) -> list[Problem]:
    """The fault where what is left does not fill that many packs."""
    try:
        rules.fill(left, net_g, packs)
    except ValueError:
        reason = _("只剩 %(left)s 公斤，装不满 %(packs)s 件。") % {"left": show_kg(left), "packs": packs}
        return [Problem("packs", reason, _("最多可装 %(most)s 件。") % {"most": left // net_g})]
    return []
