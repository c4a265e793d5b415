"""What the worker does for the REST binding: documents that wait are taken in, and what is new is sent to subscribers."""

from __future__ import annotations

import contextlib
from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tiantou.epcis import deliveries
from tiantou.epcis.models import Subscription
from tiantou.epcis.queries import last_number
from tiantou.epcis.services import capture_waiting
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM


# By the clock as well as at once: what a killed worker had begun is found again within a minute.
@app.periodic(cron="* * * * *")
@app.task(name="epcis.capture_waiting", queueing_lock="epcis.capture_waiting", pass_context=False)
def capture_waiting_documents(timestamp: int = 0) -> None:
    """No document waits any longer."""
    capture_waiting(by=SYSTEM, at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="epcis.push", queueing_lock="epcis.push", pass_context=False)
def push(timestamp: int = 0) -> None:
    """Every subscription that is due has a run of its own before it: a slow receiver holds nobody else up."""
    for subscription in due(clock.now()):
        _run_soon(subscription)


def due(at: datetime) -> list[Subscription]:
    """Subscriptions whose time has come; a stream only if something was recorded since."""
    last = last_number()
    return [one for one in Subscription.objects.due(at).order_by("next_at") if one.schedule or one.after < last]


def _run_soon(subscription: Subscription, at: datetime | None = None) -> None:
    name = f"epcis.deliver.{subscription.pk}"
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        task = app.configure_task("epcis.deliver", lock=name, queueing_lock=name, schedule_at=at)
        task.defer(subscription_id=subscription.pk)


@app.task(name="epcis.deliver", pass_context=False)
def deliver(subscription_id: int) -> None:
    """What is new for the subscription was sent; a schedule's next run is set to the second."""
    subscription = Subscription.objects.select_related("query").filter(pk=subscription_id).first()
    if subscription is None:
        return
    deliveries.run(subscription, at=clock.now())
    later = Subscription.objects.filter(pk=subscription_id).first()
    if later is not None and (later.schedule or later.failures):
        _run_soon(later, later.next_at)
