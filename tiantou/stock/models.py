"""Levels, moves and reservations."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.journal import Journal


class WatchedQuerySet(models.QuerySet[Any]):
    """Rows that officials look at; whose goods they are is known to the packages above, which read with their own eyes."""

    def visible_to(self, actor: Actor) -> Self:
        """Region-wide roles and inspectors see all; others ask by lot through the package that owns the lot."""
        return self if actor.region_wide or actor.role is Role.INSPECTOR else self.none()


class Level(models.Model):
    """存量: how much of a lot is on hand at a place, and how much of that is promised."""

    lot = models.CharField(max_length=120)
    place = models.CharField(max_length=64, db_index=True)
    unit = models.CharField(max_length=4)
    on_hand = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)

    objects: ClassVar[Any] = WatchedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lot", "place", "unit"], name="stock_level_once"),
            models.CheckConstraint(condition=Q(reserved__gte=0, reserved__lte=F("on_hand")), name="stock_level_sound"),
        ]

    def __str__(self) -> str:
        return f"{self.lot} @ {self.place}: {self.on_hand} {self.unit}"

    @property
    def free(self) -> int:
        """What can still be promised."""
        return self.on_hand - self.reserved


class Reservation(models.Model):
    """预留: a promise of part of a level, until it is shipped, released or runs out."""

    HELD, SHIPPED, RELEASED = "held", "shipped", "released"

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="reservations")
    quantity = models.BigIntegerField()
    because = models.CharField(max_length=100)
    state = models.CharField(max_length=8, default=HELD)
    expires_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = WatchedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(quantity__gt=0), name="stock_reservation_some")]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], condition=Q(state="held"), name="stock_reservation_running")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.state}"


class Freeze(models.Model):
    """冻结: that nothing of a lot may leave, be moved, used up or promised, wherever it lies; coming in is allowed."""

    lot = models.CharField(max_length=120, unique=True)
    since = models.DateTimeField()

    objects: ClassVar[Any] = WatchedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.lot


class Move(Journal):
    """库存流水: one change of a level's on hand, with its sign, and the reason (`model:key` of what caused it)."""

    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="moves")
    kind = models.CharField(max_length=10)
    quantity = models.BigIntegerField()
    because = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = WatchedQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # What went into a conversion and what came out of it share their reason.
            models.Index(fields=["because"], condition=Q(kind="convert"), name="stock_move_conversion")
        ]
