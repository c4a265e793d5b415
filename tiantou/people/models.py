"""Persons, what they may act as, and the proofs they show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tiantou.areas.models import Area
from tiantou.kernel.actor import Actor, Role
from tiantou.registry.models import Party, Site


class PersonQuerySet(models.QuerySet["Person"]):
    """Persons."""

    def visible_to(self, actor: Actor) -> PersonQuerySet:
        """Administrators, auditors and the system see all; a city officer whoever holds a rank; a party its members; a person itself."""
        if actor.role in {Role.ADMINISTRATOR, Role.AUDITOR, Role.CITY_OFFICER, Role.SYSTEM}:
            return self
        if actor.person_id is None:
            return self.none()
        seen = Q(pk=actor.person_id)
        if actor.party_id is not None and actor.consent_id is None:
            seen |= Q(pk__in=Appointment.objects.filter(party_id=actor.party_id).values("person_id"))
        return self.filter(seen)


class PersonManager(BaseUserManager["Person"]):
    """Persons by their phone number."""

    def get_queryset(self) -> PersonQuerySet:
        """All persons."""
        return PersonQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Actor) -> PersonQuerySet:
        """See `PersonQuerySet.visible_to`."""
        return self.get_queryset().visible_to(actor)


class Person(AbstractBaseUser):
    """人员: somebody who can sign in. The phone number is the name people know themselves by."""

    #: Eleven digits; null for a service that acts only by token.
    phone = models.CharField(max_length=20, unique=True, null=True, blank=True)
    phone_verified = models.BooleanField(default=False)
    name = models.CharField(max_length=60)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    #: `a12` or `c5`: the appointment or consent chosen last; where the next sign-in begins.
    last_choice = models.CharField(max_length=24, blank=True)

    USERNAME_FIELD = "phone"
    objects: ClassVar[Any] = PersonManager()

    def __str__(self) -> str:
        return self.name


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments."""

    def visible_to(self, actor: Actor) -> AppointmentQuerySet:
        """Administrators, auditors and city officers see all; a person its own; a party those held for it."""
        if actor.role in {Role.ADMINISTRATOR, Role.AUDITOR, Role.CITY_OFFICER, Role.SYSTEM}:
            return self
        if actor.person_id is None:
            return self.none()
        seen = Q(person_id=actor.person_id)
        if actor.party_id is not None and actor.consent_id is None:
            seen |= Q(party_id=actor.party_id)
        return self.filter(seen)

    def living(self, on: date) -> AppointmentQuerySet:
        """Appointments in force on a day; the last day counts."""
        return self.filter(Q(ends=None) | Q(ends__gte=on), starts__lte=on)


class Appointment(models.Model):
    """任职: that a person holds a role, for a party, at a site or for an area, from a date to a date."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    party = models.ForeignKey(Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey(Area, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts = models.DateField()
    #: The last day; null while it lasts.
    ends = models.DateField(null=True, blank=True)
    #: 负责人: may appoint and end members of the party.
    manages = models.BooleanField(default=False)

    objects: ClassVar[Any] = AppointmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(manages=True) | Q(party__isnull=False), name="people_appointment_manages_a_party"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Consents."""

    def visible_to(self, actor: Actor) -> ConsentQuerySet:
        """Administrators and auditors see all; the villager's party its own; the station those given to it."""
        if actor.role in {Role.ADMINISTRATOR, Role.AUDITOR, Role.SYSTEM}:
            return self
        if not actor.signed_in:
            return self.none()
        seen = Q(person_id=actor.person_id)
        if actor.party_id is not None:
            seen |= Q(villager_id=actor.party_id)
        if actor.role is Role.STATION_KEEPER and actor.site_id is not None:
            seen |= Q(station_id=actor.site_id)
        return self.filter(seen)

    def living(self, on: date) -> ConsentQuerySet:
        """Consents in force on a day."""
        return self.filter(starts__lte=on, ends__gte=on, withdrawn_at=None, given_at__isnull=False)


class Means(models.TextChoices):
    """How a consent was given."""

    PAPER = "paper", "paper"
    CODE = "code", "code"
    SELF = "self", "self"


class Consent(models.Model):
    """委托: that a villager lets a village station act for the villager's party, in named matters, from a date to a date."""

    villager = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    #: The villager as a person, where the villager has a phone that is known here.
    person = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    station_party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    scopes = ArrayField(models.CharField(max_length=24))
    starts = models.DateField()
    ends = models.DateField()
    means = models.CharField(max_length=8, choices=Means)
    #: The number of the signed paper, where there is one.
    paper = models.CharField(max_length=40, blank=True)
    #: Keyed hash of the code sent to the villager; emptied when it was said back.
    code_hash = models.CharField(max_length=64, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    #: Null until the villager's code was said back.
    given_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ConsentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="people_consent_dates"),
            models.CheckConstraint(condition=~Q(means="paper") | ~Q(paper=""), name="people_consent_paper_number"),
            models.CheckConstraint(condition=~Q(scopes=[]), name="people_consent_scopes"),
        ]

    def __str__(self) -> str:
        return f"{self.villager_id} → {self.station_id}"


class TokenQuerySet(models.QuerySet["Token"]):
    """Tokens."""

    def visible_to(self, actor: Actor) -> TokenQuerySet:
        """Administrators and auditors see that a token exists; a person its own."""
        if actor.role in {Role.ADMINISTRATOR, Role.AUDITOR, Role.SYSTEM}:
            return self
        return self.filter(appointment__person_id=actor.person_id) if actor.person_id else self.none()

    def living(self, at: datetime) -> TokenQuerySet:
        """Tokens that open at an instant."""
        return self.filter(expires_at__gt=at, revoked_at=None)


class Token(models.Model):
    """访问令牌: lets a program act under one appointment. Only a hash is kept; `prefix` is what people recognise it by."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = TokenQuerySet.as_manager()

    #: The token itself, on the instance that `issue_token` returns and never again.
    plain: str = ""

    def __str__(self) -> str:
        return f"{self.label} ({self.prefix}…)"


class BucketQuerySet(models.QuerySet["Bucket"]):
    """Rate limits."""

    def visible_to(self, actor: Actor) -> BucketQuerySet:
        """Nobody but the system reads them."""
        return self if actor.role is Role.SYSTEM else self.none()


class Bucket(models.Model):
    """限流桶: how many tries are left under a key, as of an instant. Keys are hashes; see `limits`."""

    key = models.CharField(max_length=80, primary_key=True)
    level = models.FloatField()
    at = models.DateTimeField(db_index=True)

    objects: ClassVar[Any] = BucketQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key
