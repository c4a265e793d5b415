"""Compressed Digital Links: nothing is lost, shorter than before, and what is no compressed link is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gs1.links import links
from tiantou.gs1.application_identifiers import Malformed
from tiantou.gs1.compression import compress, expand
from tiantou.gs1.digital_link import escape, parse

PACK = "https://t.example/id/01/09521234000013/10/20261120-07/21/12"


def same(one, other):
    return one.canonical() == other.canonical() and one.stem == other.stem and sorted(one.other) == sorted(other.other)


@given(links(), st.booleans(), st.booleans())
def test_nothing_is_lost(link, sequences, foreign):
    packed = compress(link, sequences=sequences, foreign=foreign)
    assert re.fullmatch(r"https://t\.example/some/stem/[A-Za-z0-9_-]+(\?.*)?", packed)
    assert same(expand(packed), link)


@given(links())
def test_nothing_is_lost_where_the_key_stays_readable(link):
    packed = compress(link, keep_key=True)
    key, value = link.key
    if len(link.elements) > 1:
        assert packed.startswith(f"{link.stem}/{key}/{escape(value)}/")
        assert same(expand(packed), link)
    else:
        assert packed == link.uri()


def test_a_label_of_this_platform_is_shorter():
    packed = compress(parse(PACK))
    assert len(packed) <= len(PACK) - 10
    assert expand(packed).uri() == PACK


@pytest.mark.parametrize(
    ("uri", "packed"),
    [
        # As GS1's own toolkit writes them.
        ("https://t.example/01/09521234000013", "https://t.example/ARFRq4pxGg"),
        ("https://t.example/01/09521234000013/10/20261120-07", "https://t.example/CxFRq4pxGte2m3Wuu2n2nY"),
        ("https://t.example/01/09521234000013/21/12?linkType=all", "https://t.example/DBFRq4pxGgQzxEsU8ieVLzBtSyg"),
        ("https://t.example/414/9521234000020/254/32a?17=261231", "https://t.example/nSMyqKjVxTiUFz_G8"),
    ],
)
def test_the_same_letters_as_the_toolkit_of_gs1(uri, packed):
    assert compress(parse(uri)) == packed


@pytest.mark.parametrize(
    "uri",
    [
        "https://t.example/",
        "https://t.example/favicon.ico",
        "https://t.example/login",
        "https://t.example/AQ",
        "https://t.example/________",
        "https://t.example/QQRU5nhBGg",
        "https://t.example/01/09521234000014/CIA",
        "nonsense",
    ],
)
def test_what_is_no_compressed_link_is_refused(uri):
    with pytest.raises(Malformed):
        expand(uri)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", max_size=60))
def test_any_letters_are_a_link_or_refused(text):
    try:
        link = expand(f"https://t.example/{text}")
    except Malformed:
        return
    assert parse(link.uri()) == link


def test_what_stands_behind_a_compressed_link_is_kept():
    packed = compress(parse(PACK)) + "?linkType=gs1:pip"
    assert expand(packed).other == ("linkType=gs1:pip",)
