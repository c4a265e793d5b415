"""Events of every kind and shape that the standard allows, made at random; plainly invented (prefix 952)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from tiantou.epcis.words import VOCABULARIES

_SERIAL = st.text("ABCXYZabcxyz0123456789-_.", min_size=1, max_size=12)
_NUMBER = st.integers(0, 99999)
FARM, SHOP = "https://farm.example/ns/", "urn:shop:ns:"


def _urns(shape: str) -> st.SearchStrategy[str]:
    return st.builds(lambda number, serial: shape.format(n=number, s=serial), _NUMBER, _SERIAL)


THINGS = st.one_of(
    _urns("urn:epc:id:sgtin:9521234.0{n:05d}.{s}"),
    _urns("urn:epc:id:sscc:9521234.00000{n:05d}"),
    _urns("urn:epc:id:grai:9521234.{n:05d}.{s}"),
    _urns("urn:epc:id:giai:9521234.{s}"),
    _urns("urn:farm:crate:{s}"),
    _urns("https://farm.example/crates/{s}"),
)
CLASSES = st.one_of(
    _urns("urn:epc:class:lgtin:9521234.0{n:05d}.{s}"),
    _urns("urn:epc:idpat:sgtin:9521234.0{n:05d}.*"),
    _urns("urn:farm:kind:{s}"),
)
PLACES = st.one_of(
    _urns("urn:epc:id:sgln:9521234.{n:05d}.{s}"),
    _urns("urn:epc:id:pgln:9521234.{n:05d}"),
    _urns("https://farm.example/{s}"),
)
PAPERS = st.one_of(_urns("urn:epc:id:gdti:9521234.{n:05d}.{s}"), _urns("urn:epcglobal:cbv:bt:9521234000000:{s}"))
_ZONE = timezone(timedelta(hours=8))
TIMES = st.integers(-600_000_000_000, 4_000_000_000_000).map(
    lambda millis: datetime.fromtimestamp(millis / 1000, _ZONE).isoformat(timespec="milliseconds")
)


def words(vocabulary: str) -> st.SearchStrategy[str]:
    listed = sorted(VOCABULARIES[vocabulary].words) or ["Temperature", "Mass", "Molar_concentration"]
    return st.one_of(st.sampled_from(listed), st.sampled_from(["farm:own", "https://farm.example/words/own"]))


_NAMES = st.sampled_from(["farm:a", "farm:b", "shop:c", "farm:甲", "cbvmda:lotNumber"])
_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="￾￿"), max_size=12
).map(str.strip)
_SCALARS = st.one_of(
    _TEXT,
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 4) + 0.0),
    st.none(),
)
#: What XML keeps: no list of one, no list in a list, nothing empty.
OWN = st.recursive(
    st.one_of(_SCALARS, st.lists(_SCALARS, min_size=2, max_size=3)),
    lambda inner: st.dictionaries(
        st.sampled_from(["farm:x", "shop:y", "bare", "with space"]), inner, min_size=1, max_size=3
    ),
    max_leaves=4,
)
EXTRAS = st.dictionaries(_NAMES, OWN, max_size=2)
_ILMD = st.dictionaries(_NAMES, OWN, min_size=1, max_size=2)
_ATTRIBUTES = st.dictionaries(st.sampled_from(["farm:a", "shop:c"]), st.text("abc1", max_size=5), max_size=2)
QUANTITIES = st.lists(
    st.builds(
        lambda kind, more: {"epcClass": kind, **more},
        CLASSES,
        st.sampled_from([{}, {"quantity": 5}, {"quantity": 2.5, "uom": "KGM"}]),
    ),
    min_size=1,
    max_size=2,
)
EPCS = st.lists(THINGS, min_size=1, max_size=3, unique=True)


def _typed(vocabulary: str, of: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    return st.lists(
        st.builds(lambda kind, name: {"type": kind, vocabulary: name}, words(vocabulary), of), min_size=1, max_size=2
    )


def _readings(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda body, own: {**body, **own}, st.fixed_dictionaries({}, optional=more), _ATTRIBUTES)


_NUMERIC = st.floats(-1e4, 1e4, allow_nan=False).map(lambda number: round(number, 3) + 0.0)
_REPORTS = st.builds(
    lambda body, kind: {"type": kind, **body},
    _readings(
        value=_NUMERIC, minValue=_NUMERIC, percRank=st.integers(0, 100), uom=st.sampled_from(["CEL", "KGM"]), booleanValue=st.booleans(),
        stringValue=st.text("abc", min_size=1), hexBinaryValue=st.just("0aF1"), uriValue=PLACES, component=words("component"),
        exception=words("exception"), microorganism=PLACES, bizRules=PAPERS,
    ),
    words("measurement"),
)  # fmt: skip
SENSORS = st.lists(
    st.builds(
        lambda body, own: {**body, **own},
        st.fixed_dictionaries(
            {"sensorReport": st.lists(_REPORTS, min_size=1, max_size=2)},
            optional={"sensorMetadata": _readings(time=TIMES, deviceID=THINGS, startTime=TIMES, rawData=PLACES)},
        ),
        EXTRAS,
    ),
    min_size=1,
    max_size=2,
)
_DISPOSITIONS = st.lists(words("disposition"), min_size=1, max_size=2, unique=True)
_PLACE = st.builds(lambda name, own: {"id": name, **own}, PLACES, EXTRAS)
_COMMON = {
    "recordTime": TIMES,
    "eventID": st.uuids().map(lambda name: f"urn:uuid:{name}"),
    "certificationInfo": st.just("https://farm.example/certificate/1")
    | st.just(["https://farm.example/c/1", "https://farm.example/c/2"]),
    "errorDeclaration": st.builds(
        lambda at, reason, own: {"declarationTime": at, "reason": reason, "correctiveEventIDs": ["urn:uuid:1"], **own},
        TIMES,
        words("reason"),
        EXTRAS,
    ),
    "bizStep": words("bizStep"),
    "disposition": words("disposition"),
    "persistentDisposition": _DISPOSITIONS.map(lambda found: {"set": found})
    | _DISPOSITIONS.map(lambda found: {"unset": found}),
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "sourceList": _typed("source", PLACES),
    "destinationList": _typed("destination", PLACES),
    "sensorElementList": SENSORS,
}
_PAPERS = {"bizTransactionList": _typed("bizTransaction", PAPERS)}
_ACTIONS = st.sampled_from(["ADD", "OBSERVE", "DELETE"])


def _event(kind: str, needed: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    body = st.fixed_dictionaries(
        {"type": st.just(kind), "eventTime": TIMES, "eventTimeZoneOffset": st.just("+08:00"), **needed},
        optional={**_COMMON, **optional},
    )
    return st.builds(lambda event, own: {**event, **own}, body, EXTRAS)


_FAMILY = {"action": _ACTIONS, "parentID": THINGS, "childEPCs": EPCS}
EVENTS = st.one_of(
    _event("ObjectEvent", {"action": st.just("ADD"), "epcList": EPCS}, quantityList=QUANTITIES, ilmd=_ILMD, **_PAPERS),
    _event("AggregationEvent", _FAMILY, childQuantityList=QUANTITIES, **_PAPERS),
    _event("AssociationEvent", _FAMILY, childQuantityList=QUANTITIES, **_PAPERS),
    _event("TransactionEvent", {"action": _ACTIONS, "epcList": EPCS, **_PAPERS}, quantityList=QUANTITIES, parentID=THINGS),
    _event(
        "TransformationEvent",
        {"inputEPCList": EPCS, "outputQuantityList": QUANTITIES},
        outputEPCList=EPCS, inputQuantityList=QUANTITIES, transformationID=PAPERS, ilmd=_ILMD, **_PAPERS,
    ),
)  # fmt: skip
CONTEXT = [{"farm": FARM}, {"shop": SHOP}]
