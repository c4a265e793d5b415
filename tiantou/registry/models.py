"""The register's tables. A dozen tables of one shape (`Record`); what differs between kinds is data (`kinds/`)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse

from tiantou.areas.models import Area
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.journal import Journal


class Status(models.TextChoices):
    """Where a record stands."""

    DRAFT = "draft", "待核实"
    CONFIRMED = "confirmed", "已核实"
    CLOSED = "closed", "已注销"


class RecordQuerySet(models.QuerySet[Any]):
    """Records of one register."""

    def visible_to(self, actor: Actor) -> Self:
        """The public sees confirmed records; holder and registrant also their own; an officer all of the area; region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(status=Status.CONFIRMED)
        if actor.party_id is not None:
            seen |= Q(pk=actor.party_id) if self.model is Party else Q(holder_id=actor.party_id)
        if actor.person_id is not None:
            seen |= Q(registrant_id=actor.person_id)
        if actor.role in {Role.DISTRICT_OFFICER, Role.INSPECTOR} and actor.area_code:
            seen |= Q(area__code=actor.area_code) | Q(area__district__code=actor.area_code)
        return self.filter(seen)

    def of_kind(self, kind: str) -> Self:
        """Records whose present kind is `kind`."""
        return self.filter(kind=kind)

    def living(self) -> Self:
        """Records not closed."""
        return self.exclude(status=Status.CLOSED)


class Record(models.Model):
    """The shape of every register row. `code` is the natural key (credit code, certificate number, own number)."""

    kind = models.CharField(max_length=40, db_index=True)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    #: The party whose record this is (operator of a site, owner of a brand): its tenant.
    holder = models.ForeignKey("registry.Party", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    #: The person who registered it: sees and mends the draft before a holder is known.
    registrant_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT, db_index=True)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    #: The kind's own fields, checked against its definition.
    data = models.JSONField(default=dict)
    tokens = ArrayField(models.CharField(max_length=40), default=list)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    objects: ClassVar[Any] = RecordQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(status="closed"), name="%(app_label)s_%(class)s_code_once"
            )
        ]
        indexes: ClassVar = [
            GinIndex(fields=["tokens"], name="%(class)s_tokens"),
            # Both carry what a list filters by, so that counting it and turning to a late page reads the index alone.
            models.Index(fields=["kind", "status", "area"], name="%(class)s_kind_area"),
            models.Index(fields=["kind", "name", "id"], include=["status"], name="%(class)s_kind_name"),
            models.Index(fields=["code"], opclasses=["varchar_pattern_ops"], name="%(class)s_code_begins"),
            models.Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="%(class)s_name_begins"),
            models.Index(fields=["holder"], name="%(class)s_holder"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The record's page."""
        return reverse("registry:record", args=[self._meta.model_name, self.kind, self.pk])


class Party(Record):
    """主体: a firm, co-operative, family farm, grower, bank, authority … or a natural person without a credit code.

    `code` is the unified social credit code, or `P-` and a number for a natural person.
    """

    natural_person = models.BooleanField(default=False)
    #: Keyed hash of the identity number; the number itself is never kept.
    identity_hash = models.CharField(max_length=64, null=True, blank=True)
    #: Slot filled by `credit`.
    grade = models.CharField(max_length=8, blank=True)

    class Meta(Record.Meta):
        constraints: ClassVar = [
            *Record.Meta.constraints,
            models.UniqueConstraint(
                fields=["identity_hash"], condition=~Q(status="closed"), name="registry_party_identity_once"
            ),
        ]

    def masked_name(self) -> str:
        """The name for the public: a natural person's given name is masked (张*)."""
        return self.name[:1] + "*" if self.natural_person else self.name


class Site(Record):
    """场所: a place where something of the trade is done. `code` is its GLN or own number."""

    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    #: Last day on which the site did something that was recorded: a station without activity is not counted.
    last_active = models.DateField(null=True, blank=True)


class Product(Record):
    """产品: a product or a category of products. `code` is its GTIN or own number."""

    category = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="members")


class Brand(Record):
    """品牌: a regional, product, time-honoured or e-commerce brand."""

    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Certificate(Record):
    """证书: a certification with validity (绿色食品, 有机, 地理标志, SC …). `code` is its number."""

    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Standard(Record):
    """标准: a technical, grading, packaging, logistics or service standard. `code` is its number."""

    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Agreement(Record):
    """协议: an agreement between parties (training, franchise, docking with a wholesale market …)."""

    other = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Asset(Record):
    """资产: equipment, a vehicle, a cold room, an idle building or plot of land."""

    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Occasion(Record):
    """活动: a fair, an exhibition, a promotion with dates."""

    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Document(Record):
    """文件: a policy document, a notice, a report; the file itself lies in the data folder."""

    file = models.FileField(upload_to="documents", blank=True)


class Shop(Record):
    """网店: a party's shop on a named platform. The holder is the seller."""

    platform = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


#: Every register by its name in URLs, files and the API.
REGISTERS: dict[str, type[Record]] = {
    model._meta.model_name or "": model
    for model in (Party, Site, Product, Brand, Certificate, Standard, Agreement, Asset, Occasion, Document, Shop)
}


class PublicQuerySet(models.QuerySet[Any]):
    """Facts without a person or a secret in them."""

    def visible_to(self, actor: Actor) -> Self:
        """Everybody sees all."""
        return self


class BrandArea(models.Model):
    """品牌地域: that a brand covers an area from a date to a date; what is unknown has no row."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="areas")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.brand_id}@{self.area_id}"


class Designation(models.Model):
    """认定: that a record was of a kind, beside the kind it bears now, from a date until the day before another (null: still)."""

    register = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    kind = models.CharField(max_length=40)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = PublicQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["register", "record_id", "kind", "starts"], name="registry_designation_once"
            ),
            models.CheckConstraint(
                condition=Q(ends=None) | Q(ends__gt=models.F("starts")), name="registry_designation_ends"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["register", "kind", "record_id"], name="designation_kind")]

    def __str__(self) -> str:
        return f"{self.register}:{self.record_id} {self.kind}"


class LinkQuerySet(models.QuerySet["Link"]):
    """Links between parties."""

    def visible_to(self, actor: Actor) -> LinkQuerySet:
        """Region-wide roles see all; a party its own; everybody the links of confirmed firms."""
        if actor.region_wide:
            return self
        public = Q(subject__natural_person=False, object__natural_person=False)
        if actor.party_id is not None:
            public |= Q(subject_id=actor.party_id) | Q(object_id=actor.party_id)
        return self.filter(public)


class LinkKind(models.TextChoices):
    """How the subject stands to the object."""

    MEMBER = "member", "成员"
    FRANCHISEE = "franchisee", "加盟"
    SUCCESSOR = "successor", "承继自"
    MERGED_INTO = "merged_into", "并入"


class Link(models.Model):
    """关系: that a party is a member of, a franchisee of, merged into or succeeded by another, dated."""

    kind = models.CharField(max_length=24, choices=LinkKind)
    subject = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="links")
    object = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="linked_by")
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = LinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.subject_id} {self.kind} {self.object_id}"


class RevisionQuerySet(models.QuerySet["Revision"]):
    """History of records."""

    def visible_to(self, actor: Actor) -> RevisionQuerySet:
        """Whoever sees the record sees its history on its page; lists are for region-wide roles."""
        return self if actor.region_wide else self.none()


class Revision(Journal):
    """变更记录: what a verb changed in a record: fields with their values before and after."""

    register = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    version = models.PositiveIntegerField()
    at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=32)
    changes = models.JSONField()
    batch_id = models.BigIntegerField(null=True, db_index=True)

    objects: ClassVar[Any] = RevisionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["register", "record_id"])]


class SeriesQuerySet(models.QuerySet["Series"]):
    """Series of numbers."""

    def visible_to(self, actor: Actor) -> SeriesQuerySet:
        """Nobody but the system reads them."""
        return self if actor.role is Role.SYSTEM else self.none()


class Series(models.Model):
    """号段: the last own number given out under a prefix (P-, S- …); its row is locked while numbers are taken."""

    prefix = models.CharField(max_length=12, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)

    objects: ClassVar[Any] = SeriesQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last:06d}"


class BatchState(models.TextChoices):
    """Where an uploaded sheet stands."""

    CHECKING = "checking", "核对中"
    CHECKED = "checked", "已核对，等您确认"
    TAKING = "taking", "登记中"
    TAKEN = "taken", "已登记"
    UNDONE = "undone", "已撤销"
    FAILED = "failed", "没有办成"


class BatchQuerySet(models.QuerySet["Batch"]):
    """Uploaded sheets."""

    def visible_to(self, actor: Actor) -> BatchQuerySet:
        """Region-wide roles see all; anybody else their own."""
        if actor.region_wide:
            return self
        return self.filter(person_id=actor.person_id) if actor.person_id else self.none()


class Batch(models.Model):
    """导入批次: an uploaded sheet: what was found in it, what was taken, and how far the work is."""

    register = models.CharField(max_length=20)
    kind = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=BatchState, default=BatchState.CHECKING)
    #: `all`: nothing is taken while a row is faulty; `good`: the faultless rows are taken and the others reported.
    accept = models.CharField(max_length=8, default="all")
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    person_id = models.BigIntegerField(null=True)
    #: The actor as uploaded, for the worker: role, party, site, area.
    actor = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    amended = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    #: `[{row, field, reason, remedy}]`
    problems = models.JSONField(default=list)
    #: The rows as read (JSON, compressed); identity numbers are hashed before they get here.
    staged = models.BinaryField(default=b"")

    objects: ClassVar[Any] = BatchQuerySet.as_manager()

    def __str__(self) -> str:
        return self.file_name
