"""The price board."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from tiantou.fieldmarket.models import PriceQuote
from tiantou.fieldmarket.queries import own_market
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.registry.models import Product, Site

#: No fruit or vegetable of the region costs more: a larger number is a slip of the decimal point.
HIGHEST_FEN_PER_KG = 1_000_000


@verb(KEEPERS)
def quote_price(
    *, by: Actor, at: datetime, market: Site, product: Product, grade: str, fen_per_kg: int, key: str = ""
) -> PriceQuote:
    """报价: from `at` on the board of the market shows this price for this grade.

    Raises: Absent for another market; Invalid.
    """
    market = own_market(by, market)
    if not 0 < fen_per_kg <= HIGHEST_FEN_PER_KG:
        raise Invalid(problems=[Problem("fen_per_kg", _("价格应大于 0，不超过每公斤 1 万元。"), _("按元/公斤填写。"))])
    return PriceQuote.objects.create(
        market=market, product=product, grade=grade.strip()[:20], fen_per_kg=fen_per_kg, at=at
    )
