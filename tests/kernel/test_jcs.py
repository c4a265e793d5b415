"""Canonical JSON is that of RFC 8785, byte for byte."""

import json
import math
import shutil
import struct
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiantou.kernel import jcs

scalars = st.none() | st.booleans() | st.integers(-jcs.LARGEST_INTEGER, jcs.LARGEST_INTEGER) | st.text() | (
    st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@pytest.mark.parametrize(
    ("bits", "written"),
    [  # RFC 8785, appendix B
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_the_rfc_says(bits, written):
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert jcs.number(value) == written


def test_names_are_sorted_by_utf16_and_text_is_escaped_no_more_than_needed():
    # RFC 8785, section 3.2.3: U+FB33 comes after the surrogates of an emoji.
    value = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}
    assert list(json.loads(jcs.canonical(value))) == ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    assert jcs.canonical('€$\x0f\nA\'B"\\\\"/<\u2028') == '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/<\u2028"'.encode()


@given(values)
def test_what_is_canonical_is_the_same_value_and_stays_as_it_is(value):
    written = jcs.canonical(value)
    assert jcs.canonical(jcs.parse(written)) == written
    assert b" " not in jcs.canonical(list(range(9)))


@given(st.dictionaries(st.text(), scalars, min_size=2))
def test_the_order_of_names_in_the_text_makes_no_difference(value):
    assert jcs.canonical(dict(reversed(value.items()))) == jcs.canonical(value)


@settings(max_examples=1)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=300, max_size=300))
def test_another_engine_writes_the_same_numbers(numbers):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node absent")
    script = "process.stdin.on('data',d=>process.stdout.write(JSON.stringify(JSON.parse(d))))"
    out = subprocess.run([node, "-e", script], input=json.dumps(numbers), capture_output=True, text=True, check=True)
    assert out.stdout == jcs.canonical(numbers).decode()


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 2**53, -(2**53), "\ud800", {"\udfff": 1}, {1: 2}, object(), {1, 2}, b"x"]
)
def test_what_is_no_i_json_has_no_canonical_form(value):
    with pytest.raises(jcs.NotCanonical):
        jcs.canonical([value])


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', "NaN", "[Infinity]", "{", b"\xff", "[" * 100_000, ""])
def test_a_text_with_two_meanings_or_none_is_refused(text):
    with pytest.raises(jcs.NotCanonical):
        jcs.parse(text)


def test_integers_too_large_to_be_exact_are_read_as_any_other_reader_reads_them():
    assert (
        jcs.canonical(jcs.parse("[9007199254740993, 295147905179352825856]"))
        == b"[9007199254740992,295147905179352830000]"
    )
    with pytest.raises(jcs.NotCanonical):
        jcs.canonical(jcs.parse("9" * 5000))


def test_a_document_deeper_than_any_paper_is_refused():
    value: list = []
    for _ in range(jcs.DEEPEST + 1):
        value = [value]
    with pytest.raises(jcs.NotCanonical):
        jcs.canonical(value)
