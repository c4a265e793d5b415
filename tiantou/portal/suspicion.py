"""Whether the scans of a code look as if it had been copied: rules over days, with their limits in `suspicion.yaml`. Pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import yaml

PIECE, CRATE, LOT, UNISSUED = "piece", "crate", "lot", "unissued"
#: How much of an address is kept before hashing: a neighbourhood, not a household.
_NETWORK = {4: 24, 6: 48}
_SYSTEMS = ("iphone", "ipad", "android", "harmony", "windows", "macintosh", "linux")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way in which scans are suspicious. `clients` and `scans` are least numbers, both of which must be reached."""

    id: str
    level: str
    days: int
    label: Mapping[str, str]
    clients: int = 0
    scans: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """The scans of one code on one day."""

    day: date
    clients: int
    scans: int


@cache
def patterns() -> tuple[Pattern, ...]:
    """Every pattern of `suspicion.yaml`."""
    rows = yaml.safe_load((Path(__file__).parent / "suspicion.yaml").read_text(encoding="utf-8"))["patterns"]
    return tuple(Pattern(**row) for row in rows)


def found(level: str, days: Iterable[Day], known: Sequence[Pattern] | None = None) -> list[Pattern]:
    """The patterns that the scans of a code of that level show, in the order of the file."""
    told = sorted(days, key=lambda each: each.day)
    return [each for each in (patterns() if known is None else known) if each.level == level and _shown(each, told)]


def _shown(pattern: Pattern, days: Sequence[Day]) -> bool:
    for end in days:
        first = end.day - timedelta(days=pattern.days - 1)
        within = [each for each in days if first <= each.day <= end.day]
        many = sum(each.clients for each in within) >= pattern.clients
        if many and sum(each.scans for each in within) >= pattern.scans:
            return True
    return False


def client(address: str, agent: str, salt: bytes) -> str:
    """A coarse name of who scans, for one day: its network and kind of device, hashed with the day's salt.

    Once the salt is gone, nobody can find out by trying addresses whom it stood for.
    """
    try:
        ip = ipaddress.ip_address(address)
        network = str(ipaddress.ip_network(f"{ip}/{_NETWORK[ip.version]}", strict=False))
    except ValueError:
        network = ""
    system = next((word for word in _SYSTEMS if word in agent.lower()), "")
    return hmac.new(salt, f"{network}|{system}".encode(), hashlib.sha256).hexdigest()[:8]
