"""How dates and people's particulars are written for people, on screens and on paper alike."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language

from tiantou.kernel import clock

#: A mobile number has eleven digits (national numbering plan).
_PHONE_DIGITS = 11


def _english() -> bool:
    return (get_language() or "").startswith("en")


def day(value: datetime | date | str | None) -> str:
    """`2026年11月23日` (`23 November 2026`): the region's calendar date of an instant or a date; nothing for none."""
    if not isinstance(value, date):  # an undefined template variable is ""
        return value or ""
    on = clock.local_date(value) if isinstance(value, datetime) else value
    return f"{on.day} {on:%B} {on.year}" if _english() else f"{on.year}年{on.month}月{on.day}日"


def minute(value: datetime | str | None) -> str:
    """`2026年11月23日 14:05`: date and 24-hour time in the region; nothing for none."""
    if not isinstance(value, datetime):
        return value or ""
    return f"{day(value)} {value.astimezone(clock.ZONE):%H:%M}"


def moment(value: Any) -> str:
    """`minute` of an instant, `day` of a date, anything else as it stands."""
    if isinstance(value, datetime):
        return minute(value)
    return day(value) if isinstance(value, date) else str(value or "")


def masked(name: str | None) -> str:
    """`张**`: a natural person's name as the public sees it."""
    return name[0] + "*" * max(1, len(name) - 1) if name else ""


def masked_phone(phone: str | None) -> str:
    """`138****1234`: the middle four digits are not shown; what is too short to mask is hidden whole."""
    if not phone:
        return ""
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) >= _PHONE_DIGITS else "****"


def closed_up(text: str) -> str:
    """Sentences that follow each other in Chinese, without the space that Latin writing puts between them."""
    return text.replace("。 ", "。").replace("； ", "；")
