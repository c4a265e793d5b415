"""Reads over the receipts and the lake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from tiantou.kernel.actor import Actor
from tiantou.statistics import lake
from tiantou.statistics.lake import Piece
from tiantou.statistics.models import Observation, Part, PartKind, Receipt
from tiantou.statistics.words import Fault, fault


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


def rejected_rows(receipt: Receipt) -> list[Fault]:
    """Every fault of a delivery, in the order of the sheet."""
    found = lake.pieces(receipt.parts.filter(kind=PartKind.REJECTS))
    if not found:
        return []
    with lake.session() as duck:
        rows = duck.execute(f"SELECT row_no, field, reason FROM {lake.scan(found)} ORDER BY ALL").fetchall()  # noqa: S608 - own paths
    return [fault(receipt.platform, *row) for row in rows]


@dataclass(frozen=True, slots=True)
class Line:
    """One order line as stored; money in fen."""

    row_no: int
    made_on: date
    order_no: str
    product_name: str
    quantity: Decimal
    gross_fen: int
    cancelled_fen: int


def published(indicator: str) -> list[Observation]:
    """What others published for an indicator, the latest period first."""
    return list(Observation.objects.filter(indicator=indicator))


def latest_published() -> dict[str, Observation]:
    """The published value of the latest period by indicator; of corrections of one period, the last."""
    return {row.indicator: row for row in Observation.objects.order_by("period", "id")}


def lines_held(receipt: Receipt) -> int:
    """How many lines lie under a receipt: its new ones, and those it inherited from deliveries that were voided."""
    return sum(receipt.parts.filter(kind=PartKind.LINES).values_list("rows", flat=True))


def lines_of(receipt: Receipt, first: int, most: int) -> list[Line]:
    """The lines that lie under a receipt, in the order of the file, `most` of them from number `first` (0 is the first)."""
    found = lake.pieces(receipt.parts.filter(kind=PartKind.LINES))
    if not found:
        return []
    with lake.session() as duck:
        rows = duck.execute(
            "SELECT row_no, made_on, order_no, product_name, quantity, gross_fen, cancelled_fen "  # noqa: S608 - own paths
            f"FROM {lake.scan(found)} ORDER BY row_no, line_id LIMIT ? OFFSET ?",
            [most, first],
        ).fetchall()
    return [Line(*row) for row in rows]
