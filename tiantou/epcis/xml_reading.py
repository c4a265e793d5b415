"""EPCIS 2.0 and 1.2 XML to the JSON of EPCIS 2.0. Pure; nothing outside the bytes is ever looked at.

Every hostile trick of XML is refused before the parser sees it: declarations of entities or elements, other encodings than UTF-8. The
parser itself may build no entity, fetch nothing and go no deeper than 256 elements.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from tiantou.epcis.checks import explain, look_over
from tiantou.epcis.json_reading import put
from tiantou.epcis.older import straighten
from tiantou.epcis.parts import Document, Fault, Master, Unreadable, unreadable
from tiantou.epcis.schema import event_faults, is_event
from tiantou.epcis.xml_event import Reader, local, read_own, text_of
from tiantou.epcis.xml_layout import EPCIS1, EPCIS2, MASTER1, MASTER2, ORDER1, ORDER2, QUERY1, QUERY2, XSI
from tiantou.epcis.xml_names import Prefixes

_ENCODING = re.compile(r"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
#: A document type that names the document and declares nothing stands in many examples; it is cut out.
_BARE = re.compile(r"<!DOCTYPE\s+[\w:.-]+\s*>")
_DECLARATION = re.compile(r"<!(?!--|\[CDATA\[)")
_DEEPEST = 100
_MOST_ATTRIBUTES = 200
_KINDS = {
    f"{{{EPCIS2}}}EPCISDocument": "EPCISDocument",
    f"{{{EPCIS1}}}EPCISDocument": "EPCISDocument",
    f"{{{QUERY2}}}EPCISQueryDocument": "EPCISQueryDocument",
    f"{{{QUERY1}}}EPCISQueryDocument": "EPCISQueryDocument",
    f"{{{MASTER2}}}EPCISMasterDataDocument": "EPCISMasterDataDocument",
    f"{{{MASTER1}}}EPCISMasterDataDocument": "EPCISMasterDataDocument",
}


def parse(body: bytes) -> etree._Element:
    """The root of an XML document. Raises: Unreadable."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable("The document is not in UTF-8.") from None
    declared = _ENCODING.match(text.lstrip())
    if declared and declared[1].lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise unreadable(f"The document says that it is in “{declared[1][:40]}”; only UTF-8 is read.")
    text = _BARE.sub("", text, count=1)
    if _DECLARATION.search(re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", "", text, flags=re.DOTALL)):
        raise unreadable("The document declares a document type or entities; such documents are not read.")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.lstrip().encode(), parser)
    except etree.XMLSyntaxError as error:
        raise unreadable(f"The document is no well-formed XML: {str(error)[:200]}.") from None
    _measure(root)
    return root


def _measure(root: etree._Element) -> None:
    """Refuses trees that are deeper or wider than any event. Raises: Unreadable."""
    depth = 0
    for step, element in etree.iterwalk(root, events=("start", "end")):
        if step == "end":
            depth -= 1
            continue
        depth += 1
        if depth > _DEEPEST:
            raise unreadable(f"The document is nested more than {_DEEPEST} elements deep.")
        if len(element.attrib) > _MOST_ATTRIBUTES:
            raise unreadable(f"An element has more than {_MOST_ATTRIBUTES} attributes.")


def read(body: bytes) -> Document:
    """A document from XML. Raises: Unreadable."""
    root = parse(body)
    kind = _KINDS.get(str(root.tag))
    if kind is None:
        raise unreadable(f"“{str(root.tag)[:120]}” is no EPCIS document of version 2.0 or 1.2.")
    version = 2 if etree.QName(root).namespace in {EPCIS2, QUERY2, MASTER2} else 1
    _check_version(root, version)
    body_element = _child(root, "EPCISBody", "")
    events, where = _events(body_element, kind)
    reader = Reader(ORDER2 if version == 2 else ORDER1)  # noqa: PLR2004 - EPCIS 2
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for index, element in enumerate(events):
        event, wrong = _event(reader, element)
        found.append(event)
        faults += [Fault(f"{where}/{index}{path}", reason, index) for path, reason in wrong]
    masters = _masters([*root.iterdescendants("VocabularyList", "{*}VocabularyList")])
    shown = "EPCISDocument" if kind == "EPCISMasterDataDocument" else kind
    return Document(shown, found, faults, masters, str(root.get("creationDate", "")))


def _check_version(root: etree._Element, version: int) -> None:
    said = root.get("schemaVersion", "")
    if not re.fullmatch(rf"{version}(\.\d+)*", said):
        raise unreadable(
            f"The document says schema version “{said[:20]}” and has the namespace of version {version}.",
            "/schemaVersion",
        )
    if not root.get("creationDate"):
        raise unreadable("creationDate is missing.", "/creationDate")
    _only(root, ("EPCISHeader", "EPCISBody", "extension"), "")


def _only(parent: etree._Element, names: tuple[str, ...], where: str) -> None:
    """The standard's children of an element are these, in this order and each once; elements of others may follow. Raises: Unreadable."""
    last = -1
    for child in parent:
        name = local(child)
        if name is None:
            last = len(names)
        elif name not in names or names.index(name) <= last:
            raise unreadable(f"The element {name[:80]} does not stand here, or not in this order.", f"{where}/{name}")
        else:
            last = names.index(name)


def _child(parent: etree._Element, name: str, where: str) -> etree._Element:
    found = next((child for child in parent if local(child) == name), None)
    if found is None:
        raise unreadable(f"{name} is missing.", f"{where}/{name}")
    return found


def _events(body: etree._Element, kind: str) -> tuple[list[etree._Element], str]:
    """The elements of all events, and where they stand in the JSON form."""
    if kind == "EPCISMasterDataDocument":
        _only(body, ("VocabularyList", "extension"), "/epcisBody")
        return [], ""
    if kind == "EPCISDocument":
        _only(body, ("EventList", "extension"), "/epcisBody")
        lists = [child for child in body if local(child) == "EventList"]
        return [event for one in lists for event in _listed(one)], "/epcisBody/eventList"
    results = next((child for child in body if etree.QName(child).localname == "QueryResults"), None)
    if results is None:
        raise unreadable("QueryResults is missing.", "/epcisBody/queryResults")
    # What the query was called, and in which order that stands, says nothing of the events: writers differ.
    inner = _child(results, "resultsBody", "/epcisBody/queryResults")
    _only(inner, ("EventList", "VocabularyList"), "/epcisBody/queryResults/resultsBody")
    lists = [child for child in inner if local(child) == "EventList"]
    return [event for one in lists for event in _listed(one)], "/epcisBody/queryResults/resultsBody/eventList"


def _listed(parent: etree._Element) -> list[etree._Element]:
    """The events of a list; 1.x kept newer kinds inside `extension`."""
    found: list[etree._Element] = []
    for child in parent:
        found += _listed(child) if local(child) == "extension" else [child]
    return found


def _event(reader: Reader, element: etree._Element) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    event, prefixes, wrong = reader.read(element)
    straighten(event, {})
    if not is_event(event):
        explain(event, prefixes)
        said = [(fault.where, fault.reason) for fault in event_faults(event)]
        return event, [*wrong, *said] or [("", "It is no event.")]
    return event, [*wrong, *look_over(event, prefixes)]


def read_event(body: bytes) -> dict[str, Any]:
    """One bare event from XML: the event's element is the root. Raises: Unreadable."""
    root = parse(body)
    event, wrong = _event(Reader(ORDER2), root)
    if wrong:
        raise Unreadable([Fault(where, reason) for where, reason in wrong])
    return event


def _masters(lists: list[etree._Element]) -> list[Master]:
    found: list[Master] = []
    for vocabulary in (inner for one in lists for inner in one if local(inner) == "Vocabulary"):
        kind = vocabulary.get("type")
        if not kind:
            raise unreadable("A vocabulary does not say its type.", "/epcisHeader/epcisMasterData/vocabularyList")
        found += [_master(kind, element) for element in vocabulary.iter("VocabularyElement", "{*}VocabularyElement")]
    return found


def _master(kind: str, element: etree._Element) -> Master:
    name = element.get("id")
    if not name:
        raise unreadable("A vocabulary element does not say its id.", "/epcisHeader/epcisMasterData/vocabularyList")
    attributes: dict[str, Any] = {}
    children: list[str] = []
    prefixes = Prefixes(element.nsmap)
    for child in element:
        if local(child) == "attribute":
            put(attributes, str(child.get("id", "")), read_own(child, prefixes, plain=("id", f"{{{XSI}}}type")))
        elif local(child) == "children":
            children += [text_of(inner) for inner in child if local(inner) == "id"]
    return Master(kind, name, attributes, children)
