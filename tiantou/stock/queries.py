"""Reads: a level, where a lot lies, and the check that drills rely on."""

from __future__ import annotations

from dataclasses import dataclass

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
