"""The states of an order and what leads from one to the next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PAID = "paid"
    CONSIGNED = "consigned"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


#: verb -> (states it may leave, state it leads to)
STEPS: Mapping[str, tuple[frozenset[State], State]] = {
    "confirm_payment": (frozenset({State.PLACED}), State.PAID),
    "consign": (frozenset({State.PAID}), State.CONSIGNED),
    "unconsign": (frozenset({State.CONSIGNED}), State.PAID),
    "ship": (frozenset({State.CONSIGNED}), State.SHIPPED),
    "deliver": (frozenset({State.SHIPPED}), State.DELIVERED),
    "return": (frozenset({State.SHIPPED}), State.CANCELLED),
    "cancel": (frozenset({State.PLACED, State.PAID}), State.CANCELLED),
}


def amount_fen(price_fen: int, quantity: int) -> int:
    """What an order costs, in fen."""
    return price_fen * quantity


def packs_available(offered: int, sold: int, free_g: int, unit_g: int) -> int:
    """How many packs can still be ordered: what is left of the offer, and what is really there."""
    return max(0, min(offered - sold, free_g // unit_g))
