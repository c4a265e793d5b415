"""Signed notes: the example of Go's documentation reads here, what we sign reads, and every flipped byte is refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tiantou.evidence.rules import notes
from tiantou.evidence.rules.notes import NotANote

# The worked example of golang.org/x/mod/sumdb/note, whose format the specification took over (a fact: key, text, signature).
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "example.test/log"
HEAD = notes.TreeHead(NAME, 20852163, bytes(range(32)))


def signed():
    lines = (notes.sign(HEAD.text, NAME, PRIVATE), notes.cosign(HEAD.text, NAME, PRIVATE, 1_679_315_147))
    return notes.Note(HEAD.text, lines)


def test_the_example_of_the_format_is_read_and_right():
    note = notes.parse_note(NOTE)
    assert note.signed_by(notes.parse_key(KEY))
    assert str(note) == NOTE
    assert str(notes.parse_key(KEY)) == KEY


def test_a_checkpoint_is_signed_and_dated():
    note = notes.parse_note(str(signed()))
    key = notes.key_of(NAME, PRIVATE)
    assert note.signed_by(key)
    assert note.seen_at(key.cosigner) == 1_679_315_147
    assert note.seen_at(key) is None
    assert notes.parse_head(note.text) == HEAD
    assert notes.parse_key(str(key.cosigner)) == key.cosigner


def test_nobody_elses_key_is_taken():
    other = notes.key_of(NAME, Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
    assert not signed().signed_by(other)
    assert not signed().signed_by(notes.Key("example.test/other", notes.key_of(NAME, PRIVATE).public))
    assert signed().seen_at(other.cosigner) is None


@given(at=st.integers(0), bit=st.integers(0, 6))
def test_one_flipped_bit_is_refused(at, bit):
    text = str(signed()).encode()
    at %= len(text)
    wrong = text[:at] + bytes([text[at] ^ 1 << bit]) + text[at + 1 :]
    key = notes.key_of(NAME, PRIVATE)
    try:
        note = notes.parse_note(wrong.decode())
    except (NotANote, UnicodeDecodeError):
        return
    assert not (note.signed_by(key) and note.seen_at(key.cosigner) == 1_679_315_147)


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\n\n", "a\n\nb\n", "a\n\n— b\n", "a\n\n— b !\n", "a\tb\n\n— b AAAAAAA=\n", "\n\n— b AAAAAAA=\n"])  # fmt: skip
def test_what_is_no_note_is_not_taken_for_one(text):
    with pytest.raises(NotANote):
        notes.parse_note(text)


@pytest.mark.parametrize(
    "text",
    ["a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "\n1\n" + "A" * 43 + "=\n", "a\n1\nAAAA\n", "a\n1\n" + "A" * 43 + "="],
)
def test_what_is_no_checkpoint_is_not_taken_for_one(text):
    with pytest.raises(NotANote):
        notes.parse_head(text)


@pytest.mark.parametrize(
    "text", ["", "a+b", KEY[:-1], KEY.replace("c7", "c8"), KEY.replace("PeterNeumann", "Peter Neumann")]
)
def test_what_is_no_key_is_not_taken_for_one(text):
    with pytest.raises(NotANote):
        notes.parse_key(text)
