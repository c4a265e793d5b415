"""Checkpoints are signed, keys are replaced, witnesses are heard."""

from __future__ import annotations

import base64
import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from tiantou.evidence import queries
from tiantou.evidence.models import Checkpoint, Cosignature, Key
from tiantou.evidence.rules import notes, tree
from tiantou.evidence.services.sequencing import KEEPERS, lock
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.actor import Actor
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.verbs import verb


class LogInconsistent(Conflict):
    """The tree is no longer a continuation of what was signed before; signing it would put the platform's name to a forgery."""

    code = "log-inconsistent"


class KeyMissing(Conflict):
    """The private key of the log is not in the data folder."""

    code = "key-missing"


@verb(KEEPERS)
def sign_checkpoint(*, by: Actor, at: datetime) -> Checkpoint:
    """签发检查点: the tree as it is now is signed, with the time; it provably continues the tree of the checkpoint before.

    Raises: LogInconsistent; KeyMissing.
    """
    with connection.cursor() as cursor:
        lock(cursor)
    key = Key.objects.order_by("-id").first() or _make_key(at, "")
    private = _private(key)
    count, before = queries.size(), queries.latest()
    root = queries.root_at(count)
    if before is not None and not _continues(before, count, root):
        raise LogInconsistent(
            _("存证树和上一个检查点对不上，没有签名。"), _("请运行 tiantou evidence check，看是哪一条记录变了。")
        )
    text = notes.TreeHead(key.name, count, root).text
    lines = (notes.sign(text, key.name, private), notes.cosign(text, key.name, private, int(at.timestamp())))
    return Checkpoint.objects.create(size=count, root=root, key=key, at=at, note=str(notes.Note(text, lines)))


def _continues(before: Checkpoint, count: int, root: bytes) -> bool:
    if before.size > count:
        return False
    proof = queries.consistency(before.size, count)
    return tree.is_consistent(before.size, count, bytes(before.root), root, proof)


@verb(KEEPERS)
def rotate_key(*, by: Actor, at: datetime, name: str = "") -> Key:
    """换签名钥: a new key signs from now on; the old ones stay known, and their files stay in the data folder.

    The log keeps its name unless another is given, as after a restore that took back what was signed. Raises: Invalid for no name.
    """
    if name and not notes.is_name(name):
        raise Invalid(problems=[Problem("name", _("日志名里不能有空格和加号。"), "example.org/evidence/log")])
    with connection.cursor() as cursor:
        lock(cursor)
    return _make_key(at, name)


@verb(PUBLIC)
def accept_cosignature(*, by: Actor, at: datetime, checkpoint: Checkpoint, line: str) -> Cosignature:
    """见证: the signature line of a configured witness stands with the checkpoint; who brings it does not matter, the signature does.

    Raises: Invalid, where no configured witness made it.
    """
    try:
        signature = notes.parse_signature(line.strip())
    except notes.NotANote:
        signature = None
    for key in witnesses():
        note = notes.Note(notes.parse_note(checkpoint.note).text, (signature,) if signature else ())
        if signature and note.seen_at(key) is not None:
            found, _made = Cosignature.objects.get_or_create(
                checkpoint=checkpoint, witness=key.name, defaults={"line": str(signature), "at": at}
            )
            return found
    problem = Problem("line", _("这不是登记在册的见证方对这个检查点的签名。"), _("请核对检查点大小和见证方公钥。"))
    raise Invalid(problems=[problem])


def witnesses() -> list[notes.Key]:
    """The witnesses whose cosignatures are taken (`TIANTOU_WITNESSES`: verifier keys, separated by spaces)."""
    return [key for key in map(notes.parse_key, settings.TIANTOU_WITNESSES) if key.kind == notes.COSIGNATURE]


def path_of(key: Key) -> Path:
    """Where the private key lies: in the data folder's `keys`, readable by the owner only, and in every backup."""
    return Path(settings.DATA) / "keys" / f"evidence-{key.verifier.id.hex()}"


def _make_key(at: datetime, name: str) -> Key:
    private = Ed25519PrivateKey.generate()
    key: Key = Key.objects.create(name=name or queries.origin(), public=private.public_key().public_bytes_raw(), at=at)
    path = path_of(key)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(private.private_bytes_raw()))
        file.flush()
        os.fsync(file.fileno())
    return key


def _private(key: Key) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(path_of(key).read_bytes()))
    except (FileNotFoundError, ValueError):
        raise KeyMissing(
            _("签名用的私钥不在数据文件夹里：%(path)s。") % {"path": path_of(key).name},
            _("请从备份取回 keys 文件夹；取不回就换签名钥（tiantou evidence rotate-key）。"),
        ) from None


def checkpoint_of(size: int) -> Checkpoint:
    """The newest checkpoint of a size. Raises: Absent."""
    found: Checkpoint | None = Checkpoint.objects.filter(size=size).order_by("-id").first()
    if found is None:
        raise Absent(_("没有这个大小的检查点。"))
    return found
