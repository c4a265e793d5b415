"""Pages of quality, by noun."""

from tiantou.quality.pages import (
    certificates,
    credentials,
    exchange,
    exits,
    gate,
    holds,
    laboratories,
    notices,
    quick_tests,
    recalls,
    reports,
)

__all__ = [
    "certificates",
    "credentials",
    "exchange",
    "exits",
    "gate",
    "holds",
    "laboratories",
    "notices",
    "quick_tests",
    "recalls",
    "reports",
]
