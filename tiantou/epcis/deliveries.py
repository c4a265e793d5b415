"""One run of a subscription: what is new is found, sent in parts, and remembered as sent once the receiver took it.

At least once, in the order of the journal, nothing left out: how far the receiver is, is remembered as a row number, and no row is
passed over that could still become visible (`queries.settled`).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from tiantou import __version__
from tiantou.epcis import answers, queries, sending
from tiantou.epcis.errors import EpcisRefused
from tiantou.epcis.models import Subscription
from tiantou.epcis.negotiation import Wishes, versions
from tiantou.epcis.services import end_subscription, note_failure, note_run, note_sent
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.people.models import Person
from tiantou.people.queries import choices

#: Events in one delivery.
BATCH = 500
_LOOKS = 100
_PAUSE_S = 0.05


@dataclass(slots=True)
class Patience:
    """Looks a number of times whether somebody's transaction has ended, with pauses."""

    looks: int = _LOOKS
    pause: float = _PAUSE_S

    def __call__(self) -> bool:
        """Whether to look once more."""
        self.looks -= 1
        if self.looks < 0:
            return False
        time.sleep(self.pause)
        return True


#: Our part of the space of advisory locks.
_LOCKS = 0x45504349


@contextlib.contextmanager
def _alone(subscription: Subscription) -> Iterator[bool]:
    """Whether nobody else runs this subscription now. The lock dies with its connection, so a killed worker holds nothing up."""
    values = [_LOCKS, subscription.pk % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", values)
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", values)


def run(subscription: Subscription, *, at: datetime, wait: Callable[[], bool] | None = None) -> int:
    """What is new was taken by the receiver, or the run is put off; returns how many events were taken."""
    with _alone(subscription) as mine:
        if not mine:
            return 0
        fresh = Subscription.objects.select_related("query").filter(pk=subscription.pk).first()
        return _run(fresh, at, wait or Patience()) if fresh is not None else 0


def _run(subscription: Subscription, at: datetime, wait: Callable[[], bool]) -> int:
    actor = actor_of(subscription)
    if not still_acts(actor, at):
        end_subscription(by=SYSTEM, at=at, subscription=subscription)
        return 0
    until = queries.settled(wait)
    if until is None:
        # Somebody's transaction goes on; nothing is passed over, the next round looks again.
        return 0
    sent = 0
    try:
        query = queries.query_of(subscription.query.definition, subscription.query.spaces)
        after = subscription.after
        while True:
            page = queries.since(
                actor, query, after=after, until=until, recorded=subscription.initial_record_time, size=BATCH
            )
            if page.events or (subscription.report_if_empty and not sent):
                _deliver(subscription, page.events)
                sent += len(page.events)
                after = page.numbers[-1] if page.numbers else after
                note_sent(by=SYSTEM, at=at, subscription=subscription, after=after)
            if len(page.events) < BATCH:
                break
        note_run(by=SYSTEM, at=at, subscription=subscription, after=max(until, subscription.after))
    except (sending.NotDelivered, sending.NotSendable, EpcisRefused) as fault:
        note_failure(by=SYSTEM, at=at, subscription=subscription, reason=str(fault))
    return sent


def actor_of(subscription: Subscription) -> Actor:
    """The subscriber."""
    return Actor(**{**subscription.actor, "role": Role(subscription.actor["role"])})


def still_acts(actor: Actor, at: datetime) -> bool:
    """Whether the person still holds the role in which it subscribed, for the same party, site and area."""
    if actor.role is Role.SYSTEM:
        return True
    person = Person.objects.filter(pk=actor.person_id, is_active=True).first()
    if person is None:
        return False
    return any(_same(choice.actor, actor) for choice in choices(person, on=local_date(at)))


def _same(one: Actor, other: Actor) -> bool:
    return (one.role, one.party_id, one.site_id, one.area_code, one.consent_id) == (
        other.role, other.party_id, other.site_id, other.area_code, other.consent_id,
    )  # fmt: skip


def _deliver(subscription: Subscription, events: list[dict[str, Any]]) -> None:
    """The receiver has taken the events. Raises: sending.NotDelivered, sending.NotSendable."""
    wishes = Wishes(**subscription.form)
    body = answers.document(wishes, events, name=subscription.query.name, subscription=str(subscription.code))
    headers = versions() | {
        "Content-Type": answers.content(wishes),
        "User-Agent": f"tiantou/{__version__}",
        "Connection": "close",
    }
    if subscription.signature_token:
        headers["GS1-Signature"] = signature(subscription.signature_token, body)
    sending.post(subscription.dest, body, headers)


def signature(token: str, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256 of the body under the token that the subscriber gave, in hexadecimal."""
    return "sha256=" + hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
