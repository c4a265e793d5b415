"""What the worker does for holds and recalls: what was made of stopped goods meanwhile is stopped too, and its holders are told."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM
from tiantou.production import services as production
from tiantou.quality import services


# Events are captured late and in any order; a verb asks upward at once, so a minute only delays what lists and figures show.
@app.periodic(cron="* * * * *")
@app.task(name="quality.extend", queueing_lock="quality.extend", pass_context=False)
def extend(timestamp: int) -> None:
    """Every living hold and recall has taken in what turned up late."""
    production.extend_holds(by=SYSTEM, at=clock.now())
    services.extend_recalls(by=SYSTEM, at=clock.now())
