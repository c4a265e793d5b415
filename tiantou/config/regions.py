"""Loads a region pack: areas first, then the records that lie in them, then which areas each brand covers, then
published figures.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from tiantou.areas import pack
from tiantou.areas.services import load_region
from tiantou.kernel.actor import Actor
from tiantou.registry.services import load_records
from tiantou.registry.services.brands import load_brand_areas
from tiantou.statistics.models import Observation
from tiantou.statistics.services import report_figure


def load(region: str, *, by: Actor, at: datetime) -> None:
    """The pack `tiantou/regions/<region>` is loaded; what stands already is left as it is.

    Raises: pack.NoSuchRegion; Invalid for a record that is written wrongly.
    """
    load_region(by=by, at=at, region=region)
    for register, rows in pack.seeds(region):
        load_records(by=by, at=at, register=register, rows=rows)
    load_brand_areas(by=by, at=at, rows=pack.read(region, "brand_areas.yaml") or [])
    for row in pack.read(region, "reported.yaml") or []:
        _report(row, by=by, at=at)


def _report(row: dict[str, Any], *, by: Actor, at: datetime) -> None:
    """A published figure stands beside the computed one; the same one is not written twice."""
    same = {"indicator": row["indicator"], "area_code": row["area"], "period": row["period"], "source": row["source"]}
    if not Observation.objects.filter(**same).exists():
        report_figure(by=by, at=at, **same, value=Decimal(row["value"]), published_on=row["published_on"])
