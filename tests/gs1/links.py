"""Digital Links at random, each right by construction: any primary key, some of its qualifiers, some attributes."""

from __future__ import annotations

from hypothesis import strategies as st

from tiantou.gs1 import application_identifiers as table
from tiantou.gs1 import checks
from tiantou.gs1.application_identifiers import Malformed
from tiantou.gs1.digital_link import Link, check_attributes
from tiantou.gs1.identifiers import check_digit

_ALPHABETS = {"X": checks.CSET82, "Y": checks.CSET39, "Z": checks.CSET64.replace("=", "")}
_FIXED = {
    "month": "260200", "day": "261120", "date": "20261120", "time": "1359", "hour": "13", "minute": "59", "second": "07",
    "country": "156", "countries": "999", "land": "CN", "currency": "156", "sex": "9", "flag": "1", "zero": "0", "winding": "9",
    "piece": "0102", "order": "1/2", "minus": "-", "medium": "01", "latitude": "0900000000", "longitude": "3600000000",
    "package": "BX", "importer": "-", "coupon": "106141416543213150110120", "offer": "001234561234560123456", "iban": "GB82WEST12345698765432",
}  # fmt: skip


@st.composite
def values(draw, row):
    """A value of an identifier."""
    words = []
    for part in row.parts:
        if part.optional and not draw(st.booleans()):
            break
        words.append(draw(_pieces(part)))
    return "".join(words)


@st.composite
def _pieces(draw, part):
    fixed = next((_FIXED[name] for name in part.checks if name in _FIXED), "")
    if fixed:
        return fixed
    alphabets = (
        ["0123456789"] if part.kind == "N" else [_ALPHABETS[part.kind], "0123456789", "ABCDEF0123", "ABC-XYZ019"]
    )
    if part.kind == "X":
        alphabets += ["abcdef0123", "abcXYZ019-_"]
    piece = draw(st.text(draw(st.sampled_from(alphabets)), min_size=part.least, max_size=part.most))
    if "percent" in part.checks:
        piece = piece.replace("%", "7")
    if "natural" in part.checks or "nonzero" in part.checks:
        piece = f"7{piece[1:]}"
    if "prefix" in part.checks:
        piece = f"9521{piece[4:]}"
    if "prefix2" in part.checks:
        piece = f"{piece[0]}9521{piece[5:]}"
    if "check" in part.checks:
        piece = piece[:-1] + check_digit(piece[:-1])
    if "pair" in part.checks:
        piece = piece[:20]
        piece += checks.check_pair(piece)
    return piece


KEYS = [row for row in table.table().values() if row.key]
ATTRIBUTES = [row for row in table.table().values() if row.attribute and not row.key]


@st.composite
def links(draw):
    key = draw(st.sampled_from(KEYS))
    line = draw(st.sampled_from(sorted(key.paths)))
    path = [(row.ai, draw(values(row))) for row in (key, *(table.find(ai) for ai in line))]
    attributes = []
    for row in draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=3, unique=True)):
        one = (row.ai, draw(values(row)))
        try:
            check_attributes(tuple(path), (*attributes, one))
        except Malformed:
            continue
        attributes.append(one)
    other = draw(st.sampled_from([(), ("linkType=gs1%3Apip",), ("from=poster", "x=1"), ("lang=zh-CN",)]))
    return Link("https://t.example/some/stem", tuple(path), tuple(attributes), other)
