"""`request.actor`: the signed-in person in the chosen role, a token's appointment, or the stranger; and who may try how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja.utils import check_csrf

from tiantou.kernel import clock
from tiantou.kernel.actor import OFFICIALS, STRANGER, Actor, Role
from tiantou.kernel.errors import NotPermitted, Refused
from tiantou.people import guard, limits, queries, services

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where the chosen appointment or consent stands in the session.
CHOICE = "people.choice"
#: Where somebody may go who still has to set up a second factor: the own pages, the face's, and sign-in (no namespace).
_BEFORE_SECOND_FACTOR = frozenset({"", "people", "ui"})


class UnknownToken(Refused):
    """The token is unknown, expired or revoked."""

    status = 401
    code = "unknown-token"


class OutsideConsent(NotPermitted):
    """The consent does not cover this part of the platform."""

    code = "outside-consent"


class ActorMiddleware:
    """Sets `request.actor` from a bearer token (API) or the session; appointments, consents and persons that ended count at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The response; 401 for a bad token, 403 for a write by session without its CSRF token, 429 for too many calls."""
        request.actor = STRANGER  # type: ignore[attr-defined]
        request.standing = None  # type: ignore[attr-defined]
        request.second_factor_due = False  # type: ignore[attr-defined]
        request.standing_notices = []  # type: ignore[attr-defined] # shown on top of every page, see ui/parts/messages.html
        try:
            _identify(request)
            _say_how_one_stands(request)
        except Refused as refusal:
            return refuse(request, refusal)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Before any page: tries are counted, an official without a second factor is led to it, a consent's limits hold."""
        try:
            guard.count_try(request, at=clock.now())
            _hold_to_consent(request)
            return _lead_to_second_factor(request)
        except Refused as refusal:
            return refuse(request, refusal)


def refuse(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The refusal as problem+json for the API, as a page otherwise; 429 says when to come back."""
    if _is_api(request):
        response: HttpResponse = JsonResponse(
            refusal.as_problem_json(request.path), status=refusal.status, content_type="application/problem+json"
        )
    else:
        response = render(request, "ui/refused.html", {"refusal": refusal}, status=refusal.status)
    if isinstance(refusal, limits.TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, UnknownToken):
        response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


def _identify(request: HttpRequest) -> None:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if _is_api(request) and scheme.lower() == "bearer":
        request.actor = _by_token(request, text.strip())  # type: ignore[attr-defined]
        return
    if not request.user.is_authenticated:
        return
    _by_session(request)
    if _is_api(request) and request.method not in SAFE and check_csrf(request) is not None:
        raise NotPermitted(_("用登录会话写入需要 CSRF 令牌。"), _("请带上 X-CSRFToken，或改用访问令牌。"))


def _by_token(request: HttpRequest, text: str) -> Actor:
    at = clock.now()
    token = queries.token_of(text, at=at)
    if token is None:
        limits.take(limits.UNKNOWN_TOKEN, queries.address_of(request), at=at)
        raise UnknownToken(_("访问令牌不对、已过期或已作废。"), _("请在“我的令牌”里发一个新的。"))
    limits.take(limits.MACHINE if request.path.startswith("/epcis") else limits.API, token.pk, at=at)
    services.note_use(token, at=at)
    return queries.actor_of(token.appointment)


def _by_session(request: HttpRequest) -> None:
    person = request.user
    choice = str(request.session.get(CHOICE) or person.last_choice)  # type: ignore[union-attr]
    found = queries.standing(person, choice, on=clock.today())  # type: ignore[arg-type]
    # Whoever signed in is at least a consumer, also after the last appointment ended.
    consumer = Actor(role=Role.CONSUMER, person_id=person.pk, name=person.name)  # type: ignore[union-attr]
    if found is None:
        request.actor = consumer  # type: ignore[attr-defined]
    elif settings.TIANTOU_REQUIRE_MFA and found.actor.role in OFFICIALS and not found.has_second_factor:
        request.actor = consumer  # type: ignore[attr-defined]
        request.second_factor_due = True  # type: ignore[attr-defined]
    else:
        request.actor = found.actor  # type: ignore[attr-defined]
        request.standing = found  # type: ignore[attr-defined]


def _say_how_one_stands(request: HttpRequest) -> None:
    """Every page says on whose behalf one acts, and that officials act here without a second factor."""
    standing = request.standing  # type: ignore[attr-defined]
    if standing is None:
        return
    notices = request.standing_notices  # type: ignore[attr-defined]
    if standing.villager:
        text = _("您正在替 %(villager)s 办事。") % {"villager": standing.villager}
        notices.append(("warn", text, reverse("people:roles"), _("换回自己的身份")))
    if not settings.TIANTOU_REQUIRE_MFA and standing.actor.role in OFFICIALS:
        notices.append(("info", _("演示：这里的公务身份不要求第二道验证；正式使用时必须有。"), "", ""))


def _lead_to_second_factor(request: HttpRequest) -> HttpResponse | None:
    """An official without a second factor goes to set it up first. Raises: NotPermitted for the API."""
    if not request.second_factor_due or _package(request) in _BEFORE_SECOND_FACTOR:  # type: ignore[attr-defined]
        return None
    reason = _("公务身份要先设置第二道验证，才能办事。")
    if _is_api(request):
        raise NotPermitted(reason, _("请登录后在“我的”页面设置验证器或通行密钥。"))
    messages.warning(request, reason)
    return redirect("people:second_factor")


def _hold_to_consent(request: HttpRequest) -> None:
    """Raises: OutsideConsent for a write outside the matters that the villager entrusted."""
    standing = request.standing  # type: ignore[attr-defined]
    if standing is None or standing.scopes is None or request.method in SAFE:
        return
    if (package := _package(request)) not in standing.scopes | {"", "people", "ui"}:
        raise OutsideConsent(
            _("村民的委托不包括这件事。"), _("请换回自己的身份，或让村民补一份委托。") + f" ({package})"
        )


def _package(request: HttpRequest) -> str:
    """The package whose page or API operation is asked for; "" for sign-in and health."""
    if _is_api(request):
        return request.path.removeprefix("/api/v1/").partition("/")[0]
    match = request.resolver_match
    return match.namespace if match else ""


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/epcis"))
