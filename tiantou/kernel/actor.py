"""Who acts, in which role and for whom. Every verb takes an `Actor`; no verb looks at a web request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of the platform (角色). A person holds any number of them, each for a party, a site or an area."""

    STRANGER = "stranger"
    FARMER = "farmer"
    STATION_KEEPER = "station_keeper"
    MARKET_KEEPER = "market_keeper"
    DRIVER = "driver"
    INSPECTOR = "inspector"
    LABORATORY = "laboratory"
    BUYER = "buyer"
    CONSUMER = "consumer"
    DISTRICT_OFFICER = "district_officer"
    CITY_OFFICER = "city_officer"
    FINANCE_OFFICER = "finance_officer"
    AUDITOR = "auditor"
    BANK = "bank"
    #: Another authority (another city, market regulation) that reads under an agreement; never an official of this platform.
    AUTHORITY = "authority"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


#: Officials sign in with a second factor and see their area's rows.
OFFICIALS = frozenset(
    {Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.FINANCE_OFFICER, Role.AUDITOR, Role.INSPECTOR, Role.ADMINISTRATOR}
)
#: Roles whose view is the whole region.
REGION_WIDE = frozenset({Role.CITY_OFFICER, Role.FINANCE_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or the system) in one role.

    `party_id` is the party the role is held for, `site_id` the station or market, `area_code` the area an officer
    answers for ("" where none). `consent_id` names the recorded consent (委托) under which a station acts for a villager;
    then `party_id` is the villager's party and `via_party_id` the station's.
    """

    role: Role = Role.STRANGER
    person_id: int | None = None
    name: str = ""
    party_id: int | None = None
    site_id: int | None = None
    area_code: str = ""
    consent_id: int | None = None
    via_party_id: int | None = None

    @property
    def signed_in(self) -> bool:
        """Whether somebody is known to be acting."""
        return self.role is not Role.STRANGER

    @property
    def region_wide(self) -> bool:
        """Whether the role's view is the whole region."""
        return self.role in REGION_WIDE


STRANGER = Actor()
SYSTEM = Actor(role=Role.SYSTEM, name="系统")
