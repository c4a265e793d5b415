"""What the worker does for the REST binding: documents that wait are taken in."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tiantou.epcis.services import capture_waiting
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM


# By the clock as well as at once: what a killed worker had begun is found again within a minute.
@app.periodic(cron="* * * * *")
@app.task(name="epcis.capture_waiting", queueing_lock="epcis.capture_waiting", pass_context=False)
def capture_waiting_documents(timestamp: int = 0) -> None:
    """No document waits any longer."""
    capture_waiting(by=SYSTEM, at=clock.now())
