"""The verbs of the REST binding, by noun: `capture`."""

from tiantou.epcis.services.capture import CaptureLimitExceeded, NotValid, capture_document, capture_waiting

__all__ = ["CaptureLimitExceeded", "NotValid", "capture_document", "capture_waiting"]
