"""What must hold after a fault; each check returns the violations in words, none where all is well."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def exactly_once(sent: Collection[str], acknowledged: Collection[str], found: Mapping[str, int]) -> list[str]:
    """Everything acknowledged is there once; everything else that was sent at most once; nothing that nobody sent."""
    lost = [f"acknowledged and lost: {key}" for key in acknowledged if found.get(key, 0) == 0]
    twice = [f"there {count} times: {key}" for key, count in found.items() if count > 1]
    strange = [f"there and never sent: {key}" for key in found if key not in sent]
    return sorted([*lost, *twice, *strange])


def unavailable_well(status: int, headers: Mapping[str, str], body: str) -> list[str]:
    """An answer during a fault is a 503 with Retry-After and a plain page, without technical detail."""
    faults = []
    if status != 503:  # noqa: PLR2004 - the status that is asked for
        faults.append(f"status {status} instead of 503")
    if not any(name.lower() == "retry-after" for name in headers):
        faults.append("no Retry-After")
    if "Traceback" in body or "psycopg" in body:
        faults.append("technical detail on the page")
    return faults


def only_statuses(counted: Mapping[int, int], allowed: Collection[int]) -> list[str]:
    """No write was answered with anything but these statuses; 0 stands for a broken connection."""
    return [f"{count} writes were answered with {status}" for status, count in counted.items() if status not in allowed]
