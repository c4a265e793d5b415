"""Pages of the log, by who reads them."""

from tiantou.evidence.pages import public, receipts, watch

__all__ = ["public", "receipts", "watch"]
