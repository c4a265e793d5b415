"""From the tree to one SQL condition over `trace_event`. Texts of ours only; every value of the client travels as a parameter."""

# ruff: noqa: S608, ISC004 - only texts of this module are put together; values are parameters
from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tiantou.epcis.asking import tree
from tiantou.trace.facts import as_number, as_time, reading
from tiantou.trace.rules import Role, event_key

#: A condition and its parameters.
Sql = tuple[str, list[Any]]

_COLUMNS = frozenset(
    {"type", "action", "biz_step", "disposition", "read_point", "biz_location", "event_time", "record_time"}
)
_OPERATORS = frozenset({"=", ">", ">=", "<", "<="})


def condition(query: tree.Query, owners: tuple[int, ...] | None) -> Sql:
    """The condition that all of the query's conditions hold; `owners` are the parties whose master data counts (None: all)."""
    found = [_compile(one, owners) for one in sorted(query.conditions, key=_cost)]
    return _all(found)


def _all(parts: Sequence[Sql]) -> Sql:
    if not parts:
        return "TRUE", []
    return " AND ".join(f"({text})" for text, _ in parts), [value for _, values in parts for value in values]


def _cost(one: tree.Condition) -> int:
    """Cheap columns before JSON: PostgreSQL keeps the order of conditions that it deems to cost alike."""
    if isinstance(one, tree.Words | tree.Moment | tree.Identified | tree.Declared):
        return 0
    return 1 if isinstance(one, tree.Named | tree.Within) else 2


@functools.singledispatch
def _compile(one: tree.Condition, owners: tuple[int, ...] | None) -> Sql:
    raise NotImplementedError(one)


def _column(name: str) -> str:
    if name not in _COLUMNS:
        raise KeyError(name)
    return f"trace_event.{name}"


def _operator(sign: str) -> str:
    if sign not in _OPERATORS:
        raise KeyError(sign)
    return sign


@_compile.register
def _words(one: tree.Words, owners: tuple[int, ...] | None) -> Sql:
    return f"{_column(one.column)} = ANY(%s)", [list(one.values)]


@_compile.register
def _moment(one: tree.Moment, owners: tuple[int, ...] | None) -> Sql:
    return f"{_column(one.column)} {_operator(one.operator)} %s", [one.at]


@_compile.register
def _identified(one: tree.Identified, owners: tuple[int, ...] | None) -> Sql:
    keys = [event_key(text, declares=declares) for text in one.event_ids for declares in (False, True)]
    return "trace_event.key = ANY(%s)", [keys]


@_compile.register
def _declared(one: tree.Declared, owners: tuple[int, ...] | None) -> Sql:
    return "trace_event.wrong IS NOT NULL", []


@_compile.register
def _named(one: tree.Named, owners: tuple[int, ...] | None) -> Sql:
    text, values = _names(one)
    return f"trace_event.id IN (SELECT m.event_id FROM trace_mention m WHERE {text} AND m.role = ANY(%s))", [
        *values,
        list(one.roles),
    ]


def _names(one: tree.Named) -> Sql:
    """Exact keys, and ranges of keys with the shape that the pattern asks for: both are read from the key's own index."""
    exact = [matcher.exact for matcher in one.matchers if matcher.exact]
    tests = ["m.epc = ANY(%s)"] if exact else []
    values: list[Any] = [exact] if exact else []
    for matcher in one.matchers:
        for low, high in matcher.ranges:
            tests.append("(m.epc >= %s AND m.epc < %s AND m.epc ~ %s)")
            values += [low, high, f"^{matcher.shape}$"]
    return "(" + " OR ".join(tests) + ")", values


@_compile.register
def _within(one: tree.Within, owners: tuple[int, ...] | None) -> Sql:
    """A walk down the children that master data names, each place once."""
    mine, values = _owned(owners)
    walk = (
        "WITH RECURSIVE below(code) AS (SELECT unnest(%s::text[]) UNION"
        " SELECT child FROM below JOIN epcis_master master ON master.code = below.code"
        f" CROSS JOIN LATERAL unnest(master.children) child WHERE {mine}) SELECT code FROM below"
    )
    return f"{_column(one.column)} = ANY(ARRAY({walk}))", [list(one.keys), *values]


def _owned(owners: tuple[int, ...] | None) -> Sql:
    if owners is None:
        return "TRUE", []
    return "(master.party_id IS NULL OR master.party_id = ANY(%s))", [list(owners)]


@_compile.register
def _paper(one: tree.Paper, owners: tuple[int, ...] | None) -> Sql:
    """The index finds events that name the paper at all; then the entry itself must have the type."""
    named = "trace_event.id IN (SELECT m.event_id FROM trace_mention m WHERE m.epc = ANY(%s) AND m.role = %s)"
    entry = (
        "EXISTS (SELECT 1 FROM jsonb_array_elements(trace_event.body -> %s) entry WHERE entry ->> 'type' = %s"
        " AND (entry ->> %s = ANY(%s) OR EXISTS (SELECT 1 FROM unnest(%s::text[]) name"
        " WHERE right(entry ->> %s, length(name)) = name)))"
    )
    # A Digital Link below any domain ends with the key.
    tails = [name for name in one.keys if name.startswith("/")]
    return f"{named} AND {entry}", [
        *(list(one.keys), one.role),
        *(one.list_name, one.type, one.member, list(one.spellings), tails, one.member),
    ]


@_compile.register
def _path(one: tree.Path, owners: tuple[int, ...] | None) -> Sql:
    return (
        f"{_at_all(one.path)}jsonb_path_exists(trace_event.body, %s::jsonpath, %s::jsonb, true)",
        [one.path, bound(one.bound)],
    )


#: What a path begins with, and the condition of the partial index that knows all such events.
_RARE = {
    "$.sensorElementList": "trace_event.body ? 'sensorElementList' AND ",
    "$.errorDeclaration": "trace_event.wrong IS NOT NULL AND ",
}


def _at_all(path: str) -> str:
    """That the event has such a part at all: few have, and an index knows which."""
    return next((condition for start, condition in _RARE.items() if path.startswith(start)), "")


def bound(values: Mapping[str, tree.Bound]) -> str:
    """The values as a JSON object, numbers in full: a double would lose digits that the database compares."""
    members = [f"{json.dumps(name)}:{_json(value)}" for name, value in values.items()]
    return "{" + ",".join(members) + "}"


def _json(value: tree.Bound) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return as_json(list(value) if isinstance(value, tuple) else value)


def as_json(value: Any) -> str:
    """The value as JSON text."""
    return json.dumps(value)


@_compile.register
def _instant(one: tree.Instant, owners: tuple[int, ...] | None) -> Sql:
    time = "CASE WHEN pg_input_is_valid(found #>> '{}', 'timestamptz') THEN (found #>> '{}')::timestamptz END"
    return (
        f"{_at_all(one.path)}EXISTS (SELECT 1 FROM jsonb_path_query(trace_event.body, %s::jsonpath, '{{}}', true) found"
        f" WHERE {time} {_operator(one.operator)} %s)",
        [one.path, one.at],
    )


@_compile.register
def _fact(one: tree.Fact, owners: tuple[int, ...] | None) -> Sql:
    inner = "@.i == true" if one.inner else "!exists(@.i)"
    field = f"$[*] ? (@.w == $w && (@.n == $n[*] || @.p == $n[*]) && {inner}"
    given: dict[str, tree.Bound] = {"w": one.where, "n": one.names}
    if one.operator:
        tests = []
        for place, operand in enumerate(one.operands):
            test, values = _comparison(one.operator, operand, place)
            tests.append(test)
            given |= values
        field += " && (" + " || ".join(tests) + ")"
    held = _held(one)
    holds = " OR ".join(["trace_event.facts @> %s::jsonb"] * len(held))
    return (
        f"trace_event.facts IS NOT NULL AND ({holds or 'TRUE'})"
        " AND jsonb_path_exists(trace_event.facts, %s::jsonpath, %s::jsonb, true)",
        [*held, f"{field})", bound(given)],
    )


#: With more alternatives than this the index is no help.
_MOST_HELD = 60


def _held(one: tree.Fact) -> list[str]:
    """What facts must contain for the condition to hold: containment is what their index answers, the path then decides.

    An equality says the value as well; any other condition only that the field is there.
    """
    names = [{"w": one.where, member: name} for name in one.names for member in ("n", "p")]
    if one.operator != "=":
        found: list[dict[str, Any]] = list(names)
    else:
        values = [{kind: value} for operand in one.operands for kind, value in reading(operand).items()]
        found = [name | value for name in names for value in values]
    return [json.dumps([fact]) for fact in found] if len(found) <= _MOST_HELD else []


def _comparison(operator: str, operand: str, place: int) -> tuple[str, dict[str, tree.Bound]]:
    """A number compares with numbers, a time with times; equality also holds for the same text."""
    sign = "==" if operator == "=" else _operator(operator)
    tests: list[str] = []
    given: dict[str, tree.Bound] = {}
    if operator == "=":
        tests, given = [f"@.v == $v{place}"], {f"v{place}": operand}
    if as_number(operand) is not None:
        tests.append(f"@.f {sign} $f{place}")
        given[f"f{place}"] = Decimal(operand)
    elif (instant := as_time(operand)) is not None:
        tests.append(f"@.t {sign} $t{place}")
        given[f"t{place}"] = instant
    return " || ".join(tests), given


_FIELD_COLUMNS = {
    "bizStep": "biz_step",
    "disposition": "disposition",
    "readPoint": "read_point",
    "bizLocation": "biz_location",
}
_FIELD_ROLES: dict[str, tuple[int, ...]] = {
    "epcClass": (Role.CLASS, Role.CHILD_CLASS),
    "inputEPCClass": (Role.INPUT_CLASS,),
    "outputEPCClass": (Role.OUTPUT_CLASS,),
    "epc": (Role.EPC, Role.CHILD),
    "parentID": (Role.PARENT,),
    "bizTransaction": (Role.TRANSACTION,),
    "source": (Role.SOURCE,),
    "destination": (Role.DESTINATION,),
}


@_compile.register
def _attribute(one: tree.Attribute, owners: tuple[int, ...] | None) -> Sql:
    """What is described so in master data, then the events that hold one of it."""
    mine, mine_values = _owned(owners)
    test = "@.id == $n[*]" + (" && @.attribute == $v[*]" if one.values else "")
    given: dict[str, tree.Bound] = {"n": one.names, "v": one.values}
    described = (
        "SELECT master.code FROM epcis_master master"
        f" WHERE {mine} AND jsonb_path_exists(master.attributes, %s::jsonpath, %s::jsonb, true)"
    )
    values = [*mine_values, f"$[*] ? ({test})", bound(given)]
    if one.field in _FIELD_COLUMNS:
        return f"{_column(_FIELD_COLUMNS[one.field])} = ANY(ARRAY({described}))", values
    if one.field in _FIELD_ROLES:
        return (
            f"trace_event.id IN (SELECT m.event_id FROM trace_mention m WHERE m.epc = ANY(ARRAY({described}))"
            " AND m.role = ANY(%s))",
            [*values, list(_FIELD_ROLES[one.field])],
        )
    held = (
        "SELECT 1 FROM jsonb_array_elements(trace_event.facts) fact"
        " WHERE fact ->> 'w' = %s AND fact ->> 'n' = %s AND fact ->> 'v' = ANY(ARRAY(" + described + "))"
    )
    return f"trace_event.facts IS NOT NULL AND EXISTS ({held})", [one.where, one.field, *values]
