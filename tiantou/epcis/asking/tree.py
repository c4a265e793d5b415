"""A query as a small tree: conditions that all must hold, an order, and how many events are wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tiantou.epcis.asking.patterns import Matcher

#: A number, a text or a list of such, bound to a name in a path expression.
Bound = str | bool | Decimal | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The column holds one of the values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The place in the column is one of these or lies below one of them, as master data has it."""

    column: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """The time in the column compares so with an instant."""

    column: str
    operator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """The event names, in one of the roles, a thing that one of the matchers knows."""

    roles: tuple[int, ...]
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """The event's list holds an entry of this type with one of these identifiers."""

    role: int
    list_name: str
    member: str
    type: str
    keys: tuple[str, ...]
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identified:
    """The event bears one of the identifiers, or declares the event wrong that does."""

    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declared:
    """The event declares another one wrong."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path expression over the event's JSON finds something, with these values bound."""

    path: str
    bound: Mapping[str, Bound]


@dataclass(frozen=True, slots=True)
class Instant:
    """One of the times that the path finds compares so with an instant."""

    path: str
    operator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """An extension field exists (no operator), or one of its values compares so with one of the operands.

    `names` are the ways in which the field may have been written.
    """

    where: str
    names: tuple[str, ...]
    inner: bool
    operator: str = ""
    operands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """What the field holds is a word or place whose master data has an attribute of one of the names, or one with one of the values."""

    field: str
    where: str
    names: tuple[str, ...]
    values: tuple[str, ...] = ()


Condition = Words | Within | Moment | Named | Paper | Identified | Declared | Path | Instant | Fact | Attribute


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. `order_by` is "" (as recorded), `eventTime`, `recordTime` or the name of an extension field."""

    conditions: tuple[Condition, ...] = ()
    order_by: str = ""
    order_names: tuple[str, ...] = ()
    descending: bool = True
    #: At most so many of the first (eventCountLimit).
    limit: int | None = None
    #: None at all, if there are more than so many (maxEventCount).
    most: int | None = None
