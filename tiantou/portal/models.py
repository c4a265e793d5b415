"""What the portal itself writes down: how often a code was scanned, and what consumers complain of."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor, Role
from tiantou.production.models import AREA_ROLES, Lot, in_area


class OfLotQuerySet(models.QuerySet[Any]):
    """Rows about a lot, or about a code that belongs to none."""

    def visible_to(self, actor: Actor) -> Self:
        """Officers and inspectors those of lots of their area, and what belongs to no lot; region-wide roles all; nobody else."""
        if actor.region_wide:
            return self
        if actor.role not in AREA_ROLES or not actor.area_code:
            return self.none()
        lots = Lot.objects.filter(in_area("place", actor.area_code) | in_area("plot__base", actor.area_code))
        return self.filter(Q(lot=None) | Q(lot__in=lots))


class CodeScan(models.Model):
    """扫码计数: how often one coarse, daily changing client scanned a code on a day. No address, no device, no person.

    `key` is the code's name (`gs1.identifiers.key`); `level` is `piece`, `crate`, `lot`, or `unissued` for a code of a product of
    ours that was never given out.
    """

    pk = models.CompositePrimaryKey("key", "day", "client")
    key = models.CharField(max_length=120, db_collation="C")
    day = models.DateField()
    client = models.CharField(max_length=8)
    level = models.CharField(max_length=8)
    lot = models.ForeignKey(Lot, null=True, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    times = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    objects: ClassVar[Any] = OfLotQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["day", "level"], name="portal_codescan_day")]

    def __str__(self) -> str:
        return f"{self.key} {self.day}: {self.times}"


class SaltQuerySet(models.QuerySet["DaySalt"]):
    """Salts."""

    def visible_to(self, actor: Actor) -> Self:
        """Nobody but the system reads them."""
        return self if actor.role is Role.SYSTEM else self.none()


class DaySalt(models.Model):
    """日盐: the secret with which a day's clients are hashed; gone after the day, so that nobody can be found out later."""

    day = models.DateField(primary_key=True)
    salt = models.BinaryField()

    objects: ClassVar[Any] = SaltQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.day)


class Ground(models.TextChoices):
    """What a consumer complains of."""

    SPOILT = "spoilt", _("坏了、变质了")
    UNWELL = "unwell", _("吃了不舒服")
    SHORT = "short", _("分量不够、等级不对")
    CODE = "code", _("码有问题，怀疑是假的")
    RECORD = "record", _("写的来处不对")
    OTHER = "other", _("别的问题")


class Outcome(models.TextChoices):
    """What came of a complaint."""

    UPHELD = "upheld", _("属实，已处理")
    UNFOUNDED = "unfounded", _("查过了，不属实")
    PASSED_ON = "passed_on", _("已转给该管的部门")


class Complaint(models.Model):
    """投诉: what somebody who scanned a code, or ate the goods, says is wrong, and what was answered.

    Who knows the number may read the answer; the contact is only for those who answer, and is blanked once it is no longer needed.
    """

    #: `TS` and eight characters nobody can guess.
    number = models.CharField(max_length=10, unique=True)
    code = models.CharField(max_length=120, blank=True)
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=12, choices=Ground)
    text = models.CharField(max_length=500)
    bought_at = models.CharField(max_length=120, blank=True)
    contact = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[Any] = OfLotQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["outcome", "-at"], name="portal_complaint_open")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome="", answered_at=None) | (~Q(outcome="") & Q(answered_at__isnull=False)),
                name="portal_complaint_answered_whole",
            )
        ]

    def __str__(self) -> str:
        return self.number
