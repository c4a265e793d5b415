"""冷库: temperatures and what lies in the rooms."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.fieldmarket import queries, rules
from tiantou.fieldmarket.models import ColdRoom, Stowage
from tiantou.fieldmarket.pages.forms import RoomForm, StowForm, TemperatureForm, fresh_key, show
from tiantou.fieldmarket.services import open_room, read_temperature, stow, take_out
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel import clock
from tiantou.kernel.errors import Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Lot
from tiantou.production.queries import seen


@page("fieldmarket/cold/", name="cold", access=KEEPERS, methods=("GET", "POST"))
def cold(request: Request) -> HttpResponse:
    """The rooms of the market; a POST opens one."""
    market = queries.market_of(request.actor)
    form = RoomForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            room = open_room(by=request.actor, at=clock.now(), market=market, **form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("冷库“%(room)s”可以用了。下一步：记第一次温度。") % {"room": room.name})
            return see_other(reverse("fieldmarket:room", args=[room.pk]))
    return show(request, "fieldmarket/cold.html", form, refusal, rooms=queries.rooms_of(market))


@page("fieldmarket/cold/<int:pk>/", name="room", access=KEEPERS, methods=("GET", "POST"))
def room_page(request: Request, pk: int) -> HttpResponse:
    """One room; a POST records what its thermometer shows."""
    found = _room(request, pk)
    form = TemperatureForm(request.POST or None, initial=fresh_key())
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            reading = read_temperature(by=request.actor, at=clock.now(), room=found, **form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            shown = {"celsius": rules.show_tenths(reading.tenths)}
            if reading.within:
                messages.success(request, _("记下了 %(celsius)s ℃，在范围内。") % shown)
            else:
                messages.error(request, _("记下了 %(celsius)s ℃，超出范围：马上检查制冷，把货转到别的库。") % shown)
            return see_other(reverse("fieldmarket:room", args=[pk]))
    return _show_room(request, found, form, refusal)


@page("fieldmarket/cold/<int:pk>/stow/", name="stow", access=KEEPERS, methods=("POST",))
def stow_page(request: Request, pk: int) -> HttpResponse:
    """A lot is put into the room."""
    found = _room(request, pk)
    form = StowForm(_lots(found), request.POST)
    refusal = None
    if form.is_valid():
        try:
            stowage = stow(by=request.actor, at=clock.now(), room=found, lot=form.cleaned_data["lot"])
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request, _("批次 %(lot)s 放进“%(room)s”。") % {"lot": stowage.lot.code, "room": found.name}
            )
            return see_other(reverse("fieldmarket:room", args=[pk]))
    return _show_room(request, found, form, refusal)


@page("fieldmarket/stowages/<int:pk>/out/", name="take_out", access=KEEPERS, methods=("POST",))
def out(request: Request, pk: int) -> HttpResponse:
    """A lot is taken out."""
    found: Stowage = seen(Stowage.objects.select_related("room", "lot"), request.actor, pk)
    take_out(by=request.actor, at=clock.now(), stowage=found)
    messages.success(request, _("批次 %(lot)s 出库了。") % {"lot": found.lot.code})
    return see_other(reverse("fieldmarket:room", args=[found.room_id]))


def _room(request: Request, pk: int) -> ColdRoom:
    return seen(ColdRoom.objects.select_related("market"), request.actor, pk)  # type: ignore[no-any-return]


def _lots(found: ColdRoom) -> object:
    return Lot.objects.filter(place=found.market).exclude(stowages__out_at=None, stowages__isnull=False)


def _show_room(request: Request, found: ColdRoom, form: forms.Form, refusal: Refused | None) -> HttpResponse:
    stowing = form if isinstance(form, StowForm) else StowForm(_lots(found))
    reading = form if isinstance(form, TemperatureForm) else TemperatureForm(initial=fresh_key())
    context = {
        "room": found,
        "low": rules.show_tenths(found.low_tenths),
        "high": rules.show_tenths(found.high_tenths),
        "stow_form": stowing,
        "reading_form": reading,
        "stowages": found.stowages.filter(out_at=None).select_related("lot__product"),
        "readings": [(r.at, rules.show_tenths(r.tenths), r.within) for r in found.readings.all()[:20]],
    }
    return show(request, "fieldmarket/room.html", form, refusal, **context)
