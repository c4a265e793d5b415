"""`tiantou serve`: one supervisor that holds the folder, the database, the web server and the worker together.

Afterwards the address answers; Ctrl-C (or SIGTERM) stops everything cleanly; a child that dies is started again; a second
`serve` on the same folder is refused before it touches anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tiantou.config import embedded

_PR_SET_PDEATHSIG = 1
_READY_S = 60
_GRACE_S = 20


class AlreadyServing(Exception):
    """Another process serves this data folder."""


class PortTaken(Exception):
    """Something else listens on the port."""


@contextlib.contextmanager
def hold(data: Path, port: int) -> Iterator[None]:
    """The process alone serves `data` until the block ends. Raises: AlreadyServing, naming the other."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / "serving.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyServing(_describe(file.read())) from None
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "port": port}))
        file.flush()
        yield


def _describe(text: str) -> str:
    try:
        other = json.loads(text)
    except ValueError:
        return "starting"
    return f"pid {other['pid']}, http://localhost:{other['port']}/"


def ensure_port_free(host: str, port: int) -> None:
    """Return if `port` can be listened on. Raises: PortTaken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(str(port)) from error


#: How much the worker steps back for the web server: nobody waits for what it does.
_MODESTY = 10


def _step_back() -> None:
    """As `_die_with_parent`, and the process gets what the others leave."""
    _die_with_parent()
    os.nice(_MODESTY)


def _die_with_parent() -> None:
    """A killed supervisor leaves no orphans that hold the port (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Supervisor:
    """Runs the children of one platform and keeps them running until told to stop."""

    data: Path
    host: str
    port: int
    announce: Callable[[], None]
    workers: int = 2
    stopping: bool = False
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def commands(self) -> dict[str, list[str]]:
        """The children by name."""
        return {
            "web": [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "tiantou.config.wsgi:application"),
                *("--host", self.host, "--port", str(self.port), "--workers", str(self.workers)),
                *(
                    "--blocking-threads",
                    "4",
                    "--backpressure",
                    "64",
                    "--respawn-failed-workers",
                    "--log-level",
                    "warning",
                ),
                *("--http", "1", "--no-ws"),
            ],
            "worker": [sys.executable, "-m", "tiantou.config.command", "worker"],
        }

    def start(self, name: str) -> None:
        """The child `name` runs, in a session of its own: the terminal's Ctrl-C reaches the supervisor alone."""
        self.children[name] = subprocess.Popen(  # noqa: S603 - our own commands
            self.commands()[name],
            start_new_session=True,
            preexec_fn=_step_back if name == "worker" else _die_with_parent,  # noqa: PLW1509 - no threads exist in the supervisor
        )

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._stop)
        for name in self.commands():
            self.start(name)
        try:
            if self.wait_until_ready():
                self.announce()
            while not self.stopping:
                self._mend()
                time.sleep(0.5)
        finally:
            self._end_children()

    def wait_until_ready(self) -> bool:
        """Whether `/readyz` answered 200 in time; ends early when told to stop."""
        deadline = time.monotonic() + _READY_S
        while time.monotonic() < deadline and not self.stopping:
            with (
                contextlib.suppress(urllib.error.URLError, OSError),
                urllib.request.urlopen(f"http://{self.host}:{self.port}/readyz", timeout=2),
            ):
                return True  # any error status raises
            time.sleep(0.1)
        return False

    def _mend(self) -> None:
        """Start again what died: children at once, the embedded database too."""
        if "TIANTOU_EMBEDDED" in os.environ:
            self._mend_database()
        for name, child in list(self.children.items()):
            if child.poll() is not None and not self.stopping:
                print(f"tiantou: {name} ended with {child.returncode}; starting it again", file=sys.stderr)  # noqa: T201
                _end_group(child)
                time.sleep(1)
                self.start(name)

    def _mend_database(self) -> None:
        try:
            embedded.revive(self.data)
        except Exception as fault:  # noqa: BLE001 - whatever keeps it down (a full disk), the next round tries again
            print(f"tiantou: the database does not start: {fault}", file=sys.stderr)  # noqa: T201
            time.sleep(2)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _end_children(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + _GRACE_S
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, deadline - time.monotonic()))
            _end_group(child)
            child.wait()


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Whatever a child started has ended too: workers of a killed web server would go on holding the port, with old code."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
