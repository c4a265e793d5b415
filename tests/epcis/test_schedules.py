"""When scheduled subscriptions run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.epcis.schedules import FIELDS, BadSchedule, next_after, read
from tiantou.kernel.clock import ZONE

AT = datetime(2026, 11, 24, 13, 37, 5, 250_000, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({"hour": "1", "minute": "5"}, "2026-11-25T01:05:00"),
        ({"second": 30}, "2026-11-24T13:37:30"),
        ({"second": "5"}, "2026-11-24T13:38:05"),
        ({"minute": "[30-40]"}, "2026-11-24T13:38:00"),
        ({"minute": "0,37,[50-55]", "second": "6"}, "2026-11-24T13:37:06"),
        ({"dayOfWeek": "1"}, "2026-11-30T00:00:00"),
        ({"dayOfMonth": "31"}, "2026-12-31T00:00:00"),
        ({"month": "2", "dayOfMonth": "29"}, "2028-02-29T00:00:00"),
        ({"month": "1"}, "2027-01-01T00:00:00"),
        ({"dayOfWeek": "[6-7]", "hour": "8"}, "2026-11-28T08:00:00"),
    ],
)
def test_the_next_run_is_when_the_fields_say(fields, first):
    assert next_after(read(fields), AT).replace(tzinfo=None).isoformat() == first


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"second": "60"}, {"minute": "-1"}, {"hour": "24"}, {"dayOfMonth": "0"}, {"month": "13"}, {"dayOfWeek": "0"}, {"year": "2027"},
        {"second": ""}, {"second": "1,"}, {"second": "[5-1]"}, {"second": "[1-"}, {"second": "*"}, {"second": "*/5"}, {"second": "１"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_schedule_is_refused(fields):
    with pytest.raises(BadSchedule):
        read(fields)


def test_a_schedule_that_never_comes_is_refused():
    with pytest.raises(BadSchedule):
        next_after(read({"month": "2", "dayOfMonth": "30"}), AT)


values = st.fixed_dictionaries({}, optional={name: st.integers(low, high) for name, (low, high) in FIELDS.items()})


@given(values.filter(bool), st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_run_comes_later_and_matches_every_field_given(fields, at):
    try:
        run = next_after(read(fields), at)
    except BadSchedule:
        assert {"month", "dayOfMonth"} <= fields.keys()
        return
    assert run > at
    said = {"second": run.second, "minute": run.minute, "hour": run.hour, "dayOfMonth": run.day, "month": run.month,
            "dayOfWeek": run.isoweekday()}  # fmt: skip
    assert {name: said[name] for name in fields} == fields
    # None was passed over: a moment before it, it is still the next.
    assert next_after(read(fields), run - timedelta(seconds=1)) == run
