"""The drills: each hurts a platform and returns what happened and what was violated."""

from __future__ import annotations

import os
import random
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from drills.checks import exactly_once, only_statuses, unavailable_well
from drills.clients import PER_DOCUMENT, Client, Journal, buyer, capturer, harvester, mass_of
from drills.platform import Platform, platform, wait_for
from tiantou.kernel.actor import Actor

GROWER, KEEPER, BUYER = "13800000001", "13800000003", "13800000005"
BASIS, PACKS = "质量安全控制符合要求", 2000
OK, CREATED, ACCEPTED, UNAVAILABLE = 200, 201, 202, 503


@dataclass
class Verdict:
    """One drill's result."""

    drill: str
    did: str
    violations: list[str]


def connect(made: Platform) -> None:
    """From now on the drill can read the platform's database by Django."""
    os.environ["TIANTOU_DATA"], os.environ["DJANGO_SETTINGS_MODULE"] = str(made.data), "tiantou.config.settings"
    import django
    from django.conf import settings
    from django.db import connections

    django.setup()
    connections.close_all()
    connections.settings["default"]["HOST"] = f"{made.data}/pg"
    if "default" in connections:
        connections["default"].settings_dict["HOST"] = f"{made.data}/pg"
    settings.DATA = made.data


def actor(phone: str) -> Actor:
    """The demonstration's person with this phone, in the first role held."""
    from tiantou.people.models import Appointment
    from tiantou.people.queries import actor_of

    return actor_of(Appointment.objects.filter(person__phone=phone).order_by("pk")[0])


def reconnect() -> None:
    """The next query opens a connection anew: the one before died with its server."""
    from django.db import connections

    connections.close_all()


def grower_of(made: Platform) -> tuple[str, int]:
    """An API token of the demonstration's co-operative and its plot."""
    from tiantou.production.models import Plot
    from tiantou.registry.models import Party

    plot = Plot.objects.order_by("pk")[0]
    code = Party.objects.get(pk=plot.grower_id).code
    told = made.run("token", "farmer", "--party", code, "--label", "drill")
    if told.returncode:
        raise RuntimeError(told.stderr)
    return told.stdout.strip(), plot.pk


def a_big_offer() -> int:
    """An offer of enough packs that the buyers of the drill can draw on, brought through the field market as any other."""
    from tiantou.fieldmarket import services as fieldmarket
    from tiantou.kernel import clock
    from tiantou.market import services as market
    from tiantou.production import services as production
    from tiantou.production.models import Plot
    from tiantou.quality import services as quality
    from tiantou.registry.models import Site

    by, keeper, at, mass = actor(GROWER), actor(KEEPER), clock.now(), PACKS * 1000
    lot = production.harvest(by=by, at=at, plot=Plot.objects.order_by("pk")[0], mass_g=mass)
    quality.issue_commitment(by=by, at=at, lot=lot, basis=BASIS, contact=GROWER)
    here = Site.objects.get(code="S-DEMO-MARKET")
    intake = fieldmarket.take_in(by=keeper, at=at, market=here, lot=lot, mass_g=mass)
    graded = fieldmarket.grade(by=keeper, at=at, intake=intake, grades={"一级": mass})
    packs = fieldmarket.pack(by=keeper, at=at, lot=graded[0], packs=PACKS, net_g=1000, per_crate=10)
    packed = packs[0].lot
    quality.issue_commitment(by=by, at=at, lot=packed, basis=BASIS, contact=GROWER)
    return int(market.offer(by=by, at=at, lot=packed, price_fen=990, unit_g=1000, quantity=PACKS).pk)


def unsound() -> list[str]:
    """Journals that contradict themselves."""
    from tiantou.ledger.queries import unbalanced_entries
    from tiantou.stock.queries import unsound_levels

    return [f"unsound stock level {level}" for level in unsound_levels()] + [
        f"unbalanced ledger entry {entry.pk}" for entry in unbalanced_entries()
    ]


def lots_found(sent: set[str]) -> Counter[str]:
    """How many lots carry each key's mass; a lot of an unknown mass counts under its code."""
    from tiantou.production.models import Lot

    known = {mass_of(key): key for key in sent}
    lots = Lot.objects.filter(mass_g__gt=200_000, mass_g__lt=300_000).values_list("mass_g", "code")
    return Counter(known.get(mass, code) for mass, code in lots)


def documents_found() -> Counter[str]:
    """How often the document of each key is there, as a whole; parts of one count as a stranger."""
    from django.db.models import Count

    from tiantou.trace.models import Mention
    from tiantou.trace.rules import Role

    papers = Mention.objects.filter(role=Role.TRANSACTION, epc__startswith="urn:example:po:")
    counted = papers.values_list("epc").annotate(events=Count("event_id"))
    return Counter(
        {
            epc.removeprefix("urn:example:po:") + (f" in part ({events} events)" if events % PER_DOCUMENT else ""): max(
                events // PER_DOCUMENT, 1
            )
            for epc, events in counted
        }
    )


def hit_and_recover(folder: Path, seed: int, rounds: int) -> Verdict:
    """Kill -9 of web server, request handler, worker and database, in an order that `seed` decides, under load."""
    from tiantou.market.models import Order, Payment

    chance, answers = random.Random(seed), Counter[int]()  # noqa: S311 - reproducible, not secret
    made = PLATFORM[0]
    token, plot = grower_of(made)
    offer_id, by = a_big_offer(), actor(BUYER)
    clients = [Client(f"lot{n}", folder, harvester(made, token, plot, answers)) for n in (1, 2)]
    clients += [Client(f"order{n}", folder, buyer(offer_id, by, actor(GROWER))) for n in (1, 2)]
    clients += [Client(f"events{n}", folder, capturer(made, token, answers)) for n in (1, 2)]
    for client in clients:
        client.start()
    order = [
        "postgres",
        "handler",
        "web",
        "worker",
        *chance.choices(["postgres", "handler", "web", "worker"], k=rounds),
    ]
    killed: Counter[str] = Counter()
    for victim in order[:rounds]:
        goal = [client.acknowledged + chance.randint(3, 9) for client in clients]
        wait_for(partial(_reached, clients, goal), "clients get through")
        killed[victim] += made.kill(victim)
        wait_for(made.ready, f"ready again after kill -9 of {victim}")
    goal = [client.acknowledged + 3 for client in clients]
    wait_for(partial(_reached, clients, goal), "clients get through")
    violations = [f"client {client.name_} gave up" for client in clients if not client.is_alive()]
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join(60)
    reconnect()
    sent, got = Journal.read(folder, "lot")
    violations += exactly_once(sent, got, lots_found(sent))
    asked, placed = Journal.read(folder, "order")
    violations += exactly_once(
        asked, placed, Counter(Order.objects.filter(offer=offer_id).values_list("ship_name", flat=True))
    )
    receipts = Payment.objects.filter(order__offer=offer_id).values_list("evidence", flat=True)
    violations += exactly_once(asked, placed, Counter(text.removeprefix("receipt ") for text in receipts))
    told_of, captured = Journal.read(folder, "events")
    violations += exactly_once(told_of, captured, documents_found())
    violations += only_statuses(answers, {0, CREATED, ACCEPTED, UNAVAILABLE})
    told = ", ".join(f"{name} {count}x" for name, count in sorted(killed.items()))
    did = (
        f"killed {told}; {len(got)} harvests and {len(captured)} documents of {PER_DOCUMENT} events over HTTP and {len(placed)} orders "
        f"acknowledged; answers {dict(answers)}"
    )
    return Verdict("kill -9", did, violations + unsound())


#: The running platform of the demonstration, shared by the drills that leave it whole.
PLATFORM: list[Platform] = []


def database_down(_folder: Path) -> Verdict:
    """The database is gone while the supervisor is held; then it comes back, and the same web server serves again."""
    made = PLATFORM[0]
    web = made.child("web")
    made.supervisor.suspend()
    violations, pages = [], ["/", "/register/", "/api/v1/register"]
    try:
        made.kill("postgres")
        wait_for(lambda: made.postmaster() is None, "the database is gone")
        for path in pages:
            violations += [f"{path}: {fault}" for fault in unavailable_well(*made.ask("GET", path))]
        if made.ask("GET", "/livez")[0] != OK:
            violations.append("/livez does not answer")
        if made.ask("GET", "/readyz")[0] != UNAVAILABLE:
            violations.append("/readyz is not 503")
    finally:
        made.supervisor.resume()
    wait_for(made.ready, "ready again once the database is back")
    reconnect()
    if made.ask("GET", "/register/")[0] != OK:
        violations.append("pages do not answer after the database came back")
    again = made.child("web")
    if web is None or again is None or web.pid != again.pid:
        violations.append("the web server was started again")
    return Verdict(
        "database down", f"{len(pages)} pages asked while it was gone; served again without a restart", violations
    )


def copies(folder: Path) -> Verdict:
    """A backup under writes restores elsewhere with equal checksums; one flipped byte is refused and leaves nothing."""
    made, answers = PLATFORM[0], Counter[int]()
    token, plot = grower_of(made)
    client = Client("lot7", folder, harvester(made, token, plot, answers))
    client.start()
    wait_for(lambda: client.acknowledged > 2, "writes run")  # noqa: PLR2004 - some
    file = folder / "whole.tar"
    before = client.acknowledged
    backup = made.run("backup", str(file))
    during = client.acknowledged - before
    client.stopping.set()
    client.join(60)
    violations = [] if backup.returncode == 0 else [f"backup failed: {backup.stderr[-300:]}"]
    violations += [] if during else ["nothing was written during the backup"]
    other = Platform(folder / "restored")
    restored = other.run("restore", str(file))
    if restored.returncode or "all checksums equal" not in restored.stdout:
        violations.append(f"restore failed: {restored.stderr[-300:]}")
    spoilt = bytearray(file.read_bytes())
    spoilt[len(spoilt) // 3] ^= 4
    file.write_bytes(spoilt)
    refused = Platform(folder / "refused")
    if refused.run("restore", str(file)).returncode == 0:
        violations.append("a backup with a flipped byte was accepted")
    if refused.data.exists() and any(refused.data.iterdir()):
        violations.append("a refused restore left something behind")
    return Verdict("backup and restore", f"{during} writes during the backup; {restored.stdout.strip()}", violations)


def disk_full(folder: Path, size_mb: int = 700, most: int = 3000) -> Verdict:
    """The disk of the data folder runs full under writes: 503 or done, nothing between; freed, it serves again."""
    disk = folder / "small"
    disk.mkdir()
    if os.geteuid() != 0:
        return Verdict("disk full", "SKIPPED: mounting a small disk needs root", [])
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(disk)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mount.returncode:
        return Verdict("disk full", f"SKIPPED: no small disk here ({mount.stderr.strip()})", [])
    try:
        with platform(disk / "data") as made:
            return _fill(made, folder, disk, most)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def _fill(made: Platform, folder: Path, disk: Path, most: int) -> Verdict:
    connect(made)
    token, plot = grower_of(made)
    ballast, answers = disk / "ballast", Counter[int]()
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            pass
    send, journal, refused = harvester(made, token, plot, answers), Journal(folder / "lot8.journal"), []
    for number in range(1, most):
        key = f"lot8-{number}"
        journal.note("sent", key)
        if send(key):
            journal.note("acknowledged", key)
        else:
            refused.append(key)
        if len(refused) >= 5:  # noqa: PLR2004 - enough to see how it refuses
            break
    violations = [] if refused else [f"{most} writes and the disk never refused one: the drill proves nothing"]
    violations += only_statuses(answers, {CREATED, UNAVAILABLE})
    ballast.unlink()
    wait_for(made.ready, "ready again once there is space")
    reconnect()
    sent, got = Journal.read(folder, "lot8")
    violations += exactly_once(sent, got, lots_found(sent)) + unsound()
    wait_for(lambda: send("lot8-9999"), "a write gets through again", 30)
    return Verdict(
        "disk full", f"{len(got)} writes done, {len(refused)} refused with 503; served again after", violations
    )


def _reached(clients: list[Client], goal: list[int]) -> bool:
    """Whether every client that lives has got through to its goal."""
    return all(client.acknowledged >= each or not client.is_alive() for client, each in zip(clients, goal, strict=True))
