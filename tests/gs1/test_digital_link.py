"""Digital Links: what is one, what is none and why, the canonical form, the way up, generation, element strings."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.gs1.links import links
from tiantou.gs1 import digital_link, elements
from tiantou.gs1.application_identifiers import Malformed
from tiantou.gs1.digital_link import build, parse

GTIN = "09521234000013"


@given(links())
def test_what_is_written_is_read_back(link):
    assert parse(link.uri()) == link


@given(links())
def test_the_canonical_form_is_one_and_stays_itself(link):
    canonical = link.canonical()
    assert canonical.startswith("https://id.gs1.org/")
    assert parse(canonical).canonical() == canonical
    assert dict(parse(canonical).elements) == dict(link.elements)


@given(links())
def test_element_strings_carry_the_same_data_in_both_forms(link):
    assert elements.read(link.bracketed()) == link.elements
    assert elements.read(link.raw()) == link.elements
    assert elements.read(f"]C1{link.raw()}") == link.elements


@given(links())
def test_it_is_built_again_from_its_elements(link):
    again = build(reversed(link.attributes + link.path) if len(link.path) == 1 else link.elements, link.stem)
    assert dict(again.elements) == dict(link.elements)
    assert parse(again.uri()) == again


@given(links())
def test_the_way_up_ends_at_the_key(link):
    levels = list(link.levels())
    assert levels[0].path == link.path
    assert levels[-1].path == (link.key,)
    assert all(not level.attributes and not level.other for level in levels)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        (f"https://t.example/01/{GTIN}", (("01", GTIN),)),
        (f"HTTPS://T.EXAMPLE/01/{GTIN}", (("01", GTIN),)),
        ("https://t.example/01/9521234000013", (("01", GTIN),)),
        ("https://t.example/01/123456789012", (("01", "00123456789012"),)),
        ("https://t.example/01/12345670", (("01", "00000012345670"),)),
        (f"https://t.example:8443/id/01/{GTIN}/22/V/10/L/21/S", (("01", GTIN), ("22", "V"), ("10", "L"), ("21", "S"))),
        (f"https://t.example/01/{GTIN}/10/A%2F7", (("01", GTIN), ("10", "A/7"))),
        (f"https://t.example/01/{GTIN}/235/T", (("01", GTIN), ("235", "T"))),
        (f"https://t.example/01/{GTIN}/x/01/{GTIN}", (("01", GTIN),)),
        ("https://t.example/414/9521234000020/254/32a%2Fb", (("414", "9521234000020"), ("254", "32a/b"))),
        ("https://t.example/8017/952123400000000017/8019/7", (("8017", "952123400000000017"), ("8019", "7"))),
    ],
)
def test_what_is_one(uri, path):
    assert parse(uri).path == path


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("", "not_a_uri"),
        ("ftp://t.example/01/09521234000013", "not_a_uri"),
        ("HtTp://t.example/01/09521234000013", "not_a_uri"),
        ("https:///01/09521234000013", "not_a_uri"),
        ("https://t_example/01/09521234000013", "not_a_uri"),
        ("https://t.example/01/09521234000013/10/脐橙", "not_a_uri"),
        ("https://t.example/01/09521234000013/10/<b>", "not_a_uri"),
        ("https://t.example/01/09521234000013\n", "not_a_uri"),
        ("https://t.example/", "no_key"),
        ("https://t.example/gtin/09521234000013", "no_key"),
        ("https://t.example/01/09521234000013/", "no_key"),
        ("https://t.example/10/A", "no_key"),
        ("https://t.example/01/09521234000013/lot/A", "no_key"),
        ("https://t.example/01/09521234000014", "check_digit"),
        ("https://t.example/01/952123400001", "check_digit"),
        ("https://t.example/01/0952123400001", "check_digit"),
        ("https://t.example/01/521234000013", "check_digit"),
        ("https://t.example/01/", "empty"),
        ("https://t.example/01/09521234000013/10/", "empty"),
        ("https://t.example/01/09521234000013/21/S/10/L", "order"),
        ("https://t.example/01/09521234000013/21/S/235/T", "order"),
        ("https://t.example/00/095212340000000013/10/L", "order"),
        ("https://t.example/01/09521234000013/10/A%00", "character"),
        ("https://t.example/01/09521234000013?10=A", "belongs_in_path"),
        ("https://t.example/01/09521234000013?21=A", "not_attribute"),
        ("https://t.example/01/09521234000013?89=A", "unknown_ai"),
        ("https://t.example/01/09521234000013?1234567=A", "unknown_ai"),
        ("https://t.example/01/09521234000013?17=", "empty"),
        ("https://t.example/01/09521234000013?17=261301", "month"),
        ("https://t.example/01/09521234000013?99=A+B", "character"),
        ("https://t.example/01/09521234000013?99=A&99=A", "twice"),
        ("https://t.example/01/09521234000013/10/A?01=09521234000013", "twice"),
    ],
)
def test_what_is_none_and_why(uri, reason):
    with pytest.raises(Malformed) as refused:
        parse(uri)
    assert refused.value.reason == reason


def test_short_gtins_are_refused_where_the_present_release_is_asked_for():
    with pytest.raises(Malformed):
        parse("https://t.example/01/9521234000013", short_gtins=False)


def test_the_canonical_form_orders_attributes_and_drops_what_is_not_gs1():
    link = parse("http://t.example/x/01/9521234000013/10/a%2fb?99=x&17=261231&linkType=gs1:pip#top")
    assert link.canonical() == "https://id.gs1.org/01/09521234000013/10/a%2Fb?17=261231&99=x"
    assert link.other == ("linkType=gs1:pip",)
    assert link.stem == "http://t.example/x"


def test_as_many_qualifiers_as_fit_stand_in_the_path():
    given = [("21", "S"), ("01", GTIN), ("10", "L"), ("17", "261231")]
    assert build(given).uri() == f"https://id.gs1.org/01/{GTIN}/10/L/21/S?17=261231"
    assert build([("10", "L"), ("01", GTIN), ("235", "T")]).way() == f"/01/{GTIN}/235/T"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([("10", "L")], "no_key"),
        ([("01", GTIN), ("254", "X")], "not_attribute"),
        ([("01", GTIN), ("10", "")], "too_short"),
        ([("01", "09521234000014")], "check_digit"),
    ],
)
def test_what_no_link_can_be_built_of(given, reason):
    with pytest.raises(Malformed) as refused:
        build(given)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_ai"), ("(01", "no_ai"), ("01", "too_short"), ("(89)X", "unknown_ai"), ("]C1", "no_ai"), ("04123", "unknown_ai"),
        ("(01)09521234000013(10)", "too_short"), ("(10)A(10)B", "twice"), ("0109521234000014", "check_digit"),
    ],
)  # fmt: skip
def test_what_is_no_element_string(text, reason):
    with pytest.raises(Malformed) as refused:
        elements.read(text)
    assert refused.value.reason == reason


def test_a_bracket_within_a_value_is_escaped():
    assert elements.bracketed([("10", "A(21)B")]) == r"(10)A\(21)B"
    assert elements.read(r"(10)A\(21)B") == (("10", "A(21)B"),)


def test_no_separator_follows_a_length_laid_down_for_ever():
    assert elements.raw([("01", GTIN), ("17", "261231"), ("10", "A"), ("21", "B")], "^") == f"01{GTIN}1726123110A^21B"


def test_escaping_leaves_only_what_no_uri_reserves():
    assert digital_link.escape("a-._~/ +%") == "a-._~%2F%20%2B%25"
