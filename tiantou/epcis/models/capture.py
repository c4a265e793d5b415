"""Capture jobs."""

from __future__ import annotations

from typing import Any, ClassVar, Self
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor


class CaptureJobQuerySet(models.QuerySet["CaptureJob"]):
    """Capture jobs."""

    def visible_to(self, actor: Actor) -> Self:
        """Region-wide roles see all, a party its own."""
        if actor.region_wide:
            return self
        return self.filter(party_id=actor.party_id) if actor.party_id is not None else self.none()


class Behaviour(models.TextChoices):
    """What becomes of the good events of a document that holds a bad one (GS1-Capture-Error-Behaviour)."""

    ROLLBACK = "rollback", _("全部不收")
    PROCEED = "proceed", _("好的照收")


class CaptureJob(models.Model):
    """采集任务: one document that somebody sent to be captured, and what became of it.

    While `running`, the document waits in `payload`; afterwards it is gone, for its events stand in the journal.
    """

    capture_id = models.UUIDField(unique=True, default=uuid4, editable=False)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    running = models.BooleanField()
    success = models.BooleanField(null=True)
    error_behaviour = models.CharField(max_length=8, choices=Behaviour)
    #: Problem documents (RFC 7807), at most a hundred.
    errors = models.JSONField(default=list)
    accepted = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    media_type = models.CharField(max_length=60)
    payload = models.BinaryField(null=True)
    party_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=20)

    objects: ClassVar[Any] = CaptureJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["party_id", "-created_at"], name="epcis_job_party"),
            models.Index(fields=["created_at"], name="epcis_job_waiting", condition=Q(running=True)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(running=True, finished_at=None, success=None, payload__isnull=False)
                | Q(running=False, finished_at__isnull=False, success__isnull=False, payload=None),
                name="epcis_job_waits_or_is_done",
            )
        ]

    def __str__(self) -> str:
        return str(self.capture_id)
