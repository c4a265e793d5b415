"""Commitment certificates are issued, replaced and revoked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
from tiantou.quality.models import Commitment, Received, Style
from tiantou.quality.queries import balance
from tiantou.registry.models import Party

#: Whoever answers for goods: growers, stations for them, markets for what they packed.
ISSUERS = allow(Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER)
REVOKERS = allow(Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER, Role.INSPECTOR)


class SourcesUncovered(Conflict):
    """样式二: lots that this one was made of have neither a commitment nor another proof of quality."""

    code = "sources-uncovered"


class QuantityExceeded(Conflict):
    """Certificates would promise more than those that they rest on cover, less what was lost."""

    code = "quantity-exceeded"


@verb(ISSUERS)
def issue_commitment(
    *,
    by: Actor,
    at: datetime,
    lot: Lot,
    basis: str,
    quantity_g: int | None = None,
    contact: str = "",
    omitted: Sequence[str] = (),
    key: str = "",
) -> Commitment:
    """开具承诺达标合格证: the actor's party promises, on `basis`, that `quantity_g` (else the whole lot) is within the rules.

    In style 1 where the issuer grew everything that is in the lot, else in style 2 (buyer), naming what it rests on
    (令 2025 年第 4 号, articles on producers and buyers; template of the day from `commitments.yaml`). `omitted` names
    what stays off the paper because the package shows it already (Art. 14); the electronic certificate always shows all.

    Raises: Absent where the lot is not the actor's to answer for; LotOnHold; Invalid; Conflict where a commitment
    stands already; SourcesUncovered; QuantityExceeded.
    """
    lot = _own_lot(by, lot)
    require_free(lot)
    standing = Commitment.objects.living().filter(lot=lot).first()
    if standing is not None:
        raise Conflict(
            _("批次 %(lot)s 已有合格证 %(number)s。") % {"lot": lot.code, "number": standing.number},
            _("内容要改就换开，旧的自动作废。"),
        )
    return _write(by, at, lot, Promise(basis, quantity_g, contact, tuple(omitted)))


@verb(ISSUERS)
def reissue_commitment(
    *,
    by: Actor,
    at: datetime,
    commitment: Commitment,
    basis: str,
    quantity_g: int | None = None,
    contact: str = "",
    omitted: Sequence[str] = (),
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
    promise = Promise(basis, quantity_g, contact or commitment.contact, tuple(omitted))
    return _write(by, at, lot, promise, replaced=commitment)


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


@dataclass(frozen=True, slots=True)
class Promise:
    """What the issuer says; the quantity is the whole lot where it is None."""

    basis: str
    quantity_g: int | None
    contact: str
    omitted: tuple[str, ...] = ()


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


def _write(by: Actor, at: datetime, lot: Lot, promise: Promise, replaced: Commitment | None = None) -> Commitment:
    on = local_date(at)
    template = queries.template_on(on)
    if template is None:
        raise Conflict(_("那天还没有合格证制度。"))
    issuer = _issuer(by, lot)
    above = list(ancestor_lots(lot))
    style = _style(issuer, [lot, *above])
    quantity_g = lot.mass_g if promise.quantity_g is None else promise.quantity_g
    stated = _checked(template, lot, promise, quantity_g)
    papers = list(Received.objects.filter(lot__in=[lot, *above], collector=issuer).order_by("pk"))
    if style is Style.BUYER:
        _require_covered(lot, above, {paper.lot_id for paper in papers})
    sources = _require_balance(lot, issuer, quantity_g)
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
        contact=promise.contact.strip(),
        basis=stated,
        omitted=[name for name in rules.OMISSIBLE if name in promise.omitted],
        issued_on=on,
        issued_at=at,
    )
    commitment.sources.set([*([replaced] if replaced else []), *sources])
    commitment.received.set(papers)
    return commitment


def _checked(template: rules.Template, lot: Lot, promise: Promise, quantity_g: int) -> str:
    """The basis in the template's words. Raises: Invalid with every fault."""
    problems = []
    stated = rules.basis_in(template, promise.basis)
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
    if len(promise.contact) > 40:  # noqa: PLR2004 - the column
        problems.append(Problem("contact", _("联系方式太长。"), _("写一个电话号码。")))
    if set(promise.omitted) - set(rules.OMISSIBLE):
        problems.append(
            Problem("omitted", _("承诺事项、承诺依据和证名不能省。"), _("只有包装上已经印好的内容可以省去。"))
        )
    if problems:
        raise Invalid(problems=problems)
    return stated or ""


def _require_covered(lot: Lot, above: list[Lot], on_paper: set[int | None]) -> None:
    """Whoever bought promises to have collected the proofs of everything that went in. Raises: SourcesUncovered."""
    roots = [each for each in [*above, lot] if each.kind == Kind.HARVEST]
    covered = set(Commitment.objects.living().filter(lot__in=roots).values_list("lot_id", flat=True)) | on_paper
    bare = [each.code for each in roots if each.pk not in covered and queries.passed_test(each) is None]
    if bare:
        raise SourcesUncovered(
            _("这批货的来源还没有合格证：%(lots)s。") % {"lots": "、".join(sorted(bare))},
            _("先向送货人收取合格证，或做一次快速检测。"),
        )


def _require_balance(lot: Lot, issuer: Party, quantity_g: int) -> list[Commitment]:
    """The certificates that one for `lot` rests on, if they cover it beside all others. Raises: QuantityExceeded."""
    books = balance.books_of(lot, issuer.pk)
    missing = books.shortage_g(quantity_g)
    if books.sources and missing:
        covered = sum(source.covered_g for source in books.sources)
        lost = sum(source.lost_g for source in books.sources)
        used = sum(need.mass_g for need in books.needs)
        raise QuantityExceeded(
            _("来源共承诺 %(covered)s 公斤，损耗 %(lost)s 公斤，已开出 %(used)s 公斤，这张最多能开 %(most)s 公斤。")
            % {
                "covered": show_kg(covered),
                "lost": show_kg(lost),
                "used": show_kg(used),
                "most": show_kg(max(quantity_g - missing, 0)),
            },
            _("减少数量，或请来源的承诺人按实际重量换开合格证。"),
        )
    above = balance.promised_above(lot)
    if above:
        mine = balance.source(lot, issuer.pk)
        shared = balance.books_of(above[0].lot, issuer.pk)
        if shared.shortage_g(above[0].quantity_g, {lot.pk: max(quantity_g - mine.lost_g, 0)}):
            raise QuantityExceeded(
                _("用批次 %(lot)s 做成的货已凭它开出合格证 %(numbers)s，这个数量不够。")
                % {"lot": lot.code, "numbers": "、".join(each.number for each in above)},
                _("加大数量，或先把那些合格证作废、换开。"),
            )
    return [
        source.commitment
        for source in books.sources
        if source.lot.pk in books.own_sources and source.commitment is not None
    ]
