"""What an event says, in plain words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock

#: A sheet holds so many records; its QR code names each of them.
MOST_ON_PAPER = 40
#: Business steps in plain words; others are shown as they are.
_STEPS = {
    "commissioning": gettext_lazy("产生批次"),
    "inspecting": gettext_lazy("检查"),
    "packing": gettext_lazy("装件"),
    "shipping": gettext_lazy("起运"),
    "departing": gettext_lazy("起运"),
    "arriving": gettext_lazy("到达"),
    "receiving": gettext_lazy("收货"),
    "storing": gettext_lazy("入库"),
    "retail_selling": gettext_lazy("零售"),
    "destroying": gettext_lazy("销毁"),
}


def told(index: int, event: Any) -> dict[str, Any]:
    """One leaf in plain words; of a sealed one that it is there."""
    if not isinstance(event, dict):
        return {"index": index, "at": "", "what": _("内容未公开"), "id": "", "sealed": True}
    if event.get("type") == "tiantou:Erasure":
        return {"index": index, "at": "", "what": _("删除声明"), "id": "", "sealed": False}
    step = str(event.get("bizStep", event.get("type", "")))
    words = str(_STEPS.get(step, step))
    if "errorDeclaration" in event:
        words = _("更正：%(what)s") % {"what": words}
    place = str(event.get("tiantou:place", ""))
    return {
        "index": index,
        "at": shown(event.get("eventTime")),
        "what": " · ".join(filter(None, [words, place])),
        "id": event.get("eventID", ""),
        "sealed": False,
    }


def shown(at: Any) -> str:
    """An instant as the region writes it; what is none as it is."""
    try:
        instant = at if isinstance(at, datetime) else datetime.fromisoformat(at)
        return instant.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M")
    except (TypeError, ValueError, OverflowError):
        return str(at)


def download(content: bytes, kind: str, name: str) -> HttpResponse:
    """The content as a file to keep."""
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
