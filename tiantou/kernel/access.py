"""Declared permission of a URL or verb: public, signed in, or some roles. What declares nothing fails the build."""

from __future__ import annotations

from dataclasses import dataclass

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in. `roles` is None for everybody."""

    label: str
    roles: frozenset[Role] | None

    def admits(self, actor: Actor) -> bool:
        """Whether `actor` may come in; the system always may."""
        return self.roles is None or actor.role is Role.SYSTEM or actor.role in self.roles

    def require(self, actor: Actor) -> None:
        """Return if `actor` may come in.

        Raises: NotPermitted, naming the roles that may.
        """
        if not self.admits(actor):
            raise NotPermitted(roles=sorted(self.roles or ()))


PUBLIC = Access("public", None)
SIGNED_IN = Access("signed in", frozenset(set(Role) - {Role.STRANGER, Role.SYSTEM}))
SYSTEM_ONLY = Access("system", frozenset())


def allow(*roles: Role) -> Access:
    """An access for these roles (and the system)."""
    return Access(" ".join(sorted(roles)), frozenset(roles))
