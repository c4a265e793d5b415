"""Commitment certificates are issued, replaced and revoked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.units import show_kg
from tiantou.kernel.verbs import verb
from tiantou.production.models import Kind, Lot
from tiantou.production.queries import ancestor_lots, seen
from tiantou.production.services import next_number, require_free
from tiantou.quality import queries, rules
from tiantou.quality.models import Commitment, Style
from tiantou.registry.models import Party

#: Whoever answers for goods: growers, stations for them, markets for what they packed.
ISSUERS = allow(Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER)
REVOKERS = allow(Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER, Role.INSPECTOR)


class SourcesUncovered(Conflict):
    """样式二: lots that this one was made of have neither a commitment nor another proof of quality."""

    code = "sources-uncovered"


@verb(ISSUERS)
def issue_commitment(
    *, by: Actor, at: datetime, lot: Lot, basis: str, quantity_g: int | None = None, contact: str = "", key: str = ""
) -> Commitment:
    """开具承诺达标合格证: the actor's party promises, on `basis`, that `quantity_g` (else the whole lot) is within the rules.

    In style 1 where the issuer grew everything that is in the lot, else in style 2 (buyer), naming what it rests on
    (令 2025 年第 4 号, articles on producers and buyers; template of the day from `commitments.yaml`).

    Raises: Absent where the lot is not the actor's to answer for; LotOnHold; Invalid; Conflict where a commitment
    stands already; SourcesUncovered.
    """
    lot = _own_lot(by, lot)
    require_free(lot)
    standing = Commitment.objects.living().filter(lot=lot).first()
    if standing is not None:
        raise Conflict(
            _("批次 %(lot)s 已有合格证 %(number)s。") % {"lot": lot.code, "number": standing.number},
            _("内容要改就换开，旧的自动作废。"),
        )
    return _write(by, at, lot, basis, quantity_g, contact, [])


@verb(ISSUERS)
def reissue_commitment(
    *,
    by: Actor,
    at: datetime,
    commitment: Commitment,
    basis: str,
    quantity_g: int | None = None,
    contact: str = "",
    key: str = "",
) -> Commitment:
    """换开: a new commitment stands for the same lot and names the old one, which is replaced.

    Raises: Absent; Conflict where the old one no longer stands; and as `issue_commitment`.
    """
    commitment = seen(Commitment.objects.select_for_update(of=("self",)), by, commitment.pk)
    lot = _own_lot(by, commitment.lot)
    require_free(lot)
    if not commitment.living:
        raise Conflict(_("合格证 %(number)s 已经作废。") % {"number": commitment.number}, _("请重新开具。"))
    commitment.replaced_at = at
    commitment.save(update_fields=["replaced_at"])
    return _write(by, at, lot, basis, quantity_g, contact or commitment.contact, [commitment])


@verb(REVOKERS)
def revoke_commitment(*, by: Actor, at: datetime, commitment: Commitment, reason: str) -> Commitment:
    """作废: the commitment no longer stands, for a stated reason; whoever checks its number reads that.

    Raises: Absent; Invalid without a reason; Conflict where it no longer stands.
    """
    commitment = seen(Commitment.objects.select_for_update(of=("self",)), by, commitment.pk)
    if by.role is not Role.INSPECTOR and not by.region_wide and commitment.issuer_id != by.party_id:
        raise Absent(_("找不到这张合格证。"))
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写作废原因。"), _("写明原因。"))])
    if not commitment.living:
        raise Conflict(_("合格证 %(number)s 已经作废。") % {"number": commitment.number}, _("不用再办。"))
    commitment.revoked_at, commitment.revoke_reason = at, reason.strip()
    commitment.save(update_fields=["revoked_at", "revoke_reason"])
    return commitment


def _own_lot(by: Actor, lot: Lot) -> Lot:
    """The lot, row locked, if the actor's party may answer for it: producer, holder, or the market where it lies."""
    rows = Lot.objects.select_related("product", "producer", "holder", "place__holder", "plot__base__area")
    found: Lot = seen(rows.select_for_update(of=("self",)), by, lot.pk)
    answerable = {found.producer_id, found.holder_id}
    at_own_market = by.role is Role.MARKET_KEEPER and found.place_id == by.site_id
    if by.role is not Role.SYSTEM and by.party_id not in answerable and not at_own_market:
        raise Absent(_("找不到这个批次。"))
    return found


def _issuer(by: Actor, lot: Lot) -> Party:
    """Who promises: the actor's party; where a keeper acts without one, the market's operator; else the holder."""
    if by.party_id is not None:
        return Party.objects.get(pk=by.party_id)
    if by.role is Role.MARKET_KEEPER and lot.place.holder is not None:
        return lot.place.holder
    return lot.holder


def style_for(by: Actor, lot: Lot) -> Style:
    """The style in which the actor's party would promise for the lot."""
    return _style(_issuer(by, lot), [lot, *ancestor_lots(lot)])


def _style(issuer: Party, lots: Iterable[Lot]) -> Style:
    """样式一 where the issuer grew all of it, else 样式二."""
    return Style.PRODUCER if all(lot.producer_id == issuer.pk for lot in lots) else Style.BUYER


def _write(
    by: Actor,
    at: datetime,
    lot: Lot,
    basis: str,
    quantity_g: int | None,
    contact: str,
    replaced: Iterable[Commitment],
) -> Commitment:
    on = local_date(at)
    template = queries.template_on(on)
    if template is None:
        raise Conflict(_("那天还没有合格证制度。"))
    issuer = _issuer(by, lot)
    above = list(ancestor_lots(lot))
    style = _style(issuer, [lot, *above])
    quantity_g = lot.mass_g if quantity_g is None else quantity_g
    stated = _checked(template, lot, basis, quantity_g, contact)
    sources = [*replaced, *_sources(above)]
    if style is Style.BUYER:
        _require_covered(lot, above)
    number = rules.commitment_number(on, next_number(f"commitment:{on:%Y%m%d}"))
    commitment = Commitment.objects.create(
        number=number,
        template=template.id,
        style=style,
        lot=lot,
        product_name=lot.product.name,
        quantity_g=quantity_g,
        origin=queries.origin_of(lot)[:200],
        issuer=issuer,
        issuer_name=issuer.name,
        contact=contact.strip(),
        basis=stated,
        issued_on=on,
        issued_at=at,
    )
    commitment.sources.set(sources)
    return commitment


def _checked(template: rules.Template, lot: Lot, basis: str, quantity_g: int, contact: str) -> str:
    """The basis in the template's words. Raises: Invalid with every fault."""
    problems = []
    stated = rules.basis_in(template, basis)
    if stated is None:
        problems.append(
            Problem("basis", _("没有这种承诺依据。"), _("从这几种里选：%(all)s。") % {"all": "、".join(template.basis)})
        )
    if not 0 < quantity_g <= lot.mass_g:
        problems.append(
            Problem(
                "quantity_g",
                _("数量应大于 0，不超过批次的 %(mass)s 公斤。") % {"mass": show_kg(lot.mass_g)},
                _("照实际重量填写。"),
            )
        )
    if len(contact) > 40:  # noqa: PLR2004 - the column
        problems.append(Problem("contact", _("联系方式太长。"), _("写一个电话号码。")))
    if problems:
        raise Invalid(problems=problems)
    return stated or ""


def _sources(above: Iterable[Lot]) -> list[Commitment]:
    return list(Commitment.objects.living().filter(lot__in=list(above)))


def _require_covered(lot: Lot, above: list[Lot]) -> None:
    """Whoever bought promises to have collected the proofs of everything that went in. Raises: SourcesUncovered."""
    roots = [each for each in [*above, lot] if each.kind == Kind.HARVEST]
    covered = set(Commitment.objects.living().filter(lot__in=roots).values_list("lot_id", flat=True))
    bare = [each.code for each in roots if each.pk not in covered and queries.passed_test(each) is None]
    if bare:
        raise SourcesUncovered(
            _("这批货的来源还没有合格证：%(lots)s。") % {"lots": "、".join(sorted(bare))},
            _("先向送货人收取合格证，或做一次快速检测。"),
        )
