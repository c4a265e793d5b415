"""Loads a region pack: areas first, then the records that lie in them, then which areas each brand covers."""

from __future__ import annotations

from datetime import datetime

from tiantou.areas import pack
from tiantou.areas.services import load_region
from tiantou.kernel.actor import Actor
from tiantou.registry.services import load_records
from tiantou.registry.services.brands import load_brand_areas


def load(region: str, *, by: Actor, at: datetime) -> None:
    """The pack `tiantou/regions/<region>` is loaded; what stands already is left as it is.

    Raises: pack.NoSuchRegion; Invalid for a record that is written wrongly.
    """
    load_region(by=by, at=at, region=region)
    for register, rows in pack.seeds(region):
        load_records(by=by, at=at, register=register, rows=rows)
    load_brand_areas(by=by, at=at, rows=pack.read(region, "brand_areas.yaml") or [])
