"""Many events, each with its own prefixes, under the one context of a document. Pure.

A prefix that two events use for different namespaces keeps its name in the first and is renamed in the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tiantou.epcis.contexts import PREFIXES

#: Members of the standard whose values are plain texts, and that with everybody's own data.
_TEXTS = frozenset({"stringValue", "uom", "ilmd", "eventTimeZoneOffset"})


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
    """The prefix under which the namespace stands in the document from now on."""
    if together.setdefault(prefix, uri) == uri:
        return prefix
    if known := next((name for name, other in together.items() if other == uri), None):
        return known
    number = 2
    while f"{prefix}{number}" in together or f"{prefix}{number}" in PREFIXES:
        number += 1
    together[f"{prefix}{number}"] = uri
    return f"{prefix}{number}"


def _renamed(value: Any, changed: Mapping[str, str], *, own: bool = False) -> Any:
    """A value with its prefixes renamed: in names, and in the standard's words and identifiers that are CURIEs.

    A text of somebody's own is just a text, whatever it looks like.
    """
    if isinstance(value, Mapping):
        return {
            _curie(name, changed): _renamed(inner, changed, own=own or ":" in name or name in _TEXTS)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_renamed(inner, changed, own=own) for inner in value]
    return _curie(value, changed) if isinstance(value, str) and not own else value


def _curie(text: str, changed: Mapping[str, str]) -> str:
    prefix, colon, rest = text.partition(":")
    return f"{changed[prefix]}:{rest}" if colon and prefix in changed and not rest.startswith("//") else text
