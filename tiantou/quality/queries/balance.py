"""Reads for the quantity balance: what a lot's certificate rests on, how much that covers, and who else draws on it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from tiantou.production.models import Kind, Lot
from tiantou.production.queries import descendant_lots
from tiantou.quality.models import Commitment, Received
from tiantou.quality.rules import balance
from tiantou.stock.models import Move

#: A chain of transformations deeper than this is none of goods.
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Making:
    """One transformation: grams taken of each input and made of each output, by identifier of the lot."""

    taken: dict[str, int]
    made: dict[str, int]


@dataclass(frozen=True, slots=True)
class Source:
    """A lot that a certificate rests on: what stands for it, how many grams that covers, and how many of those were lost."""

    lot: Lot
    commitment: Commitment | None
    covered_g: int
    lost_g: int

    @property
    def gives_g(self) -> int:
        """What certificates above may promise out of it."""
        return max(self.covered_g - self.lost_g, 0)


@dataclass(frozen=True, slots=True)
class Books:
    """The sources that some certificates share, and those certificates."""

    sources: tuple[Source, ...]
    others: tuple[Commitment, ...]
    needs: tuple[balance.Need, ...]
    own_sources: frozenset[int]

    def shortage_g(self, quantity_g: int, changed: Mapping[Hashable, int] | None = None) -> int:
        """How many grams are missing where the lot's certificate promises `quantity_g` (and lots in `changed` cover so much)."""
        capacities: dict[Hashable, int] = {source.lot.pk: source.gives_g for source in self.sources}
        capacities.update(changed or {})
        own = [balance.Need(quantity_g, sorted(self.own_sources))] if quantity_g else []
        return balance.shortage_g(capacities, [*self.needs, *own])


def making_of(lot: Lot) -> Making | None:
    """The transformation that made the lot; None for a harvest."""
    moves = Move.objects.filter(level__lot=lot.epc, kind="convert", quantity__gt=0)
    because = moves.order_by("pk").values_list("because", flat=True).first()
    return _making(because) if because else None


def makings_from(lot: Lot) -> list[Making]:
    """The transformations that used some of the lot."""
    moves = Move.objects.filter(level__lot=lot.epc, kind="convert", quantity__lt=0)
    return [_making(because) for because in sorted(set(moves.values_list("because", flat=True)))]


def _making(because: str) -> Making:
    taken: dict[str, int] = {}
    made: dict[str, int] = {}
    for epc, grams in Move.objects.filter(because=because, kind="convert").values_list("level__lot", "quantity"):
        side = made if grams > 0 else taken
        side[epc] = side.get(epc, 0) + abs(grams)
    return Making(taken, made)


def sources_of(lot: Lot) -> list[Lot]:
    """The nearest lots below that have a certificate of their own, and the harvests that have none, each once."""
    found: dict[int, Lot] = {}
    level, seen = [lot], {lot.pk}
    for _depth in range(_DEEPEST):
        above = [making for each in level if (making := making_of(each)) is not None]
        parents = Lot.objects.filter(epc__in={epc for making in above for epc in making.taken}).exclude(pk__in=seen)
        level = []
        certified = set(Commitment.objects.living().filter(lot__in=parents).values_list("lot_id", flat=True))
        for parent in parents.select_related("producer", "product").order_by("pk"):
            seen.add(parent.pk)
            if parent.pk in certified or parent.kind == Kind.HARVEST:
                found[parent.pk] = parent
            else:
                level.append(parent)
        if not level:
            break
    return list(found.values())


def rests_on(commitment: Commitment) -> list[Lot]:
    """The lots that a certificate rests on: those it named when it was issued, and harvests that had none of their own."""
    named = {
        each.lot_id: each.lot for each in commitment.sources.select_related("lot") if each.lot_id != commitment.lot_id
    }
    nearest = sources_of(commitment.lot)
    if not named:
        return nearest
    certified = set(Commitment.objects.living().filter(lot__in=nearest).values_list("lot_id", flat=True))
    return [*named.values(), *(each for each in nearest if each.pk not in named and each.pk not in certified)]


def source(lot: Lot, collector_id: int | None = None) -> Source:
    """What stands for a lot: its certificate; else one that the collector took in with it; else the whole lot."""
    commitment = Commitment.objects.living().filter(lot=lot).first()
    if commitment is not None:
        covered = commitment.quantity_g
    else:
        paper = Received.objects.filter(lot=lot, collector_id=collector_id).order_by("pk").first()
        covered = min(paper.quantity_g, lot.mass_g) if paper is not None else lot.mass_g
    lost = sum(
        balance.lost_g(covered, making.taken[lot.epc], sum(making.made.values()), sum(making.taken.values()))
        for making in makings_from(lot)
    )
    return Source(lot, commitment, covered, lost)


def books_of(lot: Lot, collector_id: int | None = None) -> Books:
    """All certificates that draw on the same sources as one for `lot` would, and all sources that those draw on."""
    own = sources_of(lot)
    sources = {each.pk: each for each in own}
    others: dict[int, tuple[Commitment, list[int]]] = {}
    queue = list(own)
    while queue:
        here = queue.pop()
        above = Commitment.objects.living().filter(lot__in=descendant_lots(here)).exclude(lot=lot)
        for other in above.select_related("lot").order_by("pk"):
            if other.pk in others:
                continue
            below = rests_on(other)
            if here.pk not in {each.pk for each in below}:
                continue
            others[other.pk] = (other, [each.pk for each in below])
            fresh = [each for each in below if each.pk not in sources]
            sources |= {each.pk: each for each in fresh}
            queue += fresh
    return Books(
        tuple(source(each, collector_id) for each in sources.values()),
        tuple(other for other, _rests in others.values()),
        tuple(balance.Need(other.quantity_g, rests) for other, rests in others.values()),
        frozenset(each.pk for each in own),
    )


def promised_above(lot: Lot) -> list[Commitment]:
    """The living certificates that rest on this lot's, directly."""
    above = Commitment.objects.living().filter(lot__in=descendant_lots(lot)).select_related("lot").order_by("pk")
    return [each for each in above if lot.pk in {found.pk for found in rests_on(each)}]
