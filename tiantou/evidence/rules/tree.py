"""The Merkle tree of RFC 6962, section 2.1, over complete subtrees kept in tiles. Pure.

A subtree of 2^level leaves that begins at a multiple of 2^level is *complete*: it never changes again, so it can be kept. A tile holds up
to 256 neighbouring hashes of one level 0, 8, 16 … (the layout of C2SP tlog-tiles). Any root or proof is made of O(log n) complete
subtrees, and each of them lies in one tile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

SIZE = 32
HEIGHT = 8
WIDTH = 1 << HEIGHT
FULL = WIDTH * SIZE
EMPTY_ROOT = hashlib.sha256(b"").digest()

#: The root of the complete subtree (level, index): leaves index·2^level up to (index+1)·2^level.
Read = Callable[[int, int], bytes]
#: Which tile: its level (0 holds leaf hashes) and its index from the left.
Place = tuple[int, int]


def commitment(salt: bytes, text: bytes) -> bytes:
    """What a leaf says of an event: SHA-256(salt ‖ canonical text). Without the salt it says nothing of it."""
    return hashlib.sha256(salt + text).digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data): RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right): RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _span(start: int, end: int, read: Read) -> bytes:
    """The root over the leaves from `start` up to before `end`, as the recursion of RFC 6962 meets them."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return read(level, start >> level)
    middle = start + _split(size)
    return node_hash(_span(start, middle, read), _span(middle, end, read))


def root(size: int, read: Read) -> bytes:
    """MTH(D[size])."""
    return _span(0, size, read) if size else EMPTY_ROOT


def inclusion(index: int, size: int, read: Read) -> list[bytes]:
    """PATH(index, D[size]), from the leaf upward. Raises: ValueError, where the tree has no such leaf."""
    if not 0 <= index < size:
        raise ValueError(index)
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span(middle, end, read))
            end = middle
        else:
            path.append(_span(start, middle, read))
            start = middle
    return path[::-1]


def consistency(first: int, second: int, read: Read) -> list[bytes]:
    """PROOF(first, D[second]); empty where nothing needs proof. Raises: ValueError, where `first` is beyond `second`."""
    if not 0 <= first <= second:
        raise ValueError(first)
    if first in {0, second}:
        return []
    start, end, whole, proof = 0, second, True, list[bytes]()
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append(_span(middle, end, read))
            end = middle
        else:
            proof.append(_span(start, middle, read))
            start, whole = middle, False
    if not whole:
        proof.append(_span(start, end, read))
    return proof[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that the path leads to; None where it is no path of such a leaf (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or any(len(node) != SIZE for node in path):
        return None
    place, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = node_hash(node, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, node)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `first` leaves is a beginning of that of `second` (RFC 9162, section 2.1.4.2)."""
    if not 0 <= first <= second or any(len(node) != SIZE for node in proof):
        return False
    if first in {0, second}:
        return not proof and first_root == (second_root if first == second else EMPTY_ROOT)
    nodes = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not nodes:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, node)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def top_of(hashes: bytes) -> bytes:
    """The root over the hashes of a complete subtree (one, two, four … of them)."""
    row = [hashes[at : at + SIZE] for at in range(0, len(hashes), SIZE)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def place_of(level: int, index: int) -> tuple[Place, int, int]:
    """In which tile the subtree (level, index) lies, and its first and last but one byte there."""
    within = level % HEIGHT
    first = index << within
    offset = (first % WIDTH) * SIZE
    return (level // HEIGHT, first // WIDTH), offset, offset + (SIZE << within)


def reader(tiles: Mapping[Place, bytes]) -> Read:
    """Reads subtrees from tiles. What it gives raises KeyError for a tile that is not there or not wide enough."""

    def read(level: int, index: int) -> bytes:
        place, start, end = place_of(level, index)
        hashes = tiles[place]
        if len(hashes) < end:
            raise KeyError(place)
        return top_of(hashes[start:end])

    return read


def places_for(compute: Callable[[Read], T]) -> set[Place]:
    """The tiles that a computation will read, so that they can be fetched at once."""
    seen: set[Place] = set()

    def note(level: int, index: int) -> bytes:
        seen.add(place_of(level, index)[0])
        return EMPTY_ROOT

    compute(note)
    return seen


def tails_of(size: int) -> list[tuple[Place, int]]:
    """The tiles that are being filled in a tree of `size` leaves, and how many hashes each holds."""
    tails, level, count = [], 0, size
    while count:
        if count % WIDTH:
            tails.append(((level, count // WIDTH), count % WIDTH))
        level, count = level + 1, count // WIDTH
    return tails


@dataclass(slots=True)
class Growth:
    """A tree that grows: one write of a tile for 256 leaves, and one of each unfilled tile at the end."""

    size: int = 0
    #: Hashes of the unfilled tile of each level.
    tails: list[bytearray] = field(default_factory=list)
    #: Tiles that were filled since.
    filled: dict[Place, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, size: int, tiles: Mapping[Place, bytes]) -> Growth:
        """The tree of `size` leaves, with its unfilled tiles (`tails_of`). Raises: KeyError for a tile that is missing or too narrow."""
        tails: list[bytearray] = []
        for (level, index), width in tails_of(size):
            tails.extend(bytearray() for _ in range(level + 1 - len(tails)))
            hashes = tiles[level, index]
            if len(hashes) < width * SIZE:
                raise KeyError((level, index))
            tails[level] = bytearray(hashes[: width * SIZE])
        return cls(size, tails)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """The leaf hashes stand at the end of the tree."""
        for leaf in leaves:
            self.size += 1
            level, node = 0, leaf
            while True:
                if level == len(self.tails):
                    self.tails.append(bytearray())
                tail = self.tails[level]
                tail += node
                if len(tail) < FULL:
                    break
                done = bytes(tail)
                self.filled[level, (self.size >> (HEIGHT * (level + 1))) - 1] = done
                tail.clear()
                level, node = level + 1, top_of(done)

    def unfilled(self) -> dict[Place, bytes]:
        """The tiles that are not yet full."""
        return {place: bytes(self.tails[place[0]]) for place, _ in tails_of(self.size)}

    def root(self) -> bytes:
        """The root now, from the unfilled tiles alone."""
        parts: list[bytes] = []
        for (level, _), width in tails_of(self.size):
            tail, start = self.tails[level], width
            while start:
                count = start & -start
                start -= count
                parts.append(top_of(bytes(tail[start * SIZE : (start + count) * SIZE])))
        if not parts:
            return EMPTY_ROOT
        found = parts[0]
        for left in parts[1:]:
            found = node_hash(left, found)
        return found


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Where tlog-tiles publishes a tile below the log's address: `tile/0/x001/067`, an unfilled one with `.p/<width>`."""
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    return f"tile/{level}/{'/'.join(reversed(groups))}" + ("" if width == WIDTH else f".p/{width}")


def parse_tile_path(text: str) -> tuple[int, int, int]:
    """Level, index and width that a path `<level>/<index>[.p/<width>]` names, written in the one right way. Raises: ValueError."""
    head, partial, width = text.partition(".p/")
    level, _, index = head.partition("/")
    numbers = [level, *index.replace("x", "").split("/"), width if partial else "256"]
    if not all(number.isascii() and number.isdigit() for number in numbers) or len(text) > len("00/x/255.p/") + 40:
        raise ValueError(text)
    found = int(level), int("".join(numbers[1:-1])), int(numbers[-1])
    if found[2] == 0 or tile_path(*found) != f"tile/{text}":
        raise ValueError(text)
    return found
