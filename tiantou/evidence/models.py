"""The log: leaves and the tiles that hold their hashes, checkpoints and the keys that signed them; and, erasable, the salts.

What the tiles, checkpoints and keys say is public: without its salt a leaf tells nothing of its event.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from tiantou.evidence.rules import notes
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.journal import Journal
from tiantou.trace.models import Event


class PublicQuerySet(models.QuerySet[Any]):
    """Rows that anybody may see."""

    def visible_to(self, actor: Actor) -> Self:
        """All."""
        return self


class OfEventQuerySet(models.QuerySet[Any]):
    """Rows that belong to an event."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the events that the actor may see."""
        return self.filter(event__in=Event.objects.visible_to(actor).values("pk"))


class OfficialQuerySet(models.QuerySet[Any]):
    """Rows for those who watch over the log."""

    def visible_to(self, actor: Actor) -> Self:
        """Officials see all."""
        return self if actor.role in OFFICIALS or actor.role is Role.SYSTEM else self.none()


class Leaf(Journal):
    """叶: one place in the log. `id` is its index from 0; `event` the event that it commits to, None where it records an erasure."""

    id = models.BigIntegerField(primary_key=True)
    event = models.BigIntegerField(null=True, unique=True)

    objects: ClassVar[Any] = OfEventQuerySet.as_manager()


class Salt(models.Model):
    """盐: 32 random bytes without which nobody can tell which event a leaf commits to; and personal facts committed with it.

    The one table of the log whose content can be erased. `event` is the event's number in the journal.
    """

    event = models.BigIntegerField(primary_key=True)
    salt = models.BinaryField(null=True)
    personal = models.JSONField(null=True, help_text="facts about a person that the event must not carry itself")
    erased_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = OfEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(erased_at=None, salt__isnull=False)
                | Q(erased_at__isnull=False, salt=None, personal__isnull=True),
                name="evidence_salt_or_erased",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event}"


class Erasure(Journal):
    """删除声明: that the salt of a leaf was erased, when and why; itself a leaf of the log, so that no erasure can be denied."""

    leaf = models.BigIntegerField(unique=True)
    statement = models.TextField(help_text="canonical JSON, as the log commits to it")
    salt = models.BinaryField()
    logged_as = models.BigIntegerField(unique=True)
    at = models.DateTimeField()

    objects: ClassVar[Any] = PublicQuerySet.as_manager()


class Tile(models.Model):
    """瓦片: up to 256 neighbouring hashes of one level (C2SP tlog-tiles). It grows at its end and is never changed otherwise."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["level", "index"], name="evidence_tile_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Key(Journal):
    """签名钥: a public key of the log; the newest signs, all remain to check what they signed."""

    name = models.CharField(max_length=200)
    public = models.BinaryField()
    at = models.DateTimeField()

    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    @property
    def verifier(self) -> notes.Key:
        """The key as verifiers know it."""
        return notes.Key(self.name, bytes(self.public))


class Checkpoint(Journal):
    """检查点: the signed root of the tree at one size (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(db_index=True)
    root = models.BinaryField()
    key = models.ForeignKey(Key, on_delete=models.PROTECT)
    at = models.DateTimeField(db_index=True)
    note = models.TextField()

    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    @property
    def root_hex(self) -> str:
        """The root as people compare it."""
        return bytes(self.root).hex()


class Cosignature(Journal):
    """见证签名: that a witness outside the platform saw a checkpoint and found it consistent with all that it saw before."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200)
    line = models.TextField()
    at = models.DateTimeField()

    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "witness"], name="evidence_cosigned_once")
        ]


class Check(Journal):
    """核对: the whole log computed anew from the journal, and what did not agree."""

    at = models.DateTimeField(db_index=True)
    size = models.BigIntegerField()
    erased = models.BigIntegerField(default=0)
    checkpoints = models.IntegerField(default=0)
    found = models.IntegerField(default=0, help_text="how many faults; `faults` tells the first of them")
    faults = models.JSONField(default=list)

    objects: ClassVar[Any] = OfficialQuerySet.as_manager()


class Sequencer(models.Model):
    """排序器: up to which event everything is in the log, and what was still under way when that was last noted."""

    settled = models.BigIntegerField(default=0)
    noted = models.BigIntegerField(default=0)
    under_way = models.JSONField(
        default=list, help_text="virtual transactions that may still bring events up to `noted`"
    )

    objects: ClassVar[Any] = OfficialQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.settled}"
