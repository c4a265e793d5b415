"""GS1 identifiers: check digits, URNs and Digital Links there and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.gs1 import identifiers

DIGITS = st.text("0123456789", min_size=12, max_size=12)


@pytest.mark.parametrize("number", ["09521234000013", "4012345000115", "040123450000003338"])
def test_right_check_digits(number):
    assert identifiers.is_checked(number)


@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12))
def test_one_wrong_digit_is_found(digits, place):
    number = digits + identifiers.check_digit(digits)
    wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert identifiers.is_checked(number)
    assert not identifiers.is_checked(wrong)


@given(st.text("0123456789", min_size=5, max_size=5), st.from_regex(r"[A-Za-z0-9-]{1,20}", fullmatch=True))
def test_a_lot_and_a_piece_come_back_from_their_links(item, serial):
    body = "0" + "9521234" + item
    gtin = body + identifiers.check_digit(body)
    for urn in (identifiers.lgtin(gtin, serial, 7), identifiers.sgtin(gtin, serial, 7)):
        assert identifiers.epc(identifiers.digital_link(urn)) == urn


@given(st.integers(0, 10**9 - 1))
def test_a_logistic_unit_comes_back_from_its_link(serial):
    urn = identifiers.sscc("9521234", 0, serial)
    link = identifiers.digital_link(urn, "https://t.example/id")
    assert link.startswith("https://t.example/id/00/")
    assert identifiers.epc(link) == urn
    assert identifiers.epc(link.rsplit("/", 1)[1]) == urn


@pytest.mark.parametrize(
    "text",
    [
        "",
        "urn:epc:id:sgtin:garbage",
        "urn:epc:id:sscc:9521234.1",
        "urn:epc:class:lgtin:9521234.1.A",
        "脐橙",
        "09521234000014",
        "https://t.example/id/01/09521234000014/10/A",
        "/01/09521234000013",
    ],
)
def test_what_names_nothing_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - callers say what it means for them
        identifiers.epc(text)


def test_what_follows_the_path_of_a_link_does_not_matter():
    assert (
        identifiers.epc("https://t.example/id/01/09521234000013/10/A?from=poster#top")
        == "urn:epc:class:lgtin:9521234.000001.A"
    )


def test_the_element_string_of_a_scanner_is_understood():
    assert identifiers.epc("(01)09521234000013(10)20261120-01(21)7") == "urn:epc:id:sgtin:9521234.000001.7"


@pytest.mark.parametrize(("texts", "key"), [
    (["urn:epc:id:sgtin:9521234.000001.7", "https://a.example/x/01/9521234000013/10/L/21/7?y=1", "/01/09521234000013/21/7"],
     "/01/09521234000013/21/7"),
    (["urn:epc:class:lgtin:9521234.000001.A%2Fb", "https://id.gs1.org/01/09521234000013/10/A%2Fb"], "/01/09521234000013/10/A%2Fb"),
    (["urn:epc:idpat:sgtin:9521234.000001.*", "https://id.gs1.org/01/09521234000013"], "/01/09521234000013"),
    (["urn:epc:idpat:grai:9521234.00001.*", "https://id.gs1.org/8003/09521234000013"], "/8003/09521234000013"),
    (["urn:epc:id:sgln:9521234.00001.0", "https://id.gs1.org/414/9521234000013"], "/414/9521234000013"),
    (["urn:epc:id:sgtin:garbage"], "urn:epc:id:sgtin:garbage"), (["urn:uuid:1"], "urn:uuid:1"),
])  # fmt: skip
def test_one_thing_has_one_key_however_it_is_written(texts, key):
    assert {identifiers.key(text) for text in texts} == {key}


@pytest.mark.parametrize("urn", [
    "urn:epc:id:sgtin:9521234.000001.7", "urn:epc:class:lgtin:9521234.000001.A%2Fb", "urn:epc:id:sgln:9521234.00001.0",
    "urn:epc:id:sgln:9521234.00001.12", "urn:epc:id:sscc:9521234.0000000001", "urn:tiantou:site:X",
])  # fmt: skip
def test_a_key_leads_back_to_the_urn(urn):
    assert identifiers.urn(identifiers.key(urn)) == urn


@given(st.from_regex(r"urn:epc:(id|class|idpat):[a-z]{3,6}:[0-9.*%A-Z]{0,20}", fullmatch=True))
def test_a_malformed_urn_is_left_as_it_is_and_stops_nobody(urn):
    assert identifiers.digital_link(urn) == urn or identifiers.digital_link(urn).startswith("https://id.gs1.org/")
    assert identifiers.key(urn) == urn or identifiers.key(urn).startswith("/")
