"""Consents: the villager gives and withdraws, the station keeper records one and acts under it."""

from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.people import queries, services
from tiantou.people.forms import SCOPE_NAMES, CodeForm, ConsentForm, OwnConsentForm
from tiantou.people.models import Consent

_BOTH = allow(Role.FARMER, Role.STATION_KEEPER)


@page("me/consents/", name="consents", access=_BOTH, methods=("GET", "POST"))
def consents(request: Request) -> HttpResponseBase:
    """The consents that one gave or that one's station was given; a form for a new one."""
    by, today = request.actor, clock.today()
    kind = ConsentForm if by.role is Role.STATION_KEEPER else OwnConsentForm
    form, refusal = kind(actor=by, initial={"starts": today}), None
    if request.method == "POST":
        form = kind(request.POST, actor=by)
        if form.is_valid():
            try:
                consent = _give(request, form)
                return see_other(_after(request, consent))
            except Refused as problem:
                refusal = problem
    rows = Consent.objects.visible_to(by).select_related("villager", "station").order_by("-pk")
    shown = [(row, [SCOPE_NAMES.get(scope, scope) for scope in row.scopes], _state(row)) for row in rows]
    context = {"form": form, "refusal": refusal, "rows": shown, "keeper": by.role is Role.STATION_KEEPER}
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "people/consents.html", context, status=status)


@page(
    "me/consents/<int:pk>/confirm/", name="confirm_consent", access=allow(Role.STATION_KEEPER), methods=("GET", "POST")
)
def confirm(request: Request, pk: int) -> HttpResponseBase:
    """The villager says the code, the keeper types it."""
    consent = Consent.objects.visible_to(request.actor).filter(pk=pk, given_at=None).select_related("villager").first()
    if consent is None:
        raise Absent
    form, refusal = CodeForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            services.confirm_consent(by=request.actor, at=clock.now(), consent=consent, code=form.cleaned_data["code"])
            messages.success(request, _("委托已生效。现在可以换成代办身份。"))
            return see_other(reverse("people:roles"))
        except Refused as problem:
            refusal = problem
    context = {"consent": consent, "form": form, "refusal": refusal}
    return render(request, "people/confirm_consent.html", context, status=refusal.status if refusal else 200)


@page("me/consents/<int:pk>/withdraw/", name="withdraw_consent", access=_BOTH, methods=("POST",))
def withdraw(request: Request, pk: int) -> HttpResponseBase:
    """The station may no longer act for the villager."""
    consent = Consent.objects.visible_to(request.actor).filter(pk=pk).first()
    if consent is None:
        raise Absent
    services.withdraw_consent(by=request.actor, at=clock.now(), consent=consent)
    messages.success(request, _("委托已撤回，站长从现在起不能再代办。"))
    return see_other(reverse("people:consents"))


def _give(request: Request, form: ConsentForm) -> Consent:
    by, facts = request.actor, dict(form.cleaned_data)
    if by.role is Role.STATION_KEEPER:
        facts["station"] = queries.own_site(by)
    else:
        facts["villager"] = queries.own_party(by)
    if facts["station"] is None or facts["villager"] is None:
        raise Absent
    return services.give_consent(by=by, at=clock.now(), **facts)


def _after(request: Request, consent: Consent) -> str:
    if consent.given_at is None:
        return reverse("people:confirm_consent", args=[consent.pk])
    messages.success(request, _("委托已记录。"))
    return reverse("people:consents")


def _state(consent: Consent) -> str:
    if consent.withdrawn_at is not None:
        return "withdrawn"
    if consent.given_at is None:
        return "waiting"
    return "over" if consent.ends < clock.today() else "living"
