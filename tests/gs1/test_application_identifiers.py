"""The table of application identifiers against GS1's own syntax dictionary, and the checks by example."""

from __future__ import annotations

import re

import pytest

from tests.shared import shared
from tiantou.gs1 import application_identifiers as table
from tiantou.gs1 import checks
from tiantou.gs1.application_identifiers import Malformed

#: What the dictionary calls each check.
NAMES = {
    "csum": "check", "csumalpha": "pair", "gcppos1": "prefix", "gcppos2": "prefix2", "yymmd0": "month", "yymmdd": "day",
    "yyyymmdd": "date", "hhmi": "time", "hh": "hour", "mi": "minute", "ss": "second", "iso3166": "country",
    "iso3166999": "countries", "iso3166alpha2": "land", "iso4217": "currency", "iso5218": "sex", "pcenc": "percent",
    "yesno": "flag", "zero": "zero", "nonzero": "nonzero", "nozeroprefix": "natural", "winding": "winding",
    "pieceoftotal": "piece", "hasnondigit": "letter", "importeridx": "importer", "packagetype": "package",
    "couponcode": "coupon", "couponposoffer": "offer", "latitude": "latitude", "longitude": "longitude", "hyphen": "minus",
    "mediatype": "medium", "iban": "iban", "posinseqslash": "order",
}  # fmt: skip


def dictionary():
    """The rows of the dictionary: identifier, flags, parts, marks."""
    text = shared("conformance/gs1/gs1-syntax-dictionary.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        first, _, last = words[0].partition("-")
        flags = words[1] if re.fullmatch(r"[*?]+", words[1]) else ""
        rest = words[2 if flags else 1 :]
        for number in range(int(first), int(last or first) + 1):
            yield str(number).zfill(len(first)), flags, rest


def parts_of(words):
    for word in words:
        found = re.fullmatch(r"(\[?)([NXYZ])(\.\.)?(\d+)\]?((?:,\w+)*)", word)
        if found:
            names = tuple(NAMES[name] for name in found[5].split(",") if name)
            yield table.Part(found[2], 1 if found[3] else int(found[4]), int(found[4]), names, bool(found[1]))


def marks_of(words, name):
    return [word.partition("=")[2] for word in words if word.partition("=")[0] == name]


def test_it_has_the_same_identifiers_as_the_dictionary():
    assert sorted(table.table()) == sorted(ai for ai, _, _ in dictionary())


def test_every_value_is_made_of_the_same_parts_and_checks():
    for ai, _, words in dictionary():
        assert table.find(ai).parts == tuple(parts_of(words)), ai


def test_every_identifier_stands_in_the_same_places():
    for ai, flags, words in dictionary():
        row = table.find(ai)
        assert (row.predefined, row.attribute) == ("*" in flags, "?" in flags), ai
        keys = marks_of(words, "dlpkey")
        assert row.key == bool(keys), ai
        lines = keys[0].split("|") if keys and keys[0] else []
        assert row.qualifiers == tuple(tuple(line.split(",")) for line in lines), ai


def test_every_identifier_has_the_same_company():
    for ai, _, words in dictionary():
        row = table.find(ai)
        assert row.never == tuple(other for text in marks_of(words, "ex") for other in text.split(",")), ai
        wanted = [[tuple(group.split("+")) for group in text.split(",")] for text in marks_of(words, "req")]
        assert [list(groups) for groups in row.needs] == wanted, ai


@pytest.mark.parametrize(
    ("ai", "value"),
    [
        ("01", "09521234000013"), ("00", "095212340000000013"), ("10", "A-7"), ("17", "260200"), ("8003", "09521234000013AB"),
        ("253", "9521234000013"), ("253", "9521234000013X7"), ("4331", "000200-"), ("4331", "000200"), ("422", "156"),
        ("423", "156250"), ("8006", "095212340000130102"), ("8007", "GB82WEST12345698765432"), ("8013", "9521ABC"),
        ("7040", "1ABC"), ("8030", "Ab-_=="), ("8008", "26112013"), ("8008", "2611201359"), ("3103", "004500"), ("4309", "09000000001060000000"),
        ("8110", "106141416543213150110120"), ("8112", "001234561234560123456"), ("7258", "1/2"), ("7003", "2611201359"), ("7250", "20000229"),
    ],
)  # fmt: skip
def test_a_right_value_passes(ai, value):
    if ai == "8013":
        value += checks.check_pair(value)
    table.check(ai, value)


@pytest.mark.parametrize(
    ("ai", "value", "reason"),
    [
        ("01", "09521234000014", "check_digit"), ("01", "9521234000013", "too_short"), ("01", "0952123400001X", "character"),
        ("01", "095212340000133", "too_long"), ("10", "", "too_short"), ("10", "脐橙", "character"), ("10", "A B", "character"),
        ("10", "A" * 21, "too_long"), ("17", "261301", "month"), ("17", "260230", "month"), ("7003", "2611202460", "time"),
        ("7006", "261100", "day"), ("422", "999", "country"), ("8007", "GB82WEST12345698765431", "iban"),
        ("8013", "9521ABC22", "check_digit"), ("8006", "095212340000130302", "piece"), ("8010", "9521ab", "character"),
        ("8010", "95A1", "prefix"), ("8030", "A=b", "character"), ("8011", "07", "natural"), ("89", "A", "unknown_ai"),
        ("4331", "000200+", "minus"), ("8003", "19521234000013AB", "zero"), ("7040", "1AB+", "importer"), ("7258", "3/2", "order"),
        ("8110", "706141416543213150110120", "coupon"), ("8112", "201234561234560123456", "offer"), ("7250", "19000229", "date"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_and_says_why(ai, value, reason):
    with pytest.raises(Malformed) as refused:
        table.check(ai, value)
    assert (refused.value.reason, refused.value.about) == (reason, ai)


@pytest.mark.parametrize(
    ("ais", "reason"),
    [
        ((), ""), (("01", "10"), ""), (("00", "02", "37"), ""), (("01", "3103"), ""), (("01", "3103", "3922"), ""),
        (("10",), "lacks_company"), (("01", "37"), "never_together"), (("02",), "lacks_company"),
        (("01", "3103", "3104"), "never_together"), (("01", "21", "235"), "never_together"), (("01", "250"), "lacks_company"),
    ],
)  # fmt: skip
def test_who_must_and_must_not_stand_together(ais, reason):
    if not reason:
        table.check_together(ais)
        return
    with pytest.raises(Malformed) as refused:
        table.check_together(ais)
    assert refused.value.reason == reason


def test_every_check_of_the_table_is_there_and_none_is_idle():
    used = {name for row in table.table().values() for part in row.parts for name in part.checks}
    assert used == set(checks.CHECKS)
