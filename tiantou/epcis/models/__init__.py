"""The tables of the REST binding, by noun: `capture`."""

from tiantou.epcis.models.capture import CaptureJob

__all__ = ["CaptureJob"]
