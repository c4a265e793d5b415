"""Parameters whose name says a field, a type or a unit: how each becomes a condition. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from tiantou.epcis.asking import words
from tiantou.epcis.asking.fixed import OPERATORS, REPORTS
from tiantou.epcis.asking.tree import Attribute, Condition, Fact, Paper, Path
from tiantou.epcis.asking.units import in_all_units
from tiantou.epcis.asking.values import Values, bad, number, one, some, whether
from tiantou.gs1.identifiers import key
from tiantou.trace.facts import full_name
from tiantou.trace.rules import Role

#: Each stands in the test once for every unit of its kind.
_MOST_AMOUNTS = 20
_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def _quantity(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition:
    test, bound = _amounts(name, "quantity", found["op"], found["uom"], values)
    return Path("$ ? (" + " || ".join(f"exists(@.{held}[*] ? ({test}))" for held in _QUANTITIES) + ")", bound)


def _measured(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition:
    test, bound = _amounts(name, found["member"], found["op"], found["uom"], values)
    return Path(f"{REPORTS} ? ({test})", bound)


def _amounts(
    name: str, member: str, prefix: str, uom: str | None, values: Values
) -> tuple[str, dict[str, str | Decimal]]:
    """The test of an amount in its own unit and in every other of its kind; in any unit where none is asked for."""
    sign = "==" if prefix == "EQ" else OPERATORS[prefix]
    numbers = [number(name, text) for text in (some(name, values) if prefix == "EQ" else [one(name, values)])]
    if len(numbers) > _MOST_AMOUNTS:
        raise bad(name, f"takes at most {_MOST_AMOUNTS} values")
    tests: list[str] = []
    bound: dict[str, str | Decimal] = {}
    for place, asked in enumerate(numbers):
        if not uom:
            bound[f"x{place}"] = asked
            tests.append(f"@.{member} {sign} $x{place}")
            continue
        for code, amount in in_all_units(asked, uom, difference=member == "sDev").items():
            bound |= {f"u{code}": code, f"x{place}_{code}": amount}
            tests.append(f"(@.uom == $u{code} && @.{member} {sign} $x{place}_{code})")
    return " || ".join(tests), bound


_PAPERS = {
    "bizTransaction": (Role.TRANSACTION, "bizTransactionList"),
    "source": (Role.SOURCE, "sourceList"),
    "destination": (Role.DESTINATION, "destinationList"),
}


def _paper(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition:
    role, held = _PAPERS[found["list"]]
    keys = tuple(map(key, some(name, values)))
    spelled = tuple(dict.fromkeys(s for text in values for s in words.spellings_of_thing(text)))
    return Paper(role, held, found["list"], words.paper_type(found["type"], found["list"]), keys, spelled)


_SECTIONS = {
    "": "event",
    "ILMD": "ilmd",
    "ERROR_DECLARATION": "error",
    "SENSORELEMENT": "sensorElement",
    "SENSORMETADATA": "sensorMetadata",
    "SENSORREPORT": "sensorReport",
    "readPoint": "readPoint",
    "bizLocation": "bizLocation",
}


def _field(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition | None:
    where = _SECTIONS[(found["section"] or "").removesuffix("_")]
    names = field_names(found["field"], spaces)
    if found["op"] == "EXISTS":
        return Fact(where, names, bool(found["inner"])) if whether(name, values) else None
    if found["op"] != "EQ":
        text = one(name, values)
        if not words.is_number(text) and not words.is_time(text):
            raise bad(name, "takes a number or a time")
    return Fact(where, names, bool(found["inner"]), OPERATORS[found["op"]], tuple(some(name, values)))


def field_names(text: str, spaces: Mapping[str, str]) -> tuple[str, ...]:
    """The full name of a field, and the name as it may have been written: `namespace#local`, `prefix:local` or a whole address."""
    found = [full_name(text, spaces)]
    if text != found[0]:
        found.append(text)
    if "#" in text:
        space, _hash, local = text.rpartition("#")
        found.append(space + local)
    return tuple(dict.fromkeys(found))


#: Fields whose values master data can describe: a column of the event, or roles of what it names.
DESCRIBED = frozenset(
    {"bizStep", "disposition", "readPoint", "bizLocation", "epcClass", "inputEPCClass", "outputEPCClass", "epc", "parentID",
     "bizTransaction", "source", "destination"}
)  # fmt: skip


def _has_attribute(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition:
    field, where = _described(name, found["field"], spaces)
    names = tuple(dict.fromkeys(n for text in some(name, values) for n in field_names(text, spaces)))
    return Attribute(field, where, names)


def _attribute_is(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition:
    field, where = _described(name, found["field"], spaces)
    return Attribute(field, where, field_names(found["attribute"], spaces), tuple(some(name, values)))


def _described(name: str, field: str, spaces: Mapping[str, str]) -> tuple[str, str]:
    if field in DESCRIBED:
        return field, ""
    if ":" not in field:
        raise bad(name, "names a field that no master data describes")
    return full_name(field, spaces), "event"


_OP = "(?P<op>EQ|GT|GE|LT|LE)"
_UOM = "(?P<uom>[A-Z0-9]{2,4})"
_FIELD = r"(?P<field>[A-Za-z][\w.+-]*[:#]\S+)"
Family = Callable[[str, "re.Match[str]", Values, Mapping[str, str]], Condition | None]
FAMILIES: tuple[tuple[re.Pattern[str], Family], ...] = (
    (re.compile(f"{_OP}_quantity(?:_{_UOM})?"), _quantity),
    (re.compile(f"{_OP}_(?P<member>value|minValue|maxValue|meanValue|sDev|percValue)(?:_{_UOM})?"), _measured),
    (re.compile(r"EQ_(?P<list>bizTransaction|source|destination)_(?P<type>\S+)"), _paper),
    (re.compile(r"HASATTR_(?P<field>\S+)"), _has_attribute),
    (re.compile(r"(?:EQATTR|EQ_ATTR)_(?P<field>[A-Za-z]+(?::[^\W_]+)?)_(?P<attribute>\S+)"), _attribute_is),
    (re.compile(rf"(?P<op>EQ)_(?P<inner>INNER_)?(?P<section>readPoint_|bizLocation_){_FIELD}"), _field),
    (
        re.compile(
            r"(?P<op>EQ|GT|GE|LT|LE|EXISTS)_(?P<inner>INNER_)?"
            rf"(?P<section>ILMD_|ERROR_DECLARATION_|SENSORELEMENT_|SENSORMETADATA_|SENSORREPORT_)?{_FIELD}"
        ),
        _field,
    ),
)
