"""What logistics announces to whoever is wired to hear it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConsignmentPickedUp:
    """The goods have left their origin."""

    order_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsignmentDelivered:
    """The receiver has the goods, and there is proof."""

    order_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsignmentReturned:
    """The goods were stopped on the way and are at their origin again."""

    order_ref: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ConsignmentCancelled:
    """The booking is off; nothing has left."""

    order_ref: str
    at: datetime
