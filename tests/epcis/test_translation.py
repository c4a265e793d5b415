"""Identifiers in their two spellings, CBV's words in three, and many events under one context."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.epcis.events import CONTEXT, EVENTS
from tests.epcis.test_json_documents import FAMILY, MADE, OBJECT, document, without_notes
from tests.shared import shared
from tiantou.epcis.documents import Unreadable, read, translate, write
from tiantou.epcis.merging import prefixes_of
from tiantou.epcis.names import CLASS, INSTANCE, as_link, as_urn, look
from tiantou.epcis.words import VOCABULARIES, long, short
from tiantou.gs1.identifiers import key
from tiantou.trace.hashing import event_hash

AT = datetime(2026, 4, 1, 8, tzinfo=UTC)
ID = "https://id.gs1.org"
#: One of each kind. The check digits were worked out by hand from the General Specifications, 7.9.
PAIRS = {
    "urn:epc:id:sgtin:9521234.000001.A%2F1": f"{ID}/01/09521234000013/21/A%2F1",
    "urn:epc:id:sgtin:9521234.100001.7": f"{ID}/01/19521234000010/21/7",
    "urn:epc:class:lgtin:9521234.000001.L-1": f"{ID}/01/09521234000013/10/L-1",
    "urn:epc:idpat:sgtin:9521234.000001.*": f"{ID}/01/09521234000013",
    "urn:epc:id:upui:9521234.000001.X": f"{ID}/01/09521234000013/235/X",
    "urn:epc:id:itip:9521234.000001.01.02.9": f"{ID}/8006/095212340000130102/21/9",
    "urn:epc:idpat:itip:9521234.000001.01.02.*": f"{ID}/8006/095212340000130102",
    "urn:epc:id:sscc:9521234.1000000001": f"{ID}/00/195212340000000010",
    "urn:epc:id:sgln:9521234.00001.0": f"{ID}/414/9521234000013",
    "urn:epc:id:sgln:9521234.00001.B7": f"{ID}/414/9521234000013/254/B7",
    "urn:epc:id:pgln:9521234.00001": f"{ID}/417/9521234000013",
    "urn:epc:id:grai:9521234.00001.C9": f"{ID}/8003/09521234000013C9",
    "urn:epc:idpat:grai:9521234.00001.*": f"{ID}/8003/09521234000013",
    "urn:epc:id:giai:9521234.T42": f"{ID}/8004/9521234T42",
    "urn:epc:id:gsrn:9521234.0000000001": f"{ID}/8018/952123400000000017",
    "urn:epc:id:gsrnp:9521234.0000000001": f"{ID}/8017/952123400000000017",
    "urn:epc:id:gdti:9521234.00001.D5": f"{ID}/253/9521234000013D5",
    "urn:epc:idpat:gdti:9521234.00001.*": f"{ID}/253/9521234000013",
    "urn:epc:id:sgcn:9521234.00001.77": f"{ID}/255/952123400001377",
    "urn:epc:id:cpi:9521234.P-1.3": f"{ID}/8010/9521234P-1/8011/3",
    "urn:epc:idpat:cpi:9521234.P-1.*": f"{ID}/8010/9521234P-1",
    "urn:epc:id:ginc:9521234.G8": f"{ID}/401/9521234G8",
    "urn:epc:id:gsin:9521234.000000001": f"{ID}/402/95212340000000013",
}  # fmt: skip


@pytest.mark.parametrize("urn", PAIRS)
def test_every_kind_of_epc_has_two_spellings_of_one_thing(urn):
    link = PAIRS[urn]
    assert as_link(urn) == link
    assert as_urn(link) == urn
    assert as_urn(link.replace(ID, "https://farm.example/x")) == urn
    assert look(urn) == look(link) == (INSTANCE if ":id:" in urn else CLASS, "")
    assert key(urn).removesuffix("*") == key(link)
    assert as_link(link) == link
    assert as_urn(urn) == urn


STAY = [
    "urn:farm:crate:1",
    "https://farm.example/crates/1",
    "https://farm.example/01/about",
    "urn:epc:id:usdod:CJ123.1",
    "urn:epc:idpat:sgtin:9521234.*.*",
    "urn:epc:id:sgtin:95.1.1",
    "urn:epcglobal:cbv:bt:9521234000013:77",
    f"{ID}/01/09521234000013/22/V/10/L",  # a variant: no URN can say it
    f"{ID}/01/09521234000013/10/L/21/7",  # lot and piece: nor this
    f"{ID}/01/09521234000013/21/7?17=261231",
    f"{ID}/01/04012345111118/21/7",  # nobody knows here how long that company's prefix is
    f"{ID}/01/09521234000018/21/7",  # wrong check digit
    f"{ID}/01/09521234000013/21",
]


@pytest.mark.parametrize("text", STAY)
def test_what_is_no_epc_or_would_lose_something_stays(text):
    assert as_urn(text) == text
    assert as_link(text) == text


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_a_translated_event_is_the_same_event(event):
    before = copy.deepcopy(event)
    prefixes = {name: uri for part in CONTEXT for name, uri in part.items()}
    links, urns = translate(event, "Always_GS1_Digital_Link"), translate(event, "Always_EPC_URN")
    assert event == before
    for kept in ("No_Preference", "Never_Translates"):
        assert translate(event, kept) == event
    assert event_hash(links, prefixes) == event_hash(urns, prefixes) == event_hash(event, prefixes)
    assert translate(links, "Always_EPC_URN") == translate(urns, "Always_EPC_URN") == urns
    assert translate(urns, "Always_GS1_Digital_Link") == links
    assert "urn:epc:id:sgtin" not in json.dumps(links)


def test_a_format_that_the_standard_does_not_know_is_an_error():
    with pytest.raises(ValueError, match="Always_Guess"):
        translate(OBJECT, "Always_Guess")
    with pytest.raises(ValueError, match="text/csv"):
        write([OBJECT], media_type="text/csv", at=AT)
    with pytest.raises(ValueError, match="Always_Latin"):
        write([OBJECT], media_type="text/xml", at=AT, cbv_format="Always_Latin")


def test_the_authors_document_of_all_keys_keeps_its_hash_in_both_spellings():
    folder = shared("conformance/event-hash")
    found = read((folder / "epcisDocWithAllGS1Keys.jsonld").read_bytes(), media_type="application/json")
    expected = (folder / "epcisDocWithAllGS1Keys.hashes").read_text().split()
    for epc_format in ("Always_GS1_Digital_Link", "Always_EPC_URN"):
        assert [event_hash(translate(event, epc_format), prefixes_of(event)) for event in found.events] == expected


@pytest.mark.parametrize("name", VOCABULARIES)
def test_a_word_has_three_spellings_and_nobody_elses_word_has_another(name):
    for word in VOCABULARIES[name].words or {"Temperature"}:
        for as_urn_too in (True, False):
            spelled = long(name, word, as_urn=as_urn_too)
            assert ":" in spelled
            assert short(name, spelled) == word
        assert short(name, word) == word
    for other in ("urn:epcglobal:cbv:bizstep:dancing", "farm:own", "https://farm.example/own"):
        assert short("bizStep", other) == other
        assert long("bizStep", other, as_urn=True) == other


def test_xml_has_the_words_as_asked_for_and_json_always_the_short_ones():
    event = OBJECT | {
        "disposition": "active",
        "sensorElementList": [{"sensorReport": [{"type": "Mass", "component": "x", "value": 1, "uom": "KGM"}]}],
    }
    urns = write([event], media_type="application/xml", at=AT, cbv_format="Always_URN").decode()
    assert "urn:epcglobal:cbv:bizstep:commissioning" in urns
    assert 'type="gs1:Mass"' in urns
    webs = write([event], media_type="application/xml", at=AT, cbv_format="Always_Web_URI").decode()
    assert "https://ref.gs1.org/cbv/BizStep-commissioning" in webs
    assert "https://gs1.org/voc/Mass" in webs
    assert "https://ref.gs1.org/cbv/Comp-x" in webs
    assert write([event], media_type="application/xml", at=AT, cbv_format="No_Preference").decode() == urns
    (written,) = json.loads(write([event], media_type="application/json", at=AT, epc_format="Never_Translates"))[
        "epcisBody"
    ]["eventList"]
    assert written == event


def test_contexts_are_merged_and_prefixes_that_clash_are_renamed():
    one = OBJECT | {"@context": [{"x": "urn:x:1:"}], "x:a": {"x:b": 1}, "bizStep": "x:step"}
    two = OBJECT | {"@context": [{"x": "urn:x:2:"}], "x:a": [{"x:b": "x:word"}], "ilmd": {"x:c": "x"}}
    three = OBJECT | {"@context": [{"y": "urn:x:1:", "x": "urn:x:2:"}], "y:a": "https://x.example/"}
    body = json.loads(write([one, two, three], media_type="application/ld+json", at=AT, epc_format="Never_Translates"))
    assert body["@context"] == [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"x": "urn:x:1:"},
        {"x2": "urn:x:2:"},
        {"y": "urn:x:1:"},
    ]
    events = body["epcisBody"]["eventList"]
    assert events[0] == {name: value for name, value in one.items() if name != "@context"}
    assert events[1]["x2:a"] == [{"x2:b": "x:word"}]
    assert events[1]["ilmd"] == {"x2:c": "x"}
    for media_type in ("application/json", "application/xml"):
        back = read(
            write([one, two, three], media_type=media_type, at=AT, epc_format="Never_Translates"), media_type=media_type
        )
        assert [event_hash(event, prefixes_of(event)) for event in back.events] == [
            event_hash(event, prefixes_of(event)) for event in (one, two, three)
        ]


@settings(max_examples=25, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=3))
def test_what_is_written_in_json_comes_back_the_same(events):
    sent = read(json.dumps(document(*events, context=CONTEXT)).encode(), media_type="application/json")
    assert sent.faults == []
    body = write(sent.events, media_type="application/ld+json", at=AT, epc_format="Never_Translates")
    assert read(b"\xef\xbb\xbf" + body, media_type="application/ld+json").events == sent.events


def test_query_results_name_query_and_subscription():
    body = write([OBJECT, FAMILY, MADE], media_type="application/json", at=AT, query=("urn:uuid:7", "mine"))
    results = json.loads(body)["epcisBody"]["queryResults"]
    assert (results["queryName"], results["subscriptionID"]) == ("mine", "urn:uuid:7")
    assert len(results["resultsBody"]["eventList"]) == 3
    assert read(body, media_type="application/json").kind == "EPCISQueryDocument"
    polled = write([], media_type="application/xml", at=AT, query=("", "mine"))
    assert etree.fromstring(polled).findtext(".//queryName") == "mine"
    assert etree.fromstring(polled).find(".//subscriptionID") is None


def test_food_events_of_others_survive_every_form():
    for path in sorted(shared("conformance/fsma204").glob("*.jsonld")):
        sent = read(json.dumps(without_notes(json.loads(path.read_text()))).encode(), media_type="application/json")
        assert sent.faults == []
        names = [event_hash(event, prefixes_of(event)) for event in sent.events]
        for media_type in ("application/json", "application/ld+json", "application/xml", "text/xml"):
            for epc_format in ("No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates"):
                back = read(
                    write(sent.events, media_type=media_type, at=AT, epc_format=epc_format), media_type=media_type
                )
                assert back.faults == []
                assert [event_hash(event, prefixes_of(event)) for event in back.events] == names


def test_every_example_of_gs1_survives_every_form():
    schema = etree.XMLSchema(file=str(shared("conformance/epcis/xsd") / "EPCglobal-epcis-query-2_0.xsd"))
    seen = 0
    for path in sorted(
        [*shared("conformance/epcis/json").rglob("*.jsonld"), *shared("conformance/epcis/xml").rglob("*Event*.xml")]
    ):
        try:
            sent = read(path.read_bytes(), media_type="application/json" if path.suffix == ".jsonld" else "text/xml")
        except Unreadable:
            continue
        seen += len(sent.events)
        names = [event_hash(event, prefixes_of(event)) for event in sent.events]
        for media_type in ("application/json", "text/xml"):
            for epc_format in ("Always_GS1_Digital_Link", "Always_EPC_URN"):
                body = write(sent.events, media_type=media_type, at=AT, epc_format=epc_format)
                assert media_type == "application/json" or schema.validate(etree.fromstring(body)), path.stem
                back = read(body, media_type=media_type)
                assert [event_hash(event, prefixes_of(event)) for event in back.events] == names, path.stem
    assert seen > 80


@given(st.text(max_size=40))
def test_any_text_can_be_looked_at_and_spelled(text):
    for start in ("", "urn:epc:id:", "urn:epc:idpat:sgtin:", "https://id.gs1.org/01/", "https://id.gs1.org/8003/0"):
        look(start + text)
        as_link(start + text)
        as_urn(start + text)
