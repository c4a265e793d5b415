"""Refusals: what was refused, why, and what to do next. One shape for pages and the API (RFC 9457 problem+json)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with what was sent: where (`field`, `row` from 1 as in the sheet), why, and how to mend it."""

    field: str
    reason: str
    remedy: str = ""
    row: int | None = None

    def __str__(self) -> str:
        where = f"{self.row} · {self.field}" if self.row is not None else self.field
        return f"{where}: {self.reason} {self.remedy}".strip()


class Refused(Exception):
    """A verb or a read was refused and nothing was changed.

    Subclasses set `status` (HTTP) and `code` (stable, English). `reason` is a sentence for a person, `remedy` says what
    to do next, `problems` lists single faults of the input.
    """

    status = 409
    code = "refused"

    def __init__(self, reason: str = "", remedy: str = "", *, problems: Sequence[Problem] = ()) -> None:
        self.reason = reason or self.default_reason()
        self.remedy = remedy
        self.problems = tuple(problems)
        super().__init__(self.reason)

    def __str__(self) -> str:
        return "\n".join([self.reason, *(str(problem) for problem in self.problems)])

    def default_reason(self) -> str:
        """The sentence used where the caller gave none."""
        return _("这一步没有办成。")

    def as_problem_json(self, instance: str = "") -> dict[str, Any]:
        """RFC 9457 members: type, title, status, detail, instance, and our `remedy` and `problems`."""
        body: dict[str, Any] = {
            "type": f"urn:tiantou:problem:{self.code}",
            "title": self.reason,
            "status": self.status,
            "code": self.code,
            "instance": instance,
        }
        if self.remedy:
            body["remedy"] = self.remedy
        if self.problems:
            body["problems"] = [asdict(problem) for problem in self.problems]
        return body


class Invalid(Refused):
    """The input has faults; `problems` says which."""

    status = 422
    code = "invalid"

    def default_reason(self) -> str:
        """See `Refused`."""
        return _("填写的内容有误，什么都没有保存。")


class Absent(Refused):
    """There is no such thing, or none that the actor may see: both answer alike."""

    status = 404
    code = "absent"

    def default_reason(self) -> str:
        """See `Refused`."""
        return _("找不到这一项。")


class NotPermitted(Refused):
    """The actor's role may not do this."""

    status = 403
    code = "not-permitted"

    def __init__(self, reason: str = "", remedy: str = "", *, roles: Sequence[str] = ()) -> None:
        self.roles = tuple(roles)
        super().__init__(reason, remedy)

    def default_reason(self) -> str:
        """See `Refused`."""
        return _("您现在的身份不能办这件事。")


class Conflict(Refused):
    """The thing is not in the state that the verb needs."""

    code = "conflict"


class KeyReused(Refused):
    """The idempotency key was used before with other content."""

    status = 422
    code = "idempotency-key-reused"

    def default_reason(self) -> str:
        """See `Refused`."""
        return _("这个幂等键已用于另一次不同的提交。")


class TooLarge(Refused):
    """The upload is larger than the limit."""

    status = 413
    code = "too-large"


class Unavailable(Refused):
    """The database or the disk does not answer; nothing was written."""

    status = 503
    code = "unavailable"

    def default_reason(self) -> str:
        """See `Refused`."""
        return _("系统暂时无法存取数据，刚才的操作没有保存。")
