"""Reads over the receipts and the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tiantou.kernel.actor import Actor
from tiantou.statistics import lake
from tiantou.statistics.lake import Piece
from tiantou.statistics.models import Part, PartKind, Receipt


@dataclass(frozen=True, slots=True)
class Turnover:
    """Turnover of a year in fen: gross, what was cancelled, and the rest; and of how many orders and lines."""

    year: int
    platform: str
    gross_fen: int
    cancelled_fen: int
    orders: int
    lines: int
    demonstration: bool

    @property
    def net_fen(self) -> int:
        """Gross less cancelled."""
        return self.gross_fen - self.cancelled_fen


def visible_pieces() -> tuple[Piece, ...]:
    """The files whose lines count now."""
    return lake.pieces(Part.objects.standing().filter(kind=PartKind.LINES))


def turnover() -> list[Turnover]:
    """Turnover in counted products by year (of the platform's own calendar) and platform, oldest first."""
    return _turnover(visible_pieces())


@lru_cache(maxsize=8)
def _turnover(found: tuple[Piece, ...]) -> list[Turnover]:
    # Files never change, so the set of them is a sound key for what was computed from it.
    with lake.session() as duck:
        rows = duck.execute(
            "SELECT year(made_on), platform, sum(gross_fen)::BIGINT, sum(cancelled_fen)::BIGINT, "  # noqa: S608 - own paths
            "count(DISTINCT order_no), count(*), bool_or(demonstration) "
            f"FROM {lake.current(found)} WHERE counted GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    return [Turnover(*row) for row in rows]


def state(found: Sequence[Piece] | None = None) -> list[tuple[str, ...]]:
    """All lines that count, in one order, without which delivery brought them: equal lists mean equal states."""
    columns = ", ".join(f"{name}::VARCHAR" for name in lake.COLUMNS if name not in {"receipt_id", "row_no"})
    with lake.session() as duck:
        return duck.execute(
            f"SELECT {columns} FROM {lake.current(visible_pieces() if found is None else found)} ORDER BY line_id"  # noqa: S608 - own paths
        ).fetchall()


def receipts(by: Actor) -> list[Receipt]:
    """The receipts that the actor sees, newest first."""
    return list(Receipt.objects.visible_to(by))


def rejected_rows(receipt: Receipt) -> list[tuple[int, str, str]]:
    """Row in the sheet, field and reason code of every fault of a delivery, in the order of the sheet."""
    found = lake.pieces(receipt.parts.filter(kind=PartKind.REJECTS))
    if not found:
        return []
    with lake.session() as duck:
        return duck.execute(f"SELECT row_no, field, reason FROM {lake.scan(found)} ORDER BY ALL").fetchall()  # noqa: S608 - own paths
