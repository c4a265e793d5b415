"""A resource of the REST binding: its address, its methods, who may use them, and what OPTIONS says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from tiantou.epcis.answers import Answer, nothing, problem
from tiantou.epcis.errors import CaptureLimitExceeded, EpcisRefused, MethodNotAllowed, NoSuchResource, ValidationFailed
from tiantou.epcis.negotiation import Wishes, discovery, wishes
from tiantou.kernel.access import SIGNED_IN, Access
from tiantou.kernel.errors import Absent, NotPermitted
from tiantou.kernel.web import PAGES, Page, Request

Handler = Callable[..., HttpResponse]
#: A JSON body that is no document of events: a query or a subscription.
_SMALL_BYTES = 256 * 1024


class Resource:
    """One address. Handlers are set with `@resource.on("GET")`; HEAD follows GET, OPTIONS answers by itself."""

    def __init__(
        self,
        route: str,
        name: str,
        methods: tuple[str, ...],
        *,
        access: Access = SIGNED_IN,
        tells: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.access = access
        self.tells = tells
        self.handlers: dict[str, Handler] = {}
        self.methods = ("OPTIONS", *methods)
        allowed = frozenset({*self.methods, "HEAD"} if "GET" in methods else self.methods)
        PAGES.append(Page("epcis", name, f"epcis/{route}" if route else "epcis/", access, allowed, self._view()))

    def on(self, method: str) -> Callable[[Handler], Handler]:
        """The function answers this method."""

        def decorate(handler: Handler) -> Handler:
            self.handlers[method] = handler
            return handler

        return decorate

    def _view(self) -> Callable[..., HttpResponse]:
        def view(request: Request, **kwargs: Any) -> HttpResponse:
            if not self.access.admits(request.actor):
                raise NotPermitted(roles=sorted(self.access.roles or ()))
            try:
                return self._answer(request, kwargs)
            except EpcisRefused as refused:
                return problem(request, refused)
            except Absent:
                return problem(request, NoSuchResource())

        view.access = self.access  # type: ignore[attr-defined]
        return csrf_exempt(view)

    def _answer(self, request: Request, kwargs: dict[str, Any]) -> HttpResponse:
        if request.method == "OPTIONS":
            answer = self._found(request, kwargs)
            for name, value in {"Allow": ", ".join(self.methods), **discovery(), **self.tells()}.items():
                answer[name] = value
            return answer
        handler = self.handlers.get("GET" if request.method == "HEAD" else str(request.method))
        if handler is None:
            raise MethodNotAllowed(", ".join(self.methods))
        return handler(request, wishes(request), **kwargs)

    def _found(self, request: Request, kwargs: dict[str, Any]) -> HttpResponse:
        """204, with what this very resource has to tell; or there is none of that name."""
        exists = self.handlers.get("exists")
        return exists(request, Wishes(), **kwargs) if exists else nothing(204)


def small_body(request: Request) -> bytes:
    """The body of a query or subscription. Raises: CaptureLimitExceeded."""
    return read_body(request, _SMALL_BYTES)


def read_body(request: Request, limit: int, headers: dict[str, str] | None = None) -> bytes:
    """The body, read no further than the limit. Raises: CaptureLimitExceeded, ValidationFailed."""
    said = request.headers.get("Content-Length", "")
    if said.isdigit() and int(said) > limit:
        raise CaptureLimitExceeded(f"At most {limit} bytes are taken.", headers)
    try:
        body = request.read(limit + 1)
    except OSError as fault:
        raise ValidationFailed("The body could not be read.") from fault
    if len(body) > limit:
        raise CaptureLimitExceeded(f"At most {limit} bytes are taken.", headers)
    return bytes(body)


__all__ = ["Answer", "Resource", "read_body", "small_body"]
