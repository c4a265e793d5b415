"""Looking a thing up in the journal: what went into it, what became of it, every event; and the chain as an EPCIS document."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.gs1 import identifiers
from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.errors import Absent
from tiantou.kernel.web import Request, page
from tiantou.trace import queries, rules
from tiantou.trace.models import Event
from tiantou.ui.navigation import Place, register_place

OFFICERS = allow(*OFFICIALS)
register_place(
    Place(gettext_lazy("溯源查询"), "search", "trace:look_up", "console", OFFICIALS, 50, gettext_lazy("监管"))
)


@page("trace/", name="look_up", access=OFFICERS)
def look_up(request: Request) -> HttpResponse:
    """A code, and everything the journal knows of the thing that bears it."""
    text = request.GET.get("code", "").strip()
    if not text:
        return render(request, "trace/look_up.html", {"code": ""})
    try:
        epc = identifiers.epc(text)
    except ValueError:
        return render(request, "trace/look_up.html", {"code": text, "unreadable": True}, status=422)
    events = queries.way_of(epc, with_declared=True)
    wrong = queries.declarations(events)
    context = {
        "code": text,
        "epc": epc,
        "ancestors": queries.ancestors(epc),
        "descendants": queries.descendants(epc),
        "events": [_entry(event, wrong.get(event.event_id)) for event in events],
    }
    return render(request, "trace/look_up.html", context, status=200 if events else 404)


def _entry(event: Event, declaration: Event | None) -> dict[str, Any]:
    said = _("已声明有误：%s") % declaration.body["errorDeclaration"]["reason"] if declaration else ""
    return {
        "at": event.event_time,
        "title": f"{event.type} · {event.biz_step}",
        "place": event.body.get("tiantou:place", ""),
        "text": " · ".join(filter(None, [said, event.event_id])),
        "kind": "stop" if declaration else "ok",
    }


@page("trace/document/", name="document", access=OFFICERS)
def document(request: Request) -> HttpResponse:
    """The thing's whole way as an EPCIS 2.0 document (JSON-LD), for another system."""
    try:
        epc = identifiers.epc(request.GET.get("code", ""))
    except ValueError:
        raise Absent(_("这不是货物的编码。")) from None
    events = queries.way_of(epc, with_declared=True)
    if not events:
        raise Absent
    told = [*events, *queries.declarations(events).values()]
    body = rules.document([event.body for event in told], clock.now())
    return HttpResponse(
        json.dumps(body, ensure_ascii=False, indent=1),
        content_type="application/ld+json",
        headers={"Content-Disposition": 'attachment; filename="way.jsonld"'},
    )
