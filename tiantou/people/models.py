"""Persons and their appointments."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from tiantou.areas.models import Area
from tiantou.kernel.actor import Actor, Role
from tiantou.registry.models import Party, Site


class PersonQuerySet(models.QuerySet["Person"]):
    """Persons."""

    def visible_to(self, actor: Actor) -> PersonQuerySet:
        """Administrators and the system see all; a person itself."""
        if actor.role in {Role.ADMINISTRATOR, Role.SYSTEM}:
            return self
        return self.filter(pk=actor.person_id) if actor.person_id else self.none()


class PersonManager(BaseUserManager["Person"]):
    """Persons by their phone number."""

    def get_queryset(self) -> PersonQuerySet:
        return PersonQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Actor) -> PersonQuerySet:
        return self.get_queryset().visible_to(actor)


class Person(AbstractBaseUser):
    """人员: somebody who can sign in. The phone number is the name people know themselves by."""

    phone = models.CharField(max_length=20, unique=True, null=True, blank=True)
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    USERNAME_FIELD = "phone"
    objects: ClassVar[Any] = PersonManager()

    def __str__(self) -> str:
        return self.name


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments."""

    def visible_to(self, actor: Actor) -> AppointmentQuerySet:
        """Administrators see all; a person its own; a party those held for it."""
        if actor.role in {Role.ADMINISTRATOR, Role.AUDITOR, Role.SYSTEM}:
            return self
        if not actor.signed_in:
            return self.none()
        own = Q(person_id=actor.person_id)
        return self.filter(own | Q(party_id=actor.party_id)) if actor.party_id else self.filter(own)


class Appointment(models.Model):
    """任职: that a person holds a role, for a party, at a site or for an area, from a date to a date."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    objects: ClassVar[Any] = AppointmentQuerySet.as_manager()
