"""What the trace journal announces to whoever is wired to hear it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventsRecorded:
    """So many events were written, in the transaction that announces it."""

    count: int
