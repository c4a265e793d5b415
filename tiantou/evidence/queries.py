"""Reads: the latest checkpoint, roots and proofs at any size, receipts for events, and how the log is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Max, Min, Q
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from tiantou.evidence import codes
from tiantou.evidence.models import Check, Checkpoint, Cosignature, Erasure, Key, Leaf, Salt, Sequencer, Tile
from tiantou.evidence.rules import notes, receipts, tree
from tiantou.kernel import clock
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent
from tiantou.trace.models import Event
from tiantou.trace.queries import declarations, way_of
from tiantou.trace.rules import event_key

T = TypeVar("T")
#: A receipt holds at most this many leaves; a longer way is told by several.
MOST_LEAVES = 500


def origin() -> str:
    """The log's name: its address without the scheme, as tlog-checkpoint asks; the newest key keeps it when the address changes."""
    key = Key.objects.order_by("-id").first()
    return key.name if key else f"{settings.BASE_URL.partition('://')[2].rstrip('/')}/evidence/log"


def size() -> int:
    """How many leaves the log has."""
    last: int | None = Leaf.objects.aggregate(last=Max("id"))["last"]
    return 0 if last is None else last + 1


def latest() -> Checkpoint | None:
    """The newest checkpoint."""
    found: Checkpoint | None = Checkpoint.objects.order_by("-id").first()
    return found


def note_of(checkpoint: Checkpoint) -> str:
    """The checkpoint with all signatures: the log's own, and those of witnesses."""
    lines = Cosignature.objects.filter(checkpoint=checkpoint).order_by("id").values_list("line", flat=True)
    return str(checkpoint.note) + "".join(f"{line}\n" for line in lines)


def all_keys() -> list[Key]:
    """All keys of the log, newest first."""
    return list(Key.objects.order_by("-id"))


def tiles(places: Iterable[tree.Place]) -> dict[tree.Place, bytes]:
    """The tiles at these places, as far as there are such, in one query."""
    wanted = Q(pk__in=[])
    for level, index in places:
        wanted |= Q(level=level, index=index)
    return {(row.level, row.index): bytes(row.hashes) for row in Tile.objects.filter(wanted)}


def computed(compute: Callable[[tree.Read], T]) -> T:
    """What a computation over the tree gives, with one query for all tiles that it reads."""
    return compute(tree.reader(tiles(tree.places_for(compute))))


def root_at(count: int) -> bytes:
    """The root of the first `count` leaves. Raises: Absent, where the log has fewer."""
    if not 0 <= count <= size():
        raise Absent
    return computed(lambda read: tree.root(count, read))


def consistency(first: int, second: int) -> list[bytes]:
    """The proof that the log of `second` leaves begins with that of `first`. Raises: Absent."""
    if not 0 <= first <= second <= size():
        raise Absent
    return computed(lambda read: tree.consistency(first, second, read))


def inclusion(index: int, count: int) -> list[bytes]:
    """The proof that a leaf is among the first `count`. Raises: Absent."""
    if not 0 <= index < count <= size():
        raise Absent
    return computed(lambda read: tree.inclusion(index, count, read))


def leaf_hash(index: int) -> bytes:
    """The hash of a leaf. Raises: Absent."""
    if not 0 <= index < size():
        raise Absent
    return computed(lambda read: read(0, index))


def checkpoint_for(index: int) -> Checkpoint | None:
    """The newest checkpoint, if it covers the leaf."""
    found = latest()
    return found if found is not None and found.size > index else None


def receipt(events: Sequence[Event], actor: Actor) -> dict[str, Any] | None:
    """存证回执 of those of the events that a checkpoint covers, under one checkpoint; None where it covers none.

    What the actor may see stands there in full; of the rest, and of what was erased, there is the leaf alone.
    """
    found = latest()
    if found is None:
        return None
    index_of = dict(
        Leaf.objects.filter(event__in=[event.pk for event in events], id__lt=found.size).values_list("event", "id")
    )
    if not index_of:
        return None
    logged = sorted(index_of.items(), key=lambda pair: pair[1])[:MOST_LEAVES]
    salts = {row.event: row for row in Salt.objects.filter(event__in=[event for event, _index in logged])}
    seen = set(
        Event.objects.visible_to(actor).filter(pk__in=[event for event, _index in logged]).values_list("pk", flat=True)
    )
    texts = _texts(seen)

    def proofs(read: tree.Read) -> list[tuple[bytes, list[bytes]]]:
        return [(read(0, index), tree.inclusion(index, found.size, read)) for _event, index in logged]

    leaves = []
    for (event, index), (leaf, path) in zip(logged, computed(proofs), strict=True):
        salt = salts.get(event)
        if event in seen and salt is not None and salt.salt is not None:
            text = receipts.event_text(texts[event], salt.personal)
            leaves.append(receipts.opened(index, text, bytes(salt.salt), path))
        else:
            leaves.append(receipts.sealed(index, leaf, path))
    return receipts.build(note_of(found), str(found.key.verifier), leaves)


def _texts(events: Iterable[int]) -> dict[int, str]:
    """The bodies as the database writes them: what the log commits to is made from this text and nothing else."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, body::text FROM {Event._meta.db_table} WHERE id = ANY(%s)",  # noqa: S608 - our own table
            [list(events)],
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Standing:
    """What the platform says of a receipt beyond what the receipt proves by itself."""

    verdict: receipts.Verdict
    ours: bool
    still: bool
    seen: datetime | None

    @property
    def holds(self) -> bool:
        """Whether the receipt is whole, signed by this log, and its tree is the beginning of today's."""
        return self.verdict.good and self.ours and self.still


def standing(text: str) -> Standing:
    """The receipt, proven by itself, and held against our keys and our tree of today."""
    verdict = receipts.verify(text)
    known = {str(key.verifier) for key in all_keys()}
    head, seen = verdict.head, None
    still = head is not None and head.size <= size() and root_at(head.size) == head.root
    if verdict.seen is not None:
        seen = datetime.fromtimestamp(verdict.seen, clock.ZONE)
    return Standing(verdict, verdict.key in known, still, seen)


@dataclass(frozen=True, slots=True)
class Health:
    """How the log is."""

    size: int
    waiting: int
    erased: int
    checkpoint: Checkpoint | None
    check: Check | None
    key: Key | None

    def late(self, at: datetime) -> bool:
        """Whether a checkpoint is overdue: one is signed every hour at least, once there is something to sign."""
        return self.size > 0 and (self.checkpoint is None or at - self.checkpoint.at > timedelta(hours=2))


def health() -> Health:
    """How the log is now; what waits is counted from where the sequencer stands, so it is quick at any size."""
    return Health(
        size(),
        waiting(),
        Erasure.objects.count(),
        latest(),
        Check.objects.order_by("-id").first(),
        Key.objects.order_by("-id").first(),
    )


#: Events that are not in the log, beyond a given one.
UNLOGGED = f"""FROM {Event._meta.db_table} e LEFT JOIN {Salt._meta.db_table} s ON s.event = e.id
    WHERE e.id > %s AND NOT EXISTS (SELECT 1 FROM {Leaf._meta.db_table} l WHERE l.event = e.id)"""  # noqa: S608 - our own tables


def settled() -> int:
    """Up to which event everything that there will ever be is in the log."""
    row = Sequencer.objects.first()
    return row.settled if row else 0


def waiting(after: int | None = None) -> int:
    """How many events wait to be logged; `after=0` looks at the whole journal."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {UNLOGGED}", [settled() if after is None else after])
        return int(cursor.fetchone()[0])


def waiting_beyond(after: int) -> bool:
    """Whether any event beyond number `after` waits to be logged."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT 1 {UNLOGGED})", [after])
        return bool(cursor.fetchone()[0])


def growth(days: int, at: datetime) -> list[dict[str, Any]]:
    """How many leaves came on each of the last days, as the day's checkpoints show it."""
    since = clock.local_date(at) - timedelta(days=days)
    rows = (
        Checkpoint.objects.annotate(day=TruncDate("at", tzinfo=clock.ZONE))
        .filter(day__gte=since)
        .values("day")
        .annotate(first=Min("size"), last=Max("size"))
        .order_by("day")
    )
    before = Checkpoint.objects.filter(at__date__lt=since).aggregate(last=Max("size"))["last"] or 0
    found = []
    for row in rows:
        found.append({"label": f"{row['day']:%m-%d}", "value": row["last"] - before})
        before = row["last"]
    return found


def parsed_head(checkpoint: Checkpoint) -> notes.TreeHead:
    """What the note of a checkpoint says. Raises: notes.NotANote, where it is none."""
    return notes.parse_head(notes.parse_note(checkpoint.note).text)


def event_named(event_id: str, actor: Actor) -> list[Event]:
    """The event of an eventID, and the declaration that it was wrong if there is one. Raises: Absent, also for who may not see it."""
    key = event_key(event_id)
    found = list(Event.objects.visible_to(actor).filter(Q(key=key) | Q(wrong=key)).order_by("id"))
    if not found:
        raise Absent
    return found


def events_of(code: str) -> list[Event]:
    """Everything that the journal tells of the way of a thing, in the order of the journal. Raises: Absent for what is no code."""
    try:
        epc = codes.epc_of(code)
    except ValueError:
        raise Absent(_("这不是货物的编码。")) from None
    told = way_of(epc, with_declared=True)
    return sorted([*told, *declarations(told).values()], key=lambda event: event.pk)


def is_whole(indexes: Sequence[int], digest: str, count: int) -> bool:
    """Whether a paper receipt is right: these leaves have this digest, and are among the first `count`."""
    if not indexes or not 0 < count <= size() or not all(0 <= index < count for index in indexes):
        return False
    return paper_digest(leaf_hashes(indexes)) == digest


def paper_digest(leaves: Iterable[bytes]) -> str:
    """One short mark for the leaves of a paper receipt: SHA-256 over their hashes."""
    return hashlib.sha256(b"".join(leaves)).hexdigest()


def leaf_hashes(indexes: Sequence[int]) -> list[bytes]:
    """The hashes of leaves that there are, in this order."""
    return computed(lambda read: [read(0, index) for index in indexes])
