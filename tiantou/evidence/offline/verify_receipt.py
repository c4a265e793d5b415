"""Check a receipt (存证回执) of a Tiantou transparency log, offline.

    python3 verify_receipt.py receipt.json [--key KEY]

Needs Python 3.9 or newer and the package `cryptography` (pip install cryptography); asks no network. Exit status: 0 proven,
1 refused, 2 unreadable. What it proves:

- every event in the receipt is, to the last byte, one that the log committed to, at the stated place;
- the tree with that place in it was signed with the key named in the receipt, at the stated time.

Whose key that is, no receipt can say of itself. Get the log's key another way (from its page /evidence/keys/, from a newspaper, from
somebody you trust) and give it as --key: then only receipts signed with it are accepted.

The formats are public: RFC 6962 (tree), C2SP signed-note, tlog-checkpoint and tlog-cosignature (signatures).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
from datetime import datetime, timezone
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

#: Name, key id and signature of a signature line.
Line = tuple[str, bytes, bytes]


class Refused(Exception):
    """The receipt is not proven."""


class Unreadable(Exception):
    """The file is no receipt."""


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def decode(text: str) -> bytes:
    """Base64, in its one right spelling."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError(text)
    return raw


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def read_key(text: str) -> tuple[str, int, bytes]:
    """Name, kind and the 32 bytes of a verifier key `name+id+key`."""
    name, number, body = text.split("+", 2)
    raw = decode(body)
    if not name or len(raw) != 33 or key_id(name, raw[0], raw[1:]).hex() != number:
        raise ValueError(text)
    return name, raw[0], raw[1:]


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes by which a signature line names its key."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public)[:4]


def read_note(text: str) -> tuple[str, list[Line]]:
    """The signed text, and its signature lines as (name, id, signature)."""
    head, gap, tail = text.rpartition("\n\n")
    if not gap or not tail.endswith("\n") or any(ord(sign) < 32 and sign != "\n" for sign in text):
        raise ValueError("no signed note")
    lines = []
    for line in tail[:-1].split("\n"):
        found = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
        if not found:
            raise ValueError(line)
        raw = decode(found[2])
        lines.append((found[1], raw[:4], raw[4:]))
    return head + "\n", lines


def read_head(text: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        raise ValueError("no checkpoint")
    root = decode(lines[2])
    if len(root) != 32:
        raise ValueError("no checkpoint")
    return lines[0], int(lines[1]), root


def right(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is right."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def signed_at(text: str, lines: list[Line], name: str, public: bytes) -> int:
    """When the log signed the checkpoint. Raises Refused where it did not, or does not say when."""
    plain = [body for who, number, body in lines if who == name and number == key_id(name, 1, public)]
    if not any(right(public, body, text.encode()) for body in plain):
        raise Refused("the signature of the checkpoint is not right / 检查点的签名不对")
    for who, number, body in lines:
        if who == name and number == key_id(name, 4, public) and len(body) == 72:
            seconds: int = struct.unpack(">Q", body[:8])[0]
            if right(public, body[8:], f"cosignature/v1\ntime {seconds}\n{text}".encode()):
                return seconds
    raise Refused("the time of the checkpoint is not signed / 检查点的时间没有签名")


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root to which the path leads, None where it is no such path (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or any(len(node) != 32 for node in path):
        return None
    place, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = sha256(b"\x01" + node + found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + node)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None


def check(text: str, trusted: str | None = None) -> dict[str, Any]:
    """What the receipt proves: {"origin", "size", "key", "at", "leaves": [(index, event text or None)]}.

    Raises: Unreadable; Refused.
    """
    try:
        receipt = read_receipt(text)
        name, kind, public = read_key(receipt["key"])
        note, lines = read_note(receipt["checkpoint"])
        origin, size, root = read_head(note)
        leaves = [read_leaf(leaf) for leaf in receipt["leaves"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise Unreadable(f"this is no receipt / 这不是存证回执: {fault}") from fault
    if trusted and receipt["key"] != trusted.strip():
        raise Refused("signed with another key than the one you trust / 不是你信任的那把钥匙签的")
    if kind != 1 or origin != name or not leaves:
        raise Refused("the key is not that of the log / 钥匙和日志对不上")
    at = signed_at(note, lines, name, public)
    for index, leaf, path, _event in leaves:
        if root_of(leaf, index, size, path) != root:
            raise Refused(f"leaf {index} is not in the signed tree / 第 {index} 条不在签名的树里")
    return {
        "origin": origin,
        "size": size,
        "key": receipt["key"],
        "at": at,
        "leaves": [(leaf[0], leaf[3]) for leaf in leaves],
    }


def read_receipt(text: str) -> dict[str, Any]:
    """The receipt's members: these and no others."""
    receipt: dict[str, Any] = json.loads(text, object_pairs_hook=unique)
    if set(receipt) != {"format", "key", "checkpoint", "leaves"} or receipt["format"] != "tiantou-receipt/1":
        raise ValueError("no receipt")
    return receipt


def read_leaf(leaf: dict[str, Any]) -> tuple[int, bytes, list[bytes], str | None]:
    """Index, leaf hash, path, and the event's text (None where it is sealed)."""
    index, path = leaf["index"], [decode(node) for node in leaf["path"]]
    if not isinstance(index, int) or isinstance(index, bool) or not isinstance(leaf["path"], list):
        raise TypeError("index")
    if set(leaf) == {"index", "event", "salt", "path"}:
        commitment = sha256(decode(leaf["salt"]) + leaf["event"].encode())
        return index, sha256(b"\x00" + commitment), path, leaf["event"]
    if set(leaf) == {"index", "hash", "path"}:
        return index, decode(leaf["hash"]), path, None
    raise ValueError("leaf")


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(description="Check a receipt of a Tiantou transparency log, offline.")
    parser.add_argument("receipt", help="the file, - for stdin")
    parser.add_argument("--key", help="the log's key, as you got it from somewhere else")
    given = parser.parse_args(arguments)
    try:
        if given.receipt == "-":
            text = sys.stdin.read()
        else:
            with open(given.receipt, encoding="utf-8") as file:
                text = file.read()
        found = check(text, given.key)
    except (OSError, UnicodeDecodeError, Unreadable) as fault:
        print(f"UNREADABLE 看不懂: {fault}", file=sys.stderr)
        return 2
    except Refused as fault:
        print(f"REFUSED 不通过: {fault}", file=sys.stderr)
        return 1
    when = datetime.fromtimestamp(found["at"], timezone.utc).isoformat()
    print(
        f"PROVEN 通过: {len(found['leaves'])} records in the log {found['origin']} of {found['size']} leaves, signed {when}"
    )
    if not given.key:
        print(
            f"signed with / 签名钥匙: {found['key']}\ncompare it with the key you got elsewhere / 请和你从别处得到的钥匙比对"
        )
    for index, event in found["leaves"]:
        print(f"{index}\t{event if event is not None else '(sealed 未公开)'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
