"""报价: the keeper posts prices; the board is for everybody."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.fieldmarket import queries
from tiantou.fieldmarket.pages.forms import PriceForm, fresh_key, show
from tiantou.fieldmarket.services import quote_price
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.errors import Refused
from tiantou.kernel.units import fen
from tiantou.kernel.web import Request, page, see_other
from tiantou.registry.models import Site


@page("fieldmarket/prices/", name="prices", access=KEEPERS, methods=("GET", "POST"))
def prices(request: Request) -> HttpResponse:
    """A price is posted on the board."""
    market = queries.market_of(request.actor)
    form = PriceForm(request.POST or None, initial=fresh_key())
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            quote = quote_price(
                by=request.actor,
                at=clock.now(),
                market=market,
                product=data["product"],
                grade=data["grade"],
                fen_per_kg=fen(data["yuan_per_kg"]),
                key=data["key"],
            )
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("价格牌更新了：%(product)s %(grade)s。") % {"product": quote.product.name, "grade": quote.grade},
            )
            return see_other(reverse("fieldmarket:prices"))
    return show(request, "fieldmarket/prices.html", form, refusal, market=market, lines=queries.board(market))


@page("markets/<str:code>/board/", name="board", access=PUBLIC)
def board(request: Request, code: str) -> HttpResponse:
    """The price board of a market."""
    markets = Site.objects.visible_to(request.actor).of_kind(queries.MARKET_KIND).living().select_related("area")
    market = get_object_or_404(markets, code=code)
    return render(request, "fieldmarket/board.html", {"market": market, "lines": queries.board(market)})
