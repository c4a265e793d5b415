"""What higher packages show on a lot's page: they register a provider, the page asks all of them (as the workbench does for tasks)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tiantou.kernel.actor import Actor
from tiantou.production.models import Lot


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a lot's page: its template, which finds `facts` under the name `panel`."""

    template: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    order: int = 50


Provider = Callable[[Actor, Lot, datetime], Panel | None]
_providers: list[Provider] = []


def lot_panel(provider: Provider) -> Provider:
    """Ask the decorated function for its part of every lot's page; None where it has nothing to show to this actor."""
    if provider not in _providers:
        _providers.append(provider)
    return provider


def panels_of(actor: Actor, lot: Lot, at: datetime) -> list[Panel]:
    """All parts of the lot's page for this actor, lowest order first."""
    found = [panel for provider in _providers if (panel := provider(actor, lot, at)) is not None]
    return sorted(found, key=lambda panel: panel.order)
