"""A person's data is erased, and no proof breaks (PIPL, articles 47 and 19; GDPR, article 17).

What the events say stays; who it was about stood only in the salt's row. Without the salt the leaf is 32 bytes that nobody can tie to
anything. The erasure itself is a leaf: the log tells that something was erased, when and on which ground, for ever.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.evidence.models import Erasure, Leaf, Salt
from tiantou.evidence.rules import receipts
from tiantou.evidence.services.sequencing import KEEPERS, append_all, lock, write
from tiantou.kernel import jcs
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import SYSTEM, Actor
from tiantou.kernel.clock import ZONE
from tiantou.kernel.errors import Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.trace.models import Event

#: Grounds of an erasure. Free words could name the person whose data is erased, and stand for ever.
GROUNDS = {
    "request": gettext_lazy("本人要求"),
    "expired": gettext_lazy("保存期满"),
    "withdrawn": gettext_lazy("撤回同意"),
    "unlawful": gettext_lazy("不该收集"),
    "ordered": gettext_lazy("主管机关责令"),
}
_SALT = 32


@verb(SIGNED_IN)
def attach_personal(*, by: Actor, at: datetime, event: Event, facts: Mapping[str, Any]) -> Salt:
    """附个人信息: facts about a person are committed with the event and kept where they can be erased; in the transaction that records it.

    Raises: Conflict, where the event is in the log already.
    """
    with connection.cursor() as cursor:
        lock(cursor)
    if Leaf.objects.filter(event=event.pk).exists() or Salt.objects.filter(event=event.pk).exists():
        raise Conflict(_("这条记录已经存证，不能再附个人信息。"))
    jcs.canonical(dict(facts))  # what has no canonical form is refused here, not by the sequencer later
    row: Salt = Salt.objects.create(event=event.pk, salt=secrets.token_bytes(_SALT), personal=dict(facts))
    return row


@verb(KEEPERS)
def erase_salt(*, by: Actor, at: datetime, event: Event, ground: str) -> Erasure:
    """删除个人信息: the salt and the personal facts of an event are gone; a leaf says so. All proofs and checkpoints stay valid.

    Raises: Invalid without a known ground; Conflict where they are gone already.
    """
    if ground not in GROUNDS:
        problem = Problem("ground", _("请选一个删除的理由。"), "、".join(str(words) for words in GROUNDS.values()))
        raise Invalid(problems=[problem])
    append_all(by=SYSTEM, at=at)
    with connection.cursor() as cursor:
        lock(cursor)
        leaf = Leaf.objects.get(event=event.pk)
        if not Salt.objects.filter(event=event.pk, erased_at=None).update(salt=None, personal=None, erased_at=at):
            raise Conflict(_("这条记录的个人信息已经删除了。"))
        statement = _statement(leaf.pk, at, ground)
        salt = secrets.token_bytes(_SALT)
        index = write(cursor, [receipts.leaf_of(statement, salt)], [None])
    made: Erasure = Erasure.objects.create(leaf=leaf.pk, statement=statement, salt=salt, logged_as=index, at=at)
    return made


def _statement(leaf: int, at: datetime, ground: str) -> str:
    when = at.astimezone(ZONE).isoformat(timespec="seconds")
    return jcs.canonical({"type": "tiantou:Erasure", "leaf": leaf, "at": when, "ground": ground}).decode()
