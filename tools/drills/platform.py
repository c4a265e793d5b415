"""A platform of the drill's own: started as operators start it, reached over HTTP, and hurt by process id."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_S = 120


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], bool], name: str, patience: float = PATIENCE_S) -> None:
    """Return when `what()` holds. Raises: TimeoutError naming what did not come true."""
    deadline = time.monotonic() + patience
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(name)
        time.sleep(0.1)


class Platform:
    """`tiantou serve` on a folder and a port."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data, self.port, self.options = data, free_port(), options
        self.log = data.parent / f"{data.name}.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TIANTOU_", "DATABASE_URL"))}
        self.environment = kept | {
            "TIANTOU_DATA": str(data),
            "PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        self.supervisor: psutil.Popen

    def start(self) -> float:
        """It serves; returns the seconds until `/readyz` said so."""
        begin = time.monotonic()
        with self.log.open("ab") as log:
            self.supervisor = psutil.Popen(
                [sys.executable, "-m", "tiantou.config.command", "serve", *self.options],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        wait_for(lambda: self.ready() or self._ended(), "the platform did not get ready", 300)
        return time.monotonic() - begin

    def _ended(self) -> bool:
        if self.supervisor.poll() is not None:
            raise RuntimeError(f"serve ended with {self.supervisor.returncode}: {self.log.read_text()[-2000:]}")
        return False

    def stop(self) -> None:
        """Everything of it has ended."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.supervisor.send_signal(signal.SIGCONT)
            self.supervisor.send_signal(signal.SIGINT)
        with contextlib.suppress(psutil.TimeoutExpired, subprocess.TimeoutExpired):
            self.supervisor.wait(60)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A `tiantou` command on this platform."""
        return subprocess.run(
            [sys.executable, "-m", "tiantou.config.command", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers and text of the answer; status 0 where the connection broke."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, {}, ""
        finally:
            connection.close()

    def ready(self) -> bool:
        """Whether `/readyz` says so."""
        return self.ask("GET", "/readyz")[0] == 200  # noqa: PLR2004 - HTTP

    def postmaster(self) -> psutil.Process | None:
        """The database's first process."""
        try:
            return psutil.Process(int((self.data / "pg" / "postmaster.pid").read_text().split("\n", 1)[0]))
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    def child(self, name: str) -> psutil.Process | None:
        """`web` (granian's first process), `handler` (one that answers requests) or `worker`."""
        try:
            for process in self.supervisor.children():
                words = " ".join(process.cmdline())
                if "granian" in words and name in {"web", "handler"}:
                    handlers = [each for each in process.children() if "tracker" not in " ".join(each.cmdline())]
                    return process if name == "web" else next(iter(handlers), process)
                if name == "worker" and words.endswith("worker"):
                    return process
        except psutil.NoSuchProcess:
            return None
        return None

    def kill(self, name: str) -> bool:
        """Kill -9 of one process, chosen by name; False where it is not there now."""
        victim = self.postmaster() if name == "postgres" else self.child(name)
        if victim is None:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        return True


@contextlib.contextmanager
def platform(data: Path, *options: str) -> Iterator[Platform]:
    """A running platform, stopped at the end whatever happens."""
    made = Platform(data, *options)
    try:
        made.start()
        yield made
    finally:
        made.stop()
