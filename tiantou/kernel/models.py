"""Deeds (audit lines) and idempotency keys: both written in the transaction of the verb that they belong to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.journal import Journal


class DeedQuerySet(models.QuerySet["Deed"]):
    """Audit lines."""

    def visible_to(self, actor: Actor) -> DeedQuerySet:
        """Auditors and administrators see all; anybody else their own."""
        if actor.role in {Role.AUDITOR, Role.ADMINISTRATOR, Role.SYSTEM}:
            return self
        if actor.person_id is None:
            return self.none()
        return self.filter(person_id=actor.person_id)


class Deed(Journal):
    """办事记录: one line per verb done: who, in which role, for whom, what, on which object, when."""

    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=100, db_index=True)
    role = models.CharField(max_length=32)
    person_id = models.BigIntegerField(null=True, db_index=True)
    name = models.CharField(max_length=100, blank=True)
    party_id = models.BigIntegerField(null=True)
    consent_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=100, blank=True, help_text="model label and key of the object")
    detail = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[Deed]] = DeedQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject"])]


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    """Keys of verbs done."""

    def visible_to(self, actor: Actor) -> IdempotencyKeyQuerySet:
        """Nobody but the system reads keys."""
        return self if actor.role is Role.SYSTEM else self.none()


class IdempotencyKey(models.Model):
    """幂等键: that this actor's submission under this key was done, and what came of it."""

    scope = models.CharField(max_length=160)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    result_model = models.CharField(max_length=100, blank=True)
    result_pk = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[IdempotencyKey]] = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["scope", "key"], name="kernel_key_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
