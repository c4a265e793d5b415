"""Dates and people as they are written."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tiantou.ui import words

LATE = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)


def show(source: str, **context) -> str:
    return Template(source).render(Context(context))


def test_an_instant_is_shown_on_the_day_of_the_region():
    assert words.day(LATE) == "2026年11月23日"
    assert words.minute(LATE) == "2026年11月23日 01:05"
    assert words.day(date(2026, 1, 2)) == "2026年1月2日"


def test_an_english_reader_gets_english_dates():
    with translation.override("en"):
        assert words.minute(LATE) == "23 November 2026 01:05"


@pytest.mark.parametrize("name", ["yuan", "kg", "jin", "day", "minute", "moment", "masked", "masked_phone"])
@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_is_shown_as_nothing(name, nothing):
    assert show(f"{{{{ value|{name} }}}}", value=nothing) == ""


def test_amounts_and_masses_are_shown_exactly():
    assert (
        show("{{ a|yuan }} {{ b|kg }} {{ b|jin }} {{ c|placed }}", a=123450, b=412500, c=48210)
        == "1,234.50 412.5 825 48,210"
    )


@given(st.text(st.characters(categories=["Lo"]), min_size=1, max_size=12))
def test_a_masked_name_shows_the_family_name_only(name):
    masked = words.masked(name)
    assert masked[0] == name[0]
    assert set(masked[1:]) == {"*"}


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_masked_phone_hides_four_digits(phone):
    masked = words.masked_phone(phone)
    assert masked == f"{phone[:3]}****{phone[7:]}"


def test_a_number_too_short_to_mask_is_hidden_whole():
    assert words.masked_phone("12345") == "****"
