"""The port through which codes reach a phone. An installation names its gateway in `TIANTOU_SMS` (a dotted path)."""

from __future__ import annotations

import sys
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Gateway(Protocol):
    """What an adapter to a provider of text messages must do."""

    def send(self, *, phone: str, text: str) -> None:
        """The text is accepted for delivery to an eleven-digit phone number. Raises: OSError where it is not."""


class ConsoleGateway:
    """Prints to the server's log: for trying out and for tests; nothing leaves the machine."""

    def send(self, *, phone: str, text: str) -> None:
        """See `Gateway`."""
        sys.stderr.write(f"[短信 SMS] {phone}: {text}\n")


def gateway() -> Gateway:
    """The gateway of this installation."""
    made: Gateway = import_string(settings.TIANTOU_SMS)()
    return made


def send(*, phone: str, text: str) -> None:
    """`text` is on its way to `phone`."""
    gateway().send(phone=phone, text=text)
