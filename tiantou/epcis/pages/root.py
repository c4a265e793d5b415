"""What there is: the top-level resources, and giving back page tokens."""

from __future__ import annotations

from django.http import HttpResponse

from tiantou.epcis import answers, paging
from tiantou.epcis.binding import Resource
from tiantou.epcis.errors import NoSuchResource
from tiantou.epcis.negotiation import Wishes
from tiantou.kernel.web import Request

TOP_LEVEL = (
    "events",
    "eventTypes",
    "epcs",
    "bizSteps",
    "bizLocations",
    "readPoints",
    "dispositions",
    "capture",
    "queries",
)

root = Resource("", "root", ("GET",))
token = Resource("nextPageToken/<path:token>", "next_page_token", ("DELETE",))


@root.on("GET")
def show(request: Request, wishes: Wishes) -> HttpResponse:
    """The names of the top-level resources."""
    return answers.collection(wishes, TOP_LEVEL)


@token.on("DELETE")
def drop(request: Request, wishes: Wishes, token: str) -> HttpResponse:
    """The token is none any more."""
    if not paging.drop(token, request.actor):
        raise NoSuchResource
    return answers.nothing(204)
