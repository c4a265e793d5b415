"""The log over the journal: every event once, in order, whoever commits late; signed, continued, and not to be changed unseen."""

import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction

from tests.evidence.conftest import copies, event
from tests.factories import AT
from tiantou.evidence import queries, services
from tiantou.evidence.models import Checkpoint, Key, Leaf, Salt, Sequencer, Tile
from tiantou.evidence.rules import notes, receipts, tree
from tiantou.evidence.services.signing import KeyMissing, LogInconsistent, path_of
from tiantou.kernel.actor import STRANGER, SYSTEM
from tiantou.kernel.errors import Invalid, NotPermitted

pytestmark = pytest.mark.django_db


def append(**more):
    return services.append_all(by=SYSTEM, at=AT, **more)


def sign(at=AT):
    return services.sign_checkpoint(by=SYSTEM, at=at)


def logged():
    return list(Leaf.objects.order_by("id").values_list("id", "event"))


def expected_root():
    """The root, computed from journal and salts alone, by the definition."""
    leaves = []
    for leaf in Leaf.objects.order_by("id"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT body::text FROM trace_event WHERE id = %s", [leaf.event])
            text = receipts.event_text(cursor.fetchone()[0])
        leaves.append(receipts.leaf_of(text, bytes(Salt.objects.get(event=leaf.event).salt)))
    growth = tree.Growth()
    growth.extend(leaves)
    return growth.root()


def test_all_events_are_logged_once_in_their_order(events):
    assert append() == 3
    assert append() == 0
    later = event(10)
    assert append() == 1
    assert logged() == list(enumerate([*(each.pk for each in events), later.pk]))
    assert queries.root_at(4) == expected_root()
    assert queries.waiting() == 0


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_batches_make_no_difference(batch):
    made = [event(number) for number in range(5)]
    assert append(batch=batch) == 5
    assert logged() == list(enumerate(each.pk for each in made))
    assert queries.root_at(5) == expected_root()


def test_each_event_has_a_salt_of_its_own(events):
    append()
    salts = {bytes(row.salt) for row in Salt.objects.all()}
    assert len(salts) == 3
    assert {len(salt) for salt in salts} == {32}


def test_the_log_is_filled_past_a_tile_and_every_leaf_is_proven():
    event(0)
    with connection.cursor() as cursor:
        copies(cursor, [f"urn:test:{number}" for number in range(599)])
    assert append(batch=250) == 600
    assert {(row.level, row.index, len(row.hashes) // 32) for row in Tile.objects.all()} == {
        (0, 0, 256), (0, 1, 256), (0, 2, 88), (1, 0, 2)
    }  # fmt: skip
    root = queries.root_at(600)
    assert root == expected_root()
    for index in (0, 255, 256, 599):
        path = queries.inclusion(index, 600)
        assert tree.root_of_inclusion(queries.leaf_hash(index), index, 600, path) == root


@pytest.mark.parametrize("statement", [
    "UPDATE evidence_leaf SET event = 0", "DELETE FROM evidence_leaf", "TRUNCATE evidence_leaf", "DELETE FROM evidence_tile",
    "TRUNCATE evidence_tile", "UPDATE evidence_tile SET hashes = ''", "UPDATE evidence_tile SET hashes = sha256('x') || substring(hashes from 33)",
    "UPDATE evidence_checkpoint SET size = 1", "DELETE FROM evidence_key",
])  # fmt: skip
def test_the_database_refuses_to_change_the_log(events, statement):
    append()
    sign()
    with pytest.raises(Exception, match=r"append-only|only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_checkpoint_is_signed_by_a_key_that_only_its_owner_reads(events, keys):
    append()
    made = sign()
    note = notes.parse_note(made.note)
    key = Key.objects.get()
    assert notes.parse_head(note.text) == notes.TreeHead(queries.origin(), 3, expected_root())
    assert note.signed_by(key.verifier)
    assert note.seen_at(key.verifier.cosigner) == int(AT.timestamp())
    assert [path.stat().st_mode & 0o777 for path in keys.iterdir()] == [0o600]


def test_a_rotated_key_signs_from_then_on_and_the_old_one_is_kept(events, keys):
    append()
    first = sign()
    services.rotate_key(by=SYSTEM, at=AT)
    event(9)
    append()
    second = sign(AT + timedelta(hours=1))
    assert first.key_id != second.key_id
    assert notes.parse_note(first.note).signed_by(first.key.verifier)
    assert not notes.parse_note(second.note).signed_by(first.key.verifier)
    assert notes.parse_note(second.note).signed_by(second.key.verifier)
    assert len(list(keys.iterdir())) == len(queries.all_keys()) == 2


def test_a_log_gets_a_new_name_only_where_it_is_asked_for(events):
    append()
    sign()
    services.rotate_key(by=SYSTEM, at=AT)
    assert len({key.name for key in queries.all_keys()}) == 1
    services.rotate_key(by=SYSTEM, at=AT, name="example.test/second")
    assert notes.parse_head(notes.parse_note(sign().note).text).origin == queries.origin() == "example.test/second"
    with pytest.raises(Invalid):
        services.rotate_key(by=SYSTEM, at=AT, name="two words")


def test_without_the_private_key_nothing_is_signed_and_the_remedy_is_told(events):
    append()
    sign()
    path_of(Key.objects.get()).unlink()
    with pytest.raises(KeyMissing) as refused:
        sign()
    assert "rotate-key" in refused.value.remedy


def test_every_later_tree_provably_continues_every_earlier_one():
    made = []
    for number in range(6):
        event(number)
        append()
        made.append(sign(AT + timedelta(hours=number)))
    for first in made:
        for second in made[first.size - 1 :]:
            proof = queries.consistency(first.size, second.size)
            assert tree.is_consistent(first.size, second.size, bytes(first.root), bytes(second.root), proof)


def test_a_tree_that_was_changed_behind_the_triggers_is_not_signed(events):
    append()
    sign()
    behind_the_triggers("UPDATE evidence_tile SET hashes = sha256('x') || substring(hashes from 33) WHERE level = 0")
    event(9)
    append()
    with pytest.raises(LogInconsistent):
        sign()
    assert Checkpoint.objects.count() == 1


def test_strangers_neither_append_nor_sign(events):
    for verb in (services.append_leaves, services.sign_checkpoint, services.check_log, services.rotate_key):
        with pytest.raises(NotPermitted):
            verb(by=STRANGER, at=AT)


def behind_the_triggers(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        assert cursor.rowcount == 1
        cursor.execute("SET session_replication_role = DEFAULT")


def other_session():
    settings = connection.get_connection_params()
    settings.pop("cursor_factory", None)
    settings.pop("context", None)
    return psycopg.connect(**settings)


@pytest.mark.django_db(transaction=True)
class TestWhoeverCommitsLate:
    @pytest.fixture(autouse=True)
    def first(self):
        """A first event, in the log."""
        self.first = event(0)
        append()

    def test_an_open_transaction_with_a_lower_number_is_logged_when_it_commits(self):
        with other_session() as late:
            [low] = copies(late.cursor(), ["urn:test:late"])
            with connection.cursor() as cursor:
                [high] = copies(cursor, ["urn:test:early"])
            assert low < high
            for _ in range(4):  # run after run goes by while the transaction is open
                append()
            assert logged() == [(0, self.first.pk), (1, high)]
            assert queries.settled() < low
            late.commit()
        assert append() == 1
        assert logged() == [(0, self.first.pk), (1, high), (2, low)]
        append(), append()
        assert queries.settled() >= high

    def test_numbers_taken_long_before_anything_is_written_are_waited_for(self):
        # So the bulk writer does: numbers first, rows by COPY later; until then its transaction has no number of its own.
        with other_session() as late:
            taken = late.execute("SELECT nextval(pg_get_serial_sequence('trace_event', 'id'))").fetchone()[0]
            with connection.cursor() as cursor:
                copies(cursor, ["urn:test:early"])
            for _ in range(4):
                append()
            copies(late.cursor(), ["urn:test:late"], number=str(taken))
            late.commit()
        append()
        assert [event for _, event in logged()].count(taken) == 1

    def test_a_transaction_that_gives_up_leaves_a_gap_and_holds_nothing_up(self):
        with other_session() as late:
            copies(late.cursor(), ["urn:test:late"])
            with connection.cursor() as cursor:
                [high] = copies(cursor, ["urn:test:early"])
            append()
            late.rollback()
        for _ in range(3):
            append()
        assert logged() == [(0, self.first.pk), (1, high)]
        assert queries.settled() == high

    def test_many_who_append_at_once_log_everything_once(self):
        with connection.cursor() as cursor:
            made = copies(cursor, [f"urn:test:{number}" for number in range(40)])
        faults = []

        def run():
            try:
                append(batch=3)
            except Exception as fault:  # noqa: BLE001 - told by the test
                faults.append(fault)
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        append()
        assert faults == []
        assert logged() == list(enumerate([self.first.pk, *made]))

    def test_the_nightly_run_relies_on_no_note(self):
        with connection.cursor() as cursor:
            [made] = copies(cursor, ["urn:test:lost"])
        Sequencer.objects.filter(pk=1).update(settled=made + 10, noted=made + 10)
        assert append() == 0
        assert append(whole=True) == 1
