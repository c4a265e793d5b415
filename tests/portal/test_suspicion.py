"""When the scans of a code look as if it had been copied; and that nobody can be found out by them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.portal import suspicion
from tiantou.portal.suspicion import Day, Pattern, client, found

ON = date(2026, 11, 20)
AT_ONCE = Pattern("at_once", "piece", 1, {}, clients=8)
SPREAD = Pattern("spread", "piece", 7, {}, clients=10)
BURST = Pattern("burst", "piece", 1, {}, clients=3, scans=60)


def days(*told):
    return [Day(ON + timedelta(days=n), clients, scans) for n, clients, scans in told]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ([], []),
        ([(0, 1, 59)], []),
        ([(0, 1, 400)], []),  # one household that looks again and again
        ([(0, 7, 7)], []),
        ([(0, 8, 8)], ["at_once"]),
        ([(0, 5, 5), (6, 5, 5)], ["spread"]),
        ([(0, 5, 5), (7, 5, 5)], []),
        ([(0, 3, 60)], ["burst"]),
        ([(0, 9, 90)], ["at_once", "burst"]),
        ([(3, 9, 9), (0, 1, 1)], ["at_once", "spread"]),
    ],
)
def test_each_pattern_has_its_window_and_its_least_numbers(told, shown):
    assert [each.id for each in found("piece", days(*told), [AT_ONCE, SPREAD, BURST])] == shown


def test_a_pattern_is_of_one_level():
    assert found("crate", days((0, 100, 100)), [AT_ONCE]) == []


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20), st.integers(0, 80)), max_size=12),
    st.integers(0, 5),
    st.integers(0, 5),
)
def test_more_scans_never_make_a_code_less_suspicious(told, clients, scans):
    before = found("piece", days(*told), [AT_ONCE, SPREAD, BURST])
    after = found(
        "piece", [Day(d.day, d.clients + clients, d.scans + scans) for d in days(*told)], [AT_ONCE, SPREAD, BURST]
    )
    assert {each.id for each in before} <= {each.id for each in after}


def test_the_file_names_levels_that_are_counted_and_speaks_both_languages():
    assert {each.level for each in suspicion.patterns()} == {"piece", "crate", "unissued"}
    for each in suspicion.patterns():
        assert set(each.label) == {"zh", "en"}
        assert each.clients > 1, each.id
        assert each.days >= 1


def test_a_client_is_coarse_and_of_one_day():
    salt, other = b"a" * 32, b"b" * 32
    phone = "Mozilla/5.0 (Linux; Android 15; Phone) Mobile"
    name = client("203.0.113.7", phone, salt)
    assert len(name) == 8
    assert name == client(
        "203.0.113.250", "Mozilla/5.0 (Linux; Android 9; Other)", salt
    )  # neighbours with like phones are one
    assert name != client("203.0.114.7", phone, salt)
    assert name != client("203.0.113.7", "Mozilla/5.0 (iPhone)", salt)
    assert name != client("203.0.113.7", phone, other)
    assert client("2001:db8:1:2::1", phone, salt) == client("2001:db8:1:ffff::1", phone, salt)
    assert client("nonsense", phone, salt) == client("", phone, salt)
