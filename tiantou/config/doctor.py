"""`tiantou doctor`: what a healthy installation needs, what was found, and how to mend it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_FREE_GIB = 2
_YEAR_BUILT = 2026
_DRIFT_S = 5
_OLDEST_SERVER = 150000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def examine(data: Path, connect: Callable[[], None]) -> list[Finding]:
    """All findings, in the order in which to mend them."""
    findings = [_disk(data), _clock()]
    try:
        connect()
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is the finding
        return [
            *findings,
            Finding("database", ok=False, found=str(fault), remedy="check DATABASE_URL, or the log in <data>/pg/log"),
        ]
    return [*findings, *_database(), *_evidence(), _fonts(), _front_end(), *_settings()]


def _disk(data: Path) -> Finding:
    data.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(data).free / 2**30
    if not os.access(data, os.W_OK):
        return Finding(
            "disk", ok=False, found=f"{data} cannot be written", remedy="give this user the folder, or set TIANTOU_DATA"
        )
    return Finding(
        "disk",
        free >= _FREE_GIB,
        f"{free:.1f} GiB free in {data}",
        f"free at least {_FREE_GIB} GiB, or set TIANTOU_DATA to another disk",
    )


def _clock() -> Finding:
    now = datetime.now(UTC)
    return Finding(
        "clock", now.year >= _YEAR_BUILT, now.isoformat(timespec="seconds"), "set the clock (timedatectl set-ntp true)"
    )


def _database() -> list[Finding]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('synchronous_commit'),"
            " current_setting('server_encoding'), extract(epoch from clock_timestamp())"
        )
        version, fsync, commit, encoding, seconds = cursor.fetchone()
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    drift = abs(time.time() - float(seconds))
    return [
        Finding("database version", version >= _OLDEST_SERVER, str(version), "use PostgreSQL 15 or newer"),
        Finding(
            "database durability",
            fsync == "on" and commit != "off",
            f"fsync={fsync} synchronous_commit={commit}",
            "set fsync=on and synchronous_commit=on: without them acknowledged work can be lost",
        ),
        Finding("database encoding", encoding == "UTF8", encoding, "create the database with ENCODING 'UTF8'"),
        Finding("database clock", drift < _DRIFT_S, f"{drift:.1f} s apart from this machine", "set both clocks by NTP"),
        Finding("schema", waiting == 0, f"{waiting} migrations waiting", "tiantou migrate"),
    ]


def _evidence() -> list[Finding]:
    from django.db import ProgrammingError, transaction

    from tiantou.evidence import queries
    from tiantou.evidence.services.signing import path_of

    try:
        with transaction.atomic():
            health = queries.health()
    except ProgrammingError:  # the schema waits to be migrated, which is found already
        return []
    check, signed = health.check, health.checkpoint
    told = [
        f"{health.size:,} leaves, {health.waiting:,} waiting",
        f"checkpoint {signed.at:%Y-%m-%d %H:%M}" if signed else "no checkpoint",
        f"checked {check.at:%Y-%m-%d}, {check.found} faults" if check else "never checked",
    ]
    faults = [
        ("private key missing", health.key is not None and not path_of(health.key).exists()),
        ("checkpoint late", health.late(datetime.now(UTC))),
        ("the log does not agree", check is not None and check.found > 0),
    ]
    wrong = [words for words, is_so in faults if is_so]
    remedy = "is the worker running? tiantou evidence checkpoint; tiantou evidence check names what differs; see docs/evidence.md"
    return [Finding("evidence", not wrong, ", ".join(wrong + told), remedy)]


def _fonts() -> Finding:
    from tiantou.ui.printing import FontMissing, chinese_fonts

    try:
        return Finding("Chinese font", ok=True, found=", ".join(str(path) for path in chinese_fonts().files))
    except FontMissing as fault:
        return Finding(
            "Chinese font",
            ok=False,
            found=str(fault),
            remedy="make setup (installs the font by lock file), or apt-get install fonts-noto-cjk",
        )


def _front_end() -> Finding:
    from django.conf import settings

    missing = [str(folder) for _, folder in settings.STATICFILES_DIRS if not Path(folder).exists()]
    return Finding(
        "front-end packages", not missing, "missing: " + ", ".join(missing) if missing else "installed", "make setup"
    )


def _settings() -> list[Finding]:
    from django.conf import settings

    keys = settings.DATA / "keys"
    open_keys = [path.name for path in keys.glob("*") if path.stat().st_mode & 0o077]
    return [
        Finding(
            "keys",
            not open_keys,
            "readable by others: " + ", ".join(open_keys) if open_keys else "private",
            f"chmod 600 {keys}/*",
        ),
        Finding(
            "public address",
            bool(settings.BASE_URL),
            settings.BASE_URL,
            "set TIANTOU_URL to the address that people use; QR codes carry it",
        ),
    ]
