"""What every template knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tiantou.kernel.actor import STRANGER, Actor
from tiantou.ui import navigation


def face(request: HttpRequest) -> dict[str, Any]:
    """`actor`: who is looking; `places`: where the bars of each face lead (worked out only where shown)."""
    actor: Actor = getattr(request, "actor", STRANGER)
    path = request.path
    return {
        "actor": actor,
        "places": {
            "public": SimpleLazyObject(lambda: navigation.entries("public", actor, path)),
            "workbench": SimpleLazyObject(lambda: navigation.entries("workbench", actor, path)),
            "console": SimpleLazyObject(lambda: navigation.groups("console", actor, path)),
        },
    }
