"""Events as EPCIS 2.0 XML, valid against the standard's schema. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from lxml import etree

from tiantou.epcis.contexts import MASTER_DATA, PREFIXES
from tiantou.epcis.words import long, short
from tiantou.epcis.xml_event import SPACE
from tiantou.epcis.xml_layout import (
    EPC_LISTS,
    EPCIS2,
    METADATA,
    ORDER2,
    PLACES,
    QUANTITY_LISTS,
    QUERY2,
    REPORT,
    REPORT_WORDS,
    TYPED_LISTS,
    WORDS,
    WRAPPERS,
    XSD,
    XSI,
)
from tiantou.epcis.xml_names import plain_number, split

CBV_FORMATS = ("", "No_Preference", "Always_Web_URI", "Always_URN", "Never_Translates")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PREFIX = re.compile(r"(?!xml|XML)[^\W\d][\w.-]*")


def write(
    events: Sequence[Mapping[str, Any]],
    prefixes: Mapping[str, str],
    *,
    at: datetime,
    cbv_format: str = "",
    query: tuple[str, str] | None = None,
) -> bytes:
    """A document of events whose prefixes are merged already. Raises: ValueError, for a format that the standard does not know."""
    if cbv_format not in CBV_FORMATS:
        raise ValueError(cbv_format)
    return _Writer(prefixes, as_urn=cbv_format != "Always_Web_URI").document(events, at, query)


class _Writer:
    def __init__(self, prefixes: Mapping[str, str], *, as_urn: bool) -> None:
        self._prefixes = prefixes
        self._as_urn = as_urn
        self._members: Mapping[str, Callable[[etree._Element, Any], None]] = {
            "errorDeclaration": self._declaration,
            "persistentDisposition": self._persistent,
            "ilmd": self._ilmd,
            "sensorElementList": self._sensors,
        }

    def document(self, events: Sequence[Mapping[str, Any]], at: datetime, query: tuple[str, str] | None) -> bytes:
        namespace, name = (QUERY2, "EPCISQueryDocument") if query else (EPCIS2, "EPCISDocument")
        root = etree.Element(f"{{{namespace}}}{name}", nsmap=self._scope(namespace))
        root.set("schemaVersion", "2.0")
        root.set("creationDate", at.isoformat(timespec="milliseconds"))
        holder = etree.SubElement(root, "EPCISBody")
        if query:
            results = etree.SubElement(holder, f"{{{QUERY2}}}QueryResults")
            subscription, called = query
            etree.SubElement(results, "queryName").text = _clean(called)
            if subscription:
                etree.SubElement(results, "subscriptionID").text = _clean(subscription)
            holder = etree.SubElement(results, "resultsBody")
        listed = etree.SubElement(holder, "EventList")
        for event in events:
            self._event(listed, event)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _scope(self, namespace: str) -> dict[str, str]:
        """The prefixes that the root explains; those of words, which are no names, must stand there as well."""
        scope = {"epcisq" if namespace == QUERY2 else "epcis": namespace, "xsi": XSI, "xsd": XSD}
        wanted = {"gs1": PREFIXES["gs1"], "cbv": PREFIXES["cbv"], "cbvmda": MASTER_DATA, **self._prefixes}
        for prefix, uri in wanted.items():
            if prefix not in scope and _PREFIX.fullmatch(prefix):
                scope[prefix] = MASTER_DATA if uri == PREFIXES["cbvmda"] else uri
        return scope

    def _event(self, parent: etree._Element, event: Mapping[str, Any]) -> None:
        element = etree.SubElement(parent, event["type"])
        order = ORDER2[event["type"]]
        for name in order:
            if name in event and name not in WRAPPERS:
                self._member(element, name, event[name])
        self._extras(element, event, known={*order, "type"})

    def _member(self, parent: etree._Element, name: str, value: Any) -> None:
        element = etree.SubElement(parent, name)
        if name in EPC_LISTS:
            for text in value:
                etree.SubElement(element, "epc").text = _clean(text)
        elif name in QUANTITY_LISTS:
            for quantity in value:
                self._quantity(etree.SubElement(element, "quantityElement"), quantity)
        elif name in PLACES:
            etree.SubElement(element, "id").text = _clean(value["id"])
            self._extras(element, value, known={"id"})
        elif name in TYPED_LISTS:
            self._typed(parent, element, TYPED_LISTS[name], value)
        elif name in self._members:
            self._members[name](element, value)
        elif name in WORDS:
            element.text = self._word(name, value)
        else:
            # Several certificates: the schema has one element, so they share it.
            element.text = _clean(" ".join(value) if isinstance(value, list) else str(value))

    def _word(self, vocabulary: str, text: str) -> str:
        return _clean(long(vocabulary, short(vocabulary, text), as_urn=self._as_urn))

    def _quantity(self, element: etree._Element, quantity: Mapping[str, Any]) -> None:
        etree.SubElement(element, "epcClass").text = _clean(quantity["epcClass"])
        if "quantity" in quantity:
            etree.SubElement(element, "quantity").text = plain_number(quantity["quantity"])
        if "uom" in quantity:
            etree.SubElement(element, "uom").text = _clean(quantity["uom"])

    def _typed(
        self, parent: etree._Element, element: etree._Element, member: str, value: Sequence[Mapping[str, Any]]
    ) -> None:
        if not value:
            parent.remove(element)  # the schema wants at least one
        for part in value:
            inner = etree.SubElement(element, member)
            if "type" in part:
                inner.set("type", self._word(member, part["type"]))
            inner.text = _clean(part[member])

    def _declaration(self, element: etree._Element, value: Mapping[str, Any]) -> None:
        etree.SubElement(element, "declarationTime").text = _clean(value["declarationTime"])
        if "reason" in value:
            etree.SubElement(element, "reason").text = self._word("reason", value["reason"])
        if "correctiveEventIDs" in value:
            listed = etree.SubElement(element, "correctiveEventIDs")
            for text in value["correctiveEventIDs"]:
                etree.SubElement(listed, "correctiveEventID").text = _clean(text)
        self._extras(element, value, known={"declarationTime", "reason", "correctiveEventIDs"})

    def _persistent(self, element: etree._Element, value: Mapping[str, Any]) -> None:
        for part in ("unset", "set"):
            for word in value.get(part, ()):
                etree.SubElement(element, part).text = self._word("disposition", word)

    def _ilmd(self, element: etree._Element, value: Mapping[str, Any]) -> None:
        self._extras(element, value, known=set())

    def _sensors(self, element: etree._Element, value: Sequence[Mapping[str, Any]]) -> None:
        if not value and (parent := element.getparent()) is not None:
            parent.remove(element)
        for part in value:
            sensor = etree.SubElement(element, "sensorElement")
            if "sensorMetadata" in part:
                self._readings(etree.SubElement(sensor, "sensorMetadata"), part["sensorMetadata"], METADATA)
            for report in part["sensorReport"]:
                self._readings(etree.SubElement(sensor, "sensorReport"), report, REPORT)
            self._extras(sensor, part, known={"sensorMetadata", "sensorReport"})

    def _readings(self, element: etree._Element, value: Mapping[str, Any], order: tuple[str, ...]) -> None:
        for name in order:
            if name in value:
                word = REPORT_WORDS.get(name) if order is REPORT else None
                # Measurements and components have no URN: web addresses only where they were asked for.
                element.set(name, self._word(word, value[name]) if word else _text(value[name]))
        for name, inner in value.items():
            if name not in order:
                namespace, local = split(name, self._prefixes)
                element.set(f"{{{namespace}}}{local}", _text(inner))

    def _extras(self, parent: etree._Element, value: Mapping[str, Any], known: set[str]) -> None:
        for name, inner in value.items():
            if name not in known:
                self._own(parent, name, inner)

    def _own(self, parent: etree._Element, name: str, value: Any) -> None:
        """Somebody's own member: an element of its namespace, one for each value of a list."""
        if isinstance(value, list):
            for inner in value:
                self._own(parent, name, inner)
            return
        namespace, local = split(name, self._prefixes)
        element = etree.SubElement(parent, f"{{{namespace}}}{local}" if namespace else local)
        if isinstance(value, Mapping):
            self._object(element, value)
        elif value is None:
            element.set(f"{{{XSI}}}nil", "true")
        else:
            if not isinstance(value, str):
                element.set(f"{{{XSI}}}type", "xsd:boolean" if isinstance(value, bool) else "xsd:decimal")
            self._put(element, value)

    def _put(self, element: etree._Element, value: Any) -> None:
        """A value as text; white space around it is said to count."""
        element.text = text = _text(value)
        if text != text.strip():
            element.set(SPACE, "preserve")

    def _object(self, element: etree._Element, value: Mapping[str, Any]) -> None:
        if "@value" not in value:
            for name, inner in value.items():
                self._own(element, name, inner)
            return
        for name, inner in value.items():
            if name == "@value":
                self._put(element, inner)
            elif not name.startswith("@"):
                namespace, local = split(name, self._prefixes)
                element.set(f"{{{namespace}}}{local}" if namespace else local, _text(inner))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return plain_number(value)
    return _clean(value if isinstance(value, str) else str(value))


def _clean(text: str) -> str:
    return _UNSEEN.sub("�", text)
