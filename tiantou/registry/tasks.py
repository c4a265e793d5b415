"""Background work of the register: long sheets are checked and taken by the worker."""

from __future__ import annotations

from procrastinate.contrib.django import app

from tiantou.kernel import clock
from tiantou.kernel.errors import Refused
from tiantou.registry.models import Batch
from tiantou.registry.services.imports import actor_of, check_batch, fail_batch, stop_taking, take_batch


@app.task(name="registry.check_batch")
def check(batch_id: int) -> None:
    """The batch is checked, or says why it could not be."""
    batch = Batch.objects.get(pk=batch_id)
    try:
        check_batch(by=actor_of(batch), at=clock.now(), batch=batch)
    except Refused as refusal:
        fail_batch(batch=batch, reason=refusal.reason)


@app.task(name="registry.take_batch")
def take(batch_id: int, accept: str) -> None:
    """The batch is taken, or says why it could not be; it can be checked and taken again."""
    batch = Batch.objects.get(pk=batch_id)
    try:
        take_batch(by=actor_of(batch), at=clock.now(), batch=batch, accept=accept)
    except Refused as refusal:
        stop_taking(batch=batch)
        if not refusal.problems:
            fail_batch(batch=batch, reason=refusal.reason)
