"""Receipts of deliveries, the manifest of the lake, and officially reported figures."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor
from tiantou.kernel.journal import Journal
from tiantou.registry.models import Party


class Status(models.TextChoices):
    """What came of a delivery."""

    ACCEPTED = "accepted", _("已入库")
    PARTLY = "partly", _("部分入库")
    REPEATED = "repeated", _("全部重复")
    REFUSED = "refused", _("没有可用的行")
    VOID = "void", _("作废不计")


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """Receipts."""

    def visible_to(self, actor: Actor) -> ReceiptQuerySet:
        """Region-wide roles see all; a platform firm those of its platform and those it sent."""
        if actor.region_wide:
            return self
        if actor.party_id is None:
            return self.none()
        return self.filter(models.Q(operator_id=actor.party_id) | models.Q(sender_party_id=actor.party_id))

    def standing(self) -> ReceiptQuerySet:
        """Receipts that are not void."""
        return self.exclude(status=Status.VOID)


class Receipt(models.Model):
    """回执: one file that a platform sent, and what came of each of its rows.

    `rows_read` = `new_lines` + `repeated_lines` (known from an earlier delivery) + `duplicate_rows` (said twice in this
    file) + `rejected_rows`. `other_versions` of the new lines differ from a line that the platform had sent under the same key.
    """

    platform = models.CharField(max_length=40, db_index=True)
    operator = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    sender_name = models.CharField(max_length=100, blank=True)
    sender_party = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="+")
    person_id = models.BigIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.REFUSED, db_index=True)
    demonstration = models.BooleanField(default=False)
    rows_read = models.PositiveIntegerField(default=0)
    new_lines = models.PositiveIntegerField(default=0)
    repeated_lines = models.PositiveIntegerField(default=0)
    duplicate_rows = models.PositiveIntegerField(default=0)
    rejected_rows = models.PositiveIntegerField(default=0)
    other_versions = models.PositiveIntegerField(default=0)
    cancellations = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    gross_fen = models.BigIntegerField(default=0, help_text="of the new lines")
    cancelled_fen = models.BigIntegerField(default=0, help_text="of the new lines")
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.CharField(max_length=100, blank=True)
    void_reason = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = ReceiptQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """The number that people quote."""
        return f"HZ{self.pk:06d}"

    @property
    def net_fen(self) -> int:
        """Gross less cancelled, of the new lines."""
        return self.gross_fen - self.cancelled_fen


class PartKind(models.TextChoices):
    """What a file of the lake holds."""

    LINES = "lines", _("订单行")
    REPEATS = "repeats", _("重复的行")
    REJECTS = "rejects", _("退回的行")


class PartQuerySet(models.QuerySet["Part"]):
    """Files of the lake."""

    def visible_to(self, actor: Actor) -> PartQuerySet:
        """Parts of the receipts that the actor sees."""
        return self if actor.region_wide else self.filter(receipt__in=Receipt.objects.visible_to(actor))

    def standing(self) -> PartQuerySet:
        """Parts of receipts that are not void."""
        return self.exclude(receipt__status=Status.VOID)


class Part(models.Model):
    """数据文件: that a Parquet file belongs to the lake. A file without a row here does not exist for anybody."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="parts")
    kind = models.CharField(max_length=8, choices=PartKind)
    platform = models.CharField(max_length=40)
    #: The first day of the month in which the orders were made; null for rejected rows.
    month = models.DateField(null=True)
    path = models.CharField(max_length=200, unique=True)
    rows = models.PositiveIntegerField()
    #: Whether a line in it shares its key with another line: only then must a reader choose between versions.
    contested = models.BooleanField(default=False)

    objects: ClassVar[Any] = PartQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "platform", "month"])]

    def __str__(self) -> str:
        return self.path


class ObservationQuerySet(models.QuerySet["Observation"]):
    """Reported figures."""

    def visible_to(self, actor: Actor) -> ObservationQuerySet:
        """Reported figures are public."""
        return self


class Observation(Journal):
    """公布值: a figure that somebody else published, with its source. A correction is a later row for the same period."""

    indicator = models.CharField(max_length=40)
    area_code = models.CharField(max_length=12)
    period = models.CharField(max_length=10, help_text="2020, 2020-12 or 2020-12-31")
    value = models.DecimalField(max_digits=20, decimal_places=4)
    source = models.CharField(max_length=200)
    source_url = models.URLField(max_length=400, blank=True)
    published_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = ObservationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-period", "-pk"]
        indexes: ClassVar = [models.Index(fields=["indicator", "area_code", "period"])]
