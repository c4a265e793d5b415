"""Named queries, and the subscriptions to them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tiantou.epcis import queries, schedules, sending
from tiantou.epcis.errors import NoSuchName, ResourceExists, SubscriptionControls, ValidationFailed
from tiantou.epcis.models import NamedQuery, Subscription, owner_of
from tiantou.kernel.access import SIGNED_IN, SYSTEM_ONLY
from tiantou.kernel.actor import Actor
from tiantou.kernel.verbs import verb

#: So many queries and subscriptions one owner may keep.
MOST_QUERIES = 500
MOST_SUBSCRIPTIONS = 100
_NAME = re.compile(r"[^\x00-\x20/?#\x7f]{1,200}")
#: The standard's own query, which always exists.
SIMPLE = "SimpleEventQuery"
#: A failed delivery is tried again after so long, then twice that, and so on up to an hour.
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
_SAID = 500


@verb(SIGNED_IN)
def define_query(
    *, by: Actor, at: datetime, name: str, definition: dict[str, Any], spaces: dict[str, str]
) -> NamedQuery:
    """命名查询: the query is kept under the name, and its events can be read and subscribed to.

    Raises: ResourceExists; QueryParameter, QueryInvalid, if it is no query; ValidationFailed, for a name that no address can hold.
    """
    if not _NAME.fullmatch(name):
        raise ValidationFailed("name takes up to 200 characters without blanks and without / ? #.")
    queries.query_of(definition, spaces)
    mine = NamedQuery.objects.filter(owner=owner_of(by))
    if name == SIMPLE or mine.filter(name=name).exists():
        raise ResourceExists(f"There is a query {name} already.")
    if mine.count() >= MOST_QUERIES:
        raise ValidationFailed(f"At most {MOST_QUERIES} queries are kept.")
    row = NamedQuery(owner=owner_of(by), name=name, definition=definition, spaces=spaces, created_at=at)
    # ON CONFLICT waits for whoever defines the same name at the same moment.
    NamedQuery.objects.bulk_create([row], ignore_conflicts=True)
    stored: NamedQuery = mine.get(name=name)
    return stored


@verb(SIGNED_IN)
def drop_query(*, by: Actor, at: datetime, name: str) -> None:
    """The query is gone, and every subscription to it. Raises: NoSuchName."""
    deleted, _ = NamedQuery.objects.visible_to(by).filter(owner=owner_of(by), name=name).delete()
    if not deleted:
        raise NoSuchName


@verb(SIGNED_IN)
def subscribe(
    *, by: Actor, at: datetime, name: str, controls: Mapping[str, Any], form: Mapping[str, str]
) -> Subscription:
    """订阅: what the query finds from now on (or from `initialRecordTime`) is sent to `dest`, as it comes or by the schedule.

    `controls` are the members that the standard gives a subscription, `form` how events are written. It runs as the subscriber, for as
    long as that person holds the role. Raises: NoSuchName; SubscriptionControls; ValidationFailed.
    """
    query = queries.named(by, name)
    asked = queries.query_of(query.definition, query.spaces)
    if asked.limit is not None or asked.most is not None or asked.order_by:
        raise SubscriptionControls("A query that orders or limits its events cannot be subscribed to.")
    schedule, first = _schedule(controls, at)
    dest = controls.get("dest")
    dest = dest if isinstance(dest, str) else ""
    try:
        sending.read(dest)
    except sending.NotSendable as fault:
        raise ValidationFailed(str(fault)) from fault
    token, empty = controls.get("signatureToken", ""), controls.get("reportIfEmpty", False)
    if not isinstance(token, str) or len(token) > _SAID or not isinstance(empty, bool):
        raise SubscriptionControls("signatureToken takes a text of up to 500 characters, reportIfEmpty true or false.")
    if query.subscriptions.count() >= MOST_SUBSCRIPTIONS:
        raise ValidationFailed(f"At most {MOST_SUBSCRIPTIONS} subscriptions are kept.")
    since = _initial(controls.get("initialRecordTime"), at)
    subscription: Subscription = Subscription.objects.create(
        query=query,
        dest=dest,
        signature_token=token,
        schedule=schedule,
        report_if_empty=empty and bool(schedule),
        form=dict(form),
        actor=asdict(by),
        initial_record_time=since,
        min_record_time=since,
        created_at=at,
        after=queries.number_before(since),
        next_at=first,
    )
    run_soon(subscription)
    return subscription


def run_soon(subscription: Subscription) -> None:
    """Once the transaction is committed the worker has a run of the subscription before it, for when it is due; never two."""
    name = f"epcis.deliver.{subscription.pk}"

    def defer() -> None:
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            task = app.configure_task("epcis.deliver", queueing_lock=name, schedule_at=subscription.next_at)
            task.defer(subscription_id=subscription.pk)

    transaction.on_commit(defer)


def _schedule(controls: Mapping[str, Any], at: datetime) -> tuple[dict[str, str], datetime]:
    """The fields of the schedule (none for a stream) and when it first runs. Raises: SubscriptionControls."""
    stream, fields = controls.get("stream"), controls.get("schedule")
    if (stream is not None) == (fields is not None):
        raise SubscriptionControls("A subscription says either stream: true or a schedule.")
    if fields is None:
        if stream is not True:
            raise SubscriptionControls("stream takes true.")
        return {}, at
    if not isinstance(fields, dict):
        raise SubscriptionControls("schedule takes an object of fields.")
    try:
        return {name: str(value) for name, value in fields.items()}, schedules.next_after(schedules.read(fields), at)
    except schedules.BadSchedule as fault:
        raise SubscriptionControls(str(fault)) from fault


def _initial(text: object, at: datetime) -> datetime:
    if text is None:
        return at
    try:
        since = datetime.fromisoformat(str(text))
        if since.tzinfo is None:
            raise ValueError(text)  # noqa: TRY301 - one answer for all that is no instant
        return since.astimezone(at.tzinfo)
    except (ValueError, OverflowError) as fault:
        raise SubscriptionControls("initialRecordTime takes a date and time with a zone.") from fault


@verb(SIGNED_IN)
def unsubscribe(*, by: Actor, at: datetime, name: str, code: str) -> None:
    """Nothing more is sent. Raises: NoSuchName."""
    queries.subscription(by, name, code).delete()


#: A stream is open and nobody has called the worker yet: asked first, for thousands of captures may come before it gets there.
_WAKES = """
SELECT EXISTS (SELECT 1 FROM epcis_subscription WHERE schedule = '{}'::jsonb)
AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = 'epcis.push' AND status = 'todo')
"""


def wake_subscribers() -> None:
    """Once the transaction is committed the worker looks for what is due; nobody is woken where no stream is open."""

    def wake() -> None:
        with connection.cursor() as cursor:
            cursor.execute(_WAKES)
            needed = cursor.fetchone()[0]
        if needed:
            with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
                app.configure_task("epcis.push", queueing_lock="epcis.push").defer()

    transaction.on_commit(wake)


@verb(SYSTEM_ONLY)
def note_sent(*, by: Actor, at: datetime, subscription: Subscription, after: int) -> None:
    """Everything up to the row `after` was taken by the receiver; failures before count no more."""
    Subscription.objects.filter(pk=subscription.pk).update(
        after=after, last_notified_at=at, failures=0, last_failure=""
    )


@verb(SYSTEM_ONLY)
def note_run(*, by: Actor, at: datetime, subscription: Subscription, after: int) -> None:
    """Everything up to the row `after` was looked at and what matched was taken; the next run is set."""
    after_at = at
    if subscription.schedule:
        after_at = schedules.next_after(schedules.read(subscription.schedule), at)
    Subscription.objects.filter(pk=subscription.pk).update(
        after=after, last_executed_at=at, min_record_time=at, next_at=after_at, failures=0, last_failure=""
    )


@verb(SYSTEM_ONLY)
def note_failure(*, by: Actor, at: datetime, subscription: Subscription, reason: str) -> None:
    """The delivery failed and is tried again later: after ten seconds, then twice as long each time, at most an hour."""
    wait = min(FIRST_WAIT * 2 ** min(subscription.failures, 20), LONGEST_WAIT)
    Subscription.objects.filter(pk=subscription.pk).update(
        failures=subscription.failures + 1, last_failure=reason[:_SAID], last_executed_at=at, next_at=at + wait
    )


@verb(SYSTEM_ONLY)
def end_subscription(*, by: Actor, at: datetime, subscription: Subscription) -> None:
    """Who subscribed no longer holds the role in which it did: nothing more is sent."""
    Subscription.objects.filter(pk=subscription.pk).delete()
