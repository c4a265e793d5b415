"""Pages of quality, by noun."""

from tiantou.quality.pages import certificates, credentials, exits, quick_tests

__all__ = ["certificates", "credentials", "exits", "quick_tests"]
