"""Every family of parameters of SimpleEventQuery, asked over HTTP."""

from __future__ import annotations

import itertools

import pytest

from tests.epcis.conftest import events_of, fault_of, next_of
from tiantou.epcis.asking.parse import parse

pytestmark = pytest.mark.django_db
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"ex": "https://ns.example.org/"}]
_numbers = itertools.count(1)

THING = "urn:epc:id:sgtin:9521234.000001."
CRATE = "urn:epc:id:sscc:9521234.0000000001"
LOT = "urn:epc:class:lgtin:9521234.000001.L1"
FARM, MARKET = "urn:epc:id:sgln:9521234.00001.0", "urn:epc:id:sgln:9521234.00002.0"


def event(**fields):
    number = next(_numbers)
    return {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": f"2026-11-20T08:30:00.{number % 1000:03d}+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [f"{THING}{number}"],
        **fields,
    }


def aggregation(**fields):
    one = event(
        **{"type": "AggregationEvent", "action": "ADD", "parentID": CRATE, "childEPCs": [f"{THING}77"], **fields}
    )
    del one["epcList"]
    return one


def transformation(**fields):
    one = event(
        type="TransformationEvent",
        inputEPCList=[f"{THING}in"],
        inputQuantityList=[{"epcClass": LOT, "quantity": 10, "uom": "KGM"}],
        outputEPCList=[f"{THING}out"],
        outputQuantityList=[{"epcClass": "urn:epc:class:lgtin:9521234.000002.L2", "quantity": 9000, "uom": "GRM"}],
        transformationID="urn:epc:id:gdti:9521234.00001.77",
        **fields,
    )
    del one["epcList"], one["action"]
    return one


def sensed(**report):
    element = {"sensorMetadata": {"time": "2026-11-20T00:00:00Z"}, "sensorReport": [{"type": "Temperature", **report}]}
    return event(bizStep="sensor_reporting", sensorElementList=[element])


ONE = {"bizStep": "shipping"}
#: (parameters, an event that they find, one that they do not)
CASES = [
    ({"eventType": "AggregationEvent"}, aggregation(), event()),
    ({"eventType": "AggregationEvent|TransformationEvent"}, transformation(), event()),
    ({"eventType": "epcis:ObjectEvent"}, event(), aggregation()),
    ({"GE_eventTime": "2027-01-01T00:00:00Z"}, event(eventTime="2027-01-01T00:00:00Z"), event()),
    ({"LT_eventTime": "2020-01-01T00:00:00+08:00"}, event(eventTime="2019-12-31T15:59:59Z"), event(eventTime="2019-12-31T16:00:00Z")),
    ({"EQ_action": "ADD"}, event(action="ADD"), event(action="DELETE")),
    ({"EQ_bizStep": "shipping|receiving"}, event(bizStep="receiving"), event(bizStep="packing")),
    ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, event(bizStep="shipping"), event()),
    ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}, event(bizStep="shipping"), event()),
    ({"EQ_bizStep": "https://steps.example.org/peeling"}, event(bizStep="https://steps.example.org/peeling"), event()),
    ({"EQ_disposition": "in_transit"}, event(disposition="in_transit"), event(disposition="damaged")),
    ({"EQ_persistentDisposition_set": "completeness_verified"}, event(persistentDisposition={"set": ["completeness_verified"]}),
     event(persistentDisposition={"unset": ["completeness_verified"]})),
    ({"EQ_persistentDisposition_unset": "https://ref.gs1.org/cbv/Disp-damaged"}, event(persistentDisposition={"unset": ["damaged"]}),
     event(persistentDisposition={"set": ["damaged"]})),
    ({"EQ_readPoint": FARM}, event(readPoint={"id": FARM}), event(bizLocation={"id": FARM})),
    ({"EQ_readPoint": "https://id.gs1.org/414/9521234000013"}, event(readPoint={"id": FARM}), event(readPoint={"id": MARKET})),
    ({"EQ_bizLocation": f"urn:x:1|{MARKET}"}, event(bizLocation={"id": MARKET}), event(readPoint={"id": MARKET})),
    ({"WD_bizLocation": FARM}, event(bizLocation={"id": "https://any.example.org/414/9521234000013"}), event(bizLocation={"id": MARKET})),
    ({"EQ_transformationID": "urn:epc:id:gdti:9521234.00001.77"}, transformation(), event()),
    ({"MATCH_epc": f"{THING}x"}, event(epcList=[f"{THING}x"]), aggregation(childEPCs=[f"{THING}y"])),
    ({"MATCH_epc": f"{THING}77"}, aggregation(), transformation()),
    ({"MATCH_epc": "https://shop.example.org/01/09521234000013/21/x"}, event(epcList=[f"{THING}x"]), event()),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521234.000001.*"}, event(), event(epcList=["urn:epc:id:sgtin:9521234.000002.1"])),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521234.*.*"}, event(), event(epcList=["urn:epc:id:sgtin:9529999.000002.1"])),
    ({"MATCH_epc": "urn:epc:idpat:sgtin:9521234.*.*"}, event(epcList=["urn:epc:id:sgtin:9521234.700001.1"]), event(epcList=[CRATE])),
    ({"MATCH_parentID": CRATE}, aggregation(), event(epcList=[CRATE])),
    ({"MATCH_parentID": "urn:epc:idpat:sscc:9521234.*"}, aggregation(), event(epcList=[CRATE])),
    ({"MATCH_inputEPC": f"{THING}in"}, transformation(), event(epcList=[f"{THING}in"])),
    ({"MATCH_outputEPC": f"{THING}out"}, transformation(), event(epcList=[f"{THING}out"])),
    ({"MATCH_anyEPC": f"{THING}out|{CRATE}"}, transformation(), event(quantityList=[{"epcClass": LOT}])),
    ({"MATCH_anyEPC": CRATE}, aggregation(), event()),
    ({"MATCH_epcClass": LOT}, event(quantityList=[{"epcClass": LOT}]), transformation()),
    ({"MATCH_epcClass": "urn:epc:idpat:lgtin:9521234.000001.*"}, event(quantityList=[{"epcClass": LOT}]), event()),
    ({"MATCH_epcClass": "urn:epc:idpat:sgtin:9521234.000001.*"}, event(quantityList=[{"epcClass": "https://id.gs1.org/01/09521234000013"}]),
     event(quantityList=[{"epcClass": LOT}])),
    ({"MATCH_inputEPCClass": LOT}, transformation(), event(quantityList=[{"epcClass": LOT}])),
    ({"MATCH_outputEPCClass": "https://id.gs1.org/01/09521234000020/10/L2"}, transformation(), event()),
    ({"MATCH_anyEPCClass": LOT}, transformation(), event()),
    ({"EQ_quantity": "10"}, transformation(), event(quantityList=[{"epcClass": LOT, "quantity": 11}])),
    ({"GT_quantity": "8999"}, transformation(), event(quantityList=[{"epcClass": LOT, "quantity": 8999}])),
    ({"GE_quantity_KGM": "10"}, transformation(), event(quantityList=[{"epcClass": LOT, "quantity": 9.9, "uom": "KGM"}])),
    ({"EQ_quantity_KGM": "9"}, transformation(), event(quantityList=[{"epcClass": LOT, "quantity": 9, "uom": "GRM"}])),
    ({"LT_quantity_TNE": "0.01"}, transformation(), event(quantityList=[{"epcClass": LOT, "quantity": 10, "uom": "KGM"}])),
    ({"EQ_bizTransaction_po": "urn:epc:id:gdti:9521234.00001.1"}, event(bizTransactionList=[{"type": "po", "bizTransaction": "urn:epc:id:gdti:9521234.00001.1"}]),
     event(bizTransactionList=[{"type": "inv", "bizTransaction": "urn:epc:id:gdti:9521234.00001.1"}])),
    ({"EQ_bizTransaction_po": "urn:x:1"}, event(bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:1"}]),
     event(bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:2"}, {"type": "inv", "bizTransaction": "urn:x:1"}])),
    ({"EQ_source_owning_party": "https://id.gs1.org/417/9521234000013"}, event(sourceList=[{"type": "owning_party", "source": "https://x.example/417/9521234000013"}]),
     event(sourceList=[{"type": "possessing_party", "source": "https://x.example/417/9521234000013"}])),
    ({"EQ_destination_location": FARM}, event(destinationList=[{"type": "location", "destination": FARM}]), event(sourceList=[{"type": "location", "source": FARM}])),
    ({"EQ_eventID": "urn:uuid:a|urn:uuid:b"}, event(eventID="urn:uuid:b"), event()),
    ({"EQ_ex:count": "12"}, event(**{"ex:count": 12}), event(**{"ex:count": 13})),
    ({"EQ_https://ns.example.org/count": "12"}, event(**{"ex:count": "12.0"}), event(**{"ex:other": 12})),
    ({"GT_ex:count": "11.5"}, event(**{"ex:count": 12}), event(**{"ex:count": 11})),
    ({"LE_ex:count": "11"}, event(**{"ex:count": 11}), event(**{"ex:count": 12})),
    ({"GE_ex:at": "2026-01-01T00:00:00Z"}, event(**{"ex:at": "2026-01-01T08:00:00+08:00"}), event(**{"ex:at": "2025-12-31"})),
    ({"EXISTS_ex:count": ""}, event(**{"ex:count": 1}), event(**{"ex:box": {"ex:count": 1}})),
    ({"EXISTS_INNER_ex:count": "true"}, event(**{"ex:box": {"ex:count": 1}}), event(**{"ex:count": 1})),
    ({"EQ_INNER_ex:count": "1"}, event(**{"ex:box": {"ex:count": 1}}), event(**{"ex:box": {"ex:count": 2}})),
    ({"EQ_ILMD_ex:grade": "A|B"}, event(action="ADD", ilmd={"ex:grade": "B"}), event(**{"ex:grade": "B"})),
    ({"EQ_ILMD_cbvmda:lotNumber": "L1"}, event(action="ADD", ilmd={"cbvmda:lotNumber": "L1"}), event(action="ADD", ilmd={"cbvmda:lotNumber": "L2"})),
    ({"GE_ILMD_ex:sugar": "12.5"}, event(action="ADD", ilmd={"ex:sugar": "12.5"}), event(action="ADD", ilmd={"ex:sugar": "sweet"})),
    ({"EXISTS_ILMD_ex:grade": ""}, event(action="ADD", ilmd={"ex:grade": "B"}), event(action="ADD", ilmd={"ex:other": "B"})),
    ({"LT_INNER_ILMD_ex:sugar": "3"}, event(action="ADD", ilmd={"ex:box": {"ex:sugar": 2}}), event(action="ADD", ilmd={"ex:sugar": 2})),
    ({"EQ_readPoint_ex:dock": "7"}, event(readPoint={"id": FARM, "ex:dock": "7"}), event(bizLocation={"id": FARM, "ex:dock": "7"})),
    ({"EQ_bizLocation_ex:dock": "7"}, event(bizLocation={"id": FARM, "ex:dock": "7"}), event(bizLocation={"id": FARM})),
    ({"EXISTS_sensorElementList": ""}, sensed(value=4, uom="CEL"), event()),
    ({"EXISTS_sensorElement": "1"}, sensed(value=4, uom="CEL"), event()),
    ({"EQ_type": "gs1:Temperature"}, sensed(value=4, uom="CEL"), event()),
    ({"EQ_type": "Temperature|Mass"}, sensed(value=4, uom="CEL"), event()),
    ({"EQ_value_CEL": "4"}, sensed(value=4, uom="CEL"), sensed(value=4, uom="FAH")),
    ({"GE_value_KEL": "290"}, sensed(value=26, uom="CEL"), sensed(value=16, uom="CEL")),
    ({"LT_value_FAH": "32"}, sensed(value=-0.5, uom="CEL"), sensed(value=0, uom="CEL")),
    ({"GE_sDev_KEL": "0.5"}, sensed(sDev=0.5, uom="CEL"), sensed(sDev=0.4, uom="CEL")),
    ({"GT_minValue_CEL": "1"}, sensed(minValue=2, uom="CEL"), sensed(minValue=1, uom="CEL")),
    ({"LE_maxValue_CEL": "1"}, sensed(maxValue=1, uom="CEL"), sensed(maxValue=2, uom="CEL")),
    ({"LT_meanValue_CEL": "1"}, sensed(meanValue=0, uom="CEL"), sensed(meanValue=1, uom="CEL")),
    ({"GE_percValue_CEL": "9"}, sensed(percValue=9, percRank=50, uom="CEL"), sensed(percValue=8, percRank=50, uom="CEL")),
    ({"GE_percRank": "50"}, sensed(percRank=50, percValue=1), sensed(percRank=49, percValue=1)),
    ({"EQ_stringValue": "dry"}, sensed(stringValue="dry"), sensed(stringValue="wet")),
    ({"EQ_booleanValue": "true"}, sensed(booleanValue=True), sensed(booleanValue=False)),
    ({"EQ_hexBinaryValue": "F0"}, sensed(hexBinaryValue="f0"), sensed(hexBinaryValue="f1")),
    ({"EQ_uriValue": "urn:x:1"}, sensed(uriValue="urn:x:1"), sensed(uriValue="urn:x:2")),
    ({"EQ_deviceID": "urn:epc:id:giai:9521234.1"}, sensed(value=1, deviceID="urn:epc:id:giai:9521234.1"), sensed(value=1)),
    ({"EQ_deviceID": "https://id.gs1.org/8004/95212341"}, sensed(value=1, deviceID="https://id.gs1.org/8004/95212341"), sensed(value=1)),
    ({"EQ_microorganism": "https://m.example/1"}, sensed(value=1, microorganism="https://m.example/1"), sensed(value=1)),
    ({"EQ_chemicalSubstance": "https://m.example/1"}, sensed(value=1, chemicalSubstance="https://m.example/1"), sensed(value=1)),
    ({"EQ_bizRules": "https://m.example/1"}, sensed(value=1, bizRules="https://m.example/1"), sensed(value=1)),
    ({"GE_time": "2026-11-20T01:00:00Z"}, event(sensorElementList=[{"sensorReport": [{"type": "Mass", "time": "2026-11-20T09:00:00+08:00", "value": 1}]}]),
     sensed(value=1)),
    ({"EQ_time": "2026-11-20T08:00:00+08:00"}, sensed(value=1), event()),
    ({"GE_startTime": "2026-11-20T00:00:00Z", "LT_startTime": "2026-11-21T00:00:00Z"},
     event(sensorElementList=[{"sensorMetadata": {"startTime": "2026-11-20T12:00:00Z"}, "sensorReport": [{"type": "Mass", "value": 1}]}]),
     event(sensorElementList=[{"sensorMetadata": {"startTime": "2026-11-22T12:00:00Z"}, "sensorReport": [{"type": "Mass", "value": 1}]}])),
    ({"LT_SENSORREPORT_ex:noise": "3"}, sensed(value=1, **{"ex:noise": 2}), sensed(value=1, **{"ex:noise": 3})),
]  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "found", "other"), CASES, ids=lambda part: "&".join(part) if "eventTime" not in part else ""
)
def test_a_family_finds_what_it_asks_for_and_nothing_else(rest, parameters, found, other):
    wanted = rest.post("events", found)
    assert wanted.status_code == 201, wanted.content
    unwanted = rest.post("events", other)
    assert unwanted.status_code == 201, unwanted.content
    assert rest.ids(**parameters) == [wanted.json()["eventID"]]
    # The same as the query of a name, where JSON has types of its own.
    assert unwanted.json()["eventID"] not in rest.ids(**parameters)


@pytest.mark.parametrize(
    "parameters",
    [
        {"EQ_action": "MOVE"}, {"GE_eventTime": "yesterday"}, {"GE_eventTime": "2026-11-20"}, {"GE_eventTime": ["2026-11-20T00:00:00Z"] * 2},
        {"EQ_quantity": "many"}, {"EQ_quantity": "inf"}, {"GT_quantity": "1e99"}, {"GE_value_CEL": ""}, {"EQ_value_CEL": "1|x"},
        {"eventCountLimit": "0"}, {"maxEventCount": "-1"}, {"eventCountLimit": "1", "maxEventCount": "1"}, {"orderBy": "colour"},
        {"orderDirection": "UP"}, {"MATCH_epc": "urn:epc:idpat:sgtin:9521234.*.7"}, {"MATCH_epc": "urn:epc:idpat:sgtin:a.*.*"},
        {"MATCH_epc": ""}, {"EXISTS_errorDeclaration": "perhaps"}, {"GT_ex:count": "much"}, {"EQ_colour": "red"}, {"eventtype": "ObjectEvent"},
        {"EQ_bizStep": "a\0b"}, {"GE_ex:a:b": "x"}, {"HASATTR_colour": "x"}, {"EQ_booleanValue": "yes"}, {"GE_eventID": "x"}, {"EQ_value_celsius": "1"},
    ],
    ids=str,
)  # fmt: skip
def test_a_bad_parameter_is_named(rest, parameters):
    answer = rest.get("events", **parameters)
    assert (answer.status_code, fault_of(answer)) == (400, "QueryParameterException")
    assert next(iter(parameters)) in answer.json()["detail"] or len(parameters) > 1


def test_conditions_hold_together(rest):
    wanted = rest.post("events", event(bizStep="shipping", disposition="in_transit")).json()["eventID"]
    rest.post("events", event(bizStep="shipping"))
    rest.post("events", event(disposition="in_transit"))
    assert rest.ids(EQ_bizStep="shipping", EQ_disposition="in_transit") == [wanted]


def test_prefixes_mean_what_the_client_says(rest):
    wanted = rest.post("events", event(**{"ex:count": 1})).json()["eventID"]
    answer = rest.get("events", headers={"GS1-Extensions": "mine=https://ns.example.org/"}, **{"EQ_mine:count": "1"})
    assert [one["eventID"] for one in events_of(answer)] == [wanted]
    answer = rest.get("events", headers={"GS1-Extensions": "ex=https://other.example.org/"}, **{"EQ_mine:count": "1"})
    assert events_of(answer) == []


def test_error_declarations_are_found_by_what_they_say(rest):
    body = event(eventID="urn:uuid:w")
    wrong = {**body, "errorDeclaration": {
        "declarationTime": "2026-11-21T00:00:00Z", "reason": "incorrect_data", "correctiveEventIDs": ["urn:uuid:r"], "ex:who": "Li",
    }}  # fmt: skip
    assert rest.post("events", body).status_code == 201
    assert rest.post("events", wrong).status_code == 201
    assert len(rest.ids(EQ_eventID="urn:uuid:w")) == 2
    assert len(events_of(rest.get("events/urn:uuid:w"))) == 2
    assert len(rest.ids()) == 2
    for parameters in (
        {"EXISTS_errorDeclaration": ""}, {"EQ_errorReason": "urn:epcglobal:cbv:er:incorrect_data"}, {"EQ_correctiveEventID": "urn:uuid:r"},
        {"GE_errorDeclarationTime": "2026-11-21T08:00:00+08:00"}, {"LT_errorDeclaration_Time": "2026-11-21T00:00:01Z"},
        {"EQ_ERROR_DECLARATION_ex:who": "Li"}, {"EXISTS_ERROR_DECLARATION_ex:who": ""},
    ):  # fmt: skip
        assert [("errorDeclaration" in one) for one in rest.events(**parameters)] == [True], parameters
    assert rest.ids(EQ_errorReason="did_not_occur") == []
    assert rest.ids(GE_errorDeclarationTime="2026-11-21T00:00:01Z") == []
    assert len(rest.ids(EXISTS_errorDeclaration="false")) == 2


def three(rest):
    return [rest.post("events", event(**{"ex:rank": rank})).json()["eventID"] for rank in (2, 3, 1)]


def test_events_come_in_the_order_that_is_asked_for(rest):
    names = three(rest)
    assert rest.ids() == names
    for by in ("eventTime", "recordTime"):
        assert rest.ids(orderBy=by, orderDirection="ASC") == names
        assert rest.ids(orderBy=by) == names[::-1]
        assert rest.ids(orderBy=by, perPage=1) == names[::-1]
    last = rest.post("events", event()).json()["eventID"]
    ranked = [names[1], names[0], names[2]]
    assert rest.ids(orderBy="ex:rank", perPage=2)[:3] == ranked
    assert rest.ids(orderBy="ex:rank", orderDirection="ASC", perPage=1) == [last, *ranked[::-1]]


def test_no_more_than_wanted_are_given_and_too_many_are_refused(rest):
    names = three(rest)
    assert rest.ids(eventCountLimit=2) == names[:2]
    assert rest.ids(eventCountLimit=2, perPage=1) == names[:2]
    assert rest.ids(eventCountLimit=2, orderBy="eventTime") == names[:0:-1]
    assert rest.ids(maxEventCount=3, perPage=1) == names
    answer = rest.get("events", maxEventCount=2)
    assert (answer.status_code, fault_of(answer)) == (413, "QueryTooLargeException")


def test_pages_neither_repeat_nor_lose_events_while_more_are_captured(rest):
    names = three(rest)
    answer = rest.get("events", perPage=2, eventType="ObjectEvent")
    assert [one["eventID"] for one in events_of(answer)] == names[:2]
    assert answer["GS1-Next-Page-Token-Expires"].endswith("Z")
    later = rest.post("events", event()).json()["eventID"]
    rest_of_it = rest.follow(next_of(answer))
    assert [one["eventID"] for one in events_of(rest_of_it)] == [names[2], later]
    assert "Link" not in rest_of_it


def test_a_page_token_belongs_to_its_query_its_owner_and_its_hour(rest, visit, settings, monkeypatch):
    three(rest)
    answer = rest.get("events", perPage=1, eventType="ObjectEvent")
    token = next_of(answer).rpartition("nextPageToken=")[2]
    assert rest.get("events", perPage=1, eventType="ObjectEvent", nextPageToken=token).status_code == 200
    assert rest.get("events", eventType="AggregationEvent", nextPageToken=token).status_code == 400
    assert rest.get("epcs", nextPageToken=token).status_code == 400
    assert rest.get("events", nextPageToken=token[:-1] + "!").status_code == 400
    assert rest.delete(f"nextPageToken/{token}").status_code == 204
    assert rest.get("events", nextPageToken=token).status_code == 400


def test_a_page_token_expires(rest, monkeypatch):
    three(rest)
    address = next_of(rest.get("events", perPage=1))
    assert rest.follow(address).status_code == 200
    from datetime import timedelta

    from tiantou.kernel import clock

    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=2))
    assert fault_of(rest.follow(address)) == "QueryParameterException"


def test_a_query_that_takes_too_long_is_told_so(rest, settings, monkeypatch):
    from tiantou.epcis import queries

    monkeypatch.setattr(queries.sql, "condition", lambda query, owners: ("(SELECT true FROM pg_sleep(30))", []))
    settings.TIANTOU_EPCIS_QUERY_SECONDS = 1
    answer = rest.get("events")
    assert (answer.status_code, fault_of(answer)) == (413, "QueryTooComplexException")


def test_the_values_that_events_hold_are_resources(rest):
    rest.post(
        "events",
        event(epcList=[f"{THING}1", f"{THING}2"], bizStep="https://steps.example.org/peeling", readPoint={"id": FARM}),
    )
    rest.post(
        "events",
        event(epcList=[f"{THING}1", "urn:x:thing"], disposition="https://d.example.org/x", bizLocation={"id": MARKET}),
    )
    assert rest.get("eventTypes").json()["member"][0] == "AggregationEvent"
    things = ["https://id.gs1.org/01/09521234000013/21/1", "https://id.gs1.org/01/09521234000013/21/2", "urn:x:thing"]
    assert rest.get("epcs").json()["member"] == things
    paged = rest.get("epcs", perPage=2)
    assert paged.json()["member"] == things[:2]
    assert rest.follow(next_of(paged)).json()["member"] == things[2:]
    urns = rest.get("epcs", headers={"GS1-EPC-Format": "Always_EPC_URN"}).json()["member"]
    assert urns == [f"{THING}1", f"{THING}2", "urn:x:thing"]
    steps = rest.get("bizSteps", perPage=100).json()["member"]
    assert "https://steps.example.org/peeling" in steps
    assert "shipping" in steps
    assert rest.get("readPoints").json()["member"] == ["https://id.gs1.org/414/9521234000013"]
    assert rest.get("bizLocations").json()["member"] == ["https://id.gs1.org/414/9521234000020"]
    assert "https://d.example.org/x" in rest.get("dispositions", perPage=100).json()["member"]


def test_the_events_of_a_value_are_its_own(rest):
    import urllib.parse

    first = rest.post("events", event(epcList=[f"{THING}1"], bizStep="shipping", readPoint={"id": FARM})).json()[
        "eventID"
    ]
    second = rest.post(
        "events", event(epcList=[f"{THING}1"], disposition="in_transit", bizLocation={"id": MARKET})
    ).json()["eventID"]
    link = urllib.parse.quote("https://id.gs1.org/01/09521234000013/21/1", safe="")
    assert rest.ids(f"epcs/{link}/events") == [first, second]
    assert rest.ids(f"epcs/{THING}1/events", EQ_bizStep="shipping") == [first]
    assert rest.ids("epcs/https://id.gs1.org/01/09521234000013/21/1/events", perPage=1) == [first, second]
    assert rest.ids("bizSteps/shipping/events") == [first]
    assert rest.ids("eventTypes/ObjectEvent/events") == [first, second]
    assert rest.ids(f"readPoints/{FARM}/events") == [first]
    assert rest.ids(f"bizLocations/{urllib.parse.quote('https://id.gs1.org/414/9521234000020', safe='')}/events") == [
        second
    ]
    assert rest.ids("dispositions/in_transit/events", EQ_action="ADD") == []
    assert rest.get(f"epcs/{THING}1").json()["member"] == ["events"]
    assert rest.options(f"epcs/{THING}1/events").status_code == 204
    assert rest.get(f"epcs/{THING}9/events").status_code == 404


@pytest.mark.parametrize(
    "parameters",
    [
        {"MATCH_anyEPC": f"{THING}1"},
        {"MATCH_epc": "urn:epc:idpat:sgtin:9521234.000001.*", "orderBy": "eventTime"},
        {"MATCH_parentID": "urn:epc:idpat:sscc:9521234.*"},
        {"EQ_bizTransaction_po": "urn:x:1"},
        {"HASATTR_epcClass": "urn:x:1"},
    ],
    ids=min,
)
def test_things_are_looked_up_in_the_index_of_their_keys(rest, parameters):
    """The plan where tables are large enough to matter: what a scan of the whole table would cost is made prohibitive."""
    from django.db import connection

    from tiantou.epcis.asking import sql

    text, values = sql.condition(parse(parameters), None)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN SELECT id FROM trace_event WHERE {text}", values)  # noqa: S608 - what is tested
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using trace_mention_pkey" in plan or "Bitmap Index Scan on trace_mention_pkey" in plan
    assert "Seq Scan on trace_mention" not in plan
    assert "Index Cond: ((epc" in plan or "Index Cond: (epc" in plan or "Index Cond: ((m.epc" in plan
