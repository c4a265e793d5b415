"""`tiantou serve` as its operator meets it: one command, one folder, three logins, Ctrl-C, and the same data the next day."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(data: Path, port: int) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "TIANTOU_TEST_DATABASE", "DJANGO_SETTINGS_MODULE"}
    }
    return kept | {"TIANTOU_DATA": str(data), "PORT": str(port), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def tiantou(data: Path, *arguments: str, port: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tiantou.config.command", *arguments]
    return subprocess.run(command, env=environment(data, port), cwd=ROOT, capture_output=True, text=True, check=False)


@contextmanager
def serving(data: Path, port: int):
    """The platform serves `data`; yields the process and what it printed up to the logins."""
    command = [sys.executable, "-m", "tiantou.config.command", "serve"]
    process = subprocess.Popen(
        command, env=environment(data, port), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        yield process, "".join(said)
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> str:
    """Ctrl-C, and wait until it is over; returns the last words. Stopping what has stopped does nothing."""
    last_words = ""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    if not process.stdout.closed:
        last_words = process.stdout.read()
        process.stdout.close()
    process.wait()
    return last_words


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def processes_of(data: Path) -> list[str]:
    named = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [command for command in named if str(data) in command]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """One day of a platform: served, looked at, stopped by Ctrl-C; what was seen is what the tests below check."""
    data, port = tmp_path_factory.mktemp("platform") / "data", free_port()
    seen = {"data": data, "port": port}
    with serving(data, port) as (process, said):
        seen["said"] = said
        seen["status"] = {
            path: status(port, path)
            for path in ("/livez", "/readyz", "/", "/accounts/login/", "/register/", "/opinion/")
        }
        seen["second"] = tiantou(data, "serve", port=free_port())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            seen["after_second"] = answer.status
        seen["backup"] = tiantou(data, "backup", str(data.parent / "whole.tar"))
        seen["last_words"] = stop(process)
        seen["exit"] = process.returncode
        seen["left"] = processes_of(data)
    return seen


def test_the_address_and_three_logins_are_printed(day):
    assert f"http://localhost:{day['port']}/" in day["said"]
    assert len(re.findall(r"^\s+1\d{10}\s", day["said"], re.MULTILINE)) == 3, day["said"]


def test_the_pages_answer(day):
    assert day["status"] == dict.fromkeys(day["status"], 200)


def test_a_second_serve_on_the_same_folder_is_refused_and_touches_nothing(day):
    assert day["second"].returncode == 1
    assert f"http://localhost:{day['port']}/" in day["second"].stderr
    assert day["after_second"] == 200


def test_ctrl_c_stops_everything(day):
    assert day["exit"] == 0
    assert day["left"] == []
    assert day["last_words"].rstrip().endswith("已停止。Stopped."), day["last_words"]


def test_a_taken_port_is_named(day, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        refused = tiantou(tmp_path / "data", "serve", port=other.getsockname()[1])
    assert refused.returncode == 1
    assert "is taken" in refused.stderr


def test_a_backup_restores_into_an_empty_folder_with_equal_checksums(day, tmp_path):
    assert day["backup"].returncode == 0, day["backup"].stderr
    restored = tiantou(tmp_path / "data", "restore", str(day["data"].parent / "whole.tar"))
    assert restored.returncode == 0, restored.stderr
    tables, rows = re.findall(r"(\d+) tables, ([\d,]+) rows", day["backup"].stdout)[0]
    assert f"{tables} tables, {rows} rows" in restored.stdout
    assert (tmp_path / "data" / "keys" / "identity_key").read_text() == (
        day["data"] / "keys" / "identity_key"
    ).read_text()


def test_a_backup_with_one_flipped_byte_is_refused_and_leaves_nothing(day, tmp_path):
    whole = bytearray((day["data"].parent / "whole.tar").read_bytes())
    whole[len(whole) // 2] ^= 1
    (tmp_path / "flipped.tar").write_bytes(whole)
    refused = tiantou(tmp_path / "data", "restore", str(tmp_path / "flipped.tar"))
    assert refused.returncode == 1
    assert list((tmp_path / "data").iterdir()) == []


def test_a_restore_over_existing_data_is_refused(day):
    refused = tiantou(day["data"], "restore", str(day["data"].parent / "whole.tar"))
    assert refused.returncode == 1
    assert "empty folder" in refused.stderr


def test_the_next_day_starts_with_the_same_data(day):
    with serving(day["data"], day["port"]) as (process, said):
        assert "Ctrl-C" in said
        assert "loading" not in said
        assert status(day["port"], "/readyz") == 200
        stop(process)
        assert process.returncode == 0
