"""What every template knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def face(request: HttpRequest) -> dict[str, Any]:
    """`actor`: who is looking."""
    return {"actor": getattr(request, "actor", None)}
