"""The only place that asks the time. Verbs get `at` as an argument; pages, tasks and commands ask here."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

#: Where the region's days begin and end.
ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, aware."""
    return timezone.now()


def local_date(at: datetime) -> date:
    """The region's calendar date of an instant."""
    return at.astimezone(ZONE).date()


def today() -> date:
    """The region's calendar date now."""
    return local_date(now())
