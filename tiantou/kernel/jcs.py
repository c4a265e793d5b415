"""JSON Canonicalization Scheme (RFC 8785): one sequence of bytes for one JSON value, to be hashed and signed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

#: Beyond this an integer has no exact place among the doubles of I-JSON (RFC 7493, section 2.2).
LARGEST_INTEGER = 2**53 - 1
#: ECMAScript writes numbers without an exponent from 1e-6 up to below 1e21 (Number::toString).
_PLAIN_FROM, _PLAIN_BELOW = -7, 21
#: Deeper documents are refused instead of exhausting the stack.
DEEPEST = 200


class NotCanonical(ValueError):
    """The value has no canonical form: not I-JSON (NaN, lone surrogate, integer too large, name twice), or too deep."""


def canonical(value: Any) -> bytes:
    """The canonical UTF-8 bytes of a JSON value (mappings, lists, tuples, text, numbers, booleans, None).

    Raises: NotCanonical.
    """
    try:
        return "".join(_parts(value, 0)).encode("utf-8")
    except UnicodeEncodeError as fault:
        message = "lone surrogate"
        raise NotCanonical(message) from fault


def parse(text: str | bytes) -> Any:
    """The value of a JSON text in which every name occurs once, as canonicalization needs it.

    Raises: NotCanonical for anything that is no such text.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return json.loads(text, object_pairs_hook=_unique, parse_int=_integer, parse_constant=_constant)
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as fault:
        message = "not JSON"
        raise NotCanonical(message) from fault


def number(value: float) -> str:
    """A number as ECMAScript writes it (RFC 8785, section 3.2.2.3). Raises: NotCanonical."""
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            message = f"integer {value} is not exact"
            raise NotCanonical(message)
        return str(value)
    if not math.isfinite(value):
        message = f"{value} is no JSON number"
        raise NotCanonical(message)
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}e0".partition("e")
    whole, _, fraction = mantissa.partition(".")
    power = int(exponent.partition("e")[0]) + len(whole)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    power -= len(digits) - len(stripped)
    return sign + _written(stripped.rstrip("0"), power)


def _written(digits: str, power: int) -> str:
    """0.`digits` times ten to the `power`, as ECMAScript writes it."""
    count = len(digits)
    if count <= power <= _PLAIN_BELOW:
        return digits + "0" * (power - count)
    if 0 < power <= _PLAIN_BELOW:
        return f"{digits[:power]}.{digits[power:]}"
    if _PLAIN_FROM < power - 1 < 0:
        return f"0.{'0' * -power}{digits}"
    shown = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{shown}e{power - 1:+d}"


def _parts(value: Any, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        message = "too deep"
        raise NotCanonical(message)
    if value is None or isinstance(value, bool):
        yield {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, str):
        yield json.dumps(value, ensure_ascii=False)
    elif isinstance(value, int | float):
        yield number(value)
    elif isinstance(value, Mapping):
        yield from _object(value, depth)
    elif isinstance(value, list | tuple):
        yield "["
        for index, item in enumerate(value):
            if index:
                yield ","
            yield from _parts(item, depth + 1)
        yield "]"
    else:
        message = f"{type(value).__name__} is no JSON"
        raise NotCanonical(message)


def _object(value: Mapping[Any, Any], depth: int) -> Iterator[str]:
    if not all(isinstance(name, str) for name in value):
        message = "a name that is no text"
        raise NotCanonical(message)
    yield "{"
    for index, name in enumerate(sorted(value, key=_utf16)):
        yield f"{',' if index else ''}{json.dumps(name, ensure_ascii=False)}:"
        yield from _parts(value[name], depth + 1)
    yield "}"


def _utf16(name: str) -> bytes:
    """Names are in the order of their UTF-16 code units (section 3.2.3)."""
    try:
        return name.encode("utf-16-be")
    except UnicodeEncodeError as fault:
        message = "lone surrogate"
        raise NotCanonical(message) from fault


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name occurs twice"
        raise NotCanonical(message)
    return found


def _integer(digits: str) -> int | float:
    """Digits beyond the exact integers are the double that any other reader takes them for."""
    if len(digits) < len(str(LARGEST_INTEGER)) or abs(int(digits[:40])) <= LARGEST_INTEGER:
        return int(digits)
    return float(digits)


def _constant(name: str) -> float:
    message = f"{name} is no JSON number"
    raise NotCanonical(message)
