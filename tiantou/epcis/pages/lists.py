"""The six top-level resources: what values the events hold, and the events of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpResponse

from tiantou.epcis import answers, paging, queries
from tiantou.epcis.asking import words
from tiantou.epcis.asking.patterns import Matcher
from tiantou.epcis.asking.tree import Condition, Named, Words
from tiantou.epcis.binding import Resource
from tiantou.epcis.errors import NoSuchResource, QueryParameter
from tiantou.epcis.negotiation import Wishes
from tiantou.epcis.pages import events
from tiantou.epcis.words import VOCABULARIES
from tiantou.gs1.identifiers import key, urn
from tiantou.kernel.actor import Actor
from tiantou.kernel.web import Request

EVENT_TYPES = ("AggregationEvent", "AssociationEvent", "ObjectEvent", "TransactionEvent", "TransformationEvent")


@dataclass(frozen=True, slots=True)
class Kind:
    """One top-level resource."""

    route: str
    name: str
    #: What values there are after one, in order.
    values: Callable[[Actor, int, str], list[str]]
    #: The value as events keep it.
    canonical: Callable[[str], str]
    exists: Callable[[Actor, str], bool]
    condition: Callable[[str], Condition]
    #: The value as the client wants it.
    shown: Callable[[str, Wishes], str]


def _things_shown(value: str, wishes: Wishes) -> str:
    if not value.startswith("/"):
        return value
    name = urn(value) if wishes.epc_format == "Always_EPC_URN" else value
    return f"https://id.gs1.org{name}" if name.startswith("/") else name


def _as_is(value: str, wishes: Wishes) -> str:
    return value


def _event_types(actor: Actor, size: int, after: str) -> list[str]:
    return [name for name in EVENT_TYPES if name > after][:size]


def _words(column: str, vocabulary: str) -> Callable[[Actor, int, str], list[str]]:
    """The words of CBV and those of others that events hold, as one list in order of code points."""

    def values(actor: Actor, size: int, after: str) -> list[str]:
        listed = sorted(VOCABULARIES[vocabulary].words)
        # The words of others are few; the standard's are all there, so the list is merged whole.
        seen = queries.values_of(actor, column, size=paging.MOST_PER_PAGE)
        return [word for word in sorted({*listed, *seen}) if word > after][:size]

    return values


def _column(column: str) -> Callable[[Actor, int, str], list[str]]:
    return lambda actor, size, after: queries.values_of(actor, column, size=size, after=after)


def _seen(column: str, vocabulary: str = "") -> Callable[[Actor, str], bool]:
    return lambda actor, value: (
        bool(vocabulary and value in VOCABULARIES[vocabulary].words) or queries.is_seen(actor, column, value)
    )


KINDS = (
    Kind("eventTypes", "event_type", _event_types, words.event_type, lambda _actor, value: value in EVENT_TYPES,
         lambda value: Words("type", (value,)), _as_is),
    Kind("epcs", "epc", lambda actor, size, after: queries.things(actor, size=size, after=after), key, queries.is_named,
         lambda value: Named((*queries.PIECES, *queries.CLASSES), (Matcher(exact=value),)), _things_shown),
    Kind("bizSteps", "biz_step", _words("biz_step", "bizStep"), words.biz_step, _seen("biz_step", "bizStep"),
         lambda value: Words("biz_step", (value,)), _as_is),
    Kind("bizLocations", "biz_location", _column("biz_location"), key, _seen("biz_location"),
         lambda value: Words("biz_location", (value,)), _things_shown),
    Kind("readPoints", "read_point", _column("read_point"), key, _seen("read_point"),
         lambda value: Words("read_point", (value,)), _things_shown),
    Kind("dispositions", "disposition", _words("disposition", "disposition"), words.disposition, _seen("disposition", "disposition"),
         lambda value: Words("disposition", (value,)), _as_is),
)  # fmt: skip


def _serve(kind: Kind) -> None:
    """The three addresses of a kind."""
    # The longest address first: a value may itself hold slashes.
    found = Resource(f"{kind.route}/<path:value>/events", f"{kind.name}_events", ("GET",))
    one = Resource(f"{kind.route}/<path:value>", kind.name, ("GET",))
    listing = Resource(kind.route, f"{kind.name}s", ("GET",))

    def known(request: Request, value: str) -> str:
        canonical = kind.canonical(value)
        if not kind.exists(request.actor, canonical):
            raise NoSuchResource(f"There is no {value[:200]} among the {kind.route}.")
        return canonical

    @listing.on("GET")
    def values(request: Request, wishes: Wishes) -> HttpResponse:
        page = paging.asked(request, request.actor)
        if page.parameters:
            raise QueryParameter(f"There is no parameter {next(iter(page.parameters))}.")
        after = str(page.position[0]) if page.position else ""
        listed = kind.values(request.actor, page.size + 1, after)
        shown = listed[: page.size]
        response = answers.collection(wishes, list(dict.fromkeys(kind.shown(value, wishes) for value in shown)))
        if len(listed) > page.size:
            paging.link(request, request.actor, response, page, position=[shown[-1]], given=len(shown))
        return response

    @one.on("GET")
    def resources(request: Request, wishes: Wishes, value: str) -> HttpResponse:
        known(request, value)
        return answers.collection(wishes, ["events"])

    @found.on("GET")
    def of_value(request: Request, wishes: Wishes, value: str) -> HttpResponse:
        return events.answer(request, wishes, conditions=[kind.condition(known(request, value))])

    def check(request: Request, wishes: Wishes, value: str) -> HttpResponse:
        known(request, value)
        return answers.nothing()

    one.on("exists")(check)
    found.on("exists")(check)


for _kind in KINDS:
    _serve(_kind)
