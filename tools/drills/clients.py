"""Clients that keep at it: each sends with an idempotency key, repeats until answered, and writes a journal that survives."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from drills.platform import Platform
from tiantou.kernel.actor import Actor


class Journal:
    """What one client sent and what was acknowledged, on disk before the next step is taken."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a")

    def note(self, event: str, key: str) -> None:
        """The line is on the disk."""
        self._file.write(json.dumps([event, key]) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    @staticmethod
    def read(folder: Path, prefix: str) -> tuple[set[str], set[str]]:
        """Keys sent and keys acknowledged by the clients whose journals begin with `prefix`."""
        lines = [
            json.loads(line) for path in folder.glob(f"{prefix}*.journal") for line in path.read_text().splitlines()
        ]
        return {key for event, key in lines if event == "sent"}, {
            key for event, key in lines if event == "acknowledged"
        }


#: Seconds between two things that one client does.
PACE = 0.1


@dataclass
class Client(threading.Thread):
    """Sends one thing after another until told to stop; `send(number)` is true where it was acknowledged."""

    name_: str
    folder: Path
    send: Callable[[str], bool]
    tries: int = 400
    acknowledged: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Work until stopped; the thing at hand is finished or given up."""
        journal, number = Journal(self.folder / f"{self.name_}.journal"), 0
        while not self.stopping.is_set():
            number += 1
            key = f"{self.name_}-{number}"
            journal.note("sent", key)
            for _ in range(self.tries):
                if self.send(key):
                    journal.note("acknowledged", key)
                    self.acknowledged += 1
                    self.stopping.wait(PACE)  # a fast client would eat the whole offer while the platform comes back
                    break
                if self.stopping.is_set():
                    return
                time.sleep(0.2)


def harvester(platform: Platform, token: str, plot: int, answers: Counter[int]) -> Callable[[str], bool]:
    """Harvests over HTTP; the mass (200 kg and the number of the key, in grams) marks the lot."""

    def send(key: str) -> bool:
        status, _headers, _body = platform.ask(
            "POST",
            "/api/v1/lots/",
            {"plot": plot, "mass_g": mass_of(key)},
            {"Authorization": f"Bearer {token}", "Idempotency-Key": key},
        )
        answers[status] += 1
        return status == 201  # noqa: PLR2004 - HTTP

    return send


def mass_of(key: str) -> int:
    """The mass that marks the lot of a key such as `lot3-17`."""
    client, number = key.removeprefix("lot").split("-")
    return 200_000 + 10_000 * int(client) + int(number)


#: Events in a document of the drill: all of them are there, or none.
PER_DOCUMENT = 40


def capturer(platform: Platform, token: str, answers: Counter[int]) -> Callable[[str], bool]:
    """Captures documents of events over HTTP; the key stands in every event's purchase order, half the events bring their own name."""

    def event(key: str, number: int) -> dict[str, object]:
        named = {"eventID": f"urn:example:{key}:{number}"} if number % 2 else {}
        return named | {
            "type": "ObjectEvent",
            "eventTime": f"2026-11-20T08:00:{number:02d}+08:00",
            "eventTimeZoneOffset": "+08:00",
            "action": "OBSERVE",
            "bizStep": "shipping",
            "epcList": [f"urn:epc:id:sgtin:9521234.000001.{key}.{number}"],
            "bizTransactionList": [{"type": "po", "bizTransaction": f"urn:example:po:{key}"}],
        }

    def send(key: str) -> bool:
        status, _headers, _body = platform.ask(
            "POST",
            "/epcis/capture",
            {
                "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
                "type": "EPCISDocument",
                "schemaVersion": "2.0",
                "creationDate": "2026-11-20T09:00:00+08:00",
                "epcisBody": {"eventList": [event(key, number) for number in range(PER_DOCUMENT)]},
            },
            {"Authorization": f"Bearer {token}"},
        )
        answers[status] += 1
        return status == 202  # noqa: PLR2004 - HTTP

    return send


def buyer(offer_id: int, actor: Actor, seller: Actor) -> Callable[[str], bool]:
    """Orders, pays and has the payment confirmed, each under a key; the name to ship to marks the order, the receipt the payment."""
    from django.db import Error, connection

    from tiantou.kernel import clock
    from tiantou.market import services as market

    def send(key: str) -> bool:
        try:
            order = market.place_order(
                by=actor, at=clock.now(), offer_id=offer_id, quantity=1, ship_name=key, ship_phone="13800000005",
                ship_address="示例地址", key=key,
            )  # fmt: skip
            market.record_payment(
                by=actor, at=clock.now(), number=order.number, method="bank", amount_fen=order.amount_fen,
                evidence=f"receipt {key}", key=f"pay-{key}",
            )  # fmt: skip
            with contextlib.suppress(market.WrongState):  # confirmed by an earlier try
                market.confirm_payment(by=seller, at=clock.now(), number=order.number)
        except Error:
            connection.close()  # a broken connection is opened anew by the next query
            return False
        return True

    return send
