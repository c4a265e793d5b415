"""Holders are told of a recall: a task on their workbench, and a message to the phones of who acts for them."""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.kernel.clock import local_date
from tiantou.people import sms
from tiantou.people.models import Appointment
from tiantou.quality.models import Recall, RecallNotice

_log = logging.getLogger(__name__)
#: So many phones of one party get the message: its managers first.
MOST_PHONES = 3


def tell(recall: Recall, at: datetime) -> None:
    """Every holder not told yet is told from now on, and has until the recall's `answer_by`, a late one as long from now.

    A drill is told to the party that runs it and to nobody else; no message leaves.
    """
    waiting = recall.notices.filter(told_at=None)
    if recall.drill:
        waiting = waiting.filter(Q(party_id=recall.opener_id))
    notices = list(waiting.select_related("party"))
    if not notices or recall.answer_by is None or recall.started_at is None:
        return
    until = max(recall.answer_by, at + (recall.answer_by - recall.started_at))
    phones = {} if recall.drill else _phones([notice.party_id for notice in notices], at)
    for notice in notices:
        notice.told_at, notice.answer_by = at, until
        notice.phones = len(phones.get(notice.party_id, ()))
    RecallNotice.objects.bulk_update(notices, ["told_at", "answer_by", "phones"], batch_size=500)
    for notice in notices:
        for phone in phones.get(notice.party_id, ()):
            text = _(
                "【田头】召回通知 %(number)s：%(product)s %(subject)s。请立即停止销售、单独存放，并在 %(url)s 反馈。"
            ) % {
                "number": recall.number,
                "product": recall.product_name,
                "subject": recall.subject,
                "url": f"{settings.BASE_URL}{reverse('quality:notice', args=[notice.pk])}",
            }
            transaction.on_commit(lambda phone=phone, text=text: _send(phone, text))  # type: ignore[misc]


def _phones(parties: list[int], at: datetime) -> dict[int, list[str]]:
    """The phones of who acts for each party, managers first."""
    rows = (
        Appointment.objects.living(local_date(at))
        .filter(party_id__in=parties, person__is_active=True, person__phone__isnull=False)
        .order_by("-manages", "pk")
        .values_list("party_id", "person__phone")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for party, phone in rows:
        if phone and phone not in found[party] and len(found[party]) < MOST_PHONES:
            found[party].append(phone)
    return found


def _send(phone: str, text: str) -> None:
    """A gateway that refuses does not undo the recall: the task on the workbench stands, and the log says who was not reached."""
    try:
        sms.send(phone=phone, text=text)
    except OSError:
        _log.exception("recall message to ****%s was not accepted", phone[-4:])
