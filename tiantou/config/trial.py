"""Whether an installation is the demonstration or in real use: decided once, remembered in the data folder, never turned.

The demonstration shows sign-in codes on the page and prints a password, so a real installation must never become one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path


class Use(StrEnum):
    """What an installation is for."""

    DEMONSTRATION = "demonstration"
    OPERATION = "operation"


class InUse(Exception):
    """The installation is in real use (or holds people already) and never becomes a demonstration."""


class IsDemonstration(Exception):
    """The installation holds the demonstration, whose password everybody knows, and never goes into real use."""


def _path(data: Path) -> Path:
    # Beside the keys, so that a backup carries it.
    return data / "keys" / "use"


def remembered(data: Path) -> Use | None:
    """What was decided for this folder; None where nothing was. Anything unreadable counts as real use."""
    try:
        text = _path(data).read_text().strip()
    except FileNotFoundError:
        return None
    return Use.DEMONSTRATION if text == Use.DEMONSTRATION else Use.OPERATION


def remember(data: Path, use: Use) -> None:
    """`use` is decided for this folder. Raises: InUse or IsDemonstration where the other one was."""
    known = remembered(data)
    if known is None:
        _path(data).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(_path(data), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(use)
    elif known is not use:
        raise InUse(str(data)) if known is Use.OPERATION else IsDemonstration(str(data))


def settle(data: Path, *, wanted: bool, somebody_there: Callable[[], bool]) -> Use:
    """The use of this folder, decided now if it was not: a demonstration only where wanted and nobody is enrolled yet.

    Raises: IsDemonstration where real use is asked for on a demonstration.
    """
    known = remembered(data)
    if known is Use.OPERATION or (known is Use.DEMONSTRATION and wanted):
        return known
    use = Use.DEMONSTRATION if wanted and not somebody_there() else Use.OPERATION
    remember(data, use)
    return use


def tell_settings(data: Path) -> None:
    """The settings, read afterwards, know whether this is the demonstration; whatever the environment claimed."""
    os.environ["TIANTOU_DEMO"] = "1" if remembered(data) is Use.DEMONSTRATION else "0"


def somebody_enrolled(url: str) -> bool:
    """Whether the database of `url` knows any person; asked without Django, whose settings wait for the answer."""
    import psycopg

    with psycopg.connect(url) as connection:
        there = connection.execute("SELECT to_regclass('people_person') IS NOT NULL").fetchone()
        if not there or not there[0]:
            return False
        row = connection.execute("SELECT EXISTS (SELECT 1 FROM people_person)").fetchone()
        return bool(row and row[0])
