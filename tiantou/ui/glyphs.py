"""Which characters a font file can draw, read from its `cmap` table (OpenType 1.9, formats 4 and 12)."""

from __future__ import annotations

import functools
import struct
from pathlib import Path

_UNICODE_TABLES = {(0, 3), (0, 4), (3, 1), (3, 10)}


@functools.cache
def covered(path: Path) -> frozenset[int]:
    """Code points that the (first) font of the file draws.

    Raises: ValueError for a file without a Unicode character map.
    """
    data = path.read_bytes()
    start = struct.unpack_from(">I", data, 12)[0] if data[:4] == b"ttcf" else 0
    cmap = _table(data, start, b"cmap")
    points: set[int] = set()
    for index in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * index)
        if (platform, encoding) in _UNICODE_TABLES:
            points |= _subtable(data, cmap + offset)
    if not points:
        raise ValueError(str(path))
    return frozenset(points)


def _table(data: bytes, start: int, tag: bytes) -> int:
    count = struct.unpack_from(">H", data, start + 4)[0]
    for index in range(count):
        name, _, offset, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise ValueError(tag.decode())


def _subtable(data: bytes, at: int) -> set[int]:
    form = struct.unpack_from(">H", data, at)[0]
    points: set[int] = set()
    if form == 12:  # noqa: PLR2004 - the format's own number
        for index in range(struct.unpack_from(">I", data, at + 12)[0]):
            first, last, _ = struct.unpack_from(">III", data, at + 16 + 12 * index)
            points.update(range(first, last + 1))
    elif form == 4:  # noqa: PLR2004 - the format's own number
        doubled = struct.unpack_from(">H", data, at + 6)[0]
        half = doubled // 2
        lasts = struct.unpack_from(f">{half}H", data, at + 14)
        firsts = struct.unpack_from(f">{half}H", data, at + 16 + doubled)
        for first, last in zip(firsts, lasts, strict=True):
            points.update(range(first, last + 1))
    return points - {0xFFFF}
