"""The pure parts of asking: patterns, units, negotiation, as properties."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.epcis.asking.families import field_names
from tiantou.epcis.asking.patterns import matcher
from tiantou.epcis.asking.units import _table, in_all_units
from tiantou.epcis.asking.words import spellings_of_thing
from tiantou.epcis.negotiation import FORMS, best, spaces
from tiantou.gs1.identifiers import digital_link, key

companies = st.integers(6, 12).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))
serials = st.text("ABCabc0123456789-_", min_size=1, max_size=12)


@st.composite
def pieces(draw):
    """A piece of any scheme whose number begins with a company, as (scheme, parts)."""
    company = draw(companies)
    digits = st.text("0123456789", min_size=20, max_size=20)
    scheme, total, serial = draw(st.sampled_from([("sgtin", 13, True), ("sscc", 17, False), ("sgln", 12, True), ("grai", 12, True),
                                                  ("gdti", 12, True), ("pgln", 12, False), ("gsrn", 17, False)]))  # fmt: skip
    rest = draw(digits)[: total - len(company)]
    if scheme == "sgtin" and not rest:
        rest = "0"
        company = company[:12]
    return scheme, [company, rest or "", *([draw(serials)] if serial else [])]


@given(pieces())
def test_a_pattern_knows_every_piece_of_its_company_and_of_its_number(piece):
    scheme, parts = piece
    name = key(f"urn:epc:id:{scheme}:{'.'.join(parts)}")
    if not name.startswith("/"):
        return
    for first in range(len(parts)):
        stars = [*parts[:first], *("*" for _ in parts[first:])]
        found = matcher(f"urn:epc:idpat:{scheme}:{'.'.join(stars)}")
        assert found.matches(name), (stars, name, found)
        assert any(low <= name < high for low, high in found.ranges)


@given(pieces(), companies)
def test_a_pattern_of_another_company_knows_it_only_if_the_digits_begin_alike(piece, other):
    scheme, parts = piece
    name = key(f"urn:epc:id:{scheme}:{'.'.join(parts)}")
    found = matcher(f"urn:epc:idpat:{scheme}:{'.'.join([other, *('*' for _ in parts[1:])])}")
    digits = "".join(parts[:2])
    alike = (parts[0] + (parts[1][1:] if scheme in {"sgtin", "sscc"} else parts[1])).startswith(
        other
    ) or digits.startswith(other)
    if not alike:
        assert not found.matches(name)


@given(pieces())
def test_a_link_of_any_domain_is_the_same_thing(piece):
    scheme, parts = piece
    urn = f"urn:epc:id:{scheme}:{'.'.join(parts)}"
    link = digital_link(urn, "https://shop.example.org/goods")
    assert matcher(link) == matcher(urn)
    assert urn in spellings_of_thing(urn)


@pytest.mark.parametrize(
    "pattern",
    [
        "urn:epc:idpat:sgtin:*.1.*",
        "urn:epc:idpat:sgtin:9521234.*1.*",
        "urn:epc:idpat:sgtin:9521234.00001.*",
        "urn:epc:idpat:sscc:x.*",
    ],
)
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match=r".*"):
        matcher(pattern)


amounts = st.decimals(min_value=Decimal(-(10**6)), max_value=Decimal(10**6), places=6)


@given(amounts, st.sampled_from(sorted(_table())), st.booleans())
def test_an_amount_in_another_unit_and_back_is_the_same(amount, code, difference):
    for other, converted in in_all_units(amount, code, difference=difference).items():
        back = in_all_units(converted, other, difference=difference)[code]
        assert abs(back - amount) <= Decimal("1e-9") * max(abs(amount), 1), (other, converted, back)


@pytest.mark.parametrize(
    ("amount", "code", "other", "converted"),
    [
        ("26", "CEL", "KEL", "299.15"), ("32", "FAH", "CEL", "0"), ("212", "FAH", "KEL", "373.15"), ("-40", "FAH", "CEL", "-40"),
        ("1", "TNE", "KGM", "1000"), ("1", "LBR", "GRM", "453.59237"), ("36", "KMH", "MTS", "10"), ("1", "BAR", "A97", "1000"),
        ("760", "UA", "ATM", "1"), ("1", "HAR", "MTK", "10000"), ("2", "DZN", "EA", "24"), ("50", "P1", "C62", "0.5"), ("1", "SMI", "MTR", "1609.344"),
    ],
)  # fmt: skip
def test_known_amounts(amount, code, other, converted):
    assert in_all_units(Decimal(amount), code)[other] == Decimal(converted)


def test_a_standard_deviation_has_no_zero_point_and_an_unknown_unit_stays_itself():
    assert in_all_units(Decimal(1), "CEL", difference=True)["KEL"] == 1
    assert in_all_units(Decimal(1), "XYZ") == {"XYZ": 1}
    # Amounts of different kinds never meet.
    assert "KGM" not in in_all_units(Decimal(1), "CEL")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "application/json"), ("*/*", "application/json"), ("application/*;q=0.5, text/xml", "text/xml"), ("application/xml;q=0.9, */*;q=0.8", "application/xml"),
        ("application/json;q=0, */*", "application/ld+json"), ("text/html", None), ("application/problem+xml", "application/xml"), (",", None),
        ("APPLICATION/XML", "application/xml"), ("application/xml;q=nonsense", "application/xml"), ("text/*", "text/xml"),
    ],
)  # fmt: skip
def test_the_form_that_is_liked_best(accept, form):
    assert best(accept, FORMS) == form


@given(st.text(max_size=60))
def test_any_header_is_read(text):
    assert best(text, FORMS) in {*FORMS, None}
    assert isinstance(spaces(text), dict)


def test_a_field_may_be_named_in_every_way():
    known = {"ex": "https://ns.example.org/"}
    assert field_names("ex:count", known) == ("https://ns.example.org/count", "ex:count")
    assert field_names("https://ns.example.org/#count", {}) == (
        "https://ns.example.org/#count",
        "https://ns.example.org/count",
    )
    assert field_names("other:count", known) == ("other:count",)
