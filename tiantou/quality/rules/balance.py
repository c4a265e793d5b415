"""Quantity balance: certificates of what was made of lots cannot promise more than those of the lots do (pure).

Each source (a lot with its certificate) can give so many grams: what its certificate says, less what was lost. Each certificate
above rests on one or more sources and needs its grams from them, in whatever shares. Whether all needs can be met at once is a
flow from sources to certificates; what cannot be met is the shortage.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

_START, _END = ("start",), ("end",)


@dataclass(frozen=True, slots=True)
class Need:
    """A certificate: how many grams it promises, and the sources that it can have them from."""

    mass_g: int
    sources: Sequence[Hashable]


def shortage_g(capacities: Mapping[Hashable, int], needs: Sequence[Need]) -> int:
    """How many of the grams that all `needs` promise no source can give; 0 where the books balance."""
    return sum(need.mass_g for need in needs) - _most(capacities, needs)


def lost_g(covered_g: int, taken_g: int, made_g: int, whole_taken_g: int) -> int:
    """A source's share, rounded up, of the loss where `whole_taken_g` of all sources became `made_g`; at most what it covers."""
    if whole_taken_g <= 0:
        return 0
    return min(covered_g, -(-(max(whole_taken_g - made_g, 0) * taken_g) // whole_taken_g))


def _most(capacities: Mapping[Hashable, int], needs: Sequence[Need]) -> int:
    """The greatest flow (Edmonds and Karp): a handful of sources and certificates, so plain is fast enough."""
    rest: dict[Hashable, dict[Hashable, int]] = {_START: {}, _END: {}}

    def edge(tail: Hashable, head: Hashable, grams: int) -> None:
        rest.setdefault(tail, {})[head] = rest.setdefault(tail, {}).get(head, 0) + grams
        rest.setdefault(head, {}).setdefault(tail, 0)

    for source, grams in capacities.items():
        edge(_START, ("source", source), max(grams, 0))
    for number, need in enumerate(needs):
        edge(("need", number), _END, need.mass_g)
        for source in set(need.sources) & capacities.keys():
            edge(("source", source), ("need", number), need.mass_g)
    total = 0
    while path := _path(rest):
        grams = min(rest[tail][head] for tail, head in path)
        for tail, head in path:
            rest[tail][head] -= grams
            rest[head][tail] += grams
        total += grams
    return total


def _path(rest: Mapping[Hashable, Mapping[Hashable, int]]) -> list[tuple[Hashable, Hashable]]:
    """A shortest way on which something can still flow; empty where there is none."""
    came: dict[Hashable, Hashable] = {_START: _START}
    queue = deque([_START])
    while queue and _END not in came:
        here = queue.popleft()
        for there, grams in rest[here].items():
            if grams > 0 and there not in came:
                came[there] = here
                queue.append(there)  # type: ignore[arg-type]
    if _END not in came:
        return []
    way: list[tuple[Hashable, Hashable]] = []
    here = _END
    while here != _START:
        way.insert(0, (came[here], here))
        here = came[here]  # type: ignore[assignment]
    return way
