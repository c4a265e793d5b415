"""Secret seeds from which every issuer's signing key follows; kept in the data folder, generation after generation.

A generation signs what is issued from its start until the next one starts; the keys of all generations stay published, so what
an older one signed stays verifiable. One that leaked is struck out: its keys are published no more, and what it signed is
signed by the next one when it is asked for again.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_SALT = b"tiantou/credential-keys/1"
#: The first generation also signs for rows that are older than it is.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Generation:
    """One seed: its number from 1, from when it signs, and whether it leaked."""

    number: int
    starts: datetime
    seed: bytes
    leaked: bool = False

    def key_of(self, did: str) -> Ed25519PrivateKey:
        """The signing key of an issuer in this generation."""
        return Ed25519PrivateKey.from_private_bytes(self.secret_for(did))

    def secret_for(self, purpose: str) -> bytes:
        """Thirty-two bytes for a purpose, from which the seed and other purposes' bytes cannot be told."""
        return HKDF(hashes.SHA256(), 32, _SALT, purpose.encode()).derive(self.seed)


def folder() -> Path:
    """Where the seeds lie."""
    return Path(settings.DATA) / "keys" / "credentials"


def generations() -> list[Generation]:
    """All generations, oldest first; the first is made at first use."""
    found = [_read(path) for path in sorted(folder().glob("*.json"))] if folder().is_dir() else []
    return found or [_add(1, BEGINNING)]


def published() -> list[Generation]:
    """The generations whose keys verify."""
    return [each for each in generations() if not each.leaked]


def signing_at(at: datetime, known: Sequence[Generation] | None = None) -> Generation:
    """The generation that signs what was issued at an instant: the one in force then, else the next that did not leak."""
    sound = [each for each in (known or generations()) if not each.leaked]
    in_force = [each for each in (known or generations()) if each.starts <= at]
    wanted = in_force[-1].number if in_force else 1
    return next((each for each in sound if each.number >= wanted), sound[-1])


def rotate(at: datetime, *, leaked: bool = False) -> Generation:
    """From `at` on a new generation signs; with `leaked` the present one's keys are published no more."""
    last = generations()[-1]
    made = _add(last.number + 1, at)
    if leaked:
        _write(Generation(last.number, last.starts, last.seed, leaked=True), replace=True)
    return made


def _add(number: int, starts: datetime) -> Generation:
    made = Generation(number, starts, secrets.token_bytes(32))
    try:
        _write(made)
    except FileExistsError:  # another process was first
        return _read(_path(number))
    return made


def _path(number: int) -> Path:
    return folder() / f"{number:04d}.json"


def _write(generation: Generation, *, replace: bool = False) -> None:
    """The file appears whole or not at all, readable by its owner only. Raises: FileExistsError."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    facts = {
        "starts": generation.starts.isoformat(),
        "seed": base64.b64encode(generation.seed).decode(),
        "leaked": generation.leaked,
    }
    path = _path(generation.number)
    draft = path.with_suffix(f".{secrets.token_hex(4)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(facts, file)
    try:
        if replace:
            draft.replace(path)
        else:
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)


def _read(path: Path) -> Generation:
    facts = json.loads(path.read_text())
    starts = datetime.fromisoformat(facts["starts"])
    return Generation(int(path.stem), starts, base64.b64decode(facts["seed"]), facts["leaked"])
