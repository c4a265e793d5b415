"""Events, what they name, and what went into what. Narrow side tables, so that millions of events stay quick to ask."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

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
    """溯源事件: one EPCIS 2.0 event; `event_id` is its CBV 2.0 hash unless the sender named it otherwise.

    `body` is the event as it came, with its eventID and recordTime, and with the prefixes that it uses under `@context`.
    """

    #: The first half of the SHA-256 of the identifier (see `rules.event_key`): half the size of an index over the text.
    key = models.UUIDField(unique=True)
    event_id = models.TextField()
    #: Of an error declaration: the key of the event that it declares wrong, whether or not that one has arrived.
    wrong = models.UUIDField(null=True)
    type = models.CharField(max_length=24)
    action = models.CharField(max_length=8, blank=True)
    #: CBV words in their short form, others as they are; places by `gs1.identifiers.key`.
    biz_step = models.TextField(blank=True)
    disposition = models.TextField(blank=True)
    read_point = models.TextField(blank=True)
    biz_location = models.TextField(blank=True)
    event_time = models.DateTimeField()
    record_time = models.DateTimeField()
    party_id = models.BigIntegerField(null=True)
    body = models.JSONField()
    #: Extension fields in a form that queries can ask (see `facts`); null where there are none.
    facts = models.JSONField(null=True)

    objects: ClassVar[Any] = EventQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["event_time", "id"], name="trace_event_time"),
            models.Index(fields=["record_time", "id"], name="trace_event_recorded"),
            models.Index(fields=["biz_step"], name="trace_event_step"),
            models.Index(fields=["disposition"], name="trace_event_disposition"),
            models.Index(fields=["read_point"], name="trace_event_read_point"),
            models.Index(fields=["biz_location"], name="trace_event_location"),
            models.Index(fields=["party_id", "id"], name="trace_event_party"),
            models.Index(fields=["wrong"], name="trace_event_wrong", condition=Q(wrong__isnull=False)),
            models.Index(
                fields=["record_time", "id"], name="trace_event_sensed", condition=Q(body__has_key="sensorElementList")
            ),
            GinIndex(
                fields=["facts"],
                name="trace_event_facts",
                opclasses=["jsonb_path_ops"],
                condition=Q(facts__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.event_id


class SideQuerySet(models.QuerySet[Any]):
    """Rows beside events."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of visible events."""
        return self.filter(event__in=Event.objects.visible_to(actor))


class Mention(models.Model):
    """提及: that an event names a thing, in a role (`rules.Role`). The key is the index: a look-up reads nothing else.

    No constraint in the database ties it to its event: both are written by one statement pair in one transaction and never
    changed, and checking each of millions of rows would cost more than writing them.
    """

    pk = models.CompositePrimaryKey("epc", "event_id", "role")
    epc = models.TextField(db_collation="C")
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, related_name="mentions", db_constraint=False, db_index=False
    )
    role = models.SmallIntegerField()

    objects: ClassVar[Any] = SideQuerySet.as_manager()

    def __str__(self) -> str:
        return self.epc


class LotLink(models.Model):
    """批次联系: that `parent` went into `child` (an input into an output, a piece into its crate), told by an event."""

    pk = models.CompositePrimaryKey("parent", "child", "event_id")
    parent = models.TextField(db_collation="C")
    child = models.TextField(db_collation="C")
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, related_name="links", db_constraint=False, db_index=False
    )

    objects: ClassVar[Any] = SideQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["child", "parent", "event"], name="trace_lotlink_back")]

    def __str__(self) -> str:
        return f"{self.parent} → {self.child}"
