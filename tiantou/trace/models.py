"""Events, what they name, and what went into what. Narrow side tables, so that millions of events stay quick to ask."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.journal import Journal


class EventQuerySet(models.QuerySet["Event"]):
    """Events."""

    def visible_to(self, actor: Actor) -> Self:
        """Region-wide roles and inspectors see all, a party those that it recorded; the public what a scan page shows."""
        if actor.region_wide or actor.role is Role.INSPECTOR:
            return self
        return self.filter(party_id=actor.party_id) if actor.party_id is not None else self.none()


class Event(Journal):
    """溯源事件: one EPCIS 2.0 event; `event_id` is its CBV 2.0 hash unless the sender named it otherwise."""

    event_id = models.CharField(max_length=200, unique=True)
    type = models.CharField(max_length=24)
    action = models.CharField(max_length=8, blank=True)
    biz_step = models.CharField(max_length=120, blank=True)
    disposition = models.CharField(max_length=120, blank=True)
    read_point = models.CharField(max_length=200, blank=True)
    biz_location = models.CharField(max_length=200, blank=True, db_index=True)
    event_time = models.DateTimeField(db_index=True)
    record_time = models.DateTimeField(db_index=True)
    party_id = models.BigIntegerField(null=True, db_index=True)
    body = models.JSONField()

    objects: ClassVar[Any] = EventQuerySet.as_manager()

    def __str__(self) -> str:
        return self.event_id


class SideQuerySet(models.QuerySet[Any]):
    """Rows beside events."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of visible events."""
        return self.filter(event__in=Event.objects.visible_to(actor))


class Mention(Journal):
    """提及: that an event names an identifier, as epc, parent, child, input or output."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="mentions")
    epc = models.CharField(max_length=200)
    role = models.CharField(max_length=6)
    quantity = models.FloatField(null=True)
    uom = models.CharField(max_length=8, blank=True)

    objects: ClassVar[Any] = SideQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["epc", "event"])]


class LotLink(Journal):
    """批次联系: that `parent` went into `child` (an input into an output, a piece into its crate), told by an event."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="links")
    parent = models.CharField(max_length=200)
    child = models.CharField(max_length=200)

    objects: ClassVar[Any] = SideQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["parent", "child"]), models.Index(fields=["child", "parent"])]
