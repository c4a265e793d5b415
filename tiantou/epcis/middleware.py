"""Outermost for `/epcis`: whatever goes wrong on the way is told in the standard's words, and every answer says its versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from tiantou.epcis import answers, errors
from tiantou.kernel.actor import STRANGER

#: Longer addresses are refused; a query that needs more is kept under a name.
LONGEST_URI = 8000
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BY_STATUS: dict[int, type[errors.EpcisRefused]] = {
    401: errors.NotSignedIn,
    403: errors.Forbidden,
    404: errors.NoSuchResource,
    406: errors.NotAcceptable,
    413: errors.CaptureLimitExceeded,
    414: errors.UriTooLong,
    415: errors.UnsupportedMediaType,
    503: errors.Unavailable,
}
_KEPT = ("Retry-After", "WWW-Authenticate", "Allow")


class BindingMiddleware:
    """Stands around all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, in the words of EPCIS 2.0 below `/epcis`."""
        if not is_binding(request):
            return self.get_response(request)
        if len(request.get_full_path()) > LONGEST_URI:
            return answers.stamped(answers.problem(request, errors.UriTooLong(f"At most {LONGEST_URI} characters.")))
        response = self.get_response(request)
        if response.status_code >= 400 and not isinstance(response, answers.Answer):  # noqa: PLR2004 - faults begin there
            response = _translated(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        return answers.stamped(response)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Writing needs a token: a browser's session reads only, so that no page of others can write with it."""
        actor = getattr(request, "actor", STRANGER)
        if not is_binding(request) or request.method in _SAFE or not actor.signed_in:
            return None
        if request.headers.get("Authorization", "").lower().startswith("bearer "):
            return None
        return answers.problem(request, errors.Forbidden("Writing needs a bearer token."))


def is_binding(request: HttpRequest) -> bool:
    """Whether the address lies below `/epcis`."""
    return request.path == "/epcis" or request.path.startswith("/epcis/")


def _translated(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    status = response.status_code
    if status == 403 and not getattr(request, "actor", STRANGER).signed_in:  # noqa: PLR2004 - forbidden
        status = 401
    kind = _BY_STATUS.get(status, errors.Failed if status >= 500 else errors.ValidationFailed)  # noqa: PLR2004
    refused = kind()
    refused.status = status
    if status == 429:  # noqa: PLR2004 - too many requests
        refused.title = "Too many requests"
    refused.headers |= {name: response[name] for name in _KEPT if name in response}
    return answers.problem(request, refused)
