"""`@page` gives a view its route, name and declared access; `config.urls` collects all of them by discovery."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from tiantou.kernel.access import Access
from tiantou.kernel.actor import Actor


class Request(HttpRequest):
    """A request that knows its actor (set by `people.middleware`)."""

    actor: Actor


View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Page:
    """One URL: `package:name` in `{% url %}`."""

    package: str
    name: str
    route: str
    access: Access
    methods: frozenset[str]
    view: View


PAGES: list[Page] = []


def page(route: str, *, name: str, access: Access, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Serve a function at `route` (a Django path) under `<package>:<name>` for whom `access` admits.

    A stranger at a page for the signed-in is sent to sign in and comes back; a wrong role is refused (403).
    Write `visible_to(request.actor)` inside: another tenant's object answers 404 like an absent one.
    """
    allowed = frozenset({*methods, "HEAD"} if "GET" in methods else methods)

    def decorate(function: View) -> View:
        package = function.__module__.removeprefix("tiantou.").partition(".")[0]

        @functools.wraps(function)
        def view(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in allowed:
                return HttpResponseNotAllowed(sorted(allowed))
            if not access.admits(request.actor) and not request.actor.signed_in:
                return redirect_to_login(request.get_full_path())
            access.require(request.actor)
            return function(request, *args, **kwargs)

        view.access = access  # type: ignore[attr-defined]
        PAGES.append(Page(package, name, route, access, allowed, view))
        return view

    return decorate


def see_other(url: str) -> HttpResponse:
    """303: after a verb the browser reads the page at `url`, and reloading repeats nothing."""
    response = HttpResponse(status=303)
    response["Location"] = url
    return response
