"""The API of quality, by noun."""

from tiantou.quality.api import certificates, exchange, exits, gate, laboratories, recalls

__all__ = ["certificates", "exchange", "exits", "gate", "laboratories", "recalls"]
