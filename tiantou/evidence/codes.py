"""What stands for goods: any GS1 code, and the numbers that packages above give out (a lot's, a certificate's), told by `config.wiring`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tiantou.gs1 import identifiers

#: Gives the identifier of the goods that a number stands for, None where it does not know the number.
Reader = Callable[[str], str | None]
_readers: list[Reader] = []


def tell(readers: Sequence[Reader]) -> None:
    """From now on exactly these readers are asked for numbers that are no GS1 code."""
    _readers[:] = readers


def epc_of(text: str) -> str:
    """The identifier of the goods that a code or number stands for. Raises: ValueError."""
    if "\0" in text:  # no text that the database knows
        raise ValueError(text)
    try:
        return identifiers.epc(text)
    except ValueError:
        for reader in _readers:
            if (found := reader(text)) is not None:
                return found
        raise
