"""Receipts (存证回执): that these leaves stand in that signed tree, in one JSON text that proves itself. Pure.

    {"format": "tiantou-receipt/1", "key": "<verifier key>", "checkpoint": "<signed note>",
     "leaves": [{"index": 7, "event": "<canonical text>", "salt": "<base64>", "path": ["<base64>", …]},
                {"index": 9, "hash": "<base64>", "path": ["<base64>", …]}]}

An event stands there as the very text that was hashed, so a verifier need not canonicalise anything. Nothing stands there that is not
proven: a further member makes it no receipt.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiantou.evidence.rules import notes, tree
from tiantou.kernel import jcs

FORMAT = "tiantou-receipt/1"
#: Personal facts that are committed with an event stand under this name in its text.
PERSONAL = "tiantou:personal"
MEMBERS = {"format", "key", "checkpoint", "leaves"}
OPENED = {"index", "event", "salt", "path"}
SEALED = {"index", "hash", "path"}
#: A larger text is no receipt of ours.
LARGEST = 4 * 1024 * 1024


def event_text(stored: str, personal: Mapping[str, Any] | None = None) -> str:
    """What the log commits to: the whole event (nothing left out) in canonical JSON (RFC 8785), with its personal facts.

    `stored` is the body as the database writes it. A body that has no canonical form (a number that no double holds, a depth that
    nobody reads) is committed to as stored: the database writes one value in one way, and the receipt carries the text.
    """
    try:
        if personal is None and (quick := _quick(stored)) is not None:
            return quick
        body = jcs.parse(stored)
        if personal is not None:
            body = {**body, PERSONAL: personal}
        return jcs.canonical(body).decode()
    except jcs.NotCanonical:
        return stored if personal is None else f"{stored}\n{jcs.canonical(personal).decode()}"


class _Unplain(Exception):
    """A number whose canonical spelling is not the one that the standard encoder gives."""


def _quick(stored: str) -> str | None:
    """The canonical text by the standard library's own encoder, several times faster; None where that might not be the same.

    It is the same for text without characters beyond the basic plane (by which names would be ordered differently), without escapes, not
    deeply nested, and with numbers that both spell alike.
    """
    if "\\u" in stored or len(stored.encode("utf-16-le")) != 2 * len(stored):
        return None
    if stored.count("{") + stored.count("[") > jcs.DEEPEST:
        return None
    try:
        body = json.loads(stored, parse_float=_float, parse_int=_integer, object_pairs_hook=_unique)
    except _Unplain:
        return None
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _float(digits: str) -> float | int:
    value = float(digits)
    if value.is_integer() and abs(value) <= jcs.LARGEST_INTEGER:
        return int(value)
    if not math.isfinite(value) or jcs.number(value) != repr(value):
        raise _Unplain
    return value


def _integer(digits: str) -> int:
    if len(digits) >= len(str(jcs.LARGEST_INTEGER)):
        raise _Unplain
    return int(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unplain
    return found


def leaf_of(text: str, salt: bytes) -> bytes:
    """The hash of the leaf that commits to a text."""
    return tree.leaf_hash(tree.commitment(salt, text.encode()))


def opened(index: int, text: str, salt: bytes, path: Sequence[bytes]) -> dict[str, Any]:
    """A leaf with what it commits to."""
    return {"index": index, "event": text, "salt": _encode(salt), "path": [_encode(node) for node in path]}


def sealed(index: int, leaf: bytes, path: Sequence[bytes]) -> dict[str, Any]:
    """A leaf alone: that something is there, and not what."""
    return {"index": index, "hash": _encode(leaf), "path": [_encode(node) for node in path]}


def build(note: str, key: str, leaves: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The receipt."""
    return {"format": FORMAT, "key": key, "checkpoint": note, "leaves": list(leaves)}


@dataclass(frozen=True, slots=True)
class LeafVerdict:
    """One leaf of a receipt: whether its path leads to the signed root, and the event that it opens (None where it is sealed)."""

    index: int
    good: bool
    event: Any = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receipt proves. `signed` says that the key which the receipt names signed the tree; whose key it is, others say."""

    readable: bool
    signed: bool = False
    key: str = ""
    head: notes.TreeHead | None = None
    seen: int | None = None
    leaves: tuple[LeafVerdict, ...] = ()

    @property
    def good(self) -> bool:
        """Whether everything that the receipt says of the tree is proven."""
        return (
            self.readable
            and self.signed
            and self.seen is not None
            and bool(self.leaves)
            and all(leaf.good for leaf in self.leaves)
        )


def verify(text: str) -> Verdict:
    """The verdict on a receipt's text; nothing is raised, whatever the text is."""
    try:
        receipt = _read(text)
        key = notes.parse_key(receipt["key"])
        note = notes.parse_note(receipt["checkpoint"])
        head = notes.parse_head(note.text)
        leaves = tuple(_judge(leaf, head) for leaf in receipt["leaves"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Verdict(readable=False)
    return Verdict(
        readable=True,
        signed=key.kind == notes.ED25519 and head.origin == key.name and note.signed_by(key),
        key=str(key),
        head=head,
        seen=note.seen_at(key.cosigner),
        leaves=leaves,
    )


def _read(text: str) -> dict[str, Any]:
    if len(text) > LARGEST:
        raise ValueError(len(text))
    receipt = jcs.parse(text)
    if not isinstance(receipt, dict) or receipt.keys() != MEMBERS or receipt["format"] != FORMAT:
        raise ValueError(FORMAT)
    if not isinstance(receipt["leaves"], list):
        raise TypeError(FORMAT)
    return receipt


def _judge(leaf: Mapping[str, Any], head: notes.TreeHead) -> LeafVerdict:
    index, path = leaf["index"], [_decode(node) for node in leaf["path"]]
    if not isinstance(index, int) or isinstance(index, bool):
        raise TypeError(index)
    if leaf.keys() not in (OPENED, SEALED) or not isinstance(leaf["path"], list):
        raise ValueError(index)
    event = None
    if "event" in leaf:
        found = leaf_of(leaf["event"], _decode(leaf["salt"]))
        event = _shown(leaf["event"])
    else:
        found = _decode(leaf["hash"])
    good = tree.root_of_inclusion(found, index, head.size, path) == head.root
    return LeafVerdict(index, good, event)


def _shown(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)  # raises a ValueError where it is none
    if _encode(raw) != text:  # one value, one spelling
        raise ValueError(text)
    return raw
