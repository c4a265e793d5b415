"""How long a company prefix is: by table, never guessed."""

from __future__ import annotations

import pytest

from tiantou.gs1 import prefixes


@pytest.mark.parametrize(
    ("digits", "length"),
    [
        ("9521234000013", 7),
        ("6901234567892", 7),
        ("6911234567890", 7),
        ("6921234567896", 8),
        ("6961234567890", 8),
        ("6971234567890", 9),
    ],
)
def test_what_the_table_says(digits, length):
    assert prefixes.length(digits) == length


@pytest.mark.parametrize("digits", ["4012345000115", "6981234567890", "0614141000012", ""])
def test_what_it_does_not_say_is_unknown(digits):
    assert prefixes.length(digits) is None
