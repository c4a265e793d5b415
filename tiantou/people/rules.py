"""Who may give which role to whom, what a role needs, what a consent covers: pure facts of the house."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta

from tiantou.kernel.actor import Role

#: What an appointment to a role must name: the party it is held for, the site, or the area.
NEEDS: dict[Role, frozenset[str]] = {
    Role.FARMER: frozenset({"party"}),
    Role.STATION_KEEPER: frozenset({"party", "site"}),
    Role.MARKET_KEEPER: frozenset({"party", "site"}),
    Role.DRIVER: frozenset({"party"}),
    Role.LABORATORY: frozenset({"party"}),
    Role.BUYER: frozenset({"party"}),
    Role.BANK: frozenset({"party"}),
    Role.AUTHORITY: frozenset({"party"}),
    Role.INSPECTOR: frozenset({"area"}),
    Role.DISTRICT_OFFICER: frozenset({"area"}),
}
#: Roles that can be given at all; nobody is appointed stranger or system.
APPOINTABLE = frozenset(Role) - {Role.STRANGER, Role.SYSTEM}
#: The ranks that a city officer fills.
CITY_RANKS = frozenset(
    {Role.CITY_OFFICER, Role.DISTRICT_OFFICER, Role.INSPECTOR, Role.MARKET_KEEPER, Role.STATION_KEEPER}
)
#: What whoever manages a party may always give to its members; besides these only the role that the manager holds.
MEMBER_ROLES = frozenset({Role.FARMER, Role.DRIVER, Role.BUYER})
#: Roles that one person never holds together: who runs the system does not audit it (GB/T 22239-2019, level 3: separated
#: system and audit administrators).
APART = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})

#: What a consent may cover: the part of the platform in which the station acts for the villager.
SCOPES = ("production", "quality", "fieldmarket", "market", "logistics", "programmes")
#: A consent lasts at most two years, so that a forgotten one ends by itself.
LONGEST_CONSENT = timedelta(days=731)
LONGEST_TOKEN_DAYS = 366

_MOBILE = re.compile(r"1[3-9]\d{9}")


@dataclass(frozen=True, slots=True)
class Appointer:
    """What decides about an appointment: the giver's role and, where the giver manages a party, that party's key."""

    role: Role
    manages_party: int | None = None


def normal_phone(text: str) -> str:
    """The eleven digits of a mainland mobile number, with or without +86, spaces and hyphens; "" for anything else."""
    digits = re.sub(r"[\s\-()]", "", text).translate(str.maketrans("０１２３４５６７８９＋", "0123456789+"))
    digits = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", digits)
    return digits if _MOBILE.fullmatch(digits) else ""


def may_give(by: Appointer, role: Role, party: int | None) -> bool:
    """Whether the appointer may give (and end) `role` for `party`."""
    if role not in APPOINTABLE:
        return False
    if by.role in {Role.SYSTEM, Role.ADMINISTRATOR}:
        return True
    if by.role is Role.CITY_OFFICER:
        return role in CITY_RANKS
    return by.manages_party is not None and party == by.manages_party and role in MEMBER_ROLES | {by.role}


def missing(role: Role, *, party: bool, site: bool, area: bool) -> list[str]:
    """What an appointment to `role` still has to name, in a fixed order."""
    named = {"party": party, "site": site, "area": area}
    return [name for name in ("party", "site", "area") if name in NEEDS.get(role, frozenset()) and not named[name]]


def stay_apart(held: frozenset[Role], role: Role) -> bool:
    """Whether a person who holds `held` may also hold `role`."""
    return not (role in APART and held & (APART - {role}))


def digest(secret: str) -> str:
    """What is kept of a token's secret: SHA-256 is enough, because the secret has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
