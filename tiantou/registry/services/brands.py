"""Which areas a brand covers, dated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.areas.models import Area
from tiantou.kernel.access import SYSTEM_ONLY
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.registry.models import Brand, BrandArea


@verb(SYSTEM_ONLY)
def load_brand_areas(*, by: Actor, at: datetime, rows: Sequence[Mapping[str, Any]]) -> int:
    """Each row's brand covers its area from `starts` to `ends`; returns how many were new. Loading again changes nothing.

    A row has `brand` and `area` (codes), `starts`, and optionally `ends` and `source`; an area that ended since is taken too.

    Raises: Invalid with one problem for each brand or area that is not on record; then nothing is loaded.
    """
    brands = {each.code: each for each in Brand.objects.living()}
    areas = {each.code: each for each in Area.objects.order_by("starts")}
    problems = [
        Problem(field, _("没有“{code}”。").format(code=row[field]), row=number)
        for number, row in enumerate(rows, 1)
        for field, known in (("brand", brands), ("area", areas))
        if row[field] not in known
    ]
    if problems:
        raise Invalid(problems=problems)
    made = 0
    for row in rows:
        _row, new = BrandArea.objects.get_or_create(
            brand=brands[row["brand"]],
            area=areas[row["area"]],
            starts=row["starts"],
            defaults={"ends": row.get("ends"), "source": row.get("source", "")},
        )
        made += new
    return made
