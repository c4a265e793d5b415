"""Lots are tested by a quick method; a failed test stops the goods."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.errors import Invalid, Problem
from tiantou.kernel.verbs import verb
from tiantou.production.models import Lot
from tiantou.production.queries import seen
from tiantou.production.services import observed, place_hold
from tiantou.quality import rules
from tiantou.quality.models import QuickTest

TESTERS = allow(Role.INSPECTOR, Role.MARKET_KEEPER, Role.LABORATORY, Role.STATION_KEEPER, Role.FARMER)


@verb(TESTERS)
def record_test(
    *,
    by: Actor,
    at: datetime,
    lot: Lot,
    item: str,
    value: Decimal,
    limit: Decimal,
    unit: str,
    instrument: str,
    key: str = "",
) -> QuickTest:
    """快速检测 is on record; a value above the limit puts the lot and all that was made of it on hold.

    Raises: Absent; Invalid.
    """
    lot = seen(Lot.objects, by, lot.pk)
    problems = [
        Problem(field, _("没有填写。"), _("请填写。"))
        for field, text in (("item", item), ("unit", unit), ("instrument", instrument))
        if not text.strip()
    ]
    problems += [
        Problem(field, _("数值不能小于 0。"), _("照仪器读数填写。"))
        for field, number in (("value", value), ("limit", limit))
        if not number.is_finite() or number < 0
    ]
    if problems:
        raise Invalid(problems=problems)
    return write_test(
        by=by, at=at, lot=lot, site_id=by.site_id, item=item, value=value, limit=limit, unit=unit, instrument=instrument
    )


def write_test(
    *,
    by: Actor,
    at: datetime,
    lot: Lot,
    site_id: int | None,
    item: str,
    value: Decimal,
    limit: Decimal,
    unit: str,
    instrument: str,
) -> QuickTest:
    """The test is kept and a failed one holds the lot; for verbs of this package that have checked what they were given."""
    test = QuickTest.objects.create(
        lot=lot,
        site_id=site_id,
        item=item.strip(),
        value=value,
        limit=limit,
        unit=unit.strip(),
        passed=rules.passes(value, limit),
        instrument=instrument.strip(),
        tested_at=at,
        tester=by.name,
        person_id=by.person_id,
    )
    found = "conformant" if test.passed else "non_conformant"
    facts = {"testItem": test.item, "testValue": f"{value:f} {test.unit}", "testLimit": f"{limit:f} {test.unit}"}
    observed(
        [lot], "inspecting", found, by=SYSTEM, at=at, papers=[("testres", f"urn:tiantou:test:{test.pk}")], facts=facts
    )
    if not test.passed and not lot.on_hold:
        reason = _("快速检测不合格：%(item)s %(value)s %(unit)s，限量 %(limit)s") % {
            "item": test.item,
            "value": f"{value:f}",
            "unit": test.unit,
            "limit": f"{limit:f}",
        }
        place_hold(by=SYSTEM, at=at, lot=lot, reason=reason)
    return test
