"""Pages of the market keeper (gloves, sun, one task a screen), the public price board, and the officials' ledger."""

from tiantou.fieldmarket.pages import cold, gate, ledger, packing, prices, sorting, today

__all__ = ["cold", "gate", "ledger", "packing", "prices", "sorting", "today"]
