"""Shared token buckets: never more than the limit, in any interleaving and with any clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.factories import AT
from tiantou.people import limits
from tiantou.people.models import Bucket

THREE = limits.Limit("three", 3, 60)


def tries(count, at=AT, subject="x", limit=THREE):
    done = 0
    for _ in range(count):
        try:
            limits.take(limit, subject, at=at)
        except limits.TooMany:
            continue
        done += 1
    return done


@pytest.mark.django_db
def test_a_burst_then_one_in_each_span():
    assert tries(10) == 3
    assert tries(1, AT + timedelta(seconds=59)) == 0
    assert tries(5, AT + timedelta(seconds=60)) == 1
    assert tries(5, AT + timedelta(hours=2)) == 3


@pytest.mark.django_db
def test_the_refusal_says_when_there_is_one_again():
    tries(3)
    with pytest.raises(limits.TooMany) as refused:
        limits.take(THREE, "x", at=AT + timedelta(seconds=20))
    assert refused.value.retry_after == 40
    assert tries(1, AT + timedelta(seconds=60)) == 1


@pytest.mark.django_db
def test_subjects_do_not_share_and_the_table_names_nobody():
    assert tries(5, subject="13800000001") == 3
    assert tries(5, subject="13800000002") == 3
    assert not any("13800" in key for key in Bucket.objects.values_list("key", flat=True))


@pytest.mark.django_db
def test_what_was_cleared_or_swept_is_full_again():
    tries(3)
    limits.clear(THREE, "x")
    assert tries(5) == 3
    assert limits.sweep(at=AT + timedelta(hours=23)) == 0
    assert limits.sweep(at=AT + timedelta(days=2)) == 1


class Clocks(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(min_value=-3600, max_value=3600), min_size=1, max_size=40))
    def test_no_order_of_clocks_gives_more_than_the_limit(self, moments):
        Bucket.objects.all().delete()
        allowed = sum(tries(1, AT + timedelta(seconds=moment)) for moment in moments)
        span = max(moments) - min(moments)
        assert allowed <= 3 + span / 60 + 1e-6


@pytest.mark.django_db(transaction=True)
def test_processes_at_the_same_time_share_one_limit():
    def one(_):
        try:
            return tries(5)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 3
