"""Recalls and drills: what is called back, whose goods they are, what each holder was told and answered."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor
from tiantou.kernel.journal import Journal
from tiantou.production.models import AREA_ROLES, Hold, Lot, Subject
from tiantou.registry.models import Party


class RecallState(models.TextChoices):
    """Where a recall stands."""

    OPENED = "opened", _("已冻结，待发布")
    ONGOING = "ongoing", _("召回中")
    CLOSED = "closed", _("已结束")


class RecallLevel(models.TextChoices):
    """How bad it is (食品召回管理办法, article 13): it sets the hours to begin and the working days to end."""

    ONE = "1", _("一级")
    TWO = "2", _("二级")
    THREE = "3", _("三级")


class Origin(models.TextChoices):
    """Who began it."""

    ORDERED = "ordered", _("责令召回")
    VOLUNTARY = "voluntary", _("主动召回")


class RecallQuerySet(models.QuerySet["Recall"]):
    """Recalls."""

    def visible_to(self, actor: Actor) -> Self:
        """Everybody what was made public; whose goods they are, and who was told, theirs; an officer the area's; region-wide roles all.

        A drill is its party's and the officials' own business.
        """
        if actor.region_wide:
            return self
        seen = Q(drill=False, started_at__isnull=False)
        if actor.party_id is not None:
            told = RecallNotice.objects.filter(party_id=actor.party_id, told_at__isnull=False)
            seen |= Q(party_id=actor.party_id) | Q(opener_id=actor.party_id) | Q(pk__in=told.values("recall_id"))
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= Q(area_code__startswith=actor.area_code)
        return self.filter(seen)

    def living(self) -> Self:
        """Not closed."""
        return self.exclude(state=RecallState.CLOSED)


class Recall(models.Model):
    """召回: that everything made of some lots is called back; or a drill (演练), which computes the same and touches nothing."""

    number = models.CharField(max_length=24, unique=True)
    drill = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=RecallState, default=RecallState.OPENED, db_index=True)
    level = models.CharField(max_length=1, choices=RecallLevel)
    origin = models.CharField(max_length=10, choices=Origin)
    kind = models.CharField(max_length=12, choices=Subject)
    #: What was marked, in words: the lot's number, the plot, the input and its batch, the crate, the certificate.
    subject = models.CharField(max_length=200)
    product_name = models.CharField(max_length=120, blank=True)
    #: Whose goods they are (召回责任主体), and who opened it where that is another party.
    party = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="+")
    opener = models.ForeignKey(Party, null=True, on_delete=models.PROTECT, related_name="+")
    area_code = models.CharField(max_length=12, blank=True)
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    legal_basis = models.CharField(max_length=300, blank=True)
    public_text = models.TextField(max_length=2000, blank=True)
    ordered_by = models.CharField(max_length=120)
    person_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    #: Until when holders answer, and the last day on which the recall should be over.
    answer_by = models.DateTimeField(null=True, blank=True)
    finish_on = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    summary = models.TextField(max_length=2000, blank=True)
    gaps = models.TextField(max_length=1000, blank=True)
    #: How long the computation of the closure took, and the things beyond this platform that it met.
    computed_ms = models.PositiveIntegerField(default=0)
    outside = models.JSONField(default=list)

    objects: ClassVar[Any] = RecallQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-opened_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(drill=False) | Q(hold=None), name="quality_drill_holds_nothing"),
            models.CheckConstraint(
                condition=~Q(state="closed") | (Q(closed_at__isnull=False) & ~Q(summary="")),
                name="quality_recall_closed_with_report",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OfRecallQuerySet(models.QuerySet[Any]):
    """Rows of a recall."""

    def visible_to(self, actor: Actor) -> Self:
        """Officials and the party responsible see all rows of their recalls; a holder the rows addressed to it."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.party_id is not None:
            seen |= Q(recall__party_id=actor.party_id) | Q(recall__opener_id=actor.party_id)
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= Q(recall__area_code__startswith=actor.area_code)
        return self.filter(seen)


class RecallLot(models.Model):
    """召回批次: that a lot belongs to a recall: marked itself (`root`), made of such a lot, or found later (`late`)."""

    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="lots")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="recalls")
    root = models.BooleanField()
    late = models.BooleanField()
    added_at = models.DateTimeField()

    objects: ClassVar[Any] = OfRecallQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["recall", "lot"], name="quality_recall_lot_once")]

    def __str__(self) -> str:
        return f"{self.lot_id} in {self.recall_id}"


class RecallNoticeQuerySet(OfRecallQuerySet):
    """Notices."""

    def visible_to(self, actor: Actor) -> Self:
        """Its holder, once told; and as other rows of the recall."""
        rows = super().visible_to(actor)
        if actor.party_id is None or actor.region_wide:
            return rows
        return rows | self.filter(party_id=actor.party_id, told_at__isnull=False)


class RecallNotice(models.Model):
    """召回通知: what one holder was told, when, and until when it answers."""

    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="notices")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    #: Null: not told (a drill tells nobody outside).
    told_at = models.DateTimeField(null=True, blank=True)
    answer_by = models.DateTimeField(null=True, blank=True)
    #: How many phones a message was sent to; 0 where none is known or the gateway refused.
    phones = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = RecallNoticeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["recall", "party"], name="quality_notice_once")]

    def __str__(self) -> str:
        return f"{self.recall_id} → {self.party_id}"


class OfNoticeQuerySet(models.QuerySet[Any]):
    """Rows of a notice."""

    def visible_to(self, actor: Actor) -> Self:
        """Whoever sees the notice."""
        return self.filter(notice__in=RecallNotice.objects.visible_to(actor))


class RecallLine(models.Model):
    """通知明细: how much of one lot a holder should have, as the journals say, and what it answered last."""

    notice = models.ForeignKey(RecallNotice, on_delete=models.PROTECT, related_name="lines")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+")
    stock_g = models.PositiveBigIntegerField(default=0)
    road_g = models.PositiveBigIntegerField(default=0)
    bought_g = models.PositiveBigIntegerField(default=0)
    #: Sold by this holder to private buyers, who have no account to be told through.
    private_g = models.PositiveBigIntegerField(default=0)
    packs = models.PositiveIntegerField(default=0)
    places = models.CharField(max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    stopped_g = models.PositiveBigIntegerField(default=0)
    returned_g = models.PositiveBigIntegerField(default=0)
    destroyed_g = models.PositiveBigIntegerField(default=0)
    sold_g = models.PositiveBigIntegerField(default=0)
    proof = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = OfNoticeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["lot__code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "lot"], name="quality_line_once"),
            models.CheckConstraint(condition=Q(destroyed_g=0) | ~Q(proof=""), name="quality_destroyed_with_proof"),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.expected_g} g"

    @property
    def expected_g(self) -> int:
        """What the holder should account for."""
        return self.stock_g + self.road_g + self.bought_g + self.private_g

    @property
    def accounted_g(self) -> int:
        """What the holder accounted for."""
        return self.stopped_g + self.returned_g + self.destroyed_g + self.sold_g

    @property
    def gap_g(self) -> int:
        """What is missing from the answer (below zero: more was found than the books say)."""
        return self.expected_g - self.accounted_g


class RecallAnswer(Journal):
    """召回反馈: one answer about one line, as given; the line shows the last."""

    line = models.ForeignKey(RecallLine, on_delete=models.PROTECT, related_name="answers")
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=100, blank=True)
    stopped_g = models.PositiveBigIntegerField()
    returned_g = models.PositiveBigIntegerField()
    destroyed_g = models.PositiveBigIntegerField()
    sold_g = models.PositiveBigIntegerField()
    proof = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class AnswerQuerySet(models.QuerySet[Any]):
        """Answers."""

        def visible_to(self, actor: Actor) -> Self:
            """Whoever sees the notice."""
            return self.filter(line__notice__in=RecallNotice.objects.visible_to(actor))

    objects: ClassVar[Any] = AnswerQuerySet.as_manager()


class DrillPlanQuerySet(models.QuerySet["DrillPlan"]):
    """Plans of drills."""

    def visible_to(self, actor: Actor) -> Self:
        """The party's own; officers of its area; region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.party_id is not None:
            seen |= Q(party_id=actor.party_id)
        if actor.role in AREA_ROLES and actor.area_code:
            seen |= Q(party__area__code=actor.area_code) | Q(party__area__district__code=actor.area_code)
        return self.filter(seen)


class DrillPlan(models.Model):
    """演练计划: that a party drills every so many months, next from a day on."""

    party = models.OneToOneField(Party, on_delete=models.PROTECT, related_name="+")
    months = models.PositiveSmallIntegerField()
    next_on = models.DateField()

    objects: ClassVar[Any] = DrillPlanQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["next_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(months__gte=1, months__lte=24), name="quality_drill_months")
        ]

    def __str__(self) -> str:
        return f"{self.party_id}: {self.next_on}"


#: The sum of what a line should account for, in queries.
EXPECTED = F("stock_g") + F("road_g") + F("bought_g") + F("private_g")
