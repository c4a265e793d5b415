"""How XML lays an event out: which elements, in which order (EPCIS 2.0 and 1.2 schemas). Pure.

JSON has the same members by the same names; only lists, words and sensor readings look different.
"""

from __future__ import annotations

from collections.abc import Mapping

EPCIS2, EPCIS1 = "urn:epcglobal:epcis:xsd:2", "urn:epcglobal:epcis:xsd:1"
QUERY2, QUERY1 = "urn:epcglobal:epcis-query:xsd:2", "urn:epcglobal:epcis-query:xsd:1"
MASTER2, MASTER1 = "urn:epcglobal:epcis-masterdata:xsd:2", "urn:epcglobal:epcis-masterdata:xsd:1"
XSI, XSD = "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"

#: Elements that only hold what a version of the standard added later; their content belongs to the event.
WRAPPERS = ("baseExtension", "extension")
_BASE = (
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "eventID",
    "errorDeclaration",
    "certificationInfo",
    "baseExtension",
)
_BASE1 = ("eventTime", "recordTime", "eventTimeZoneOffset", "baseExtension", "eventID", "errorDeclaration")
_STEP = ("bizStep", "disposition", "readPoint", "bizLocation")
_PARTIES = ("sourceList", "destinationList")
_LATER = ("sensorElementList", "persistentDisposition")

#: EPCIS 2.0: elements of each event in their order.
ORDER2: Mapping[str, tuple[str, ...]] = {
    "ObjectEvent": (
        *_BASE, "epcList", "action", *_STEP, "bizTransactionList", "quantityList", *_PARTIES, *_LATER, "ilmd", "extension",
    ),
    "AggregationEvent": (
        *_BASE, "parentID", "childEPCs", "action", *_STEP, "bizTransactionList", "childQuantityList", *_PARTIES, *_LATER, "extension",
    ),
    "TransactionEvent": (
        *_BASE, "bizTransactionList", "parentID", "epcList", "action", *_STEP, "quantityList", *_PARTIES, *_LATER, "extension",
    ),
    "TransformationEvent": (
        *_BASE, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", *_STEP,
        "bizTransactionList", *_PARTIES, *_LATER, "ilmd", "extension",
    ),
    "AssociationEvent": (
        *_BASE, "parentID", "childEPCs", "childQuantityList", "action", *_STEP, "bizTransactionList", *_PARTIES, *_LATER, "extension",
    ),
}  # fmt: skip

#: EPCIS 1.2: the same, each level of nested extensions in this order. Later versions' members are read where 2.0 drafts put them.
ORDER1: Mapping[str, tuple[str, ...]] = {
    "ObjectEvent": (
        *_BASE1, "epcList", "action", *_STEP, "bizTransactionList", "quantityList", *_PARTIES, "ilmd", *_LATER, "extension",
        "certificationInfo",
    ),
    "AggregationEvent": (
        *_BASE1, "parentID", "childEPCs", "action", *_STEP, "bizTransactionList", "childQuantityList", *_PARTIES, *_LATER, "extension",
        "certificationInfo",
    ),
    "QuantityEvent": (*_BASE1, "epcClass", "quantity", *_STEP, "bizTransactionList", "extension"),
    "TransactionEvent": (
        *_BASE1, "bizTransactionList", "parentID", "epcList", "action", *_STEP, "quantityList", *_PARTIES, *_LATER, "extension",
        "certificationInfo",
    ),
    "TransformationEvent": (
        *_BASE1, "inputEPCList", "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", *_STEP,
        "bizTransactionList", *_PARTIES, "ilmd", *_LATER, "extension", "certificationInfo",
    ),
    "AssociationEvent": (
        *_BASE1, "parentID", "childEPCs", "childQuantityList", "action", *_STEP, "bizTransactionList", *_PARTIES, *_LATER, "extension",
        "certificationInfo",
    ),
}  # fmt: skip

EPC_LISTS = frozenset({"epcList", "childEPCs", "inputEPCList", "outputEPCList"})
QUANTITY_LISTS = frozenset({"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"})
#: List member, element of it, and the vocabulary of its `type` (the same name).
TYPED_LISTS: Mapping[str, str] = {
    "bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination",
}  # fmt: skip
WORDS = frozenset({"bizStep", "disposition"})
PLACES = frozenset({"readPoint", "bizLocation"})
QUANTITY = ("epcClass", "quantity", "uom")
DECLARATION = ("declarationTime", "reason", "correctiveEventIDs", "extension")
METADATA = ("time", "deviceID", "deviceMetadata", "rawData", "startTime", "endTime", "bizRules", "dataProcessingMethod")
REPORT_NUMBERS = frozenset({"value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"})
#: Attributes of a report that hold words, and of which vocabulary.
REPORT_WORDS: Mapping[str, str] = {"type": "measurement", "exception": "exception", "component": "component"}
REPORT = (
    "type", "exception", "value", "component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "uom", "minValue", "maxValue",
    "sDev", "chemicalSubstance", "microorganism", "deviceID", "deviceMetadata", "rawData", "time", "meanValue", "percRank", "percValue",
    "dataProcessingMethod", "coordinateReferenceSystem", "bizRules",
)  # fmt: skip
