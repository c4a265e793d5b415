"""One event's XML element to the JSON of EPCIS 2.0. Pure.

What the XML schema forbids and JSON could not show (order, elements twice, unknown elements) is told beside the event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from tiantou.epcis.json_reading import put
from tiantou.epcis.words import short
from tiantou.epcis.xml_layout import (
    DECLARATION,
    EPC_LISTS,
    EPCIS1,
    EPCIS2,
    MASTER1,
    MASTER2,
    PLACES,
    QUANTITY,
    QUANTITY_LISTS,
    QUERY1,
    QUERY2,
    REPORT_NUMBERS,
    REPORT_WORDS,
    TYPED_LISTS,
    WORDS,
    WRAPPERS,
    XSI,
)
from tiantou.epcis.xml_names import Prefixes, typed, unescape

SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_GREATEST = 1e30
_LONGEST = 60
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_OWN_NAMESPACES = ("", EPCIS2, EPCIS1, QUERY2, QUERY1, MASTER2, MASTER1)


def local(element: etree._Element) -> str | None:
    """The name of an element of the standard; None for somebody's own."""
    name = etree.QName(element)
    return name.localname if (name.namespace or "") in _OWN_NAMESPACES else None


def text_of(element: etree._Element) -> str:
    """The text of an element, without the white space around it unless that is said to count (xml:space)."""
    text = element.text or ""
    return text if element.get(SPACE) == "preserve" else text.strip()


class Reader:
    """Reads events of one version of the standard."""

    def __init__(self, order: Mapping[str, tuple[str, ...]]) -> None:
        self._order = order

    def read(self, element: etree._Element) -> tuple[dict[str, Any], dict[str, str], list[tuple[str, str]]]:
        """The event, the prefixes that hold in it, and what is wrong with its form."""
        kind = local(element) or etree.QName(element).localname
        return _Reading(kind, self._order.get(kind, ()), element).result()


class _Reading:
    def __init__(self, kind: str, order: tuple[str, ...], element: etree._Element) -> None:
        self.event: dict[str, Any] = {"type": kind}
        self.prefixes = Prefixes(element.nsmap)
        self.wrong: list[tuple[str, str]] = []
        self._ranks = {name: rank for rank, name in enumerate(order)}
        self._attributes(element, self.event)
        self._level(element)
        if kind == "QuantityEvent":
            self._quantity_event()

    def result(self) -> tuple[dict[str, Any], dict[str, str], list[tuple[str, str]]]:
        return self.event, self.prefixes.by_prefix, self.wrong

    def fault(self, where: str, reason: str) -> None:
        self.wrong.append((where, reason))

    def _level(self, element: etree._Element) -> None:
        """The elements of an event, or of what wraps later additions to it."""
        self._no_text("", element)
        last = -1
        for child in element:
            name = local(child)
            if name is None:
                last = len(self._ranks)
                self._own(child, self.event)
                continue
            rank = self._ranks.get(name)
            if rank is None:
                if self._ranks:
                    self.fault(f"/{name}", f"The element {name[:80]} is not known here.")
                continue
            if rank <= last:
                self.fault(f"/{name}", f"The element {name} stands twice, or not in the schema's order.")
            last = max(rank, last)
            if name in WRAPPERS:
                self._level(child)
            elif name not in self.event:
                self._member(name, child)

    def _member(self, name: str, child: etree._Element) -> None:
        read = self._READERS.get(name)
        if read is not None:
            self.event[name] = read(self, name, child)
            return
        text = self._text(name, child)
        if name in WORDS:
            text = short(name, text)
        elif name == "certificationInfo" and " " in text:
            self.event[name] = text.split()
            return
        self.event[name] = text

    def _text(self, where: str, element: etree._Element) -> str:
        if len(element):
            self.fault(f"/{where}", f"{where} holds a text, not elements.")
        return text_of(element)

    def _own(self, element: etree._Element, body: dict[str, Any]) -> None:
        name = etree.QName(element)
        prefix = self.prefixes.of(name.namespace or "", element.prefix)
        if any(_is_mixed(inner) for inner in element.iter()):
            self.fault(
                f"/{prefix}:{name.localname}", "Text among elements: JSON could not show it, so it is not taken."
            )
        put(body, f"{prefix}:{unescape(name.localname)}", read_own(element, self.prefixes))

    def _attributes(self, element: etree._Element, body: dict[str, Any]) -> None:
        """Somebody's own attributes of an element."""
        for key, value in element.attrib.items():
            name = etree.QName(str(key))
            if name.namespace and name.namespace != XSI and str(key) != SPACE:
                prefix = self.prefixes.of(name.namespace, _prefix(element, name.namespace))
                body[f"{prefix}:{unescape(name.localname)}"] = str(value)

    def _no_text(self, where: str, element: etree._Element) -> None:
        """Text between elements belongs nowhere, and would be lost."""
        if _is_mixed(element) or (element.text or "").strip():
            self.fault(f"/{where}" if where else "", "A text stands where only elements do.")

    def _children(self, where: str, element: etree._Element, wanted: str) -> list[etree._Element]:
        self._no_text(where, element)
        found = []
        for child in element:
            if local(child) == wanted:
                found.append(child)
            elif local(child) != "extension":
                self.fault(f"/{where}", f"In {where} stand only elements {wanted}.")
        return found

    def _epcs(self, name: str, element: etree._Element) -> list[str]:
        return [self._text(name, child) for child in self._children(name, element, "epc")]

    def _quantities(self, name: str, element: etree._Element) -> list[dict[str, Any]]:
        found = []
        for place, child in enumerate(self._children(name, element, "quantityElement")):
            where = f"{name}/{place}"
            body: dict[str, Any] = {}
            self._sequence(where, child, QUANTITY)
            for part in child:
                key = local(part)
                if key == "quantity":
                    if part.get(f"{{{XSI}}}nil") not in {"true", "1"}:
                        body[key] = self._number(f"{where}/{key}", text_of(part))
                    elif text_of(part) or len(part):
                        self.fault(f"/{where}/{key}", "A quantity that is nil has a value.")
                elif key in QUANTITY:
                    body[str(key)] = text_of(part)
            found.append(body)
        return found

    def _sequence(self, where: str, element: etree._Element, order: tuple[str, ...]) -> None:
        self._no_text(where, element)
        last = -1
        for child in element:
            name = local(child)
            if name not in order:
                self.fault(f"/{where}", f"The element {str(child.tag)[:80]} is not known in {where}.")
            elif order.index(name) <= last:
                self.fault(f"/{where}/{name}", f"The element {name} stands twice, or not in the schema's order.")
            else:
                last = order.index(name)

    def _number(self, where: str, text: str) -> Any:
        """A number; what is none stays a text, and is told by the schema."""
        if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
            if text.strip("+-").lower() in {"inf", "nan"}:
                self.fault(f"/{where}", "Infinity and what is no number are not kept.")
                return 0
            return text
        value = int(text) if text.lstrip("+-").isdigit() else float(text)
        if not -_GREATEST < value < _GREATEST:
            self.fault(f"/{where}", "A number is too great to be kept.")
            return 0
        return value

    def _place(self, name: str, element: etree._Element) -> dict[str, Any]:
        self._no_text(name, element)
        body: dict[str, Any] = {}
        for child in element:
            if local(child) == "id" and not body:
                body["id"] = self._text(f"{name}/id", child)
            elif local(child) == "extension":
                for inner in child:
                    self._own(inner, body)
            elif local(child) is None:
                self._own(child, body)
            else:
                self.fault(f"/{name}", f"The element {local(child)} is not known in {name}.")
        return body

    def _typed(self, name: str, element: etree._Element) -> list[dict[str, Any]]:
        member = TYPED_LISTS[name]
        found = []
        for place, child in enumerate(self._children(name, element, member)):
            kind = child.get("type")
            body = {"type": short(member, kind.strip())} if kind is not None else {}
            found.append({**body, member: self._text(f"{name}/{place}/{member}", child)})
        return found

    def _ilmd(self, name: str, element: etree._Element) -> dict[str, Any]:
        self._no_text(name, element)
        body: dict[str, Any] = {}
        self._attributes(element, body)
        for child in element:
            if local(child) == "extension":
                for inner in child:
                    self._own(inner, body)
            elif local(child) is None:
                self._own(child, body)
            else:
                self.fault(f"/{name}", f"The element {local(child)} in {name} has no namespace of its own.")
        return body

    def _declaration(self, name: str, element: etree._Element) -> dict[str, Any]:
        self._no_text(name, element)
        body: dict[str, Any] = {}
        for child in element:
            part = local(child)
            if part is None:
                self._own(child, body)
            elif part == "correctiveEventIDs":
                body[part] = [text_of(inner) for inner in self._children(f"{name}/{part}", child, "correctiveEventID")]
            elif part == "extension":
                for inner in child:
                    self._own(inner, body)
            elif part in DECLARATION:
                body[part] = short("reason", text_of(child)) if part == "reason" else text_of(child)
            else:
                self.fault(f"/{name}", f"The element {part} is not known in {name}.")
        return body

    def _persistent(self, name: str, element: etree._Element) -> dict[str, Any]:
        self._no_text(name, element)
        body: dict[str, list[str]] = {}
        for child in element:
            part = local(child)
            if part not in {"set", "unset"}:
                self.fault(f"/{name}", f"The element {str(child.tag)[:80]} is not known in {name}.")
                continue
            if part == "unset" and "set" in body:
                self.fault(f"/{name}/unset", "unset stands before set.")
            body.setdefault(str(part), []).append(short("disposition", text_of(child)))
        return body

    def _sensors(self, name: str, element: etree._Element) -> list[dict[str, Any]]:
        return [
            self._sensor(f"{name}/{place}", child)
            for place, child in enumerate(self._children(name, element, "sensorElement"))
        ]

    def _sensor(self, where: str, element: etree._Element) -> dict[str, Any]:
        self._no_text(where, element)
        body: dict[str, Any] = {}
        last = ""
        for child in element:
            part = local(child)
            if part == "sensorMetadata" and not last:
                body[part] = self._readings(f"{where}/{part}", child)
            elif part == "sensorReport" and last in {"", "sensorMetadata", "sensorReport"}:
                reports = body.setdefault(part, [])
                reports.append(self._readings(f"{where}/{part}/{len(reports)}", child))
            elif part == "extension":
                for inner in child:
                    self._own(inner, body)
            elif part is None:
                self._own(child, body)
            else:
                self.fault(
                    f"/{where}", f"The element {part} is not known in a sensor element, or stands in another place."
                )
            last = part or "own"
        return body

    def _readings(self, where: str, element: etree._Element) -> dict[str, Any]:
        """Metadata or a report: all of it stands in attributes."""
        body: dict[str, Any] = {}
        self._text(where, element)
        for key, value in element.attrib.items():
            name, text = str(key), str(value).strip()
            if name.startswith("{"):
                continue
            if name in REPORT_NUMBERS:
                body[name] = self._number(f"{where}/{name}", text)
            elif name == "booleanValue":
                body[name] = {"true": True, "1": True, "false": False, "0": False}.get(text, text)
            else:
                body[name] = short(REPORT_WORDS[name], text) if name in REPORT_WORDS else text
        self._attributes(element, body)
        return body

    def _quantity_event(self) -> None:
        """The QuantityEvent of EPCIS 1.0, deprecated since 1.1: an observation of so many of a class."""
        number = self._number("quantity", str(self.event.pop("quantity", "")))
        quantity = {"epcClass": self.event.pop("epcClass", ""), "quantity": number}
        self.event |= {"type": "ObjectEvent", "action": "OBSERVE", "quantityList": [quantity]}

    _READERS: Mapping[str, Callable[[_Reading, str, etree._Element], Any]] = {
        **dict.fromkeys(EPC_LISTS, _epcs),
        **dict.fromkeys(QUANTITY_LISTS, _quantities),
        **dict.fromkeys(PLACES, _place),
        **dict.fromkeys(TYPED_LISTS, _typed),
        "ilmd": _ilmd,
        "errorDeclaration": _declaration,
        "persistentDisposition": _persistent,
        "sensorElementList": _sensors,
    }


def _is_mixed(element: etree._Element) -> bool:
    """Whether text stands beside elements."""
    return len(element) > 0 and bool(
        (element.text or "").strip() or any((child.tail or "").strip() for child in element)
    )


def _prefix(element: etree._Element, namespace: str) -> str | None:
    return next((prefix for prefix, uri in element.nsmap.items() if uri == namespace and prefix), None)


def read_own(element: etree._Element, prefixes: Prefixes, plain: tuple[str, ...] = ()) -> Any:
    """The value of somebody's own element: a text (or number, where the document says so), or what is inside it.

    Attributes beside elements or text stand by their names, the text then as `@value`.
    """
    attributes: dict[str, Any] = {}
    for key, value in element.attrib.items():
        name = etree.QName(str(key))
        if name.namespace == XSI or str(key) == SPACE or str(key) in plain:
            continue
        prefix = prefixes.of(name.namespace, _prefix(element, name.namespace)) + ":" if name.namespace else ""
        attributes[prefix + unescape(name.localname)] = str(value)
    if not len(element):
        if element.get(f"{{{XSI}}}nil") in {"true", "1"}:
            return None
        kind = str(element.get(f"{{{XSI}}}type", "")).rpartition(":")[2]
        value = typed(text_of(element), kind)
        if not attributes:
            return value
        return attributes if value == "" else {**attributes, "@value": value}
    body: dict[str, Any] = {}
    for child in element:
        name = etree.QName(child)
        prefix = prefixes.of(name.namespace, child.prefix) + ":" if name.namespace else ""
        put(body, prefix + unescape(name.localname), read_own(child, prefixes))
    return {**attributes, **body}
