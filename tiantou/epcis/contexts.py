"""JSON-LD contexts: which prefixes a document explains. Nothing is ever fetched: contexts of the standard are known by name. Pure.

A context may bring prefixes and other spellings of `type` and `id`; a context that gives a term of the standard another meaning is refused,
as JSON-LD refuses it (the standard's context is protected).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tiantou.epcis.parts import unreadable
from tiantou.epcis.words import SCHEMA

#: The context that documents written here name.
STANDARD = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
#: Prefixes that the standard's own context explains (EPCIS 2.0, epcis-context.jsonld); a document need not repeat them.
PREFIXES: Mapping[str, str] = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "dcterms": "http://purl.org/dc/terms/",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
#: The namespace of CBV's master data as XML spells it.
MASTER_DATA = "urn:epcglobal:cbv:mda"
#: Schemes of identifiers: never read as prefixes of a context.
SCHEMES = frozenset({"urn", "http", "https", "ni", "did", "uuid", "tag", "mailto", "geo", "data", "ftp"})
_KNOWN = re.compile(
    r"https?://(?:ref\.gs1\.org/standards/epcis/(?:2\.\d+(?:\.\d+)?/)?epcis-context\.jsonld"
    r"|(?:gs1\.github\.io/EPCIS|id\.gs1\.org|ns\.gs1\.org)(?:/[\w.]+)*/epcis-context(?:-simple)?\.jsonld"
    r"|ref\.gs1\.org/(?:voc|cbv|epcis|gs1/vocab)/?[\w./-]*|(?:www\.)?gs1\.org/voc/?[\w./-]*"
    # Contexts of a public catalogue of extensions; they explain prefixes only, and those that a document uses it must repeat.
    r"|ref\.openepcis\.io/extensions/[\w./-]+-context\.jsonld)"
)
_PREFIX = re.compile(r"[^\W\d][\w.-]*")
_NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_TERMS = frozenset(SCHEMA["$defs"]["event"]["properties"]) | frozenset(SCHEMA["$defs"]["envelope"]["properties"])
_TYPES = frozenset(SCHEMA["$defs"]["event"]["properties"]["type"]["enum"])
_MOST = 200


@dataclass(frozen=True, slots=True)
class Context:
    """The prefixes that hold in a document or event, and which names stand for `type` and `id` besides those."""

    prefixes: Mapping[str, str]
    aliases: Mapping[str, str]


EMPTY = Context({}, {})


def read(value: Any, where: str, above: Context = EMPTY) -> Context:
    """The context of a document or event below that of what holds it. Raises: Unreadable."""
    if value is None or value in ([], {}):
        return above
    # Contexts are the same in most documents, and in all events of one: read once.
    try:
        prefixes, aliases = _read(json.dumps(value), where)
    except RecursionError:
        raise unreadable("The context is nested too deeply.", where) from None
    if not prefixes and not aliases:
        return above
    return Context({**above.prefixes, **prefixes}, {**above.aliases, **aliases})


@functools.lru_cache(maxsize=512)
def _read(text: str, where: str) -> tuple[dict[str, str], dict[str, str]]:
    prefixes: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for name, value in _entries(json.loads(text), where):
        if name in _TERMS and name != "@context":
            if value not in ("@type", "@id"):
                raise unreadable(f"The context gives {_cut(name)}, a term of the standard, another meaning.", where)
        elif value in ("@type", "@id"):
            aliases[name] = "type" if value == "@type" else "id"
        elif isinstance(value, str) and _PREFIX.fullmatch(name) and _NAMESPACE.fullmatch(value):
            prefixes[name] = as_spelled(value)
    if len(prefixes) > _MOST:
        raise unreadable(f"The context explains more than {_MOST} prefixes.", where)
    return prefixes, aliases


def as_spelled(namespace: str) -> str:
    """A namespace as the standard's context spells it: CBV's master data has another spelling in XML."""
    return PREFIXES["cbvmda"] if namespace == MASTER_DATA else namespace


def _entries(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str):
            if not _KNOWN.fullmatch(part):
                raise unreadable(
                    f"The context {_cut(part)} is not known here, and contexts are never fetched: explain its prefixes in the document.",
                    where,
                )
        elif isinstance(part, Mapping):
            for name, meaning in part.items():
                is_prefix = isinstance(meaning, Mapping) and meaning.get("@prefix") is True
                yield name, meaning.get("@id") if is_prefix else meaning
        else:
            raise unreadable("A context is an address, an object or a list of these.", where)


def _cut(text: str) -> str:
    return f"“{text[:120]}”"
