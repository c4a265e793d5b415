"""What reading a document yields: faults, master data and the document itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong.

    `where` is a JSON pointer (RFC 6901) into the JSON form of what was sent, `reason` a plain sentence, `index` the number of the event
    that it concerns, None where it concerns the whole.
    """

    where: str
    reason: str
    index: int | None = None


class Unreadable(Exception):
    """What was sent is malformed, hostile or not the standard's; nothing of it is taken."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("; ".join(f"{fault.where or '/'}: {fault.reason}" for fault in self.faults))


def unreadable(reason: str, where: str = "") -> Unreadable:
    """An `Unreadable` with one fault of the whole document."""
    return Unreadable([Fault(where, reason)])


@dataclass(frozen=True, slots=True)
class Master:
    """One vocabulary element (EPCIS 2.0, 6.1.1): what is known of a place, party or class; `children` lie within it."""

    type: str
    id: str
    attributes: dict[str, Any] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that could be read.

    `events` holds every event in the document's order, those with faults too: the `index` of a fault is a place in this list. Each
    is EPCIS 2.0 JSON as sent; its `@context` names exactly the own prefixes that it uses and is absent where it uses none.
    """

    kind: str
    events: list[dict[str, Any]]
    faults: list[Fault]
    masters: list[Master]
    creation_date: str
