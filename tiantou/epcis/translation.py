"""Events with their identifiers spelled as somebody asked for: EPC URNs or Digital Links (EPCIS 2.0, 12.3: GS1-EPC-Format). Pure.

Only what is a GS1 key changes. A private URN, another address, an own word, and a link whose company prefix has an unknown length stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tiantou.epcis.names import as_link, as_urn
from tiantou.epcis.xml_layout import EPC_LISTS, PLACES, QUANTITY_LISTS, TYPED_LISTS

FORMATS = ("No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates")
_SPELLINGS: Mapping[str, Callable[[str], str]] = {"Always_GS1_Digital_Link": as_link, "Always_EPC_URN": as_urn}
_SINGLE = frozenset({"parentID", "transformationID"})
_SENSOR = frozenset({"deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"})


def translate(event: Mapping[str, Any], epc_format: str) -> dict[str, Any]:
    """A copy of the event in the given format. Raises: ValueError, for a format that the standard does not know."""
    if epc_format not in FORMATS:
        raise ValueError(epc_format)
    spell = _SPELLINGS.get(epc_format)
    if spell is None:
        return dict(event)
    return {name: _value(name, value, spell) for name, value in event.items()}


def _value(name: str, value: Any, spell: Callable[[str], str]) -> Any:
    found = value
    if name in EPC_LISTS:
        found = [spell(text) for text in value]
    elif name in _SINGLE:
        found = spell(value)
    elif name in PLACES:
        found = {**value, "id": spell(value["id"])}
    elif name in QUANTITY_LISTS:
        found = [{**element, "epcClass": spell(element["epcClass"])} for element in value]
    elif name in TYPED_LISTS:
        member = TYPED_LISTS[name]
        found = [{**element, member: spell(element[member])} for element in value]
    elif name == "sensorElementList":
        found = [_sensor(element, spell) for element in value]
    return found


def _sensor(element: Mapping[str, Any], spell: Callable[[str], str]) -> dict[str, Any]:
    spelled = dict(element)
    if "sensorMetadata" in element:
        spelled["sensorMetadata"] = _readings(element["sensorMetadata"], spell)
    if "sensorReport" in element:
        spelled["sensorReport"] = [_readings(report, spell) for report in element["sensorReport"]]
    return spelled


def _readings(readings: Mapping[str, Any], spell: Callable[[str], str]) -> dict[str, Any]:
    return {name: spell(value) if name in _SENSOR else value for name, value in readings.items()}
