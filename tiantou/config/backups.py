"""Backup and restore: one tar with the database, the files, the lake and the keys, and the checksum of every part.

The dump and the table checksums are taken from one snapshot of the database, so a backup of a running platform is whole.
Files and lake parts are never changed once written, so copying them after the snapshot misses nothing it names.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from tiantou import __version__
from tiantou.config import embedded

#: Folders of the data folder that a backup holds; the database's own folder and what can be made again are left out.
FOLDERS = ("files", "lake", "keys")
_MANIFEST = "manifest.json"
_DUMP = "database.dump"


class Damaged(Exception):
    """The file is not what `backup` wrote: a part is missing or its checksum differs."""


class NotEmpty(Exception):
    """The data folder already holds something."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds."""

    tables: int
    rows: int
    files: int


def table_checksums() -> dict[str, list[str]]:
    """For every table of the platform: its number of rows and a checksum that does not depend on their order.

    The checksum is the sum of the first 60 bits of the MD5 of each row as text: it needs no sorting, and one changed value changes it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        sums = {}
        for table in tables:
            cursor.execute(
                f"SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint), 0) FROM {table} t"  # noqa: S608 - quoted names from the catalogue
            )
            count, total = cursor.fetchone()
            sums[table] = [str(count), str(total)]
    return sums


def backup(target: Path) -> Summary:
    """`target` holds everything of this installation. Raises: FileExistsError; a failed backup leaves no file behind."""
    if target.exists():
        raise FileExistsError(target)
    partial = target.with_name(target.name + ".partial")
    dump = settings.DATA / "backup.dump.tmp"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            _dump(dump, snapshot=cursor.fetchone()[0])
            sums = table_checksums()
        summary = _pack(partial, dump, sums)
        partial.rename(target)
    finally:
        dump.unlink(missing_ok=True)
        partial.unlink(missing_ok=True)
    return summary


def _dump(path: Path, *, snapshot: str) -> None:
    command = [
        str(embedded.binary("pg_dump")),
        "--format=custom",
        "--no-owner",
        f"--snapshot={snapshot}",
        f"--file={path}",
        _dsn(),
    ]
    subprocess.run(command, check=True)  # noqa: S603 - our own command


def _dsn() -> str:
    return os.environ["DATABASE_URL"]


def _pack(partial: Path, dump: Path, sums: dict[str, list[str]]) -> Summary:
    """Write the tar: dump, files, and last the manifest that names every part with its SHA-256."""
    hashes: dict[str, str] = {}
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it holds the keys
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        for name, path in [(_DUMP, dump), *_files()]:
            hashes[name] = _sha256(path)
            tar.add(path, name)
        manifest = json.dumps({"version": __version__, "tables": sums, "parts": hashes}, indent=1).encode()
        entry = tarfile.TarInfo(_MANIFEST)
        entry.size = len(manifest)
        tar.addfile(entry, io.BytesIO(manifest))
    return Summary(len(sums), sum(int(count) for count, _ in sums.values()), len(hashes) - 1)


def _files() -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((settings.DATA / folder).rglob("*")):
            if path.is_file():
                yield str(path.relative_to(settings.DATA)), path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(source: Path, data: Path) -> None:
    """The parts of `source` lie in `data`, each with the checksum of the manifest.

    Raises: NotEmpty, Damaged (then `data` is as empty as before).
    """
    if data.exists() and any(data.iterdir()):
        raise NotEmpty(str(data))
    data.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(source) as tar:
            tar.extractall(data, filter="data")
        manifest = json.loads((data / _MANIFEST).read_text())
        _verify(manifest["parts"], data)
    except (tarfile.TarError, OSError, ValueError, KeyError, Damaged) as fault:
        for child in data.iterdir():
            shutil.rmtree(child) if child.is_dir() else child.unlink()
        raise fault if isinstance(fault, Damaged) else Damaged(str(fault)) from fault


def _verify(parts: dict[str, str], data: Path) -> None:
    for name, expected in parts.items():
        if not (data / name).is_file() or _sha256(data / name) != expected:
            raise Damaged(name)


def restore_database(data: Path) -> Summary:
    """The database holds the dump that `unpack` laid into `data`, every table with the checksum of the manifest.

    Raises: NotEmpty, if the database already has tables; Damaged, if a table differs.
    """
    if existing := connection.introspection.table_names():
        raise NotEmpty(f"the database already has {len(existing)} tables")
    (data / "keys").chmod(0o700)
    manifest = json.loads((data / _MANIFEST).read_text())
    command = [
        str(embedded.binary("pg_restore")),
        "--no-owner",
        "--exit-on-error",
        f"--dbname={_dsn()}",
        str(data / _DUMP),
    ]
    subprocess.run(command, check=True)  # noqa: S603 - our own command
    sums = table_checksums()
    for table, expected in manifest["tables"].items():
        if sums.get(table) != expected:
            raise Damaged(f"table {table}")
    (data / _DUMP).unlink()
    (data / _MANIFEST).unlink()
    return Summary(len(sums), sum(int(count) for count, _ in sums.values()), len(manifest["parts"]) - 1)
