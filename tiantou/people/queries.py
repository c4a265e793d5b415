"""Reads about people: what a person may act as, who holds what, what was done."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.people.models import Appointment, Consent, Person, Token
from tiantou.people.rules import digest, normal_phone
from tiantou.registry.models import Party, Site

_SECOND_FACTORS = ("totp", "webauthn")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a person may act as."""

    code: str
    actor: Actor
    #: Whom or what for: a party's, site's or area's name; "" where the role needs none.
    place: str
    scopes: tuple[str, ...] = ()
    ends: date | None = None


def choices(person: Person, *, on: date) -> list[Choice]:
    """The person's living appointments, then the living consents given to the stations kept; two queries."""
    held = list(_appointments(on).filter(person=person).order_by("pk"))
    found = [Choice(f"a{row.pk}", actor_of(row), place_of(row), ends=row.ends) for row in held]
    kept = {row.site_id: row for row in held if row.role == Role.STATION_KEEPER and row.site_id}
    if kept:
        consents = Consent.objects.living(on).filter(station_id__in=kept).select_related("villager").order_by("pk")
        found += [
            Choice(f"c{row.pk}", actor_under(row, kept[row.station_id]), row.villager.name, tuple(row.scopes), row.ends)
            for row in consents
        ]
    return found


@dataclass(frozen=True, slots=True)
class Standing:
    """As what a session acts now."""

    actor: Actor
    has_second_factor: bool
    #: What the consent covers; None where the person acts for itself.
    scopes: frozenset[str] | None = None
    villager: str = ""


def standing(person: Person, choice: str, *, on: date) -> Standing | None:
    """As what the person acts by `choice`, or by its first living appointment; None without any. One query, two under a consent."""
    rows = list(_appointments(on).filter(person=person).order_by("pk"))
    if choice.startswith("c") and choice[1:].isdigit():
        stations = {row.site_id: row for row in rows if row.role == Role.STATION_KEEPER and row.site_id}
        consent = (
            Consent.objects.living(on)
            .filter(pk=int(choice[1:]), station_id__in=stations)
            .select_related("villager")
            .first()
        )
        if consent is not None:
            keeper = stations[consent.station_id]
            return Standing(
                actor_under(consent, keeper), keeper.second_factor, frozenset(consent.scopes), consent.villager.name
            )
    row = next((row for row in rows if f"a{row.pk}" == choice), rows[0] if rows else None)
    return Standing(actor_of(row), row.second_factor) if row else None


def actor_of(appointment: Appointment) -> Actor:
    """The actor that an appointment makes of its person."""
    return Actor(
        role=Role(appointment.role),
        person_id=appointment.person_id,
        name=appointment.person.name,
        party_id=appointment.party_id,
        site_id=appointment.site_id,
        area_code=appointment.area.code if appointment.area else "",
    )


def actor_under(consent: Consent, keeper: Appointment) -> Actor:
    """The keeper acting for the villager: a farmer's rights for the villager's party, the keeper's name on the record."""
    return Actor(
        role=Role.FARMER,
        person_id=keeper.person_id,
        name=keeper.person.name,
        party_id=consent.villager_id,
        site_id=keeper.site_id,
        consent_id=consent.pk,
        via_party_id=consent.station_party_id,
    )


def place_of(appointment: Appointment) -> str:
    """Where or for whom an appointment is held, in words."""
    named = appointment.site or appointment.party or appointment.area
    return named.name if named else ""


def token_of(text: str, *, at: datetime) -> Token | None:
    """The living token of a living appointment of an active person, or None. One query."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "tt":  # noqa: PLR2004 - tt, prefix, secret
        return None
    on = local_date(at)
    token = (
        Token.objects.living(at)
        .select_related("appointment__person", "appointment__area")
        .filter(prefix=parts[1], appointment__person__is_active=True, appointment__starts__lte=on)
        .filter(Q(appointment__ends=None) | Q(appointment__ends__gte=on))
        .first()
    )
    return token if token is not None and hmac.compare_digest(token.digest, digest(parts[2])) else None


def manages_party(actor: Actor, *, on: date) -> bool:
    """Whether the actor manages the party for which it acts, in the role in which it acts; never under a consent."""
    if actor.person_id is None or actor.party_id is None or actor.consent_id is not None:
        return False
    held = Appointment.objects.living(on).filter(
        person_id=actor.person_id, party_id=actor.party_id, role=actor.role, manages=True
    )
    return bool(held.exists())


def own_party(actor: Actor) -> Party | None:
    """The party for which the actor acts."""
    return Party.objects.filter(pk=actor.party_id).first() if actor.party_id else None


def own_site(actor: Actor) -> Site | None:
    """The site at which the actor acts."""
    return Site.objects.filter(pk=actor.site_id).first() if actor.site_id else None


def has_second_factor(person: Person) -> bool:
    """Whether the person has set up a code generator or a passkey."""
    from allauth.mfa.models import Authenticator

    return bool(Authenticator.objects.filter(user_id=person.pk, type__in=_SECOND_FACTORS).exists())


def searched_people(actor: Actor, q: str) -> Any:
    """Persons that the actor may see, by name or by phone."""
    people = Person.objects.visible_to(actor).order_by("name", "pk")
    q = q.strip()
    if not q:
        return people
    number = normal_phone(q) or q
    return people.filter(Q(name__icontains=q) | Q(phone__startswith=number))


def _appointments(on: date) -> Any:
    """Living appointments with what an actor needs, and whether the person has a second factor, in one query."""
    from allauth.mfa.models import Authenticator

    factor = Authenticator.objects.filter(user_id=OuterRef("person_id"), type__in=_SECOND_FACTORS)
    return (
        Appointment.objects.living(on)
        .select_related("person", "area", "party", "site")
        .annotate(second_factor=Exists(factor))
    )


def address_of(request: HttpRequest) -> str:
    """The client's address, as far as trusted proxies say."""
    from allauth.account.adapter import get_adapter

    return str(get_adapter(request).get_client_ip(request))
