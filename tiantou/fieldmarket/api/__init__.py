"""The API of the field market: intakes with their grading, and packs."""

from tiantou.fieldmarket.api import intakes, packs

__all__ = ["intakes", "packs"]
