"""The base of every `api.py`: a router whose operations declare their access, and one error shape."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.security.base import AuthBase

from tiantou.kernel.access import PUBLIC, Access
from tiantou.kernel.actor import Actor

#: Routers by their prefix below /api/v1, filled by `api(...)`, mounted by `config.api`.
ROUTERS: dict[str, Router] = {}


class Admits(AuthBase):
    """Ninja's `auth=` for a declared access: `@router.get("/", auth=admits(PUBLIC))`."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, access: Access) -> None:
        self.access = access
        super().__init__()

    def __call__(self, request: HttpRequest) -> Any:
        """The actor, or None (401) for a stranger where the access is not public. Raises: NotPermitted."""
        actor = actor_of(request)
        if not self.access.admits(actor) and not actor.signed_in:
            return None
        self.access.require(actor)
        return actor


def actor_of(request: HttpRequest) -> Actor:
    """Who calls, as `people.middleware` found it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def admits(access: Access) -> Admits:
    """The declared access of an API operation."""
    return Admits(access)


def api(prefix: str, tag: str) -> Router:
    """A router mounted at /api/v1/<prefix>; every operation must say `auth=admits(...)`."""
    router = Router(tags=[tag], auth=admits(Access("undeclared", frozenset())))
    ROUTERS[prefix] = router
    return router


__all__ = ["PUBLIC", "ROUTERS", "Admits", "actor_of", "admits", "api"]
