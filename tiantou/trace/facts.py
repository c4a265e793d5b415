"""What an event says beyond the standard's own fields (extensions, ILMD), in a form that queries can ask. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def facts(event: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The extension fields of the event; None where it has none."""
    return None
