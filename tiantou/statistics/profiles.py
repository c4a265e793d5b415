"""The platform profiles: those that come with the platform, and those that an operator lays in the data folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings

from tiantou.statistics.rules import Profile, ProfileFault, profile_from

SHIPPED = Path(__file__).parent / "profiles"


def all_profiles() -> dict[str, Profile]:
    """Every profile by its code; a file in `<data folder>/profiles` takes the place of a shipped one of the same code.

    Raises: ProfileFault, naming the file and the entry.
    """
    paths = [*sorted(SHIPPED.glob("*.yaml")), *sorted((settings.DATA / "profiles").glob("*.yaml"))]
    read = [_read(path, path.stat().st_mtime_ns) for path in paths]
    return {profile.code: profile for profile in read}


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int) -> Profile:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        raise ProfileFault(f"{path.name}: {fault}") from fault
    if not isinstance(data, dict):
        raise ProfileFault(f"{path.name}: not a mapping")
    return profile_from(data, path.name)
