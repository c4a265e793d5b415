"""The chain of certificates: what one rests on, and what those rest on, down to the field."""

from __future__ import annotations

from dataclasses import dataclass

from tiantou.quality.models import Commitment, Received

#: Nobody repacks more often than this; it keeps a faulty chain from being walked for ever.
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Link:
    """A certificate below another: how far down, and what it is to that one (`replaced`: the same lot's older one)."""

    depth: int
    commitment: Commitment
    replaced: bool


def chain_of(commitment: Commitment) -> list[Link]:
    """Everything that a certificate rests on, nearest first, each once; one query a level."""
    found: dict[int, Link] = {}
    level = {commitment.pk: commitment.lot_id}
    for depth in range(1, DEEPEST + 1):
        pairs = Commitment.sources.through.objects.filter(from_commitment__in=level).values_list(
            "from_commitment_id", "to_commitment_id"
        )
        below = {source: above for above, source in pairs if source not in found and source != commitment.pk}
        if not below:
            break
        rows = Commitment.objects.select_related("lot", "issuer").filter(pk__in=below).order_by("number")
        found |= {row.pk: Link(depth, row, row.lot_id == level[below[row.pk]]) for row in rows}
        level = {row.pk: row.lot_id for row in rows}
    return list(found.values())


def broken(links: list[Link]) -> list[Commitment]:
    """The certificates below that were revoked: what rests on them deserves a second look."""
    return [link.commitment for link in links if link.commitment.revoked_at is not None]


def papers_of(commitment: Commitment) -> list[Received]:
    """The received certificates of others that it rests on."""
    return list(commitment.received.order_by("number"))
