"""Consignments and their items."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor, Role
from tiantou.registry.models import Party, Site


class Status(models.TextChoices):
    """Where a consignment stands."""

    BOOKED = "booked", _("待取货")
    PICKED_UP = "picked_up", _("运输中")
    DELIVERED = "delivered", _("已签收")
    TROUBLE = "trouble", _("异常")
    CANCELLED = "cancelled", _("已取消")
    RETURNED = "returned", _("已退回")


class ConsignmentQuerySet(models.QuerySet["Consignment"]):
    """Consignments."""

    def visible_to(self, actor: Actor) -> Self:
        """Shipper, carrier, receiver, the site it leaves from, the driver; officers of the area; region-wide roles all."""
        if actor.region_wide:
            return self
        seen = Q(pk__in=())
        if actor.role is Role.DRIVER:
            seen |= Q(driver_id=actor.person_id)
        elif actor.party_id is not None:
            seen |= Q(shipper_id=actor.party_id) | Q(receiver_id=actor.party_id) | Q(carrier_id=actor.party_id)
        if actor.site_id is not None:
            seen |= Q(origin_id=actor.site_id)
        if actor.role in {Role.DISTRICT_OFFICER, Role.INSPECTOR} and actor.area_code:
            seen |= Q(origin__area__code=actor.area_code) | Q(origin__area__district__code=actor.area_code)
        return self.filter(seen)

    def living(self) -> Self:
        """Neither cancelled nor sent back."""
        return self.exclude(status__in=[Status.CANCELLED, Status.RETURNED])


class Consignment(models.Model):
    """托运单: packs that travel from a site to a receiver. `order_ref` is the number of what it fulfils."""

    number = models.CharField(max_length=24, unique=True)
    order_ref = models.CharField(max_length=40, db_index=True)
    shipper = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    driver_id = models.BigIntegerField(null=True, db_index=True)
    driver_name = models.CharField(max_length=60, blank=True)
    origin = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    ship_name = models.CharField(max_length=60)
    ship_phone = models.CharField(max_length=20)
    ship_address = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.BOOKED, db_index=True)
    booked_at = models.DateTimeField()
    picked_up_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    #: When goods that were stopped on the way were at their origin again.
    returned_at = models.DateTimeField(null=True, blank=True)
    #: The proof of delivery: who took it, a photograph, where.
    received_by = models.CharField(max_length=60, blank=True)
    photo = models.ImageField(upload_to="deliveries", blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    temperature_tenths = models.SmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    objects: ClassVar[Any] = ConsignmentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-booked_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(status="delivered") | (Q(delivered_at__isnull=False) & ~Q(received_by="")),
                name="logistics_delivered_with_proof",
            )
        ]

    def __str__(self) -> str:
        return self.number


class ItemQuerySet(models.QuerySet["Item"]):
    """Items."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of visible consignments."""
        return self.filter(consignment__in=Consignment.objects.visible_to(actor))


class Item(models.Model):
    """托运件: one pack of a consignment: its identifier, its crate's and its lot's."""

    consignment = models.ForeignKey(Consignment, on_delete=models.PROTECT, related_name="items")
    epc = models.CharField(max_length=120)
    crate = models.CharField(max_length=120, blank=True)
    lot = models.CharField(max_length=120)
    mass_g = models.PositiveIntegerField()
    #: False once the consignment was cancelled or came back: the pack may travel in another.
    living = models.BooleanField(default=True)

    objects: ClassVar[Any] = ItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["epc"], condition=Q(living=True), name="logistics_pack_travels_once")
        ]

    def __str__(self) -> str:
        return self.epc
