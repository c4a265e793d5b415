"""Master data: what is known of places, parties and classes, as the headers of documents tell it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tiantou.kernel.actor import Actor, Role


class MasterQuerySet(models.QuerySet["Master"]):
    """Vocabulary elements."""

    def visible_to(self, actor: Actor) -> Self:
        """Region-wide roles and inspectors see all, a party its own and those of nobody in particular."""
        if actor.region_wide or actor.role is Role.INSPECTOR:
            return self
        if actor.party_id is None:
            return self.none()
        return self.filter(Q(party_id=actor.party_id) | Q(party_id=None))


class Master(models.Model):
    """主数据: one vocabulary element (EPCIS 2.0, 6.1.1) as one party told it last; `children` lie within it."""

    party_id = models.BigIntegerField(null=True)
    vocabulary = models.TextField()
    #: The element under `gs1.identifiers.key`, or the short form of a word of CBV: as events are kept.
    code = models.TextField()
    identifier = models.TextField(help_text="as it was written")
    #: [{"id": …, "attribute": …}]
    attributes = models.JSONField(default=list)
    children = ArrayField(models.TextField(), default=list)
    updated_at = models.DateTimeField()

    objects: ClassVar[Any] = MasterQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party_id", "vocabulary", "code"], name="epcis_master_once", nulls_distinct=False
            )
        ]
        indexes: ClassVar = [models.Index(fields=["code"], name="epcis_master_code")]

    def __str__(self) -> str:
        return self.identifier
