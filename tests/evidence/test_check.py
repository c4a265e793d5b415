"""The check finds what was changed behind the triggers, and names it; and nothing where nothing was."""

import pytest
from django.db import connection

from tests.evidence.conftest import copies, event
from tests.evidence.test_log import append, behind_the_triggers, sign
from tests.factories import AT
from tiantou.evidence import services
from tiantou.evidence.models import Checkpoint, Leaf, Salt
from tiantou.evidence.rules import receipts, tree
from tiantou.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def log():
    """A log of 300 leaves under two checkpoints."""
    first = event(0)
    with connection.cursor() as cursor:
        copies(cursor, [f"urn:test:{number}" for number in range(199)])
    append()
    sign()
    with connection.cursor() as cursor:
        copies(cursor, [f"urn:test:{number}" for number in range(199, 299)])
    append()
    sign()
    return first


def check():
    return services.check_log(by=SYSTEM, at=AT)


def faults():
    return [(fault["what"], fault["which"]) for fault in check().faults]


def test_a_sound_log_has_no_faults(log):
    made = check()
    assert (made.size, made.checkpoints, made.found, made.faults, made.erased) == (300, 2, 0, [], 0)


def test_a_changed_event_is_named_and_the_signed_root_no_longer_fits(log):
    behind_the_triggers(
        """UPDATE trace_event SET body = jsonb_set(body, '{bizStep}', '"destroying"') WHERE event_id = 'urn:test:250'"""
    )
    assert faults() == [("event", "urn:test:250"), ("checkpoint", sign_name(300))]


def sign_name(size):
    return f"{Checkpoint.objects.get(size=size).pk}: {size}"


def test_a_changed_event_whose_leaf_was_made_to_fit_is_found_by_the_signature(log):
    # Whoever rules the database can bend events, salts and tiles alike, but not what was signed.
    behind_the_triggers(
        """UPDATE trace_event SET body = jsonb_set(body, '{bizStep}', '"destroying"') WHERE event_id = 'urn:test:250'"""
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, body::text FROM trace_event WHERE event_id = 'urn:test:250'")
        number, text = cursor.fetchone()
    leaf = Leaf.objects.get(event=number).pk
    forged = receipts.leaf_of(receipts.event_text(text), bytes(Salt.objects.get(event=number).salt))
    offset = leaf % tree.WIDTH * tree.SIZE + 1
    place = leaf // tree.WIDTH
    behind_the_triggers(
        "UPDATE evidence_tile SET hashes = overlay(hashes PLACING %s FROM %s) WHERE level = 0 AND index = %s",
        forged,
        offset,
        place,
    )
    assert ("checkpoint", sign_name(300)) in faults()


def test_a_deleted_event_is_named(log):
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM trace_event WHERE event_id = 'urn:test:7'")
        [number] = cursor.fetchone()
    behind_the_triggers("DELETE FROM trace_event WHERE event_id = 'urn:test:7'")
    assert faults() == [("event", str(number))]


def test_a_deleted_leaf_is_named(log):
    behind_the_triggers("DELETE FROM evidence_leaf WHERE id = 270")
    assert faults()[0] == ("leaf", "270")


def test_a_lost_salt_is_named(log):
    behind_the_triggers("DELETE FROM evidence_salt WHERE event = %s", log.pk)
    assert faults() == [("salt", log.event_id)]


def test_a_salt_said_to_be_erased_without_a_leaf_that_says_so_is_named(log):
    behind_the_triggers("UPDATE evidence_salt SET salt = NULL, erased_at = now() WHERE event = %s", log.pk)
    assert faults() == [("salt", log.event_id)]


def test_a_kept_hash_that_does_not_fit_its_event_is_named_and_so_is_the_tile_above(log):
    behind_the_triggers(
        "UPDATE evidence_tile SET hashes = sha256('x') || substring(hashes from 33) WHERE level = 0 AND index = 0"
    )
    assert faults() == [("event", log.event_id), ("tile", "tile/1/000.p/1")]


def test_a_changed_tile_above_the_leaves_is_named(log):
    behind_the_triggers("UPDATE evidence_tile SET hashes = sha256('x') WHERE level = 1")
    assert faults() == [("tile", "tile/1/000.p/1")]


@pytest.mark.parametrize(
    "change", ["root = sha256('x')", "note = 'x'", "size = 299", "note = replace(note, '300', '301')"]
)
def test_a_changed_checkpoint_is_named(log, change):
    behind_the_triggers(f"UPDATE evidence_checkpoint SET {change} WHERE size = 300")  # noqa: S608 - our own words
    assert [what for what, _ in faults()] == ["checkpoint"]


def test_an_event_that_came_past_the_sequencer_is_named(log):
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('trace_event', 'id'))")
        [gap] = cursor.fetchone()
        event(7)
        append(), append(), append()
        copies(cursor, ["urn:test:smuggled"], number=str(gap))
    assert faults() == [("unlogged", "urn:test:smuggled")]
