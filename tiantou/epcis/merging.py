"""Many events, each with its own prefixes, under the one context of a document. Pure.

A prefix that two events use for different namespaces keeps its name in the first and is renamed in the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tiantou.epcis.contexts import PREFIXES


def prefixes_of(event: Mapping[str, Any]) -> dict[str, str]:
    """The prefixes that an event's own context explains."""
    context = event.get("@context") or ()
    parts = context if isinstance(context, list | tuple) else (context,)
    return {
        name: uri for part in parts if isinstance(part, Mapping) for name, uri in part.items() if isinstance(uri, str)
    }


def merge(events: Iterable[Mapping[str, Any]]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The prefixes of all, and the events with these prefixes and without contexts of their own."""
    together: dict[str, str] = {}
    merged = []
    for event in events:
        own = prefixes_of(event)
        changed = {prefix: new for prefix, uri in own.items() if (new := _place(together, prefix, uri)) != prefix}
        body = {name: value for name, value in event.items() if name != "@context"}
        merged.append(_renamed(body, changed) if changed else body)
    return together, merged


def _place(together: dict[str, str], prefix: str, uri: str) -> str:
    """The prefix under which the namespace stands in the document."""
    known = next((name for name, other in together.items() if other == uri), None)
    name, number = prefix, 1
    while together.get(name, uri) != uri or (number > 1 and name in PREFIXES):
        known_free = known is not None
        if known_free:
            return str(known)
        number += 1
        name = f"{prefix}{number}"
    together[name] = uri
    return name


def _renamed(value: Any, changed: Mapping[str, str]) -> Any:
    """A value with its prefixes renamed, in names and in words that are CURIEs."""
    if isinstance(value, Mapping):
        return {_curie(name, changed): _renamed(inner, changed) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, changed) for inner in value]
    return _curie(value, changed) if isinstance(value, str) else value


def _curie(text: str, changed: Mapping[str, str]) -> str:
    prefix, colon, rest = text.partition(":")
    return f"{changed[prefix]}:{rest}" if colon and prefix in changed and not rest.startswith("//") else text
