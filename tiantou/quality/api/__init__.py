"""The API of quality, by noun."""

from tiantou.quality.api import certificates

__all__ = ["certificates"]
