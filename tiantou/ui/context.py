"""What every template knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tiantou.kernel.actor import OFFICIALS, STRANGER, Actor, Role
from tiantou.ui import navigation


def base_template(actor: Actor) -> str:
    """The base template of a page that several audiences share: the console, the workbench or the public face."""
    if actor.role in OFFICIALS | {Role.BANK}:
        return "ui/console.html"
    return "ui/public.html" if actor.role in {Role.STRANGER, Role.CONSUMER} else "ui/workbench.html"


def face(request: HttpRequest) -> dict[str, Any]:
    """`actor`: who is looking; `base`: the base template of a shared page; `base_url`: the public address; `places`: where the bars of each face lead (worked out only where shown)."""
    actor: Actor = getattr(request, "actor", STRANGER)
    path = request.path
    return {
        "actor": actor,
        "base_url": settings.BASE_URL,
        "base": base_template(actor),
        "places": {
            "public": SimpleLazyObject(lambda: navigation.entries("public", actor, path)),
            "workbench": SimpleLazyObject(lambda: navigation.entries("workbench", actor, path)),
            "console": SimpleLazyObject(lambda: navigation.groups("console", actor, path)),
        },
    }
