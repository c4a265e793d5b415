"""Pages of quality, by noun."""

from tiantou.quality.pages import (
    certificates,
    credentials,
    exits,
    gate,
    holds,
    laboratories,
    notices,
    quick_tests,
    recalls,
)

__all__ = ["certificates", "credentials", "exits", "gate", "holds", "laboratories", "notices", "quick_tests", "recalls"]
