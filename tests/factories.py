"""Leaf objects for tests: areas, parties, sites, products and the actors of a small town. Anything with a life is built by services."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

from tiantou.areas.models import Area, Level
from tiantou.kernel.actor import Actor, Role
from tiantou.registry.models import Party, Product, Site, Status

AT = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
_numbers = itertools.count(1)


def village() -> Area:
    """A village of a town of 奉节县 (made once per test)."""
    chain = [("50", "重庆市", Level.REGION), ("500236", "奉节县", Level.DISTRICT), ("500236115", "草堂镇", Level.TOWN),
             ("500236115200", "示例村", Level.VILLAGE)]  # fmt: skip
    parent = district = area = None
    for code, name, level in chain:
        area, _ = Area.objects.get_or_create(
            code=code,
            starts=date(2010, 1, 1),
            defaults={"name": name, "level": level, "parent": parent, "district": district},
        )
        parent = area
        district = area if level == Level.DISTRICT else district
    assert area is not None
    return area


def _record(model, kind, name, **fields):
    number = next(_numbers)
    defaults = {"code": f"T{number:06d}", "area": village(), "status": Status.CONFIRMED, "updated_at": AT}
    return model.objects.create(kind=kind, name=name, **{**defaults, **fields})


def party(kind="cooperative", name="示例脐橙专业合作社", **fields) -> Party:
    return _record(Party, kind, name, **fields)


def site(kind="base", name="示例脐橙基地", **fields) -> Site:
    return _record(Site, kind, name, **fields)


def product(name="奉节脐橙", **fields) -> Product:
    return _record(Product, "product", name, **{"code": "09521234000013", **fields})


def actor(role: Role, *, party: Party | None = None, site: Site | None = None, area_code: str = "") -> Actor:
    return Actor(
        role=role,
        person_id=next(_numbers),
        name="示例" + role.value,
        party_id=party.pk if party else None,
        site_id=site.pk if site else None,
        area_code=area_code,
    )
