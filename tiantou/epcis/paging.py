"""Pages of long answers: a signed token says where the next begins, to whom it was given, what was asked and until when it holds.

Nothing is kept between pages, so a token costs nothing and can be used by any process; what is kept is only that one was given back.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse

from tiantou.epcis.errors import QueryParameter
from tiantou.epcis.models import owner_of
from tiantou.kernel import clock
from tiantou.kernel.actor import Actor

PER_PAGE = 30
MOST_PER_PAGE = 1000
_LIVES = timedelta(hours=1)
_SIGNER = Signer(salt="epcis.page")

Parameters = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a page."""

    parameters: Parameters
    size: int
    #: Where the page before ended; None for the first.
    position: list[Any] | None = None
    taken: int = 0


def asked(request: HttpRequest, actor: Actor) -> Asked:
    """The page that the request asks for. A token brings its query along; beside it the same parameters may stand, not others.

    Raises: QueryParameter.
    """
    parameters = _parameters(request)
    size = _size(parameters.pop("perPage", []))
    tokens = parameters.pop("nextPageToken", [])
    if not tokens:
        return Asked(parameters, size)
    held = _read(tokens[0], request.path, actor, clock.now())
    if parameters and parameters != held["q"]:
        raise QueryParameter("nextPageToken belongs to another query.")
    return Asked(held["q"], size, held["p"], held["n"])


def _parameters(request: HttpRequest) -> Parameters:
    """Each parameter with its values: repeated, or parted by `|`."""
    return {name: [value for text in texts for value in text.split("|")] for name, texts in request.GET.lists()}


def _size(values: list[str]) -> int:
    if not values:
        return PER_PAGE
    if len(values) != 1 or not re.fullmatch(r"[0-9]{1,9}", values[0]) or int(values[0]) < 1:
        raise QueryParameter("perPage takes a whole number above zero.")
    return min(int(values[0]), MOST_PER_PAGE)


def _read(token: str, path: str, actor: Actor, at: datetime) -> Mapping[str, Any]:
    try:
        held: dict[str, Any] = _SIGNER.unsign_object(token)
    except (BadSignature, ValueError) as fault:
        raise QueryParameter("nextPageToken was not given by this server.") from fault
    if held["w"] != path or held["a"] != owner_of(actor):
        raise QueryParameter("nextPageToken belongs to another query.")
    if held["x"] < at.timestamp() or cache.get(_given_back(held["i"])):
        raise QueryParameter("nextPageToken has expired; ask again from the beginning.")
    return held


def _given_back(name: str) -> str:
    return f"epcis.page.{name}"


def link(
    request: HttpRequest, actor: Actor, response: HttpResponse, page: Asked, *, position: list[Any], given: int
) -> None:
    """The response says where the next page is and until when (`Link`, `GS1-Next-Page-Token-Expires`)."""
    expires = clock.now() + _LIVES
    token = _SIGNER.sign_object(
        {
            "w": request.path,
            "a": owner_of(actor),
            "q": page.parameters,
            "p": position,
            "n": page.taken + given,
            "x": int(expires.timestamp()),
            "i": secrets.token_hex(8),
        },
        compress=True,
    )
    address = request.build_absolute_uri(f"{request.path_info}?perPage={page.size}&nextPageToken={token}")
    response["Link"] = f'<{address}>; rel="next"'
    response["GS1-Next-Page-Token-Expires"] = (
        expires.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


def drop(token: str, actor: Actor) -> bool:
    """Whether there was such a token of the actor's; now it is none any more."""
    try:
        held = _SIGNER.unsign_object(token)
    except (BadSignature, ValueError):
        return False
    if held["a"] != owner_of(actor):
        return False
    cache.set(_given_back(held["i"]), True, timeout=int(_LIVES.total_seconds()))
    return True
