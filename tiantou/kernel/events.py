"""Typed announcements from a lower package to whoever is wired to hear them in `config.wiring`. No Django signals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

E = TypeVar("E")

_subscribers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[E], hear: Callable[[E], None]) -> None:
    """From now on `hear` is called with every published event of exactly this kind; a second wiring changes nothing."""
    if hear not in _subscribers[kind]:
        _subscribers[kind].append(hear)


def publish(event: object) -> None:
    """Every subscriber has heard `event`, inside the transaction of the verb that published it."""
    for hear in _subscribers[type(event)]:
        hear(event)
