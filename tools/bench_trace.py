"""The trace journal at size: capture over HTTP, single events, hashing, look-ups, six-hop traces and a recall's closure.

    .venv/bin/python tools/bench_trace.py [--events 1000000 10000000]

Starts a platform of its own, sends documents of a thousand events over four connections and measures at each of the numbers of events. The events tell the way of lots from plot to container: harvest, washing, grading, packing, crate, pallet, container, shipping.
`make bench` calls it through `tools/bench.py`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from drills.platform import Platform, platform  # noqa: E402 - found by the line above

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PER_DOCUMENT = 1000
CONNECTIONS = 4
LOOKUPS = 200
CLOSURE = 100
#: Documents between two readings.
BATCH = 100


def way(number: int) -> list[dict[str, Any]]:
    """Eight events: the way of harvest lot `number`."""
    day, hour, minute = 1 + number % 28, number % 24, number % 60
    place = {"id": f"urn:epc:id:sgln:9521234.{number % 500:05d}.0"}

    def event(step: int, kind: str, **more: Any) -> dict[str, Any]:
        at = f"2026-{1 + number % 11:02d}-{day:02d}T{hour:02d}:{minute:02d}:{step:02d}.{number % 1000:03d}+08:00"
        return {
            "type": kind,
            "eventTime": at,
            "eventTimeZoneOffset": "+08:00",
            "readPoint": place,
            "bizLocation": place,
            **more,
        }

    def lot(stage: str) -> str:
        return f"urn:epc:class:lgtin:9521234.00000{stage}.{number}"

    def amount(stage: str, kilograms: float) -> list[dict[str, Any]]:
        return [{"epcClass": lot(stage), "quantity": kilograms, "uom": "KGM"}]

    def unit(level: int) -> str:
        return f"urn:epc:id:sscc:9521234.{level}{number:09d}"

    pieces = [f"urn:epc:id:sgtin:9521234.000004.{number}.{piece}" for piece in range(3)]
    step = "TransformationEvent"
    return [
        event(0, "ObjectEvent", action="ADD", bizStep="commissioning", disposition="active", quantityList=amount("1", 500)),
        event(1, step, bizStep="commissioning", inputQuantityList=amount("1", 500), outputQuantityList=amount("2", 480)),
        event(2, step, bizStep="inspecting", inputQuantityList=amount("2", 480), outputQuantityList=amount("3", 450)),
        event(3, step, bizStep="packing", inputQuantityList=amount("3", 450), outputEPCList=pieces),
        event(4, "AggregationEvent", action="ADD", bizStep="packing", parentID=unit(1), childEPCs=pieces),
        event(5, "AggregationEvent", action="ADD", bizStep="packing", parentID=unit(2), childEPCs=[unit(1)]),
        event(6, "AggregationEvent", action="ADD", bizStep="loading", parentID=unit(3), childEPCs=[unit(2)]),
        event(
            7, "ObjectEvent", action="OBSERVE", bizStep="shipping", disposition="in_transit", epcList=[unit(3)],
            bizTransactionList=[{"type": "po", "bizTransaction": f"urn:epc:id:gdti:9521234.00001.{number}"}],
        ),
    ]  # fmt: skip


def document(events: list[dict[str, Any]]) -> bytes:
    """An EPCIS 2.0 document of the events."""
    return json.dumps(
        {
            "@context": [CONTEXT],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-11-24T08:00:00+08:00",
            "epcisBody": {"eventList": events},
        }
    ).encode()


def documents(first: int, count: int) -> Iterator[bytes]:
    """`count` documents of a thousand events, from lot `first` x 125 on."""
    lots = PER_DOCUMENT // 8
    for number in range(first, first + count):
        yield document([event for each in range(number * lots, (number + 1) * lots) for event in way(each)])


class Sender:
    """A client with a token."""

    def __init__(self, made: Platform) -> None:
        self.made = made
        self.token = made.run("token", "city_officer").stdout.strip()

    def post(self, connection: http.client.HTTPConnection, path: str, body: bytes) -> int:
        """The status of one POST."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/ld+json"}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def get(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        """The body of one GET. Raises: RuntimeError where it is not 200."""
        connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body

    def send(self, bodies: list[bytes], path: str, expected: int) -> float:
        """The seconds that four connections needed to have every body accepted."""
        waiting = iter(bodies)
        lock = threading.Lock()
        wrong: list[int] = []

        def work() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", self.made.port, timeout=120)
            while True:
                with lock:
                    body = next(waiting, None)
                if body is None:
                    return
                if (status := self.post(connection, path, body)) != expected:
                    wrong.append(status)

        threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if wrong:
            raise RuntimeError(f"{path}: {wrong[:5]}")
        return time.monotonic() - begin


def p95(times: list[float]) -> float:
    """The 95th percentile in milliseconds."""
    return statistics.quantiles(times, n=20)[-1] * 1000


@dataclass(frozen=True, slots=True)
class Found:
    """One figure at one size."""

    events: int
    name: str
    value: float
    target: float
    unit: str
    at_least: bool = False


def main() -> int:
    """Fill, measure, print."""
    options = argparse.ArgumentParser(description="measure the trace journal at size")
    options.add_argument("--events", type=int, nargs="+", default=[1_000_000])
    run(options.parse_args().events)
    return 0


def told(found: Found) -> str:
    """The figure for the terminal."""
    sign = "≥" if found.at_least else "≤"
    return f"{found.events:>10,}  {found.name}: {found.value:,.1f} {found.unit} ({sign} {found.target:,g})"


def run(stops: list[int]) -> list[Found]:
    """The figures at each size, on a platform of its own."""
    with tempfile.TemporaryDirectory(prefix="tiantou-trace-") as name, platform(Path(name) / "data") as made:
        sender = Sender(made)
        sender.send(closure_documents(), "/epcis/capture", 202)
        figures: list[Found] = []
        sent = 0
        for stop in stops:
            slowest = first = 0.0
            while sent * PER_DOCUMENT < stop:
                count = min(BATCH, stop // PER_DOCUMENT - sent)
                rate = filled(sender, sent, count)
                sent += count
                first, slowest = first or rate, min(slowest or rate, rate)
                print(f"{sent * PER_DOCUMENT:>10,} events: {rate:,.0f} a second", flush=True)
            here = [
                Found(stop, "capture, last hundred documents", rate, 8000, "events/s", at_least=True),
                Found(stop, "capture, slowest hundred documents on the way", slowest, 8000, "events/s", at_least=True),
                *single(sender, sent, stop),
                *reads(sender, sent, stop),
            ]
            figures += here
            for found in here:
                print(told(found), flush=True)
    return [*figures, *hashing(stops[-1])]


def filled(sender: Sender, sent: int, count: int) -> float:
    """Events a second of the next documents."""
    return count * PER_DOCUMENT / sender.send(list(documents(sent, count)), "/epcis/capture", 202)


def single(sender: Sender, sent: int, stop: int) -> list[Found]:
    """Single events a second."""
    first = 10**8 + sent * 1000
    bodies = [json.dumps({"@context": [CONTEXT], **event}).encode() for lot in range(250) for event in way(first + lot)]
    rate = len(bodies) / sender.send(bodies, "/epcis/events", 201)
    return [Found(stop, "single events", rate, 400, "events/s", at_least=True)]


def hashing(stop: int) -> list[Found]:
    """Hashes a CPU-second, each event seen for the first time."""
    from tiantou.trace.hashing import event_hash

    events = [event for lot in range(5_000) for event in way(5 * 10**8 + lot)]
    begin = time.process_time()
    for event in events:
        event_hash(event, {})
    rate = len(events) / (time.process_time() - begin)
    return [Found(stop, "event hash (CBV 8.9)", rate, 20_000, "a CPU-second", at_least=True)]


def closure_documents() -> list[bytes]:
    """One lot that became a hundred, each of which became a hundred."""
    at = {"eventTime": "2026-11-01T08:00:00.000+08:00", "eventTimeZoneOffset": "+08:00", "type": "TransformationEvent"}

    def lot(name: str) -> list[dict[str, Any]]:
        return [{"epcClass": f"urn:epc:class:lgtin:9521234.000009.{name}", "quantity": 1, "uom": "KGM"}]

    def pour(source: str, target: str) -> dict[str, Any]:
        return {**at, "bizStep": "commissioning", "inputQuantityList": lot(source), "outputQuantityList": lot(target)}

    events = [pour("R", f"R.{one}") for one in range(CLOSURE)]
    events += [pour(f"R.{one}", f"R.{one}.{two}") for one in range(CLOSURE) for two in range(CLOSURE)]
    return [document(events[start : start + PER_DOCUMENT]) for start in range(0, len(events), PER_DOCUMENT)]


def reads(sender: Sender, sent: int, stop: int) -> list[Found]:
    """Look-ups over HTTP and walks in the database, at random places of the journal."""
    connection = http.client.HTTPConnection("127.0.0.1", sender.made.port, timeout=120)
    lots = [number * 7919 % (sent * PER_DOCUMENT // 8) for number in range(LOOKUPS)]
    times = []
    for number in lots:
        begin = time.perf_counter()
        body = sender.get(connection, f"/epcis/events?MATCH_anyEPC=urn:epc:id:sscc:9521234.1{number:09d}")
        times.append(time.perf_counter() - begin)
        if len(json.loads(body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) != 2:  # noqa: PLR2004 - packed, palleted
            raise RuntimeError(f"not found: {number}")
    ran = sender.made.run("django", "shell", "--no-imports", "-c", _WALKS.format(lots=lots))
    if ran.returncode:
        raise RuntimeError(ran.stderr[-2000:])
    walks = json.loads(ran.stdout.strip().splitlines()[-1])
    return [
        Found(stop, "look-up by EPC over HTTP, p95", p95(times), 20, "ms"),
        Found(stop, "trace over six hops with its events, p95", walks["trace_p95_ms"], 50, "ms"),
        Found(stop, "closure over 10,100 descendants, slowest of five", walks["closure_s"], 1, "s"),
    ]


_WALKS = """
import json, statistics, time
from tiantou.trace import queries
def timed(call):
    begin = time.perf_counter(); found = call(); return time.perf_counter() - begin, found
traces = []
for number in {lots}:
    seconds, events = timed(lambda: queries.way_of(f"urn:epc:id:sscc:9521234.3{{number:09d}}"))
    assert len(events) == 8, len(events)
    traces.append(seconds)
closures = [timed(lambda: queries.descendants("urn:epc:class:lgtin:9521234.000009.R")) for _ in range(5)]
assert len(closures[0][1]) == 10100
print(json.dumps({{"trace_p95_ms": round(statistics.quantiles(traces, n=20)[-1] * 1000, 1),
    "closure_s": round(max(seconds for seconds, _ in closures), 2)}}))
"""

if __name__ == "__main__":
    sys.exit(main())
