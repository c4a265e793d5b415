"""One's own pages: who I am, as what I act, where I am signed in, tokens, the second factor."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.verbs import record_deed
from tiantou.kernel.web import Request, page, see_other
from tiantou.people import queries, services
from tiantou.people.forms import SCOPE_NAMES, TokenForm
from tiantou.people.middleware import CHOICE
from tiantou.people.models import Appointment, Person, Token


def person_of(request: Request) -> Person:
    """The person who is signed in. Raises: Absent for a token or a test's actor without a session."""
    if not request.user.is_authenticated:
        raise Absent(_("这一页要登录以后才能看。"))
    person: Person = request.user
    return person


@page("me/", name="me", access=SIGNED_IN)
def me(request: Request) -> HttpResponseBase:
    """Everything about oneself, with a way to change it."""
    person = person_of(request)
    choices = queries.choices(person, on=clock.today())
    context = {
        "person": person,
        "choices": choices,
        "current": current_code(request),
        "tokens": Token.objects.living(clock.now()).filter(appointment__person=person).count(),
        "sessions": UserSession.objects.filter(user=person).count(),
        "has_second_factor": queries.has_second_factor(person),
        "official": any(choice.actor.role in OFFICIALS for choice in choices),
        "second_factor_due": request.second_factor_due,  # type: ignore[attr-defined] # set by the middleware
        "manages": Appointment.objects.living(clock.today()).filter(person=person, manages=True).exists(),
    }
    return render(request, "people/me.html", context)


@page("me/roles/", name="roles", access=SIGNED_IN, methods=("GET", "POST"))
def roles(request: Request) -> HttpResponseBase:
    """Choose as what one acts from here on: an appointment, or a villager's consent."""
    person = person_of(request)
    if request.method == "POST":
        by = request.actor
        try:
            services.choose_role(by=by, at=clock.now(), choice=request.POST.get("choice", ""))
        except Refused as refusal:
            return render(request, "people/roles.html", _roles(request, person, refusal), status=refusal.status)
        request.session[CHOICE] = request.POST["choice"]
        request.session.cycle_key()
        messages.success(request, _("身份已切换。从现在起按这个身份办事。"))
        return see_other(_next(request))
    return render(request, "people/roles.html", _roles(request, person))


def current_code(request: Request) -> str:
    """The code of the choice under which the request acts; "" for none."""
    actor = request.actor
    if actor.consent_id is not None:
        return f"c{actor.consent_id}"
    person = person_of(request)
    for choice in queries.choices(person, on=clock.today()):
        if choice.actor == actor:
            return choice.code
    return ""


def _roles(request: Request, person: Person, refusal: Refused | None = None) -> dict[str, Any]:
    choices = queries.choices(person, on=clock.today())
    return {
        "own": [choice for choice in choices if choice.code.startswith("a")],
        "entrusted": [
            (choice, [SCOPE_NAMES[scope] for scope in choice.scopes])
            for choice in choices
            if choice.code.startswith("c")
        ],
        "current": current_code(request),
        "refusal": refusal,
        "next": request.GET.get("next", ""),
    }


def _next(request: Request) -> str:
    url = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return url if url and safe else reverse("people:me")


@page("me/sessions/", name="sessions", access=SIGNED_IN, methods=("GET", "POST"))
def sessions(request: Request) -> HttpResponseBase:
    """Where one is signed in; sign out elsewhere, or everywhere."""
    person = person_of(request)
    if request.method == "POST":
        everywhere = request.POST.get("which") == "all"
        ended = 0
        for session in UserSession.objects.filter(user=person):
            if everywhere or session.session_key != request.session.session_key:
                session.end()
                ended += 1
        record_deed(verb="people.signed_out", by=request.actor, at=clock.now(), detail={"sessions": ended})
        if everywhere:
            request.session.flush()
            return see_other(reverse("account_login"))
        messages.success(request, _("其他 %(n)d 处已退出。") % {"n": ended})
        return see_other(reverse("people:sessions"))
    found = UserSession.objects.purge_and_list(person)
    found.sort(key=lambda session: session.last_seen_at, reverse=True)
    return render(request, "people/sessions.html", {"sessions": found, "key": request.session.session_key})


@page("me/second-factor/", name="second_factor", access=SIGNED_IN)
def second_factor(request: Request) -> HttpResponseBase:
    """The way to a second factor: allauth's page, which lists what there is and sets up what there is not."""
    person_of(request)
    return redirect("mfa_index")


@page("me/tokens/", name="tokens", access=SIGNED_IN, methods=("GET", "POST"))
def tokens(request: Request) -> HttpResponseBase:
    """The tokens of the present appointment's person; a new one is shown this once."""
    person = person_of(request)
    form, issued, refusal = TokenForm(), None, None
    if request.method == "POST":
        form = TokenForm(request.POST)
        if form.is_valid():
            try:
                issued = services.issue_token(
                    by=request.actor, at=clock.now(), appointment=_present(request), **form.cleaned_data
                )
                form = TokenForm()
            except Refused as problem:
                refusal = problem
    rows = Token.objects.filter(appointment__person=person).select_related("appointment__party").order_by("-pk")
    context = {"form": form, "issued": issued, "refusal": refusal, "tokens": rows, "now": clock.now()}
    status = refusal.status if refusal else 422 if form.errors else 200
    response: HttpResponse = render(request, "people/tokens.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _present(request: Request) -> Appointment:
    """The appointment under which the request acts. Raises: Absent under a consent or without any."""
    code = current_code(request)
    if not code.startswith("a"):
        raise Absent(_("现在的身份不是任职，不能发放令牌。"), _("请先换成一个任职身份。"))
    found: Appointment = Appointment.objects.get(pk=int(code[1:]))
    return found


@page("me/tokens/<int:pk>/revoke/", name="revoke_token", access=SIGNED_IN, methods=("POST",))
def revoke_token(request: Request, pk: int) -> HttpResponseBase:
    """The token opens nothing any more."""
    token = Token.objects.visible_to(request.actor).filter(pk=pk).first()
    if token is None:
        raise Absent
    services.revoke_token(by=request.actor, at=clock.now(), token=token)
    messages.success(request, _("令牌已作废，用它的程序从现在起进不来。"))
    return see_other(reverse("people:tokens"))
