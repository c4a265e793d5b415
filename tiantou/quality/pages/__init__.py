"""Pages of quality, by noun."""

from tiantou.quality.pages import certificates, credentials, exits, gate, quick_tests

__all__ = ["certificates", "credentials", "exits", "gate", "quick_tests"]
