"""The API of quality, by noun."""

from tiantou.quality.api import certificates, exits, gate, laboratories, recalls

__all__ = ["certificates", "exits", "gate", "laboratories", "recalls"]
