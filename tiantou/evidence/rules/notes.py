"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature), with Ed25519 (RFC 8032). Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: What a signature signs: the note itself, or the note and when it was seen (cosignature/v1).
ED25519, COSIGNATURE = 1, 4
_MARK = "— "
_ROOT = 32
_PUBLIC = 32
_SIGNATURE = 64
_TIME = 8
_ID = 4
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+]+")


class NotANote(ValueError):
    """The text is no signed note, checkpoint or key of the specification."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as verifiers know it: whose it is, what it signs, and 32 bytes."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ kind ‖ public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID]

    def __str__(self) -> str:
        """The verifier key: `name+id+key`."""
        return f"{self.name}+{self.id.hex()}+{_encode(bytes([self.kind]) + self.public)}"

    @property
    def cosigner(self) -> Key:
        """The same key for signatures that say when."""
        return Key(self.name, self.public, COSIGNATURE)


@dataclass(frozen=True, slots=True)
class Signature:
    """One line below a note."""

    name: str
    id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_MARK}{self.name} {_encode(self.id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and who signed it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(f"{each}\n" for each in self.signatures)

    def signed_by(self, key: Key) -> bool:
        """Whether the key's signature is there and right; wrong ones under its name and id count as none."""
        return any(_is_right(key, each, self.text) for each in self.signatures if _is_named(each, key))

    def seen_at(self, key: Key) -> int | None:
        """When the cosigner says to have seen the note, in seconds since 1970; None where it did not sign, or falsely."""
        if key.kind != COSIGNATURE or not self.signed_by(key):
            return None
        rights = [each for each in self.signatures if _is_named(each, key) and _is_right(key, each, self.text)]
        return int(struct.unpack(">Q", rights[0].signature[:_TIME])[0])


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a checkpoint says: whose log, how many leaves, which root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text of the note."""
        return f"{self.origin}\n{self.size}\n{_encode(self.root)}\n"


def is_name(text: str) -> bool:
    """Whether a key, and a log, may be called so."""
    return _NAME.fullmatch(text) is not None


def parse_key(text: str) -> Key:
    """The key that a verifier key names. Raises: NotANote."""
    name, _, rest = text.strip().partition("+")
    number, _, body = rest.partition("+")
    raw = _decode(body)
    if not is_name(name) or len(raw) != 1 + _PUBLIC or raw[0] not in {ED25519, COSIGNATURE}:
        raise NotANote(text)
    key = Key(name, raw[1:], raw[0])
    if key.id.hex() != number:
        raise NotANote(text)
    return key


def parse_note(text: str) -> Note:
    """The note and its signatures. Raises: NotANote."""
    head, gap, tail = text.rpartition("\n\n")
    if not gap or not head or not tail.endswith("\n") or any(ord(sign) < ord(" ") and sign != "\n" for sign in text):
        raise NotANote(text)
    return Note(f"{head}\n", tuple(parse_signature(line) for line in tail[:-1].split("\n")))


def parse_signature(line: str) -> Signature:
    """One signature line. Raises: NotANote."""
    name, _, body = line.removeprefix(_MARK).partition(" ")
    raw = _decode(body)
    if not line.startswith(_MARK) or not is_name(name) or len(raw) <= _ID:
        raise NotANote(line)
    return Signature(name, raw[:_ID], raw[_ID:])


def parse_head(text: str) -> TreeHead:
    """The checkpoint in a note's text. Raises: NotANote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004 - three lines and the end
        raise NotANote(text)
    root = _decode(lines[2])
    if len(root) != _ROOT:
        raise NotANote(text)
    return TreeHead(lines[0], int(lines[1]), root)


def sign(text: str, name: str, private: Ed25519PrivateKey) -> Signature:
    """The signature of a note under a name."""
    return Signature(name, key_of(name, private).id, private.sign(text.encode()))


def cosign(text: str, name: str, private: Ed25519PrivateKey, seen: int) -> Signature:
    """The statement that the checkpoint was seen at `seen` (cosignature/v1)."""
    signature = private.sign(_statement(text, seen))
    return Signature(name, key_of(name, private).cosigner.id, struct.pack(">Q", seen) + signature)


def key_of(name: str, private: Ed25519PrivateKey) -> Key:
    """The public key."""
    return Key(name, private.public_key().public_bytes_raw())


def _is_named(signature: Signature, key: Key) -> bool:
    return signature.name == key.name and signature.id == key.id


def _is_right(key: Key, signature: Signature, text: str) -> bool:
    message, body = text.encode(), signature.signature
    if key.kind == COSIGNATURE:
        if len(body) != _TIME + _SIGNATURE:
            return False
        message, body = _statement(text, struct.unpack(">Q", body[:_TIME])[0]), body[_TIME:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(body, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _statement(text: str, seen: int) -> bytes:
    return f"cosignature/v1\ntime {seen}\n{text}".encode()


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NotANote(text) from fault
    if _encode(raw) != text:  # one value, one spelling
        raise NotANote(text)
    return raw
