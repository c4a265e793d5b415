"""What the worker does by the clock: promises that ran out are taken back, and traces nobody needs are swept."""

from __future__ import annotations

from django.core.management import call_command
from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app

from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM
from tiantou.market import services as market
from tiantou.people import limits
from tiantou.portal import services as portal
from tiantou.stock import services as stock


# A run that was missed while the worker was down needs no catching up: each run does all that is due.
@app.periodic(cron="*/5 * * * *")
@app.task(name="config.end_promises", queueing_lock="config.end_promises", pass_context=False)
def end_promises(timestamp: int) -> None:
    """Orders that nobody paid in time are cancelled; reservations that ran out are free again."""
    market.cancel_unpaid(by=SYSTEM, at=clock.now())
    stock.release_expired(by=SYSTEM, at=clock.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="config.sweep", queueing_lock="config.sweep", pass_context=False)
def sweep(timestamp: int) -> None:
    """Full rate-limit buckets, ended sessions, and what counted scans no longer need are gone."""
    limits.sweep(at=clock.now())
    portal.sweep_scans(by=SYSTEM, at=clock.now())
    call_command("clearsessions")


@app.periodic(cron="41 * * * *")
@app.task(name="config.forget_jobs", queueing_lock="config.forget_jobs", pass_context=True)
async def forget_jobs(context: JobContext, timestamp: int) -> None:
    """Jobs that ended well are forgotten after an hour, others after a week: some come every few seconds."""
    await builtin_tasks.remove_old_jobs(context, max_hours=1)
    await builtin_tasks.remove_old_jobs(context, max_hours=168, remove_failed=True, remove_cancelled=True)
