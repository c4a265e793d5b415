"""Records of the demonstration beyond the cast: invented firms, stations, markets and shops across the region's districts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tiantou.areas.models import Area, Level
from tiantou.areas.rules import short_name
from tiantou.demo.cast import DISTRICT, FIRMS, TOWN, credit_code

Row = dict[str, Any]
#: Every n-th village committee gets a station: a pattern that looks like a region at work, and says 示例 on every row.
EVERY = 9


def parties() -> list[Row]:
    """The cast's firms, then a co-operative and a family farm in every district."""
    rows: list[Row] = [
        {
            "kind": firm.kind,
            "code": firm.code,
            "name": firm.name,
            "name_en": firm.name_en,
            "area": TOWN if firm.kind != "carrier" else DISTRICT,
            **dict(firm.data),
        }
        for firm in FIRMS
    ]
    for number, district in enumerate(_districts()):
        rows.append({"kind": "cooperative", "code": _code("93", district, 1), "name": f"示例{short_name(district.name)}农产品专业合作社", "area": district.code,
                     "members": 20 + 7 * number % 90, "online": number % 3 != 0})  # fmt: skip
        rows.append(
            {
                "kind": "family_farm",
                "code": _code("92", district, 2),
                "name": f"示例{short_name(district.name)}家庭农场",
                "area": district.code,
            }
        )
    return rows


def sites() -> list[Row]:
    """The base, the field market and the station of the story, field markets in some districts, stations in many villages."""
    rows: list[Row] = [
        {"kind": "base", "code": "S-DEMO-BASE", "name": "示例草堂脐橙基地", "area": TOWN, "holder": FIRMS[0].code, "longitude": "109.620000", "latitude": "31.050000"},
        {"kind": "base", "code": "S-DEMO-FARM", "name": "示例向阳果园", "area": TOWN, "holder": FIRMS[1].code},
        {"kind": "field_market", "code": "S-DEMO-MARKET", "name": "示例草堂田头市场", "area": TOWN, "holder": FIRMS[2].code,
         "functions": ["weigh", "grade", "store", "pack", "label", "dispatch"], "longitude": "109.605000", "latitude": "31.040000"},
    ]  # fmt: skip
    rows.append({"kind": "village_station", "code": "S-DEMO-STATION", "name": "示例草堂服务站", "area": _a_village().code, "holder": FIRMS[0].code,
                 "six_haves": ["place", "staff", "equipment", "broadband", "web", "sustained"]})  # fmt: skip
    for number, district in enumerate(_districts()):
        if number % 4 == 0 and district.code != DISTRICT:
            rows.append({"kind": "field_market", "code": f"S-DEMO-M{district.code}", "name": f"示例{short_name(district.name)}田头市场", "area": district.code,
                         "functions": ["weigh", "grade", "pack"]})  # fmt: skip
        if number % 2 == 0:
            rows.append(
                {
                    "kind": "incubator",
                    "code": f"S-DEMO-I{district.code}",
                    "name": f"示例{short_name(district.name)}电商孵化中心",
                    "area": district.code,
                }
            )
    return [*rows, *_stations()]


def _stations() -> Iterator[Row]:
    villages = Area.objects.filter(level=Level.VILLAGE, village_committee=True, ends=None).order_by("code")
    for code, name in list(villages.values_list("code", "name"))[::EVERY]:
        yield {
            "kind": "village_station",
            "code": f"S-DEMO-V{code}",
            "name": f"示例{name.removesuffix('民委员会')}服务站",
            "area": code,
        }


def shops() -> list[Row]:
    """Shops of the co-operatives on the invented platform."""
    platform = next(firm for firm in FIRMS if firm.key == "platform")
    sellers = [(FIRMS[0].code, FIRMS[0].name), (FIRMS[1].code, FIRMS[1].name)]
    sellers += [
        (_code("93", district, 1), f"示例{short_name(district.name)}农产品专业合作社") for district in _districts()[::2]
    ]
    return [
        {
            "kind": "online_shop",
            "code": f"SH-DEMO-{number:03d}",
            "name": f"{name}旗舰店",
            "holder": code,
            "platform": platform.code,
        }
        for number, (code, name) in enumerate(sellers, 1)
    ]


def products() -> list[Row]:
    """The product of the story, with a GTIN of the range that GS1 keeps for examples."""
    return [{"kind": "product", "code": "PR-DEMO-ORANGE", "name": "奉节脐橙", "name_en": "Fengjie navel orange", "area": DISTRICT,
             "category": "CAT-citrus", "chain": "citrus", "gtin": "09521234000013"}]  # fmt: skip


def _districts() -> list[Area]:
    """Districts whose code is known; that of 两江新区 is not yet, and an invented credit code needs one."""
    return list(Area.objects.filter(level=Level.DISTRICT, ends=None, code__regex=r"^\d{6}$").order_by("code"))


def _a_village() -> Area:
    villages = Area.objects.filter(level=Level.VILLAGE, village_committee=True, ends=None, parent__code=TOWN)
    found = villages.order_by("code").first()
    assert found is not None, TOWN  # noqa: S101 - the region pack has it
    return found


def _code(kind: str, district: Area, number: int) -> str:
    return credit_code(f"{kind}{district.code[:6]:0<6}MADEM{number:04d}")
