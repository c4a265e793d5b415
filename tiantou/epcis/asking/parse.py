"""From the parameters of SimpleEventQuery to a tree, or to the exact fault. Pure.

Sources: EPCIS 2.0, 8.2.7.1; its OpenAPI and `query-schema.json`. Where these name one parameter in two ways, both are understood:
`GE_errorDeclarationTime` and `GE_errorDeclaration_Time`, `EXISTS_sensorElementList` and `EXISTS_sensorElement`, `EQATTR_` and `EQ_ATTR_`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tiantou.epcis.asking import words
from tiantou.epcis.asking.patterns import Matcher, matcher
from tiantou.epcis.asking.tree import (
    Attribute,
    Condition,
    Declared,
    Fact,
    Identified,
    Instant,
    Moment,
    Named,
    Paper,
    Path,
    Query,
    Within,
    Words,
)
from tiantou.epcis.asking.units import in_all_units
from tiantou.epcis.errors import QueryParameter
from tiantou.gs1.identifiers import key
from tiantou.trace.facts import KNOWN, full_name
from tiantou.trace.rules import Role

_OPERATORS = {"EQ": "=", "GT": ">", "GE": ">=", "LT": "<", "LE": "<="}
#: A query may say no more than this: neither parameters nor values of one.
MOST_PARAMETERS = 100
MOST_VALUES = 500
#: Each stands in the test once for every unit of its kind.
_MOST_AMOUNTS = 20
_LARGEST = Decimal("1e30")

Values = Sequence[str]


def parse(parameters: Mapping[str, Any], spaces: Mapping[str, str] | None = None) -> Query:
    """The query that the parameters say. Values are texts, lists of texts, or what JSON holds; `spaces` explains prefixes.

    Raises: QueryParameter, naming the parameter.
    """
    if len(parameters) > MOST_PARAMETERS:
        raise QueryParameter(f"A query may have at most {MOST_PARAMETERS} parameters.")
    known = {**KNOWN, **(spaces or {})}
    conditions: list[Condition] = []
    controls: dict[str, Values] = {}
    for name, value in parameters.items():
        values = _values(name, value)
        if name in _CONTROLS:
            controls[name] = values
        elif (condition := _condition(name, values, known)) is not None:
            conditions.append(condition)
    return _controlled(Query(tuple(conditions)), controls, known)


def _values(name: str, value: Any) -> list[str]:
    """A parameter's values as texts: JSON numbers and booleans become what a URI would say."""
    items = value if isinstance(value, list | tuple) else [value]
    found = []
    for item in items:
        if isinstance(item, bool):
            found.append("true" if item else "false")
        elif item is None:
            found.append("")
        elif isinstance(item, str | int | float | Decimal):
            found.append(str(item))
        else:
            raise _bad(name, "takes texts, numbers or booleans")
    if len(found) > MOST_VALUES:
        raise _bad(name, f"takes at most {MOST_VALUES} values")
    if any("\0" in text for text in found):
        raise _bad(name, "has a character that no value may have")
    return found


def _condition(name: str, values: Values, spaces: Mapping[str, str]) -> Condition | None:
    """The condition that a parameter sets; None for one that asks for nothing (`EXISTS_…=false`). Raises: QueryParameter."""
    if reader := _FIXED.get(name):
        return reader(name, values)
    for pattern, read in _FAMILIES:
        if found := pattern.fullmatch(name):
            return read(name, found, values, spaces)
    raise QueryParameter(f"There is no parameter {name}.")


# ── single values ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _bad(name: str, why: str) -> QueryParameter:
    return QueryParameter(f"{name} {why}.")


def _one(name: str, values: Values) -> str:
    if len(values) != 1:
        raise _bad(name, "takes one value")
    return values[0]


def _some(name: str, values: Values) -> Values:
    if not values or not all(values):
        raise _bad(name, "needs a value")
    return values


def _time(name: str, values: Values) -> datetime:
    # A plus sign that nobody escaped arrives as a blank.
    text = re.sub(r" (\d\d:?\d\d)$", r"+\1", _one(name, values))
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or "T" not in text:
            raise ValueError(text)  # noqa: TRY301 - one answer for all that is no instant
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise _bad(name, "takes a date and time with a zone, such as 2026-11-20T08:30:00.000+08:00") from fault


def _number(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation as fault:
        raise _bad(name, "takes a number") from fault
    if not number.is_finite() or abs(number) > _LARGEST or (number and abs(number) < 1 / _LARGEST):
        raise _bad(name, "takes a number of a size that can be measured")
    return number


def _whether(name: str, values: Values) -> bool:
    """Whether a flag is set; the standard sends it without a value, with a boolean or with a number."""
    text = _one(name, values or [""]).lower()
    if text in {"", "true", "1"}:
        return True
    if text in {"false", "0"}:
        return False
    raise _bad(name, "takes true or false, or no value")


# ── parameters with a fixed name ─────────────────────────────────────────────────────────────────────────────────────────────

Reader = Callable[[str, Values], Condition | None]


def _words(column: str, canonical: Callable[[str], str] = str) -> Reader:
    return lambda name, values: Words(column, tuple(dict.fromkeys(canonical(text) for text in _some(name, values))))


def _action(name: str, values: Values) -> Condition:
    if not set(_some(name, values)) <= {"ADD", "OBSERVE", "DELETE"}:
        raise _bad(name, "takes ADD, OBSERVE or DELETE")
    return Words("action", tuple(values))


def _moment(column: str, operator: str) -> Reader:
    return lambda name, values: Moment(column, operator, _time(name, values))


def _instant(path: str, operator: str) -> Reader:
    return lambda name, values: Instant(path, operator, _time(name, values))


def _match(*roles: Role, of_class: bool = False) -> Reader:
    def read(name: str, values: Values) -> Condition:
        found: list[Matcher] = []
        for text in _some(name, values):
            try:
                found.append(matcher(text, of_class=of_class))
            except ValueError as fault:
                raise _bad(name, f"has a pattern that is none: {text}") from fault
        return Named(tuple(roles), tuple(found))

    return read


def _path(path: str, spellings: Callable[[str], Iterable[str]] = lambda text: [text]) -> Reader:
    """A path whose `$v` is any of the values, each in all of its spellings."""

    def read(name: str, values: Values) -> Condition:
        return Path(path, {"v": tuple(dict.fromkeys(s for text in _some(name, values) for s in spellings(text)))})

    return read


def _boolean_value(name: str, values: Values) -> Condition:
    return Path(f"{_REPORTS} ? (@.booleanValue == $v)", {"v": _whether(name, _some(name, values))})


def _flag(condition: Condition) -> Reader:
    return lambda name, values: condition if _whether(name, values) else None


_REPORTS = "$.sensorElementList[*].sensorReport[*]"
_METADATA = "$.sensorElementList[*].sensorMetadata"


def _either(member: str) -> str:
    """In the metadata or in a report (TCR-53, step 28)."""
    return f"$.sensorElementList[*] ? (@.sensorMetadata.{member} == $v[*] || @.sensorReport[*].{member} == $v[*])"


def _report(member: str) -> str:
    return f"{_REPORTS}.{member} ? (@ == $v[*])"


def _rank(operator: str) -> Reader:
    sign = "==" if operator == "=" else operator
    return lambda name, values: Path(f"{_REPORTS}.percRank ? (@ {sign} $v)", {"v": _number(name, _one(name, values))})


_THINGS = (Role.EPC, Role.CHILD)
_CLASSES = (Role.CLASS, Role.CHILD_CLASS)

_FIXED: dict[str, Reader] = {
    "eventType": _words("type", words.event_type),
    "EQ_action": _action,
    "EQ_bizStep": _words("biz_step", words.short),
    "EQ_disposition": _words("disposition", words.short),
    "EQ_persistentDisposition_set": _path(
        "$.persistentDisposition.set[*] ? (@ == $v[*])", words.spellings_of_disposition
    ),
    "EQ_persistentDisposition_unset": _path(
        "$.persistentDisposition.unset[*] ? (@ == $v[*])", words.spellings_of_disposition
    ),
    "EQ_readPoint": _words("read_point", key),
    "WD_readPoint": lambda name, values: Within("read_point", tuple(map(key, _some(name, values)))),
    "EQ_bizLocation": _words("biz_location", key),
    "WD_bizLocation": lambda name, values: Within("biz_location", tuple(map(key, _some(name, values)))),
    "EQ_transformationID": _match(Role.TRANSFORMATION),
    "MATCH_epc": _match(*_THINGS),
    "MATCH_parentID": _match(Role.PARENT),
    "MATCH_inputEPC": _match(Role.INPUT),
    "MATCH_outputEPC": _match(Role.OUTPUT),
    "MATCH_anyEPC": _match(*_THINGS, Role.PARENT, Role.INPUT, Role.OUTPUT),
    "MATCH_epcClass": _match(*_CLASSES, of_class=True),
    "MATCH_inputEPCClass": _match(Role.INPUT_CLASS, of_class=True),
    "MATCH_outputEPCClass": _match(Role.OUTPUT_CLASS, of_class=True),
    "MATCH_anyEPCClass": _match(*_CLASSES, Role.INPUT_CLASS, Role.OUTPUT_CLASS, of_class=True),
    "EQ_eventID": lambda name, values: Identified(tuple(_some(name, values))),
    "EXISTS_errorDeclaration": _flag(Declared()),
    "EQ_errorReason": _path("$.errorDeclaration.reason ? (@ == $v[*])", words.spellings_of_reason),
    "EQ_correctiveEventID": _path("$.errorDeclaration.correctiveEventIDs[*] ? (@ == $v[*])"),
    "EQ_type": _path(_report("type"), words.spellings_of_measurement),
    "EQ_microorganism": _path(_report("microorganism")),
    "EQ_chemicalSubstance": _path(_report("chemicalSubstance")),
    "EQ_stringValue": _path(_report("stringValue")),
    "EQ_uriValue": _path(_report("uriValue"), words.spellings_of_thing),
    "EQ_hexBinaryValue": _path(_report("hexBinaryValue"), lambda text: {text, text.lower(), text.upper()}),
    "EQ_booleanValue": _boolean_value,
    "EQ_time": _instant("$.sensorElementList[*].*[*].time", "="),
}
for _name in ("EXISTS_sensorElementList", "EXISTS_sensorElement"):
    _FIXED[_name] = _flag(Path("$.sensorElementList[0]", {}))
for _name in ("deviceID", "dataProcessingMethod", "bizRules", "deviceMetadata", "rawData"):
    _FIXED[f"EQ_{_name}"] = _path(_either(_name), words.spellings_of_thing)
for _prefix, _operator in (("GE", ">="), ("LT", "<")):
    _FIXED[f"{_prefix}_eventTime"] = _moment("event_time", _operator)
    _FIXED[f"{_prefix}_recordTime"] = _moment("record_time", _operator)
    for _name in ("errorDeclarationTime", "errorDeclaration_Time"):
        _FIXED[f"{_prefix}_{_name}"] = _instant("$.errorDeclaration.declarationTime", _operator)
    _FIXED[f"{_prefix}_time"] = _instant("$.sensorElementList[*].*[*].time", _operator)
    for _name in ("startTime", "endTime"):
        _FIXED[f"{_prefix}_{_name}"] = _instant(f"{_METADATA}.{_name}", _operator)
for _prefix, _operator in _OPERATORS.items():
    _FIXED[f"{_prefix}_percRank"] = _rank(_operator)


# ── families of parameters ───────────────────────────────────────────────────────────────────────────────────────────────────

_QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


def _quantity(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition:
    test, bound = _amounts(name, "quantity", found["op"], found["uom"], values)
    return Path("$ ? (" + " || ".join(f"exists(@.{held}[*] ? ({test}))" for held in _QUANTITIES) + ")", bound)


def _measured(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition:
    test, bound = _amounts(name, found["member"], found["op"], found["uom"], values)
    return Path(f"{_REPORTS} ? ({test})", bound)


def _amounts(
    name: str, member: str, prefix: str, uom: str | None, values: Values
) -> tuple[str, dict[str, str | Decimal]]:
    """The test of an amount in its own unit and in every other of its kind; in any unit where none is asked for."""
    sign = "==" if prefix == "EQ" else _OPERATORS[prefix]
    numbers = [_number(name, text) for text in (_some(name, values) if prefix == "EQ" else [_one(name, values)])]
    if len(numbers) > _MOST_AMOUNTS:
        raise _bad(name, f"takes at most {_MOST_AMOUNTS} values")
    tests: list[str] = []
    bound: dict[str, str | Decimal] = {}
    for place, number in enumerate(numbers):
        if not uom:
            bound[f"x{place}"] = number
            tests.append(f"@.{member} {sign} $x{place}")
            continue
        for code, amount in in_all_units(number, uom, difference=member == "sDev").items():
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
    keys = tuple(map(key, _some(name, values)))
    spelled = tuple(dict.fromkeys(s for text in values for s in words.spellings_of_thing(text)))
    return Paper(role, held, found["list"], words.spellings_of_type(found["type"], found["list"]), keys, spelled)


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
        return Fact(where, names, bool(found["inner"])) if _whether(name, values) else None
    if found["op"] != "EQ":
        text = _one(name, values)
        if not words.is_number(text) and not words.is_time(text):
            raise _bad(name, "takes a number or a time")
    return Fact(where, names, bool(found["inner"]), _OPERATORS[found["op"]], tuple(_some(name, values)))


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
    names = tuple(dict.fromkeys(n for text in _some(name, values) for n in field_names(text, spaces)))
    return Attribute(field, where, names)


def _attribute_is(name: str, found: re.Match[str], values: Values, spaces: Mapping[str, str]) -> Condition:
    field, where = _described(name, found["field"], spaces)
    return Attribute(field, where, field_names(found["attribute"], spaces), tuple(_some(name, values)))


def _described(name: str, field: str, spaces: Mapping[str, str]) -> tuple[str, str]:
    if field in DESCRIBED:
        return field, ""
    if ":" not in field:
        raise _bad(name, "names a field that no master data describes")
    return full_name(field, spaces), "event"


_OP = "(?P<op>EQ|GT|GE|LT|LE)"
_UOM = "(?P<uom>[A-Z0-9]{2,4})"
_FIELD = r"(?P<field>[A-Za-z][\w.+-]*[:#]\S+)"
Family = Callable[[str, "re.Match[str]", Values, Mapping[str, str]], Condition | None]
_FAMILIES: tuple[tuple[re.Pattern[str], Family], ...] = (
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


# ── order and number ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_CONTROLS = frozenset({"orderBy", "orderDirection", "eventCountLimit", "maxEventCount"})
_ORDERS = frozenset({"eventTime", "recordTime"})


def _controlled(query: Query, controls: Mapping[str, Values], spaces: Mapping[str, str]) -> Query:
    if "eventCountLimit" in controls and "maxEventCount" in controls:
        raise QueryParameter("eventCountLimit and maxEventCount exclude each other.")
    if "eventCountLimit" in controls:
        query = replace(query, limit=_count("eventCountLimit", controls["eventCountLimit"]))
    if "maxEventCount" in controls:
        query = replace(query, most=_count("maxEventCount", controls["maxEventCount"]))
    if "orderBy" in controls:
        by = _one("orderBy", controls["orderBy"])
        if by not in _ORDERS and ":" not in by and "#" not in by:
            raise _bad("orderBy", "takes eventTime, recordTime or the full name of an extension field")
        query = replace(query, order_by=by, order_names=() if by in _ORDERS else field_names(by, spaces))
    if "orderDirection" in controls:
        direction = _one("orderDirection", controls["orderDirection"])
        if direction not in {"ASC", "DESC"}:
            raise _bad("orderDirection", "takes ASC or DESC")
        query = replace(query, descending=direction == "DESC")
    return query


def _count(name: str, values: Values) -> int:
    text = _one(name, values)
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise _bad(name, "takes a whole number above zero")
    return int(text)
