"""Named queries, their events, and the subscriptions to them."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any

from django.http import HttpResponse

from tiantou.epcis import answers, paging, queries
from tiantou.epcis.binding import Resource, small_body
from tiantou.epcis.errors import (
    NotImplementedHere,
    QueryInvalid,
    QueryParameter,
    SubscriptionControls,
    UnsupportedMediaType,
    ValidationFailed,
)
from tiantou.epcis.models import NamedQuery, Subscription, owner_of
from tiantou.epcis.negotiation import JSON, JSON_LD, Wishes, body_form
from tiantou.epcis.pages import events
from tiantou.epcis.services import define_query, drop_query, subscribe, unsubscribe
from tiantou.epcis.services.asking import SIMPLE
from tiantou.kernel import clock
from tiantou.kernel.web import Request

_CONTROLS = frozenset(
    {"dest", "signatureToken", "reportIfEmpty", "initialRecordTime", "stream", "schedule", "@context"}
)

listing = Resource("queries", "queries", ("GET", "POST"))
one = Resource("queries/<str:name>", "query", ("GET", "DELETE"))
found = Resource("queries/<str:name>/events", "query_events", ("GET",))
subscriptions = Resource("queries/<str:name>/subscriptions", "subscriptions", ("GET", "POST"))
subscription = Resource("queries/<str:name>/subscriptions/<str:code>", "subscription", ("GET", "DELETE"))


def _object(request: Request) -> dict[str, Any]:
    """The JSON object that was sent. Raises: UnsupportedMediaType, ValidationFailed."""
    if body_form(request) not in {JSON, JSON_LD}:
        raise UnsupportedMediaType("Queries and subscriptions are read as JSON.")
    try:
        body = json.loads(small_body(request), parse_constant=_no_number)
    except (ValueError, RecursionError) as fault:
        raise ValidationFailed("The body is no JSON.") from fault
    if not isinstance(body, dict):
        raise ValidationFailed("The body is no JSON object.")
    return body


def _no_number(text: str) -> float:
    raise ValueError(text)


@listing.on("POST")
def define(request: Request, wishes: Wishes) -> HttpResponse:
    """201 with the query's address."""
    body = _object(request)
    name, definition = body.get("name"), body.get("query")
    if not isinstance(name, str) or not isinstance(definition, dict):
        raise QueryInvalid("A named query has a name and a query.")
    query = define_query(by=request.actor, at=clock.now(), name=name, definition=definition, spaces=dict(wishes.spaces))
    return answers.nothing(201, Location=_address(request, query.name))


def _address(request: Request, *parts: str) -> str:
    first, *others = (urllib.parse.quote(part, safe="") for part in parts)
    return request.build_absolute_uri("/".join(["/epcis/queries", first, *others]))


@listing.on("GET")
def show_all(request: Request, wishes: Wishes) -> HttpResponse:
    """The queries in the order of their names."""
    page = paging.asked(request, request.actor)
    if page.parameters:
        raise QueryParameter(f"There is no parameter {next(iter(page.parameters))}.")
    rows = NamedQuery.objects.visible_to(request.actor).filter(owner=owner_of(request.actor)).order_by("name")
    if page.position:
        rows = rows.filter(name__gt=page.position[0])
    listed = list(rows[: page.size + 1])
    shown = listed[: page.size]
    response = answers.plain(wishes, [_members(query) for query in shown], element=("Queries", "query"))
    if len(listed) > page.size:
        paging.link(request, request.actor, response, page, position=[shown[-1].name], given=len(shown))
    return response


def _members(query: NamedQuery) -> dict[str, Any]:
    return {"name": query.name, "query": query.definition}


@one.on("GET")
def show(request: Request, wishes: Wishes, name: str) -> HttpResponse:
    """The query as it was defined."""
    return answers.plain(wishes, _members(queries.named(request.actor, name)), element=("Query", "value"))


@one.on("DELETE")
def drop(request: Request, wishes: Wishes, name: str) -> HttpResponse:
    """The query and its subscriptions are gone."""
    drop_query(by=request.actor, at=clock.now(), name=name)
    return answers.nothing()


def check(request: Request, wishes: Wishes, name: str) -> HttpResponse:
    """204, or there is no such query."""
    if name != SIMPLE:
        queries.named(request.actor, name)
    return answers.nothing()


for _resource in (one, found, subscriptions):
    _resource.on("exists")(check)


@found.on("GET")
def answer(request: Request, wishes: Wishes, name: str) -> HttpResponse:
    """A page of the events that the query finds now."""
    if request.headers.get("Upgrade"):
        raise NotImplementedHere("Subscribe by webhook: POST to the query's subscriptions.")
    if name == SIMPLE:
        return events.answer(request, wishes)
    query = queries.named(request.actor, name)
    return events.answer(request, wishes, stored=queries.query_of(query.definition, query.spaces), name=name)


@subscriptions.on("POST")
def begin(request: Request, wishes: Wishes, name: str) -> HttpResponse:
    """201 with the subscription and its address."""
    body = _object(request)
    if unknown := body.keys() - _CONTROLS:
        raise SubscriptionControls(f"There is no {min(unknown)[:100]} in a subscription.")
    form = {"form": wishes.form, "epc_format": wishes.epc_format, "cbv_format": wishes.cbv_format}
    begun = subscribe(by=request.actor, at=clock.now(), name=name, controls=body, form=form)
    response = answers.plain(wishes, _subscribed(begun), status=201, element=("Subscription", "item"))
    response["Location"] = _address(request, name, "subscriptions", str(begun.code))
    return response


def _subscribed(row: Subscription) -> dict[str, Any]:
    """The subscription as it is told; its signature token never is."""
    members: dict[str, Any] = {
        "subscriptionID": str(row.code),
        "dest": row.dest,
        "createdAt": _time(row.created_at),
        "initialRecordTime": _time(row.initial_record_time),
        "minRecordTime": _time(row.min_record_time),
        "epcFormat": row.form["epc_format"],
    }
    members |= {"schedule": row.schedule, "reportIfEmpty": row.report_if_empty} if row.schedule else {"stream": True}
    for name, at in (("lastExecutedAt", row.last_executed_at), ("lastNotifiedAt", row.last_notified_at)):
        if at is not None:
            members[name] = _time(at)
    return members


def _time(at: Any) -> str:
    return str(at.isoformat(timespec="milliseconds"))


@subscriptions.on("GET")
def show_subscriptions(request: Request, wishes: Wishes, name: str) -> HttpResponse:
    """The query's subscriptions, oldest first."""
    page = paging.asked(request, request.actor)
    if page.parameters:
        raise QueryParameter(f"There is no parameter {next(iter(page.parameters))}.")
    rows = queries.named(request.actor, name).subscriptions.order_by("pk")
    if page.position:
        rows = rows.filter(pk__gt=page.position[0])
    listed = list(rows[: page.size + 1])
    shown = listed[: page.size]
    response = answers.plain(wishes, [_subscribed(row) for row in shown], element=("Subscriptions", "subscription"))
    if len(listed) > page.size:
        paging.link(request, request.actor, response, page, position=[shown[-1].pk], given=len(shown))
    return response


@subscription.on("GET")
def show_subscription(request: Request, wishes: Wishes, name: str, code: str) -> HttpResponse:
    """The subscription."""
    row = queries.subscription(request.actor, name, code)
    return answers.plain(wishes, _subscribed(row), element=("Subscription", "item"))


@subscription.on("DELETE")
def end(request: Request, wishes: Wishes, name: str, code: str) -> HttpResponse:
    """Nothing more is sent."""
    unsubscribe(by=request.actor, at=clock.now(), name=name, code=code)
    return answers.nothing()


@subscription.on("exists")
def check_subscription(request: Request, wishes: Wishes, name: str, code: str) -> HttpResponse:
    """204 with how far it is, or there is no such subscription."""
    row = queries.subscription(request.actor, name, code)
    return answers.nothing(204, GS1_Query_Min_Record_Time=_time(row.min_record_time))
