"""Where the goods of a recall are: notices for their holders, with a line for every lot. Sets, not loops over the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tiantou.production.models import Lot
from tiantou.production.queries import descendant_epcs
from tiantou.quality import whereabouts
from tiantou.quality.models import Recall, RecallLine, RecallNotice
from tiantou.quality.whereabouts import Part, Where
from tiantou.registry.models import Site
from tiantou.stock.queries import lying

#: So many things beyond the platform are kept with the recall; the number of all of them is the list's last entry.
MOST_OUTSIDE = 200


@dataclass(slots=True)
class Held:
    """What one party has of one lot."""

    stock_g: int = 0
    road_g: int = 0
    bought_g: int = 0
    private_g: int = 0
    packs: int = 0
    places: list[str] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """Count a part in."""
        name = {Where.STOCK: "stock_g", Where.ROAD: "road_g"}.get(part.where)
        name = name or ("bought_g" if part.holder_id is not None else "private_g")
        setattr(self, name, getattr(self, name) + part.mass_g)
        self.packs += part.packs
        if part.place and part.place not in self.places:
            self.places.append(part.place)

    def facts(self) -> dict[str, Any]:
        """As the line keeps it."""
        return {
            "stock_g": self.stock_g,
            "road_g": self.road_g,
            "bought_g": self.bought_g,
            "private_g": self.private_g,
            "packs": self.packs,
            "places": "、".join(self.places)[:300],
        }


def parts(owners: Mapping[str, int]) -> list[Part]:
    """Where the goods of the lots are now: in stock (with whoever keeps the place), on the road, sold.

    `owners` says by lot identifier whose it is, for a place that nobody is known to run.
    """
    levels = list(lying(owners).filter(unit="g").values_list("lot", "place", "on_hand"))
    places = Site.objects.filter(code__in={place for _lot, place, _mass in levels}).order_by("-pk")
    keepers = {code: (holder, name) for code, holder, name in places.values_list("code", "holder_id", "name")}
    found = []
    for lot, place, mass_g in levels:
        keeper, name = keepers.get(place, (None, place))
        found.append(Part(lot, Where.STOCK, mass_g, keeper if keeper is not None else owners[lot], place=name))
    return found + whereabouts.parts_of(list(owners))


def locate(recall: Recall, at: datetime) -> None:
    """Every holder has a notice with a line for each of its lots. What was answered stays; what was not shows the present state.

    The party responsible and the owners of goods that lie with others have a notice too, though it may have no line.
    """
    lots: list[Any] = list(recall.lots.values_list("lot__epc", "lot_id", "lot__holder_id"))
    key_of = {epc: pk for epc, pk, _owner in lots}
    owner_of = {epc: owner for epc, _pk, owner in lots}
    held: dict[tuple[int, int], Held] = defaultdict(Held)
    for part in parts(owner_of):
        party = part.holder_id if part.holder_id is not None else part.seller_id
        if party is not None:
            held[party, key_of[part.lot]].add(part)
    parties = {party for party, _lot in held} | set(owner_of.values())
    parties |= {recall.party_id} if recall.party_id is not None else set()
    RecallNotice.objects.bulk_create(
        [RecallNotice(recall=recall, party_id=party) for party in sorted(parties)], ignore_conflicts=True
    )
    notices = dict(recall.notices.values_list("party_id", "pk"))
    _write_lines(recall, {(notices[party], lot): each for (party, lot), each in held.items()})


def _write_lines(recall: Recall, wanted: dict[tuple[int, int], Held]) -> None:
    known = {(line.notice_id, line.lot_id): line for line in RecallLine.objects.filter(notice__recall=recall)}
    fresh = [
        RecallLine(notice_id=notice, lot_id=lot, **each.facts())
        for (notice, lot), each in wanted.items()
        if (notice, lot) not in known
    ]
    RecallLine.objects.bulk_create(fresh, batch_size=2000)
    changed = []
    for place, line in known.items():
        facts = wanted.get(place, Held()).facts()
        if line.answered_at is None and any(getattr(line, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(line, name, value)
            changed.append(line)
    RecallLine.objects.bulk_update(changed, list(Held().facts()), batch_size=1000)
    # A line of nothing that nobody answered asks for nothing.
    gone = [line.pk for line in known.values() if line.answered_at is None and not line.expected_g]
    RecallLine.objects.filter(pk__in=gone).delete()
    with_news = {notice for notice, lot in wanted if (notice, lot) not in known}
    RecallNotice.objects.filter(pk__in=with_news, answered_at__isnull=False).update(answered_at=None)


def outside(roots: Iterable[Lot]) -> list[str]:
    """Things that the journal says were made of the lots and that are no lot of this platform; at the end how many, if many."""
    keys: dict[str, None] = {}
    for root in roots:
        keys |= dict.fromkeys(descendant_epcs(root))
    if not keys:
        return []
    known = set(Lot.objects.filter(epc__in=keys).values_list("epc", flat=True))
    found = [epc for epc in keys if epc not in known]
    return [*found[:MOST_OUTSIDE], f"… {len(found)}"] if len(found) > MOST_OUTSIDE else found
