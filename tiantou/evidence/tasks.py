"""What the worker does for the log by the clock: append every few seconds, sign every hour, look through everything at night."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tiantou.evidence import queries, services
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM


# The sixth field counts seconds. A run that finds another one waiting is not queued, and a run takes all there is.
@app.periodic(cron="* * * * * */10")
@app.task(name="evidence.append", queueing_lock="evidence.append", pass_context=False)
def append(timestamp: int) -> None:
    """Every event is in the log."""
    services.append_all(by=SYSTEM, at=clock.now())


@app.periodic(cron="3 * * * *")
@app.task(name="evidence.sign", queueing_lock="evidence.sign", pass_context=False)
def sign(timestamp: int) -> None:
    """A checkpoint of this hour is signed, once there is anything to sign."""
    at = clock.now()
    services.append_all(by=SYSTEM, at=at)
    if queries.size():
        services.sign_checkpoint(by=SYSTEM, at=at)


@app.periodic(cron="23 4 * * *")
@app.task(name="evidence.check", queueing_lock="evidence.check", pass_context=False)
def check(timestamp: int) -> None:
    """The whole journal was asked for events that are not in the log, and the whole log is compared with journal and checkpoints."""
    at = clock.now()
    services.append_all(by=SYSTEM, at=at, whole=True)
    services.check_log(by=SYSTEM, at=at)
