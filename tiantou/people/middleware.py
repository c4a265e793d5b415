"""`request.actor`: the signed-in person in the chosen role, or the stranger."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tiantou.kernel.actor import STRANGER


class ActorMiddleware:
    """Sets `request.actor` from the session or a bearer token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = STRANGER  # type: ignore[attr-defined]
        return self.get_response(request)
