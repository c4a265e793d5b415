"""The named cast (plainly invented) of the demonstration, the screenshots, the tour and the tests."""

from __future__ import annotations

from dataclasses import dataclass

from stdnum.cn import uscc

from tiantou.kernel.actor import Role

#: The demonstration's password: printed at every start, worth nothing outside it.
PASSWORD = "orange-2026"  # noqa: S105 - public on purpose

DISTRICT = "500236"
#: 草堂镇 of 奉节县, where the demonstration's base, field market and station stand, and one of its villages.
TOWN = "500236118"
CITY = "50"


def credit_code(body: str) -> str:
    """An invented unified social credit code: 17 characters and the right check character."""
    return body + uscc.calc_check_digit(body)


@dataclass(frozen=True, slots=True)
class Firm:
    """A party of the cast."""

    key: str
    kind: str
    code: str
    name: str
    name_en: str
    data: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the cast with the one role that the story needs."""

    key: str
    phone: str
    name: str
    role: Role
    firm: str = ""
    site: str = ""
    area: str = ""
    who: str = ""


FIRMS = (
    Firm(
        "cooperative",
        "cooperative",
        credit_code("93500236MA0DEM001"),
        "示例三峡脐橙专业合作社",
        "Example Gorges Orange Co-operative",
    ),
    Firm(
        "family_farm", "family_farm", credit_code("92500236MA0DEM002"), "示例向阳家庭农场", "Example Sunny Family Farm"
    ),
    Firm(
        "market_operator",
        "ecommerce_firm",
        credit_code("91500236MA0DEM003"),
        "示例草堂产地集配有限公司",
        "Example Caotang Field Market Ltd",
    ),
    Firm(
        "carrier",
        "carrier",
        credit_code("91500101MA0DEM004"),
        "示例长江冷链运输有限公司",
        "Example Yangtze Cold Chain Ltd",
    ),
    Firm(
        "buyer",
        "ecommerce_firm",
        credit_code("91500112MA0DEM005"),
        "示例鲜果电子商务有限公司",
        "Example Fresh Fruit Commerce Ltd",
    ),
    Firm(
        "platform", "platform", credit_code("91500105MA0DEM006"), "示例网销平台有限公司", "Example Online Platform Ltd"
    ),
    Firm(
        "laboratory",
        "laboratory",
        credit_code("12500236MA0DEM007"),
        "示例农产品质量安全检验检测中心",
        "Example Farm Product Testing Centre",
        data=(("cma", "示例CMA-0001"), ("cma_ends", "2030-12-31")),
    ),
)

MEMBERS = (
    Member("grower", "13800000001", "示例·陈果", Role.FARMER, "cooperative", who="合作社 co-operative"),
    Member("farmer", "13800000002", "示例·向阳", Role.FARMER, "family_farm", who="家庭农场 family farm"),
    Member(
        "keeper",
        "13800000003",
        "示例·周秤",
        Role.MARKET_KEEPER,
        "market_operator",
        "market",
        who="田头市场 field market",
    ),
    Member("driver", "13800000004", "示例·吴远", Role.DRIVER, "carrier", who="司机 driver"),
    Member("buyer", "13800000005", "示例·林鲜", Role.BUYER, "buyer", who="采购商 buyer"),
    Member(
        "station_keeper",
        "13800000006",
        "示例·杨站",
        Role.STATION_KEEPER,
        "cooperative",
        "station",
        who="村级站 village station",
    ),
    Member(
        "district_officer",
        "13800000007",
        "示例·郑区",
        Role.DISTRICT_OFFICER,
        area=DISTRICT,
        who="区县 district officer",
    ),
    Member("city_officer", "13800000008", "示例·何市", Role.CITY_OFFICER, area=CITY, who="市级 city officer"),
    Member("inspector", "13800000009", "示例·严检", Role.INSPECTOR, area=DISTRICT, who="检查员 inspector"),
    Member("finance_officer", "13800000010", "示例·钱财", Role.FINANCE_OFFICER, area=CITY, who="财政 finance officer"),
    Member("auditor", "13800000011", "示例·沈计", Role.AUDITOR, area=CITY, who="审计 auditor"),
    Member("administrator", "13800000012", "示例·管理", Role.ADMINISTRATOR, area=CITY, who="管理员 administrator"),
    Member("laboratory", "13800000013", "示例·何验", Role.LABORATORY, "laboratory", who="检测机构 laboratory"),
)

#: The three that `serve` prints; all others have the same password.
LOGINS = tuple(member for member in MEMBERS if member.key in {"grower", "keeper", "city_officer"})
