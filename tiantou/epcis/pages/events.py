"""Events: asked for by query, taken in one by one, looked up by identifier."""

from __future__ import annotations

import urllib.parse
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from tiantou.epcis import answers, documents, paging, queries
from tiantou.epcis.asking.parse import parse
from tiantou.epcis.asking.tree import Condition, Query
from tiantou.epcis.binding import Resource, read_body
from tiantou.epcis.errors import NoSuchResource, QueryParameter, ResourceExists, ValidationFailed
from tiantou.epcis.negotiation import Wishes, body_form
from tiantou.kernel import clock
from tiantou.kernel.web import Request
from tiantou.trace.services import EventsRefused, capture

#: A single event is no larger than this.
_EVENT_BYTES = 2_000_000

listing = Resource("events", "events", ("GET", "POST"))
event = Resource("events/<path:event_id>", "event", ("GET",))


@listing.on("GET")
def ask(request: Request, wishes: Wishes) -> HttpResponse:
    """A page of the events that the query finds."""
    return answer(request, wishes)


def answer(
    request: Request,
    wishes: Wishes,
    *,
    conditions: Sequence[Condition] = (),
    stored: Query | None = None,
    name: str = "SimpleEventQuery",
) -> HttpResponse:
    """A page of the events that the request's parameters find, or a stored query, under further conditions."""
    page = paging.asked(request, request.actor)
    if stored is not None and page.parameters:
        raise QueryParameter("A named query takes no parameters but perPage and nextPageToken.")
    query = stored if stored is not None else parse(page.parameters, wishes.spaces)
    query = replace(query, conditions=(*conditions, *query.conditions))
    found = queries.ask(request.actor, query, size=page.size, after=_position(page.position), taken=page.taken)
    response = answers.events(wishes, found.events, name=name)
    if found.end is not None:
        value, number = found.end
        position = [{"t": value.isoformat()} if isinstance(value, datetime) else value, number]
        paging.link(request, request.actor, response, page, position=position, given=len(found.events))
    return response


def _position(held: list[Any] | None) -> queries.Position | None:
    if held is None:
        return None
    value, number = held
    if isinstance(value, dict):
        value = datetime.fromisoformat(value["t"])
    return value, number


@listing.on("POST")
def take_in(request: Request, wishes: Wishes) -> HttpResponse:
    """201 with the event's address; 409 where there is one of that identifier already."""
    form = body_form(request)
    body = read_body(request, _EVENT_BYTES)
    try:
        one = documents.read_event(body, media_type=form)
    except documents.Unreadable as unreadable:
        raise ValidationFailed(str(unreadable)) from unreadable
    try:
        captured = capture(by=request.actor, at=clock.now(), events=[one], proceed=False)
    except EventsRefused as refused:
        raise ResourceExists(f"There is another event {one.get('eventID', '')}.") from refused
    event_id = str(one["eventID"])
    address = request.build_absolute_uri(f"/epcis/events/{urllib.parse.quote(event_id, safe='')}")
    if captured.repeated:
        raise ResourceExists(f"There is an event {event_id} already.", {"Location": address})
    response = answers.one_event(wishes, one)
    response.status_code = 201
    response["Location"] = address
    return response


@event.on("GET")
def show(request: Request, wishes: Wishes, event_id: str) -> HttpResponse:
    """The event, and the declaration that it was wrong if there is one."""
    found = _bodies(request, event_id)
    return answers.events(wishes, found)


@event.on("exists")
def check(request: Request, wishes: Wishes, event_id: str) -> HttpResponse:
    """204, or there is none."""
    _bodies(request, event_id)
    return answers.nothing()


def _bodies(request: Request, event_id: str) -> list[dict[str, Any]]:
    # A client that did not escape the question mark of `ni:///sha-256;…?ver=CBV2.0` means it all the same.
    version = request.GET.get("ver")
    if version and event_id.startswith("ni:"):
        event_id = f"{event_id}?ver={version}"
    found = queries.event_and_declarations(request.actor, event_id)
    if not found:
        raise NoSuchResource(f"There is no event {event_id[:200]}.")
    return found
