"""The whole log computed anew from the journal, and compared with what was kept and with what was signed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from tiantou.evidence import queries
from tiantou.evidence.models import Check, Checkpoint, Erasure, Leaf, Salt, Tile
from tiantou.evidence.rules import notes, receipts, tree
from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.verbs import verb
from tiantou.trace.models import Event

CHECKERS = allow(Role.ADMINISTRATOR, Role.AUDITOR)
#: So many faults are told one by one; the rest is counted.
TOLD = 100
_ROWS = f"""
    SELECT l.id, l.event, e.event_id, e.body::text, s.salt, s.personal::text, s.erased_at IS NOT NULL, x.statement, x.salt, gone.id
    FROM {Leaf._meta.db_table} l
    LEFT JOIN {Event._meta.db_table} e ON e.id = l.event
    LEFT JOIN {Salt._meta.db_table} s ON s.event = l.event
    LEFT JOIN {Erasure._meta.db_table} x ON x.logged_as = l.id
    LEFT JOIN {Erasure._meta.db_table} gone ON gone.leaf = l.id
    ORDER BY l.id
"""  # noqa: S608 - our own tables


@dataclass(slots=True)
class Finder:
    """What was found wrong so far."""

    count: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, which: str, leaf: int | None = None) -> None:
        """One fault: its sort, what it is about, and the leaf."""
        self.count += 1
        if len(self.faults) < TOLD:
            self.faults.append({"what": what, "which": which, "leaf": leaf})


@dataclass(slots=True)
class Trees:
    """The tree as the journal tells it, and the tree over the kept leaf hashes: one and the same until a leaf differs."""

    told: tree.Growth = field(default_factory=tree.Growth)
    kept: tree.Growth = field(default_factory=tree.Growth)

    def __post_init__(self) -> None:
        self.kept = self.told

    def extend(self, told: bytes, kept: bytes) -> None:
        """Both are one leaf longer."""
        if told != kept and self.kept is self.told:
            self.kept = copy.deepcopy(self.told)
        self.told.extend([told])
        if self.kept is not self.told:
            self.told.filled.clear()
            self.kept.extend([kept])

    def filled(self) -> dict[tree.Place, bytes]:
        """The tiles over kept hashes that were filled since; they are asked for once."""
        done = dict(self.kept.filled)
        self.kept.filled.clear()
        return done


@verb(CHECKERS)
def check_log(*, by: Actor, at: datetime) -> Check:
    """核对存证: every leaf is computed anew from the journal, every checkpoint from the leaves; what does not agree is named.

    The faults by sort: `event` an event is not what was committed to (or is gone); `salt` a salt is missing without an erasure on record;
    `leaf` an index is missing; `tile` a kept hash is not that of its leaves; `checkpoint` a signed root is not that of the journal, or
    its signature is wrong; `unlogged` an event is not in the log although all around it is.
    """
    # The log may grow meanwhile: checkpoints are listed first and tiles only grow, so what is compared is a beginning of what there is.
    wanted = list(Checkpoint.objects.select_related("key").order_by("size", "id"))
    found, trees = Finder(), Trees()
    signed, kept, erased = list(reversed(wanted)), _kept_leaves(), 0
    for row in _rows():
        if row[0] != trees.told.size:
            found.add("leaf", str(trees.told.size), trees.told.size)
            break
        while signed and signed[-1].size == trees.told.size:
            _compare(signed.pop(), trees.told, found)
        stored = next(kept, b"")
        leaf, gone = _leaf(row, stored, found)
        erased += gone
        trees.extend(leaf, stored)
        if trees.kept.filled:
            _compare_tiles(trees.filled(), found)
    while signed:
        _compare(signed.pop(), trees.told, found)
    _compare_tiles(trees.kept.unfilled(), found)
    for event_id in _unlogged():
        found.add("unlogged", event_id)
    made: Check = Check.objects.create(
        at=at, size=trees.told.size, erased=erased, checkpoints=len(wanted), found=found.count, faults=found.faults
    )
    return made


def _leaf(row: tuple[Any, ...], stored: bytes, found: Finder) -> tuple[bytes, bool]:
    """The leaf as the journal gives it, and whether its salt was erased; then the kept hash must do."""
    index, event, event_id, body, salt, personal, erased, statement, statement_salt, erasure = row
    if event is None:
        if statement is None:
            found.add("leaf", str(index), index)
            return stored, False
        leaf = receipts.leaf_of(statement, bytes(statement_salt))
        if leaf != stored:
            found.add("event", statement, index)
        return leaf, False
    if body is None:
        found.add("event", str(event), index)
        return stored, False
    if salt is None:
        if not erased or erasure is None:
            found.add("salt", event_id, index)
        return stored, True
    leaf = receipts.leaf_of(receipts.event_text(body, None if personal is None else json.loads(personal)), bytes(salt))
    if leaf != stored:
        found.add("event", event_id, index)
    return leaf, False


def _compare(checkpoint: Checkpoint, growth: tree.Growth, found: Finder) -> None:
    name = f"{checkpoint.pk}: {checkpoint.size}"
    try:
        note = notes.parse_note(checkpoint.note)
        head = notes.parse_head(note.text)
    except notes.NotANote:
        found.add("checkpoint", name)
        return
    whole = head.size == checkpoint.size == growth.size and head.root == bytes(checkpoint.root) == growth.root()
    if not whole or not note.signed_by(checkpoint.key.verifier):
        found.add("checkpoint", name)


def _compare_tiles(wanted: dict[tree.Place, bytes], found: Finder) -> None:
    kept = queries.tiles(wanted)
    for place, hashes in wanted.items():
        if kept.get(place, b"")[: len(hashes)] != hashes:
            found.add("tile", tree.tile_path(*place, len(hashes) // tree.SIZE))


def _rows() -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS)
        while rows := cursor.fetchmany(2000):
            yield from rows


def _kept_leaves() -> Iterator[bytes]:
    for hashes in Tile.objects.filter(level=0).order_by("index").values_list("hashes", flat=True).iterator(64):
        row = bytes(hashes)
        yield from (row[at : at + tree.SIZE] for at in range(0, len(row), tree.SIZE))


def _unlogged() -> list[str]:
    """Events that were settled and have no leaf: they came past the sequencer."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.event_id {queries.UNLOGGED} AND e.id <= %s ORDER BY e.id LIMIT %s",
            [0, queries.settled(), TOLD],
        )
        return [event_id for (event_id,) in cursor.fetchall()]
