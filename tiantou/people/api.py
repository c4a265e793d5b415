"""Who a token or session is, for programs."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Schema

from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import Actor
from tiantou.kernel.rest import admits, api

router = api("people", "people")


class Me(Schema):
    """As what the caller acts."""

    role: str
    name: str
    party_id: int | None
    site_id: int | None
    area_code: str
    consent_id: int | None
    via_party_id: int | None


@router.get("/me", auth=admits(SIGNED_IN), response=Me, summary="As what the caller acts")
def me(request: HttpRequest) -> Actor:
    """The actor of the token or session."""
    actor: Actor = request.actor  # type: ignore[attr-defined] # set by the middleware
    return actor
