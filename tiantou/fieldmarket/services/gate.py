"""The gate: a delivery is checked for its papers, weighed and taken in."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum
from django.utils.translation import gettext as _

from tiantou.fieldmarket import rules
from tiantou.fieldmarket.models import Intake, Terms
from tiantou.fieldmarket.queries import own_market, stock_of_delivery
from tiantou.fieldmarket.services import tracing
from tiantou.kernel.access import allow
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.units import show_kg
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot
from tiantou.production.services import hand_over, next_number, require_free
from tiantou.quality import queries as quality
from tiantou.quality.models import Commitment, Occasion
from tiantou.quality.services import collect_commitment, permit_exit
from tiantou.registry.models import Party, Site
from tiantou.stock import services as stock

KEEPERS = allow(Role.MARKET_KEEPER)


class CommitmentMissing(Conflict):
    """进货查验: the goods have no valid commitment certificate and nothing stands in for it (令 2025 年第 4 号)."""

    code = "commitment-missing"


@verb(KEEPERS)
def take_in(
    *, by: Actor, at: datetime, market: Site, lot: Lot, mass_g: int, terms: str = Terms.KEPT, key: str = ""
) -> Intake:
    """入场: `mass_g` grams of the lot lie at the market, weighed, with the certificate on file.

    The lot is what the deliverer shows: its label or certificate names it, so a keeper need not see it beforehand.
    `terms` says whether it stays the deliverer's or was bought by the market's operator.

    Raises: Absent for another market; LotOnHold; CommitmentMissing with what to do; ExitRefused where the lot could not have
    left its origin (产地准出); Invalid.
    """
    market = own_market(by, market)
    lot = _delivered(lot)
    require_free(lot)
    source, free_g = stock_of_delivery(lot, market)
    buyer = _buyer(market, terms)
    _check_mass(lot, mass_g, free_g)
    commitment, other_proof = _papers(lot, mass_g, at)
    permit_exit(by=SYSTEM, at=at, lot=lot, mass_g=mass_g, occasion=Occasion.INTAKE, reference=market.name[:60])
    deliverer = lot.holder
    day = local_date(at)
    intake = Intake.objects.create(
        market=market,
        number=f"RC{day:%Y%m%d}-{next_number(f'intake:{day:%Y%m%d}'):04d}",
        lot=lot,
        commitment=commitment,
        other_proof=other_proof,
        deliverer=deliverer,
        terms=terms,
        mass_g=mass_g,
        at=at,
        keeper_name=by.name,
        person_id=by.person_id,
    )
    stock.move(
        by=SYSTEM,
        at=at,
        lot=lot.epc,
        source=source.code,
        target=market.code,
        unit="g",
        quantity=mass_g,
        because=f"fieldmarket.intake:{intake.pk}",
    )
    hand_over(by=SYSTEM, at=at, lot=lot, place=market, holder=buyer)
    tracing.received(intake, source, by=by, at=at)
    if commitment is not None and market.holder is not None:
        collect_commitment(by=by, at=at, commitment=commitment, lot=lot, site=market)
    return intake


def _delivered(lot: Lot) -> Lot:
    """The lot, row locked. Raises: Absent."""
    rows = Lot.objects.select_related("product__category", "producer", "holder", "place", "plot__base")
    found = rows.select_for_update(of=("self",)).filter(pk=lot.pk).first()
    if found is None:
        raise Absent(_("找不到这个批次。"))
    return found


def _buyer(market: Site, terms: str) -> Party | None:
    """Whose the goods are afterwards; None where they stay whose they were."""
    if terms not in Terms.values:
        raise Invalid(problems=[Problem("terms", _("没有这种方式。"), _("选“代为处理”或“收购”。"))])
    if terms == Terms.BOUGHT and market.holder is None:
        raise Invalid(
            problems=[Problem("terms", _("这个市场没有登记经营者，不能收购。"), _("改为“代为处理”，或先登记经营者。"))]
        )
    return market.holder if terms == Terms.BOUGHT else None


def _check_mass(lot: Lot, mass_g: int, free_g: int) -> None:
    if not 0 < mass_g <= rules.LARGEST_INTAKE_G:
        raise Invalid(problems=[Problem("mass_g", _("重量应大于 0，不超过 50 吨。"), _("照磅秤读数按公斤填写。"))])
    if mass_g > free_g:
        raise Invalid(
            problems=[
                Problem(
                    "mass_g",
                    _("批次 %(lot)s 只有 %(free)s 公斤可以送来。") % {"lot": lot.code, "free": show_kg(free_g)},
                    _("核对磅秤；实际更多的，请送货人先补登采收。"),
                )
            ]
        )


def _papers(lot: Lot, mass_g: int, at: datetime) -> tuple[Commitment | None, str]:
    """The certificate, or what stands in for it. Raises: CommitmentMissing."""
    on = local_date(at)
    commitment = quality.covering(lot)
    if commitment is not None:
        _check_quantity(commitment, lot, mass_g)
        return commitment, ""
    if not quality.needs_commitment(lot, on):
        return None, _("不在合格证管理范围")
    if quality.must_issue(lot.producer, on):
        raise CommitmentMissing(
            _("批次 %(lot)s 没有有效的承诺达标合格证，不能入场。") % {"lot": lot.code},
            _("企业和合作社必须逐批开证。请送货人在手机上开好合格证，再来过磅。"),
        )
    test = quality.passed_test(lot, at)
    if test is None:
        raise CommitmentMissing(
            _("批次 %(lot)s 没有有效的承诺达标合格证，不能入场。") % {"lot": lot.code},
            _("请送货人开一张，或在这里做一次快速检测，合格就可以入场。"),
        )
    return None, _("快速检测合格：%(item)s") % {"item": test.item}


def _check_quantity(commitment: Commitment, lot: Lot, mass_g: int) -> None:
    """A certificate covers what it says and no more, over all deliveries."""
    before = Intake.objects.filter(lot=lot, commitment=commitment).aggregate(total=Sum("mass_g"))["total"] or 0
    if before + mass_g > commitment.quantity_g:
        raise CommitmentMissing(
            _("合格证 %(number)s 只承诺了 %(quantity)s 公斤，加上这一车共 %(total)s 公斤。")
            % {
                "number": commitment.number,
                "quantity": show_kg(commitment.quantity_g),
                "total": show_kg(before + mass_g),
            },
            _("请送货人按实际重量换开合格证。"),
        )
