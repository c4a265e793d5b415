"""What is answered, in JSON or XML: faults, collections and documents of events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from django.http import HttpRequest, HttpResponse

from tiantou.epcis import documents
from tiantou.epcis.errors import EpcisRefused, NotAcceptable
from tiantou.epcis.negotiation import JSON, XML, Wishes, best, versions
from tiantou.kernel import clock
from tiantou.trace.rules import CONTEXT

SPACE = "urn:epcglobal:epcis:xsd:2"


class Answer(HttpResponse):
    """An answer of the REST binding: the middleware lets it through as it is."""


def problem(request: HttpRequest, refused: EpcisRefused) -> Answer:
    """The fault as RFC 7807 with the standard's type, in JSON, or in XML where the client likes that better."""
    form = best(request.headers.get("Accept", ""), (JSON, XML)) or JSON
    members: dict[str, Any] = {
        "type": f"epcisException:{refused.exception}",
        "title": refused.title,
        "status": refused.status,
    }
    if refused.detail:
        members["detail"] = refused.detail
    if form == XML:
        text = "".join(f"<{name}>{escape(_clean(str(value)))}</{name}>" for name, value in members.items())
        body = f'<?xml version="1.0" encoding="UTF-8"?><epcis:EPCISException xmlns:epcis="{SPACE}">{text}</epcis:EPCISException>'
        answer = Answer(body.encode(), content_type="application/problem+xml", status=refused.status)
    else:
        answer = Answer(_dump(members), content_type="application/problem+json", status=refused.status)
    for name, value in refused.headers.items():
        answer[name] = value
    return answer


def _clean(text: str) -> str:
    """Without what XML cannot say."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def content(wishes: Wishes) -> str:
    """The Content-Type of an answer."""
    return f"{wishes.form}; charset=utf-8" if wishes.xml else wishes.form


def plain(wishes: Wishes, value: Any, *, status: int = 200, element: tuple[str, str] = ("Result", "item")) -> Answer:
    """A JSON value; in XML as elements of the same names below `element[0]`, items of lists as `element[1]`."""
    if not wishes.xml:
        return Answer(_dump(value), content_type=content(wishes), status=status)
    root, item = element
    body = f'<?xml version="1.0" encoding="UTF-8"?><epcis:{root} xmlns:epcis="{SPACE}">{elements(value, item)}</epcis:{root}>'
    return Answer(body.encode(), content_type=content(wishes), status=status)


def elements(value: Any, item: str) -> str:
    if isinstance(value, Mapping):
        return "".join(_element(name, inner, item) for name, inner in value.items())
    if isinstance(value, list | tuple):
        return "".join(_element(item, inner, item) for inner in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else escape(_clean(str(value)))


def _element(name: str, value: Any, item: str) -> str:
    # A name that XML cannot have stands in an attribute.
    if name.isidentifier() and name.isascii():
        return f"<{name}>{elements(value, item)}</{name}>"
    return f"<parameter name={quoteattr(_clean(name))}>{elements(value, item)}</parameter>"


def collection(wishes: Wishes, members: Sequence[str]) -> Answer:
    """A collection of names (OpenAPI of the binding, `ResourceCollection` and its kin)."""
    if wishes.xml:
        return plain(wishes, list(members), element=("Collection", "member"))
    return plain(wishes, {"@context": CONTEXT, "type": "Collection", "member": list(members)})


def events(
    wishes: Wishes, bodies: Sequence[Mapping[str, Any]], *, name: str = "SimpleEventQuery", subscription: str = ""
) -> Answer:
    """An EPCISQueryDocument that holds the events."""
    return Answer(document(wishes, bodies, name=name, subscription=subscription), content_type=content(wishes))


def document(wishes: Wishes, bodies: Sequence[Mapping[str, Any]], *, name: str, subscription: str = "") -> bytes:
    """The bytes of an EPCISQueryDocument that holds the events."""
    return documents.write(
        [dict(body) for body in bodies],
        media_type=wishes.form,
        at=clock.now(),
        epc_format=wishes.epc_format,
        cbv_format=wishes.cbv_format,
        query=(subscription, name),
    )


def one_event(wishes: Wishes, body: Mapping[str, Any]) -> Answer:
    """A bare event; XML has no such thing, so there it is a document of one."""
    if wishes.xml:
        return events(wishes, [body])
    return Answer(_dump(documents.translate(dict(body), wishes.epc_format)), content_type=content(wishes))


def nothing(status: int = 204, **headers: str) -> Answer:
    """No content, but headers (underscores are hyphens)."""
    answer = Answer(status=status)
    for name, value in headers.items():
        answer[name.replace("_", "-")] = value
    return answer


def stamped(answer: HttpResponse) -> HttpResponse:
    """The answer with what every one says of itself."""
    for name, value in versions().items():
        answer.headers.setdefault(name, value)
    return answer


__all__ = [
    "Answer",
    "NotAcceptable",
    "collection",
    "document",
    "events",
    "nothing",
    "one_event",
    "plain",
    "problem",
    "stamped",
]
