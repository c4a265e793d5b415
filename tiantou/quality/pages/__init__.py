"""Pages of quality, by noun."""

from tiantou.quality.pages import (
    certificates,
    collection,
    credentials,
    exchange,
    exits,
    figures,
    gate,
    holds,
    laboratories,
    notices,
    quick_tests,
    recalls,
    reports,
    runs,
)

__all__ = [
    "certificates",
    "collection",
    "credentials",
    "exchange",
    "exits",
    "figures",
    "gate",
    "holds",
    "laboratories",
    "notices",
    "quick_tests",
    "recalls",
    "reports",
    "runs",
]
