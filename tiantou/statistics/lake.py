"""The lake: Parquet files by platform and month of order, read and written through DuckDB in this process.

A file is written under a temporary name, synced and renamed; it is seen only once its `Part` row is committed. Files are
never changed afterwards, so whatever was read from a set of paths may be kept for as long as that set is the same.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from django.conf import settings
from django.db import connection

from tiantou.kernel.errors import Unavailable

if TYPE_CHECKING:
    from tiantou.statistics.models import Part

#: Key of the advisory lock that makes deliveries queue up; any number, the same everywhere ("LAKE" in ASCII).
WRITER = 0x4C414B45
MEMORY = "512MB"
THREADS = 2
#: A line as stored. `key_id` names it, `line_id` also what is said of it; `made_on` is the day in the platform's own zone.
COLUMNS = (
    "key_id", "line_id", "version", "platform", "order_no", "line_no", "product_code", "product_name", "quantity", "unit",
    "currency", "unit_price", "gross_fen", "cancelled_fen", "cancelled", "created_at", "made_on", "buyer", "seller", "area",
    "buyer_area", "counted", "demonstration", "receipt_id", "row_no",
)  # fmt: skip
_EMPTY = (
    "SELECT NULL::UUID key_id, NULL::UUID line_id, '' AS version, '' AS platform, '' AS order_no, '' AS line_no, "
    "'' AS product_code, '' AS product_name, 0::DECIMAL(12,3) quantity, '' AS unit, '' AS currency, "
    "0::DECIMAL(12,4) unit_price, 0::BIGINT gross_fen, 0::BIGINT cancelled_fen, false AS cancelled, "
    "NULL::TIMESTAMP created_at, NULL::DATE made_on, NULL::UUID buyer, '' AS seller, '' AS area, '' AS buyer_area, "
    "false AS counted, false AS demonstration, 0::BIGINT receipt_id, 0::BIGINT row_no WHERE false"
)
_PATH = re.compile(r"[a-z]+/[a-z0-9-]+/[0-9a-z-]+\.parquet")


def root() -> Path:
    """The folder of the lake."""
    return Path(settings.DATA) / "lake"


@contextmanager
def session() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory for one request, bounded in memory and threads; it has no file of its own to lock."""
    spill = root() / "tmp"
    spill.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "threads": THREADS,
        "temp_directory": str(spill / "spill"),
        "autoinstall_known_extensions": "false",
    }
    duck = duckdb.connect(config=config)
    try:
        yield duck
    except duckdb.IOException as fault:
        raise Unavailable from fault
    finally:
        duck.close()


def lock() -> None:
    """Nobody else writes to the lake until the present transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITER])


def write(duck: duckdb.DuckDBPyConnection, query: str, *, kind: str, platform: str, month: date | None) -> str:
    """The rows of `query` lie in a new file of the lake; returns its path below the root. It is not visible yet."""
    label = f"{month:%Y-%m}" if month else "all"
    path = f"{kind}/{platform}/{label}-{uuid.uuid4().hex}.parquet"
    target = root() / path
    target.parent.mkdir(parents=True, exist_ok=True)
    waiting = root() / "tmp" / f"{uuid.uuid4().hex}.parquet"
    try:
        duck.execute(f"COPY ({query}) TO '{_quoted(waiting)}' (FORMAT parquet, COMPRESSION zstd)")
        _sync(waiting)
        waiting.replace(target)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise
    _sync(target.parent)
    return path


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """A visible file: what a reader needs to know of a `Part`."""

    platform: str
    month: date | None
    path: str
    contested: bool


def pieces(parts: Iterable[Part]) -> tuple[Piece, ...]:
    """The parts as pieces, in one order, so that the tuple can be the key of what was read from it."""
    return tuple(sorted(Piece(part.platform, part.month, part.path, part.contested) for part in parts))


def scan(found: Sequence[Piece]) -> str:
    """A FROM expression over the files, versions and all."""
    if not found:
        return f"({_EMPTY})"
    names = []
    for piece in found:
        if not _PATH.fullmatch(piece.path):
            raise ValueError(piece.path)
        names.append(f"'{_quoted(root() / piece.path)}'")
    return f"read_parquet([{', '.join(names)}])"


def current(found: Sequence[Piece]) -> str:
    """A FROM expression over the lines that count: of the versions of a line the latest, else the greater `line_id`.

    Both are properties of the lines and not of their order of arrival, so every order of arrival ends in the same state.
    Only months in which some line has versions pay for the choice.
    """
    contested = {(piece.platform, piece.month) for piece in found if piece.contested}
    plain = [piece for piece in found if (piece.platform, piece.month) not in contested]
    split = [piece for piece in found if (piece.platform, piece.month) in contested]
    columns = ", ".join(COLUMNS)
    queries = []
    if plain or not split:
        queries.append(f"SELECT {columns} FROM {scan(plain)}")  # noqa: S608 - own paths
    if split:
        queries.append(
            f"SELECT {columns} FROM {scan(split)} "  # noqa: S608 - own paths
            "QUALIFY row_number() OVER (PARTITION BY key_id ORDER BY version DESC, line_id DESC) = 1"
        )
    return f"({' UNION ALL '.join(queries)})"


def sweep() -> int:
    """Files that no committed part names are removed; returns how many. Safe at any time: it waits for the writer.

    Call it inside a transaction.
    """
    from tiantou.statistics.models import Part

    lock()
    known = set(Part.objects.values_list("path", flat=True))
    stray = [path for path in root().glob("*/*/*.parquet") if path.relative_to(root()).as_posix() not in known]
    stray += list((root() / "tmp").glob("*.parquet")) + list((root() / "tmp").glob("*.csv"))
    for path in stray:
        path.unlink(missing_ok=True)
    return len(stray)
