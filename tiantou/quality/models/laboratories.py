"""Samples on their way, and reports with their lines. Reports are a journal: a correction is a new version beside the old."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.journal import Journal
from tiantou.production.models import AREA_ROLES, Lot, in_area
from tiantou.registry.models import Party, Site


class SampleState(models.TextChoices):
    """How far a sample is."""

    TAKEN = "taken", _("已抽样")
    SENT = "sent", _("送检中")
    RECEIVED = "received", _("检测中")
    REPORTED = "reported", _("已出报告")


class Purpose(models.TextChoices):
    """Why a sample was taken."""

    SUPERVISION = "supervision", _("监督抽查")
    MONITORING = "monitoring", _("例行监测")
    ENTRUSTED = "entrusted", _("委托检测")
    RETEST = "retest", _("复检")


class SampleQuerySet(models.QuerySet["Sample"]):
    """Samples."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the lot, its producer, the laboratory it goes to, the site where it was taken, officers of the area."""
        if actor.region_wide:
            return self
        seen = Q(lot__in=Lot.objects.visible_to(actor))
        if actor.party_id is not None:
            own = Q(laboratory_id=actor.party_id) & ~Q(state=SampleState.TAKEN)
            seen |= own if actor.role is Role.LABORATORY else Q(lot__producer_id=actor.party_id)
        if actor.site_id is not None:
            seen |= Q(site_id=actor.site_id)
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= in_area("site", actor.area_code)
        return self.filter(seen)


class Sample(models.Model):
    """样品: what was taken of a lot, under the number of its slip (抽样单), by whom, and where it is."""

    number = models.CharField(max_length=24, unique=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="samples")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=12, choices=Purpose)
    state = models.CharField(max_length=10, choices=SampleState, default=SampleState.TAKEN, db_index=True)
    mass_g = models.PositiveIntegerField()
    note = models.CharField(max_length=200, blank=True)
    laboratory = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    taker = models.CharField(max_length=60)
    taker_id = models.BigIntegerField(null=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    receiver = models.CharField(max_length=60, blank=True)
    #: How it arrived: sealed, cool, enough.
    condition = models.CharField(max_length=200, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = SampleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-taken_at", "-pk"]

    def __str__(self) -> str:
        return self.number


class Method(models.TextChoices):
    """How a result came about."""

    RAPID = "rapid", _("快速检测")
    QUANTITATIVE = "quantitative", _("定量检测")


class ReportQuerySet(models.QuerySet[Any]):
    """Reports."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the sample. (The public page asks for one by its number.)"""
        return self if actor.region_wide else self.filter(sample__in=Sample.objects.visible_to(actor))

    def current(self) -> Self:
        """Those that no later version corrects."""
        return self.filter(corrected_by=None)


class Report(Journal):
    """检验报告: a laboratory's signed results of one sample. `payload` is what is signed, in canonical JSON (RFC 8785)."""

    number = models.CharField(max_length=32, unique=True)
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="reports")
    version = models.PositiveSmallIntegerField()
    corrects = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrected_by"
    )
    reason = models.CharField(max_length=200, blank=True)
    laboratory = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=12, choices=Method)
    #: None where no line could be judged.
    passed = models.BooleanField(null=True)
    payload = models.JSONField()
    signature = models.CharField(max_length=120)
    #: The verification method of the laboratory's key (`did:web:…#key-1`).
    signed_with = models.CharField(max_length=200)
    issued_at = models.DateTimeField()
    signer = models.CharField(max_length=60)
    person_id = models.BigIntegerField(null=True)

    objects: ClassVar[Any] = ReportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-issued_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sample", "version"], name="quality_report_version_once")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def item(self) -> str:
        """What stands where a quick test would name its item."""
        return f"{self.get_method_display()} {self.number}"

    @property
    def tested_at(self) -> Any:
        """When the result was there."""
        return self.issued_at


class OfReportQuerySet(models.QuerySet[Any]):
    """Lines of reports."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the report."""
        return self if actor.region_wide else self.filter(report__in=Report.objects.visible_to(actor))


class ReportLine(Journal):
    """检验项目: one substance of a report, what was read, its limit with source, and the verdict that follows."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="lines")
    substance = models.CharField(max_length=60)
    #: As the laboratory wrote it: `0.012`, `<0.01`, `ND`.
    reading = models.CharField(max_length=30)
    value = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    lod = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=12)
    limit = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    limit_unit = models.CharField(max_length=12, blank=True)
    limit_source = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10)
    instrument = models.CharField(max_length=60, blank=True)
    tested_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = OfReportQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.substance}: {self.reading} {self.unit}"
