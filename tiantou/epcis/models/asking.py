"""Named queries and the subscriptions to them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models

from tiantou.kernel.actor import Actor, Role


def owner_of(actor: Actor) -> str:
    """Whose queries an actor's are: the party's, else the person's."""
    if actor.party_id is not None:
        return f"party:{actor.party_id}"
    return f"person:{actor.person_id}"


class OwnedQuerySet(models.QuerySet[Any]):
    """What belongs to a party or person."""

    def visible_to(self, actor: Actor) -> Self:
        """One's own; the system's all; nothing to strangers."""
        if actor.role is Role.SYSTEM:
            return self
        return self.filter(owner=owner_of(actor)) if actor.signed_in else self.none()


class NamedQuery(models.Model):
    """命名查询: a query kept under a name of its owner's (EPCIS 2.0, 8.2.5)."""

    owner = models.CharField(max_length=40)
    name = models.TextField()
    #: The query as it was sent, with its `@context`.
    definition = models.JSONField()
    #: Prefixes that the client explained by header when it was made.
    spaces = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    objects: ClassVar[Any] = OwnedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["owner", "name"], name="epcis_query_name_once")]

    def __str__(self) -> str:
        return self.name


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of visible queries."""
        return self.filter(query__in=NamedQuery.objects.visible_to(actor))

    def due(self, at: datetime) -> Self:
        """Those whose next run has come."""
        return self.filter(next_at__lte=at)


class Subscription(models.Model):
    """订阅: what a named query finds anew is sent to an address, as it comes or by a schedule.

    Everything up to the row `after` of the journal was sent and taken. The query runs as the subscriber, whose actor is kept.
    """

    code = models.UUIDField(unique=True, default=uuid.uuid4)
    query = models.ForeignKey(NamedQuery, on_delete=models.CASCADE, related_name="subscriptions")
    dest = models.TextField()
    signature_token = models.TextField(blank=True)
    #: Empty for a stream.
    schedule = models.JSONField(default=dict)
    report_if_empty = models.BooleanField(default=False)
    #: EPC and CBV format and media type, as negotiated when it was made.
    form = models.JSONField(default=dict)
    actor = models.JSONField()
    initial_record_time = models.DateTimeField()
    created_at = models.DateTimeField()

    after = models.BigIntegerField(default=0)
    min_record_time = models.DateTimeField()
    last_executed_at = models.DateTimeField(null=True)
    last_notified_at = models.DateTimeField(null=True)
    #: When it is run next; a failed delivery puts it off.
    next_at = models.DateTimeField(db_index=True)
    failures = models.PositiveIntegerField(default=0)
    last_failure = models.TextField(blank=True)

    objects: ClassVar[Any] = SubscriptionQuerySet.as_manager()

    @property
    def stream(self) -> bool:
        """Whether events are sent as they come."""
        return not self.schedule

    def __str__(self) -> str:
        return str(self.code)
