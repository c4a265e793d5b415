"""包装: what waits, one lot packed, and the labels of its packs."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.fieldmarket import queries
from tiantou.fieldmarket.models import Packing
from tiantou.fieldmarket.pages.forms import PackForm, fresh_key, show
from tiantou.fieldmarket.services import run_packing
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel import clock
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.units import grams, show_kg
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Lot
from tiantou.production.queries import left_g, seen
from tiantou.quality.queries import covering
from tiantou.ui import printing


@page("fieldmarket/packing/", name="to_pack", access=KEEPERS)
def to_pack(request: Request) -> HttpResponse:
    """Graded lots with something left to pack, and the last packings."""
    market = queries.market_of(request.actor)
    packings = Packing.objects.filter(market=market).select_related("lot__product")[:20]
    return render(request, "fieldmarket/to_pack.html", {"lots": queries.to_pack(market), "packings": packings})


@page("fieldmarket/lots/<int:pk>/pack/", name="pack", access=KEEPERS, methods=("GET", "POST"))
def pack_page(request: Request, pk: int) -> HttpResponse:
    """Part of a lot is packed; each pack gets its own label."""
    market = queries.market_of(request.actor)
    lot: Lot = seen(Lot.objects.select_related("product", "place"), request.actor, pk)
    if lot.place_id != market.pk:
        raise Absent
    form = PackForm(request.POST or None, initial=fresh_key())
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            packing = run_packing(
                by=request.actor,
                at=clock.now(),
                lot=lot,
                packs=data["packs"],
                net_g=grams(data["net_kg"]),
                per_crate=data["per_crate"],
                key=data["key"],
            )
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("装好 %(count)s 件，批次 %(lot)s。下一步：打标签、给这批开合格证。")
                % {"count": packing.packs_count, "lot": packing.lot.code},
            )
            return see_other(reverse("fieldmarket:packing", args=[packing.pk]))
    return show(request, "fieldmarket/pack.html", form, refusal, lot=lot, left_g=left_g(lot))


@page("fieldmarket/packings/<int:pk>/", name="packing", access=KEEPERS)
def packing_page(request: Request, pk: int) -> HttpResponse:
    """One packing: labels to print, the certificate still to issue, the packs."""
    found = _packing(request, pk)
    context = {
        "packing": found,
        "packs": found.packs.all()[:200],
        "left_g": left_g(found.source),
        "commitment": covering(found.lot),
    }
    return render(request, "fieldmarket/packing.html", context)


@page("fieldmarket/packings/<int:pk>/labels.pdf", name="labels", access=KEEPERS)
def labels(request: Request, pk: int) -> HttpResponse:
    """One label for each pack, on a roll (60 by 40 mm) or on A4 sheets (`?stock=a4`)."""
    found = _packing(request, pk)
    commitment = covering(found.lot)
    lot = found.lot
    lines = [
        _("%(grade)s 净重 %(kg)s 公斤") % {"grade": lot.grade, "kg": show_kg(found.net_g)},
        _("采收 %(on)s") % {"on": f"{lot.harvested_on:%Y-%m-%d}"},
        _("批次 %(lot)s") % {"lot": lot.code},
        _("合格证 %(number)s") % {"number": commitment.number} if commitment else found.market.name,
    ]
    rows = [
        printing.Label(
            title=lot.product.name,
            lines=lines,
            code=printing.QR(f"{settings.BASE_URL}{queries.pack_path(pack, lot)}"),
            caption=pack.serial,
        )
        for pack in found.packs.all()
    ]
    stock = "a4" if request.GET.get("stock") == "a4" else "roll"
    response = HttpResponse(printing.labels_pdf(rows, stock=stock), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{lot.code}-{stock}.pdf"'
    return response


def _packing(request: Request, pk: int) -> Packing:
    rows = Packing.objects.select_related("market", "source__product", "source__place", "lot__product")
    return seen(rows, request.actor, pk)  # type: ignore[no-any-return]
