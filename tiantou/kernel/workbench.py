"""What waits for whom: packages register providers of tasks, the workbench shows those of the actor's role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from tiantou.kernel.actor import Actor, Role


@dataclass(frozen=True, slots=True)
class Task:
    """One big target on a workbench: a duty, where it is done, and how many things wait there.

    `count` is None where there is nothing to count (a place to start something); `order` sorts, small first.
    """

    title: str
    text: str
    href: str
    count: int | None = None
    icon: str = ""
    order: int = 50


Provider = Callable[[Actor, datetime], Iterable[Task]]

_providers: dict[Role, list[Provider]] = defaultdict(list)


def tasks_for(*roles: Role) -> Callable[[Provider], Provider]:
    """Ask the decorated function for the tasks of everybody who acts in one of `roles`."""

    def register(provider: Provider) -> Provider:
        for role in roles:
            if provider not in _providers[role]:
                _providers[role].append(provider)
        return provider

    return register


def tasks_of(actor: Actor, at: datetime) -> list[Task]:
    """All tasks of the actor's role: first what waits, then places to start something."""
    found = [task for provider in _providers[actor.role] for task in provider(actor, at)]
    return sorted(found, key=lambda task: (not task.count, task.order, task.title))
