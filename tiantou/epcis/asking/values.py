"""Single values of parameters: what they may be, and what is said when they are not. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tiantou.epcis.errors import QueryParameter

#: Values that one parameter may have.
MOST_VALUES = 500
_LARGEST = Decimal("1e30")

Values = Sequence[str]


def texts(name: str, value: Any) -> list[str]:
    """A parameter's values as texts: JSON numbers and booleans become what a URI would say."""
    items = value if isinstance(value, list | tuple) else [value]
    found = []
    for item in items:
        if isinstance(item, bool):
            found.append("true" if item else "false")
        elif item is None:
            found.append("")
        elif isinstance(item, str | int | float | Decimal):
            found.append(str(item))
        else:
            raise bad(name, "takes texts, numbers or booleans")
    if len(found) > MOST_VALUES:
        raise bad(name, f"takes at most {MOST_VALUES} values")
    if any("\0" in text for text in found):
        raise bad(name, "has a character that no value may have")
    return found


def bad(name: str, why: str) -> QueryParameter:
    """The fault, which names the parameter."""
    return QueryParameter(f"{name} {why}.")


def one(name: str, values: Values) -> str:
    """The only value. Raises: QueryParameter."""
    if len(values) != 1:
        raise bad(name, "takes one value")
    return values[0]


def some(name: str, values: Values) -> Values:
    """The values, of which there is one, and none is empty. Raises: QueryParameter."""
    if not values or not all(values):
        raise bad(name, "needs a value")
    return values


def time(name: str, values: Values) -> datetime:
    """The only value as an instant. Raises: QueryParameter."""
    # A plus sign that nobody escaped arrives as a blank.
    text = re.sub(r" (\d\d:?\d\d)$", r"+\1", one(name, values))
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or "T" not in text:
            raise ValueError(text)  # noqa: TRY301 - one answer for all that is no instant
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise bad(name, "takes a date and time with a zone, such as 2026-11-20T08:30:00.000+08:00") from fault


def number(name: str, text: str) -> Decimal:
    """The text as a number. Raises: QueryParameter."""
    try:
        value = Decimal(text)
    except InvalidOperation as fault:
        raise bad(name, "takes a number") from fault
    if not value.is_finite() or abs(value) > _LARGEST or (value and abs(value) < 1 / _LARGEST):
        raise bad(name, "takes a number of a size that can be measured")
    return value


def whether(name: str, values: Values) -> bool:
    """Whether a flag is set; the standard sends it without a value, with a boolean or with a number."""
    text = one(name, values or [""]).lower()
    if text in {"", "true", "1"}:
        return True
    if text in {"false", "0"}:
        return False
    raise bad(name, "takes true or false, or no value")
