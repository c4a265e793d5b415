"""Names between XML and JSON: namespaces and prefixes, and names that XML could not spell. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tiantou.epcis.contexts import MASTER_DATA, PREFIXES, as_spelled
from tiantou.epcis.xml_layout import EPCIS1, EPCIS2, XSD, XSI

_NAME = re.compile(r"[^\W\d][\w.-]*")
_ODD = re.compile(r"[^\w.-]|(?<!\w)[\d.-]|_(?=x[0-9A-F]{4,6}_)")
_ESCAPED = re.compile(r"_x([0-9A-F]{4,6})_")
_OWN = frozenset({EPCIS1, EPCIS2, XSI, XSD})


class Prefixes:
    """The prefixes of one event while it is read: a namespace has one prefix, a prefix one namespace."""

    __slots__ = ("by_namespace", "by_prefix")

    def __init__(self, scope: Mapping[str | None, str]) -> None:
        self.by_prefix: dict[str, str] = {}
        self.by_namespace: dict[str, str] = {}
        for prefix, namespace in scope.items():
            if prefix and namespace not in _OWN:
                self.of(namespace, prefix)

    def of(self, namespace: str, wanted: str | None) -> str:
        """The prefix of a namespace, preferably the one that was written."""
        namespace = as_spelled(namespace)
        known = self.by_namespace.get(namespace)
        if known is not None and (wanted == known or self.by_prefix.get(wanted or "") != namespace):
            return known
        prefix = wanted if wanted and _NAME.fullmatch(wanted) else "ns"
        number = 1
        while self.by_prefix.get(prefix, namespace) != namespace or (
            prefix in PREFIXES and PREFIXES[prefix] != namespace and number > 1
        ):
            number += 1
            prefix = f"{wanted or 'ns'}{number}"
        self.by_prefix[prefix] = namespace
        self.by_namespace.setdefault(namespace, prefix)
        return prefix


def split(name: str, prefixes: Mapping[str, str]) -> tuple[str, str]:
    """Namespace and local name of a member's name; no namespace where it has none."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return "", escape(name)
    namespace = prefixes.get(prefix) or PREFIXES.get(prefix)
    if namespace:
        return MASTER_DATA if namespace == PREFIXES["cbvmda"] else namespace, escape(local)
    cut = max(name.rfind("#"), name.rfind("/"), name.rfind(":")) + 1  # a full address: the last step is the name
    return (name[:cut], escape(name[cut:])) if name[cut:] else (name, "_")


def escape(name: str) -> str:
    """A name that XML can spell: every other sign as `_x0020_`."""
    return (
        _ODD.sub(lambda found: f"_x{ord(found[0]):04X}_", name) if not _NAME.fullmatch(name) or "_x" in name else name
    )


def unescape(name: str) -> str:
    """A name as it was before `escape`."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name) if "_x" in name else name


def plain_number(value: float) -> str:
    """A number as XML Schema's decimal spells it, without a needless zero."""
    return format(Decimal(repr(value)).normalize() if value else Decimal(0), "f")


def typed(text: str, kind: str) -> Any:
    """A text as the type that XML says it has, as long as nothing of its spelling is lost (`23.0` stays a text)."""
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    if kind in _NUMBERS and _NUMBER.fullmatch(text):
        value = int(text) if text.lstrip("-").isdigit() else float(text)
        return value if plain_number(value) == text else text
    return text


_NUMBERS = frozenset(
    {"decimal", "integer", "int", "long", "short", "double", "float", "nonNegativeInteger", "positiveInteger"}
)
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
