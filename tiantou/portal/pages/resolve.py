"""The GS1 Digital Link resolver: `/id/…`, and the two files by which it is known.

People (whoever asks for text/html) read the page of the thing at its own address; programs get its link set or are sent where they
asked to go. What is no Digital Link is 400, what nobody here knows is 404.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header

from tiantou.gs1.application_identifiers import Malformed
from tiantou.gs1.digital_link import Link
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.web import Request, page
from tiantou.portal import resolver, suspicion
from tiantou.portal.pages import scan as scan_page
from tiantou.portal.rules import DEFAULT, DEFAULT_MULTI, Target, Wish, choose, forwarded, link_type
from tiantou.portal.words import malformed

LINKSET = "application/linkset+json"
_LINKSETS = {"linkset", "all"}
_METHODS = "GET, HEAD, OPTIONS"
_CORS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": _METHODS,
    "Access-Control-Allow-Headers": "Accept, Accept-Language",
    "Access-Control-Expose-Headers": "Link, Location",
}


@page("id/<path:code>", name="resolve", access=PUBLIC, methods=("GET", "OPTIONS"))
def resolve(request: Request, code: str) -> HttpResponse:
    """Whatever is known of the thing that a Digital Link names."""
    try:
        link, packed = _read(request, code)
    except Malformed as fault:
        return _open(_refuse(request, 400, code, malformed(fault), "malformed"))
    asks_what_may_be_asked = request.method == "OPTIONS"
    response = (
        HttpResponse(status=204, headers={"Allow": _METHODS}) if asks_what_may_be_asked else _answer(request, link)
    )
    links = [f'<{link.uri()}>; rel="owl:sameAs"'] if packed else []
    if response.status_code < 400:  # noqa: PLR2004 - what was found has a link set
        links.append(f'<{_plain(link)}?linkType=linkset>; rel="linkset"; type="{LINKSET}"')
    if response.headers.get("Content-Type", "").startswith(LINKSET):
        described = resolver.description()["linksetContext"]
        links.append(f'<{described}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"')
    if links:
        response["Link"] = ", ".join(links)
    return _open(response)


@page(".well-known/gs1resolver", name="resolver_description", access=PUBLIC)
def resolver_description(request: Request) -> HttpResponse:
    """What this resolver is and supports."""
    return _open(JsonResponse(resolver.description(), json_dumps_params={"ensure_ascii": False}))


@page(".well-known/gs1-linkset-context", name="linkset_context", access=PUBLIC)
def linkset_context(request: Request) -> HttpResponse:
    """How a link set reads as JSON-LD."""
    return _open(JsonResponse(resolver.context(), content_type="application/ld+json"))


def _read(request: Request, code: str) -> tuple[Link, bool]:
    """The Digital Link asked for; from the address as it was sent, where the web server keeps that."""
    query = request.META.get("QUERY_STRING", "")
    sent = str(request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or "").partition("?")[0]
    _before, found, raw = sent.partition("/id/")
    return resolver.read(raw, query, encoded=True) if found else resolver.read(code, query)


def _answer(request: Request, link: Link) -> HttpResponse:
    asked = request.GET.get("linkType", "")
    if not asked and _is_person(request) and (shown := scan_page.show(request, link)) is not None:
        return shown
    found = resolver.subjects(link)
    if not found:
        return _refuse(request, 404, link.way(), _("这个平台没有它的记录。"), "unknown")
    if asked in _LINKSETS or (not asked and _likes_linkset(request)):
        return _linkset(found)
    if not asked and _is_person(request) and found[0].link.path != link.path:
        # Programs are led up from a batch nobody knows to its product; a person must learn that nobody knows the batch.
        scan_page.count(request, link.way(), suspicion.UNISSUED, None)
        nearest = (found[0].description, found[0].default.href)
        return scan_page.nothing(request, link.way(), nearest=nearest)
    return _redirect(request, found, asked)


def _redirect(request: Request, found: list[resolver.Subject], asked: str) -> HttpResponse:
    wish = _wish(request, link_type(asked) if asked else DEFAULT)
    for subject in found:
        best = _best(subject, wish)
        if len(best) == 1:
            href = forwarded(best[0].href, request.META.get("QUERY_STRING", ""))
            return HttpResponse(status=307, headers={"Location": href})
        if best:
            answer = _linkset([resolver.Subject(subject.link, subject.description, subject.default, tuple(best))])
            answer.status_code = 300
            return answer
    return _refuse(request, 404, found[0].link.way(), _("没有这一类链接。"), "no-such-link-type")


def _best(subject: resolver.Subject, wish: Wish) -> list[Target]:
    if wish.type not in {DEFAULT, DEFAULT_MULTI}:
        return choose(subject.targets, wish)
    named = [media for media in wish.media if not media.endswith("*")]
    described = Wish(subject.default.type, named, wish.languages, wish.context)
    best = choose(subject.targets, described)
    return best if len(best) == 1 and best[0].media in named else [subject.default]


def _wish(request: Request, kind: str) -> Wish:
    media = [f"{each.main_type}/{each.sub_type}" for each in request.accepted_types_by_precedence]
    spoken = [language for language, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    return Wish(kind, media, spoken, request.GET.get("context", ""))


def _linkset(found: list[resolver.Subject]) -> HttpResponse:
    return HttpResponse(json.dumps(resolver.linkset(found), ensure_ascii=False), content_type=LINKSET)


def _refuse(request: Request, status: int, code: str, reason: str, word: str) -> HttpResponse:
    if _is_person(request):
        return scan_page.nothing(request, code, reason, status)
    body = {"type": f"about:blank#{word}", "title": reason, "status": status, "instance": request.path}
    return JsonResponse(
        body, status=status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False}
    )


def _is_person(request: HttpRequest) -> bool:
    """Whether a browser asks: it names text/html and takes anything else too, or says nothing at all.

    Programs that take anything say only that; those that want text/html alone follow the redirect to it.
    """
    accept = request.headers.get("Accept")
    return accept is None or ("text/html" in accept and "*/*" in accept and not _likes_linkset(request))


def _likes_linkset(request: HttpRequest) -> bool:
    named = LINKSET in request.headers.get("Accept", "")
    return named and request.get_preferred_type([LINKSET, "text/html"]) == LINKSET


def _plain(link: Link) -> str:
    return Link(link.stem, link.path).uri()


def _open(response: HttpResponse) -> HttpResponse:
    """Readable by pages of other sites (CORS), and cached apart by what was asked for."""
    for name, value in _CORS.items():
        response[name] = value
    patch_vary_headers(response, ["Accept", "Accept-Language"])
    return response
