"""From the parameters of SimpleEventQuery to a tree, or to the exact fault. Pure.

Sources: EPCIS 2.0, 8.2.7.1; its OpenAPI and `query-schema.json`. Where these name one parameter in two ways, both are understood:
`GE_errorDeclarationTime` and `GE_errorDeclaration_Time`, `EXISTS_sensorElementList` and `EXISTS_sensorElement`, `EQATTR_` and `EQ_ATTR_`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tiantou.epcis.asking.families import FAMILIES, field_names
from tiantou.epcis.asking.fixed import FIXED
from tiantou.epcis.asking.tree import Condition, Query
from tiantou.epcis.asking.values import Values, bad, one, texts
from tiantou.epcis.errors import QueryParameter
from tiantou.trace.facts import KNOWN

#: A query may say no more than this.
MOST_PARAMETERS = 100


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
        values = texts(name, value)
        if name in _CONTROLS:
            controls[name] = values
        elif (condition := _condition(name, values, known)) is not None:
            conditions.append(condition)
    return _controlled(Query(tuple(conditions)), controls, known)


def _condition(name: str, values: Values, spaces: Mapping[str, str]) -> Condition | None:
    """The condition that a parameter sets; None for one that asks for nothing (`EXISTS_…=false`). Raises: QueryParameter."""
    if reader := FIXED.get(name):
        return reader(name, values)
    for pattern, read in FAMILIES:
        if found := pattern.fullmatch(name):
            return read(name, found, values, spaces)
    raise QueryParameter(f"There is no parameter {name}.")


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
        by = one("orderBy", controls["orderBy"])
        if by not in _ORDERS and ":" not in by and "#" not in by:
            raise bad("orderBy", "takes eventTime, recordTime or the full name of an extension field")
        query = replace(query, order_by=by, order_names=() if by in _ORDERS else field_names(by, spaces))
    if "orderDirection" in controls:
        direction = one("orderDirection", controls["orderDirection"])
        if direction not in {"ASC", "DESC"}:
            raise bad("orderDirection", "takes ASC or DESC")
        query = replace(query, descending=direction == "DESC")
    return query


def _count(name: str, values: Values) -> int:
    text = one(name, values)
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise bad(name, "takes a whole number above zero")
    return int(text)
