"""The checks of `make drill` see the faults they are there for."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))

from drills.checks import exactly_once, only_statuses, unavailable_well
from drills.clients import Journal

SENT, ACKNOWLEDGED = {"a-1", "a-2", "a-3"}, {"a-1", "a-2"}


def test_acknowledged_once_and_the_rest_at_most_once_is_sound():
    assert exactly_once(SENT, ACKNOWLEDGED, Counter(["a-1", "a-2"])) == []
    assert exactly_once(SENT, ACKNOWLEDGED, Counter(["a-1", "a-2", "a-3"])) == []


@pytest.mark.parametrize(
    ("found", "violation"),
    [
        (["a-1"], "acknowledged and lost: a-2"),
        (["a-1", "a-2", "a-2"], "there 2 times: a-2"),
        (["a-1", "a-2", "a-3", "a-3"], "there 2 times: a-3"),
        (["a-1", "a-2", "b-9"], "there and never sent: b-9"),
    ],
)
def test_a_planted_loss_double_or_stranger_is_named(found, violation):
    assert exactly_once(SENT, ACKNOWLEDGED, Counter(found)) == [violation]


def test_a_plain_503_with_retry_after_is_well():
    assert unavailable_well(503, {"Retry-After": "60"}, "<h1>暂时不能服务</h1>") == []


@pytest.mark.parametrize(
    ("status", "headers", "body", "violation"),
    [
        (500, {"Retry-After": "60"}, "", "status 500 instead of 503"),
        (503, {}, "", "no Retry-After"),
        (503, {"retry-after": "60"}, "Traceback (most recent call last)", "technical detail on the page"),
    ],
)
def test_a_bad_answer_during_a_fault_is_named(status, headers, body, violation):
    assert unavailable_well(status, headers, body) == [violation]


def test_an_unexpected_status_is_counted():
    assert only_statuses(Counter({201: 7, 500: 2}), {201, 503}) == ["2 writes were answered with 500"]


def test_a_journal_tells_what_was_sent_and_acknowledged(tmp_path):
    journal = Journal(tmp_path / "lot1.journal")
    journal.note("sent", "lot1-1")
    journal.note("acknowledged", "lot1-1")
    journal.note("sent", "lot1-2")
    Journal(tmp_path / "order1.journal").note("sent", "order1-1")
    assert Journal.read(tmp_path, "lot") == ({"lot1-1", "lot1-2"}, {"lot1-1"})
