"""What the worker does for the REST binding: documents that wait are taken in, and what is new is sent to subscribers."""

from __future__ import annotations

from datetime import datetime

from procrastinate.contrib.django import app

from tiantou.epcis import deliveries
from tiantou.epcis.models import Subscription
from tiantou.epcis.queries import last_number
from tiantou.epcis.services import capture_waiting, run_soon
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
        run_soon(subscription)


def due(at: datetime) -> list[Subscription]:
    """Subscriptions whose time has come; a stream only if something was recorded since."""
    last = last_number()
    return [one for one in Subscription.objects.due(at).order_by("next_at") if one.schedule or one.after < last]


@app.task(name="epcis.deliver", pass_context=False)
def deliver(subscription_id: int) -> None:
    """What is new for the subscription was sent; a schedule's next run is set to the second."""
    subscription = Subscription.objects.select_related("query").filter(pk=subscription_id).first()
    if subscription is None:
        return
    deliveries.run(subscription, at=clock.now())
    later = Subscription.objects.filter(pk=subscription_id).first()
    if later is not None and (later.schedule or later.failures):
        run_soon(later)
