"""A hold is placed on whatever an official points at: also what only packages of trade know, a crate or a certificate."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from tiantou.kernel.actor import SYSTEM, Actor
from tiantou.kernel.errors import Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production import services as production
from tiantou.production.models import Hold
from tiantou.production.services.holds import RELEASERS
from tiantou.quality.services.scopes import Mark, scope_of


@verb(RELEASERS)
def hold_marked(*, by: Actor, at: datetime, mark: Mark, reason: str, key: str = "") -> Hold:
    """扣留: what `mark` points at and all that was or will be made of it is on hold, until an official lifts it.

    Raises: Absent; Invalid.
    """
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写扣留原因。"), _("写明原因。"))])
    scope = scope_of(by, mark)
    made: Hold = production.hold_lots(
        by=SYSTEM, at=at, hold=scope.hold, lots=scope.lots, reason=reason, ordered_by=by.name
    )
    return made
