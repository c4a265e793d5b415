"""The verbs of the REST binding, by noun: `asking`, `capture`, `masters`."""

from tiantou.epcis.services.asking import (
    define_query,
    drop_query,
    end_subscription,
    note_failure,
    note_run,
    note_sent,
    run_soon,
    subscribe,
    unsubscribe,
    wake_subscribers,
)
from tiantou.epcis.services.capture import CaptureLimitExceeded, NotValid, capture_document, capture_waiting
from tiantou.epcis.services.masters import store_masters

__all__ = [
    "CaptureLimitExceeded",
    "NotValid",
    "capture_document",
    "capture_waiting",
    "define_query",
    "drop_query",
    "end_subscription",
    "note_failure",
    "note_run",
    "note_sent",
    "run_soon",
    "store_masters",
    "subscribe",
    "unsubscribe",
    "wake_subscribers",
]
