"""The API of quality, by noun."""

from tiantou.quality.api import certificates, collection, exchange, exits, gate, laboratories, recalls

__all__ = ["certificates", "collection", "exchange", "exits", "gate", "laboratories", "recalls"]
