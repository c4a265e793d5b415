"""The verbs of the REST binding, by noun: `capture`, `masters`."""

from tiantou.epcis.services.capture import CaptureLimitExceeded, NotValid, capture_document, capture_waiting
from tiantou.epcis.services.masters import store_masters

__all__ = ["CaptureLimitExceeded", "NotValid", "capture_document", "capture_waiting", "store_masters"]
