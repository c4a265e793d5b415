"""A port: packages above tell where goods of given lots are now, and what lies in a crate. Wired in `config.wiring`.

Quality knows lots and stock; what is on the road, sold, or packed into which crate is known above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Where(StrEnum):
    """In what way a holder has goods."""

    STOCK = "stock"
    ROAD = "road"
    SOLD = "sold"


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a lot is in one holder's hands. Sold to a private buyer, `holder_id` is None and `seller_id` says who sold it."""

    lot: str
    where: Where
    mass_g: int
    holder_id: int | None
    seller_id: int | None = None
    place: str = ""
    packs: int = 0


@dataclass(frozen=True, slots=True)
class Packed:
    """How a lot was packed: how many packs, in which crates."""

    lot: str
    packs: int
    crates: tuple[str, ...]


Locator = Callable[[Sequence[str]], Iterable[Part]]
Packer = Callable[[Sequence[str]], Iterable[Packed]]
#: The lots of which something lies in a crate or is a pack, by its identifier.
Opener = Callable[[str], Iterable[str]]

_locators: list[Locator] = []
_packers: list[Packer] = []
_openers: list[Opener] = []


def tell(*, where: Locator | None = None, packed: Packer | None = None, inside: Opener | None = None) -> None:
    """From now on these are asked too; wiring again changes nothing."""
    for known, new in ((_locators, where), (_packers, packed), (_openers, inside)):
        if new is not None and new not in known:
            known.append(new)  # type: ignore[arg-type]


def parts_of(lots: Sequence[str]) -> list[Part]:
    """Where the goods of the lots are, as the packages above know."""
    return [part for locate in _locators for part in locate(lots)]


def packed(lots: Sequence[str]) -> list[Packed]:
    """How the lots were packed."""
    return [each for pack in _packers for each in pack(lots)]


def lots_in(unit: str) -> list[str]:
    """The lots of which something is in the crate or pack."""
    return list(dict.fromkeys(lot for look in _openers for lot in look(unit)))
