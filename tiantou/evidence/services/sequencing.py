"""Events become leaves: in the order of the journal, each exactly once, in batches.

Which event is missing from the log is asked of the tables themselves (an event without a leaf), so nothing can be skipped and nothing
logged twice. `Sequencer` only keeps that question short: up to `settled` nothing can appear any more. An event's number is given out before
its transaction commits, so a lower number may become visible after a higher one. Therefore `settled` rises to a noted number only when
every transaction that was under way when it was noted has ended. A nightly run asks the whole journal and relies on none of this.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from tiantou.evidence import queries
from tiantou.evidence.models import Leaf, Salt, Sequencer, Tile
from tiantou.evidence.rules import receipts, tree
from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.verbs import verb
from tiantou.trace.models import Event

KEEPERS = allow(Role.ADMINISTRATOR)
#: How many events one transaction takes.
BATCH = 5000
#: Number of the advisory lock that makes all who write the log wait for each other.
LOCK = 4_701_016_962
_SALT = 32


@dataclass(frozen=True, slots=True)
class Appended:
    """What one batch brought: how many leaves, and the number of its last event."""

    count: int
    last: int


def append_all(*, by: Actor, at: datetime, whole: bool = False, batch: int = BATCH) -> int:
    """Every event that is committed now is in the log; how many were added. With `whole` the entire journal is asked."""
    with transaction.atomic():
        state, _ = Sequencer.objects.get_or_create(pk=1)
        over = not _under_way(state.under_way)
    after, total = (0 if whole else state.settled), 0
    while queries.waiting_beyond(after):
        done = append_leaves(by=by, at=at, after=after, limit=batch)
        total, after = total + done.count, max(after, done.last)
        if done.count < batch:
            break
    _note(state, over=over)
    return total


@verb(KEEPERS)
def append_leaves(*, by: Actor, at: datetime, after: int = 0, limit: int = BATCH) -> Appended:
    """入册存证: the first `limit` events beyond number `after` that have no leaf have one, in the order of the journal."""
    with connection.cursor() as cursor:
        lock(cursor)
        cursor.execute(
            f"SELECT e.id, e.body::text, s.salt, s.personal::text {queries.UNLOGGED} ORDER BY e.id LIMIT %s",
            [after, limit],
        )
        rows = cursor.fetchall()
        if not rows:
            return Appended(0, after)
        fresh = secrets.token_bytes(_SALT * len(rows))
        leaves, events, salts = [], [], []
        for place, (event, body, salt, personal) in enumerate(rows):
            if salt is None:
                salt = fresh[place * _SALT : (place + 1) * _SALT]  # noqa: PLW2901 - what was missing
                salts.append((event, salt))
            text = receipts.event_text(body, None if personal is None else json.loads(personal))
            leaves.append(receipts.leaf_of(text, bytes(salt)))
            events.append(event)
        write(cursor, leaves, events)
        _copy(
            cursor,
            f"COPY {Salt._meta.db_table} (event, salt) FROM STDIN",
            (f"{event}\t\\\\x{salt.hex()}\n" for event, salt in salts),
        )
    return Appended(len(rows), rows[-1][0])


def lock(cursor: Any) -> None:
    """Until the transaction ends nobody else writes the log."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def write(cursor: Any, leaves: Sequence[bytes], events: Sequence[int | None]) -> int:
    """The leaves stand at the end of the log, in the caller's transaction, which holds the lock; the index of the first of them."""
    start = queries.size()
    growth = tree.Growth.of(start, queries.tiles(place for place, _ in tree.tails_of(start)))
    begun = {place for place, _ in tree.tails_of(start)}
    growth.extend(leaves)
    rows = growth.filled | growth.unfilled()
    for place in sorted(begun & rows.keys()):
        Tile.objects.filter(level=place[0], index=place[1]).update(hashes=rows[place])
    _copy(
        cursor,
        f"COPY {Tile._meta.db_table} (level, index, hashes) FROM STDIN",
        (
            f"{level}\t{index}\t\\\\x{hashes.hex()}\n"
            for (level, index), hashes in rows.items()
            if (level, index) not in begun
        ),
    )
    _copy(
        cursor,
        f"COPY {Leaf._meta.db_table} (id, event) FROM STDIN",
        (f"{start + place}\t{event if event is not None else chr(92) + 'N'}\n" for place, event in enumerate(events)),
    )
    return start


def _copy(cursor: Any, command: str, lines: Iterable[str]) -> None:
    with cursor.copy(command) as copy:
        for line in lines:
            copy.write(line)


def _under_way(noted: Sequence[str]) -> set[str]:
    """Which of the noted transactions are still under way."""
    return set(noted) & set(_transactions()) if noted else set()


def _transactions() -> list[str]:
    """The transactions of all other sessions of this database: each holds a lock on its own virtual number from first statement to end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT locks.virtualxid FROM pg_locks locks JOIN pg_stat_activity activity ON activity.pid = locks.pid"
            " WHERE locks.locktype = 'virtualxid' AND locks.granted AND locks.pid <> pg_backend_pid()"
            " AND activity.datname = current_database()"
        )
        return [number for (number,) in cursor.fetchall()]


def _note(state: Sequencer, *, over: bool) -> None:
    """What was noted before is settled if all that was under way then was over before this run began; then the present is noted."""
    if not over:
        return
    # First the number, then who is under way: whoever holds a lower number now is among them.
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    Sequencer.objects.filter(pk=1).update(settled=state.noted, noted=newest, under_way=_transactions())
