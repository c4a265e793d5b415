"""Parameters with a fixed name: how each becomes a condition. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tiantou.epcis.asking import words
from tiantou.epcis.asking.patterns import Matcher, matcher
from tiantou.epcis.asking.tree import Condition, Declared, Identified, Instant, Moment, Named, Path, Within, Words
from tiantou.epcis.asking.values import Values, bad, number, one, some, time, whether
from tiantou.gs1.identifiers import key
from tiantou.trace.rules import Role

OPERATORS = {"EQ": "=", "GT": ">", "GE": ">=", "LT": "<", "LE": "<="}

Reader = Callable[[str, Values], Condition | None]


def _words(column: str, canonical: Callable[[str], str] = str) -> Reader:
    return lambda name, values: Words(column, tuple(dict.fromkeys(canonical(text) for text in some(name, values))))


def _action(name: str, values: Values) -> Condition:
    if not set(some(name, values)) <= {"ADD", "OBSERVE", "DELETE"}:
        raise bad(name, "takes ADD, OBSERVE or DELETE")
    return Words("action", tuple(values))


def _moment(column: str, operator: str) -> Reader:
    return lambda name, values: Moment(column, operator, time(name, values))


def _instant(path: str, operator: str) -> Reader:
    return lambda name, values: Instant(path, operator, time(name, values))


def _match(*roles: Role, of_class: bool = False) -> Reader:
    def read(name: str, values: Values) -> Condition:
        found: list[Matcher] = []
        for text in some(name, values):
            try:
                found.append(matcher(text, of_class=of_class))
            except ValueError as fault:
                raise bad(name, f"has a pattern that is none: {text}") from fault
        return Named(tuple(roles), tuple(found))

    return read


def _path(path: str, spellings: Callable[[str], Iterable[str]] = lambda text: [text]) -> Reader:
    """A path whose `$v` is any of the values, each in all of its spellings."""

    def read(name: str, values: Values) -> Condition:
        return Path(path, {"v": tuple(dict.fromkeys(s for text in some(name, values) for s in spellings(text)))})

    return read


def _in_short(short: Callable[[str], str]) -> Callable[[str], Iterable[str]]:
    return lambda text: [short(text)]


def _boolean_value(name: str, values: Values) -> Condition:
    return Path(f"{REPORTS} ? (@.booleanValue == $v)", {"v": whether(name, some(name, values))})


def _flag(condition: Condition) -> Reader:
    return lambda name, values: condition if whether(name, values) else None


REPORTS = "$.sensorElementList[*].sensorReport[*]"
_METADATA = "$.sensorElementList[*].sensorMetadata"


def _either(member: str) -> str:
    """In the metadata or in a report (TCR-53, step 28)."""
    return f"$.sensorElementList[*] ? (@.sensorMetadata.{member} == $v[*] || @.sensorReport[*].{member} == $v[*])"


def _report(member: str) -> str:
    return f"{REPORTS}.{member} ? (@ == $v[*])"


def _rank(operator: str) -> Reader:
    sign = "==" if operator == "=" else operator
    return lambda name, values: Path(f"{REPORTS}.percRank ? (@ {sign} $v)", {"v": number(name, one(name, values))})


_THINGS = (Role.EPC, Role.CHILD)
_CLASSES = (Role.CLASS, Role.CHILD_CLASS)

FIXED: dict[str, Reader] = {
    "eventType": _words("type", words.event_type),
    "EQ_action": _action,
    "EQ_bizStep": _words("biz_step", words.biz_step),
    "EQ_disposition": _words("disposition", words.disposition),
    "EQ_persistentDisposition_set": _path(
        "$.persistentDisposition.set[*] ? (@ == $v[*])", _in_short(words.disposition)
    ),
    "EQ_persistentDisposition_unset": _path(
        "$.persistentDisposition.unset[*] ? (@ == $v[*])", _in_short(words.disposition)
    ),
    "EQ_readPoint": _words("read_point", key),
    "WD_readPoint": lambda name, values: Within("read_point", tuple(map(key, some(name, values)))),
    "EQ_bizLocation": _words("biz_location", key),
    "WD_bizLocation": lambda name, values: Within("biz_location", tuple(map(key, some(name, values)))),
    "EQ_transformationID": _match(Role.TRANSFORMATION),
    "MATCH_epc": _match(*_THINGS),
    "MATCH_parentID": _match(Role.PARENT),
    "MATCH_inputEPC": _match(Role.INPUT),
    "MATCH_outputEPC": _match(Role.OUTPUT),
    "MATCH_anyEPC": _match(*_THINGS, Role.PARENT, Role.INPUT, Role.OUTPUT),
    "MATCH_epcClass": _match(*_CLASSES, of_class=True),
    "MATCH_inputEPCClass": _match(Role.INPUT_CLASS, of_class=True),
    "MATCH_outputEPCClass": _match(Role.OUTPUT_CLASS, of_class=True),
    "MATCH_anyEPCClass": _match(*_CLASSES, Role.INPUT_CLASS, Role.OUTPUT_CLASS, of_class=True),
    "EQ_eventID": lambda name, values: Identified(tuple(some(name, values))),
    "EXISTS_errorDeclaration": _flag(Declared()),
    "EQ_errorReason": _path("$.errorDeclaration.reason ? (@ == $v[*])", _in_short(words.reason)),
    "EQ_correctiveEventID": _path("$.errorDeclaration.correctiveEventIDs[*] ? (@ == $v[*])"),
    "EQ_type": _path(_report("type"), _in_short(words.measurement)),
    "EQ_microorganism": _path(_report("microorganism")),
    "EQ_chemicalSubstance": _path(_report("chemicalSubstance")),
    "EQ_stringValue": _path(_report("stringValue")),
    "EQ_uriValue": _path(_report("uriValue"), words.spellings_of_thing),
    "EQ_hexBinaryValue": _path(_report("hexBinaryValue"), lambda text: {text, text.lower(), text.upper()}),
    "EQ_booleanValue": _boolean_value,
    "EQ_time": _instant("$.sensorElementList[*].*[*].time", "="),
}
for _name in ("EXISTS_sensorElementList", "EXISTS_sensorElement"):
    FIXED[_name] = _flag(Path("$.sensorElementList[0]", {}))
for _name in ("deviceID", "dataProcessingMethod", "bizRules", "deviceMetadata", "rawData"):
    FIXED[f"EQ_{_name}"] = _path(_either(_name), words.spellings_of_thing)
for _prefix, _operator in (("GE", ">="), ("LT", "<")):
    FIXED[f"{_prefix}_eventTime"] = _moment("event_time", _operator)
    FIXED[f"{_prefix}_recordTime"] = _moment("record_time", _operator)
    for _name in ("errorDeclarationTime", "errorDeclaration_Time"):
        FIXED[f"{_prefix}_{_name}"] = _instant("$.errorDeclaration.declarationTime", _operator)
    FIXED[f"{_prefix}_time"] = _instant("$.sensorElementList[*].*[*].time", _operator)
    for _name in ("startTime", "endTime"):
        FIXED[f"{_prefix}_{_name}"] = _instant(f"{_METADATA}.{_name}", _operator)
for _prefix, _operator in OPERATORS.items():
    FIXED[f"{_prefix}_percRank"] = _rank(_operator)
