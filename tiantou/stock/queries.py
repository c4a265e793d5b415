"""Reads: a level, where a lot lies, and the check that drills rely on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import BigIntegerField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from tiantou.stock import models


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much of a lot is at a place: `free` is what can still be promised."""

    on_hand: int = 0
    reserved: int = 0

    @property
    def free(self) -> int:
        """On hand less reserved."""
        return self.on_hand - self.reserved


def level(lot: str, place: str, unit: str = "g") -> Quantity:
    """The level of a lot at a place; zero where nothing ever was."""
    row = models.Level.objects.filter(lot=lot, place=place, unit=unit).values_list("on_hand", "reserved").first()
    return Quantity(*row) if row else Quantity()


def places_of(lot: str) -> QuerySet[models.Level]:
    """Where some of the lot lies now."""
    found: QuerySet[models.Level] = models.Level.objects.filter(lot=lot, on_hand__gt=0).order_by("place", "unit")
    return found


def lots_at(place: str) -> QuerySet[models.Level]:
    """What lies at a place now."""
    found: QuerySet[models.Level] = models.Level.objects.filter(place=place, on_hand__gt=0).order_by("lot", "unit")
    return found


def unsound_levels() -> QuerySet[models.Level]:
    """Levels that contradict their moves or their running reservations: always empty in a sound database."""
    zero = Value(0, output_field=BigIntegerField())
    rows = models.Level.objects.all()
    off_moves = rows.annotate(moved=Coalesce(Sum("moves__quantity"), zero)).exclude(moved=F("on_hand")).values("pk")
    held = Coalesce(Sum("reservations__quantity", filter=Q(reservations__state=models.Reservation.HELD)), zero)
    off_held = rows.annotate(held=held).exclude(held=F("reserved")).values("pk")
    found: QuerySet[models.Level] = rows.filter(Q(pk__in=off_moves) | Q(pk__in=off_held)).order_by("pk")
    return found


def frozen(lots: Iterable[str]) -> set[str]:
    """Which of the lots are frozen."""
    return set(models.Freeze.objects.filter(lot__in=list(lots)).values_list("lot", flat=True))


@dataclass(frozen=True, slots=True)
class Balance:
    """The masses of a set of lots in grams, from their moves alone.

    `sources` came into being with the first lots, `admixed` came in from lots outside the set, `lost` went in and did not come
    out; the rest is where the goods went. What came in is what went out and what is there, or the books are wrong (`gap`).
    """

    sources: int = 0
    admixed: int = 0
    lost: int = 0
    on_hand: int = 0
    reserved: int = 0
    shipped: int = 0
    issued: int = 0
    destroyed: int = 0

    @property
    def gap(self) -> int:
        """What the moves do not explain: zero in a sound database."""
        gone = self.lost + self.on_hand + self.shipped + self.issued + self.destroyed
        return self.sources + self.admixed - gone


_BALANCE = """
WITH affected AS (SELECT unnest(%(lots)s::text[]) AS lot), roots AS (SELECT unnest(%(roots)s::text[]) AS lot),
own AS (
    SELECT level.lot, move.kind, move.because, move.quantity
    FROM affected JOIN stock_level level ON level.lot = affected.lot AND level.unit = 'g'
    JOIN stock_move move ON move.level_id = level.id
),
-- Conversions that used something of the set: all that went in and came out of them, of the set or not.
used AS (SELECT DISTINCT because FROM own WHERE kind = 'convert' AND quantity < 0),
conversion AS (
    SELECT move.quantity, (affected.lot IS NULL) AS foreign_lot
    FROM used JOIN stock_move move ON move.because = used.because AND move.kind = 'convert'
    JOIN stock_level level ON level.id = move.level_id AND level.unit = 'g'
    LEFT JOIN affected ON affected.lot = level.lot
)
SELECT
    COALESCE((SELECT sum(quantity) FROM own WHERE (kind = 'receive')
        OR (kind = 'convert' AND quantity > 0 AND lot IN (SELECT lot FROM roots)
            AND because NOT IN (SELECT because FROM used))), 0),
    COALESCE((SELECT -sum(quantity) FROM conversion WHERE quantity < 0 AND foreign_lot), 0),
    COALESCE((SELECT -sum(quantity) FROM conversion), 0),
    COALESCE((SELECT sum(level.on_hand) FROM affected JOIN stock_level level USING (lot) WHERE level.unit = 'g'), 0),
    COALESCE((SELECT sum(level.reserved) FROM affected JOIN stock_level level USING (lot) WHERE level.unit = 'g'), 0),
    COALESCE((SELECT -sum(quantity) FROM own WHERE kind IN ('ship', 'return')), 0),
    COALESCE((SELECT -sum(quantity) FROM own WHERE kind = 'issue'), 0),
    COALESCE((SELECT -sum(quantity) FROM own WHERE kind = 'destroy'), 0)
"""


def balance(lots: Iterable[str], roots: Iterable[str]) -> Balance:
    """The mass balance of the lots, of which `roots` are those the others were made of; one statement, however many."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE, {"lots": list(lots), "roots": list(roots)})
        row = cursor.fetchone()
    assert row is not None  # noqa: S101 - a row of sums always comes
    return Balance(*(int(value) for value in row))


def lying(lots: Iterable[str]) -> QuerySet[models.Level]:
    """Where some of the lots lies now, by lot and place."""
    found: QuerySet[models.Level] = models.Level.objects.filter(lot__in=list(lots), on_hand__gt=0)
    return found.order_by("lot", "place", "unit")
