"""The API of quality, by noun."""

from tiantou.quality.api import certificates, exits

__all__ = ["certificates", "exits"]
