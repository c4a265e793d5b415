"""`make bench`: measures the platform and writes docs/benchmarks.md, misses included.

    .venv/bin/python tools/bench.py [--only pages,register,trace] [--no-lighthouse] [--trace-events 1000000 10000000]

Parts can be measured one at a time: the page is written from the newest figures of each. Targets are those the project set itself. CPU is counted, not time, where the machine's load would blur a clock; Lighthouse
runs with its default of a throttled phone.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from drills.platform import Platform, platform  # noqa: E402 - found by the line above

REPEATS = 60
OK = 200


@dataclass
class Figure:
    """One measured figure beside its target."""

    group: str
    name: str
    value: float
    target: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.value >= self.target if self.at_least else self.value <= self.target


#: Figures of earlier runs, by group; not kept by git.
KEPT = ROOT / ".cache" / "benchmarks.json"


def main() -> int:
    """Measure, print, write; 1 where a target is missed."""
    options = argparse.ArgumentParser(description="measure the platform")
    options.add_argument("--only", default="pages,register,trace", help="parts to measure")
    options.add_argument("--no-lighthouse", action="store_true")
    options.add_argument("--trace-events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    asked = options.parse_args()
    parts: dict[str, Callable[[], list[Figure]]] = {
        "pages": lambda: pages_and_starts(lighthouse_too=not asked.no_lighthouse),
        "register": register,
        "trace": lambda: trace(asked.trace_events),
    }
    kept: dict[str, dict[str, Any]] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for name in asked.only.split(","):
        figures = parts[name]()
        for figure in figures:
            print(line(figure))
        keep(kept, figures)
    return 0 if all(Figure(**figure).met for part in kept.values() for figure in part["figures"]) else 1


def keep(kept: dict[str, dict[str, Any]], figures: list[Figure]) -> None:
    """The figures stand in the place of older ones of their groups, in the page too."""
    for group in dict.fromkeys(figure.group for figure in figures):
        mine = [asdict(figure) for figure in figures if figure.group == group]
        kept[group] = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "figures": mine}
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(kept))
    (ROOT / "docs" / "benchmarks.md").write_text(document(kept), encoding="utf-8")


def pages_and_starts(*, lighthouse_too: bool) -> list[Figure]:
    """Starts, CPU, weight and Lighthouse of the demonstration's pages."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="tiantou-bench-") as name:
        first = Platform(Path(name) / "data")
        figures.append(Figure("start", "first start on an empty folder", first.start(), 180, "s"))
        first.stop()
        with platform(first.data) as made:
            figures.append(Figure("start", "second start", started(made), 15, "s"))
            pages = existing(made)
            figures += cpu(made, pages)
            figures += weight(made, pages)
            if lighthouse_too:
                figures += lighthouse(made, pages, Path(name))
    return figures


def trace(stops: list[int]) -> list[Figure]:
    """The figures of tools/bench_trace.py: the trace journal at each of the sizes."""
    import bench_trace

    return [
        Figure(
            f"trace journal, {found.events:,} events",
            found.name,
            found.value,
            found.target,
            found.unit,
            at_least=found.at_least,
        )
        for found in bench_trace.run(stops)
    ]


def line(figure: Figure) -> str:
    """The figure for the terminal."""
    sign = "≥" if figure.at_least else "≤"
    return f"{'ok  ' if figure.met else 'MISS'} {figure.group}: {figure.name}: {figure.value:.1f} {figure.unit} ({sign} {figure.target:g})"


def started(made: Platform) -> float:
    """Seconds from the command to readiness, of a start that is repeated because the first was not measured."""
    made.stop()
    return made.start()


def existing(made: Platform) -> dict[str, str]:
    """The pages to measure by name, as far as the demonstration has them; a scan page is found among its links."""
    wanted = {
        "home": "/",
        "shop": "/shop/",
        "register": "/register/",
        "list": "/register/party/cooperative/",
        "opinion": "/opinion/",
        "figures": "/figures/",
    }
    scan = scanned(made)
    if scan:
        wanted["scan page"] = scan
    found = {name: path for name, path in wanted.items() if made.ask("GET", path)[0] == OK}
    for name in wanted.keys() - found.keys():
        print(f"     no page yet: {name} {wanted[name]}")
    return found


def scanned(made: Platform) -> str:
    """The address that the demonstration's pack carries in its QR code."""
    from drills.scenes import connect

    connect(made)
    from tiantou.fieldmarket.models import Pack
    from tiantou.gs1.identifiers import digital_link

    pack = Pack.objects.order_by("pk").first()
    return digital_link(pack.epc, "/id") + "/" if pack else ""


def processes(made: Platform) -> list[psutil.Process]:
    """Web server and database with all their children."""
    tops = [made.child("web"), made.postmaster()]
    return [each for top in tops if top for each in (top, *top.children(recursive=True))]


def cpu_seconds(found: list[psutil.Process]) -> float:
    """CPU of the processes up to now."""
    total = 0.0
    for process in found:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def cpu(made: Platform, pages: dict[str, str]) -> list[Figure]:
    """CPU-ms a request, web server and database together, over 60 requests after 10 to warm up."""
    figures = []
    for name, path in pages.items():
        for _ in range(10):
            made.ask("GET", path)
        found = processes(made)
        before = cpu_seconds(found)
        for _ in range(REPEATS):
            made.ask("GET", path)
        spent = (cpu_seconds(found) - before) * 1000 / REPEATS
        figures.append(Figure("CPU per request", f"{name} `{path}`", spent, 25 if name == "scan page" else 40, "ms"))
    return figures


def fetched(made: Platform, path: str) -> bytes:
    """The body as stored: without compression."""
    with urllib.request.urlopen(f"http://127.0.0.1:{made.port}{path}") as answer:
        body: bytes = answer.read()
    return body


def weight(made: Platform, pages: dict[str, str]) -> list[Figure]:
    """Kilobytes (1000 bytes) of HTML, CSS, scripts and fonts of a page, each gzipped; charts' library left out, as in the target."""
    figures = []
    for name, path in pages.items():
        html = fetched(made, path)
        text = html.decode()
        linked = set(re.findall(r'(?:<script[^>]+src|<link[^>]+rel="stylesheet"[^>]+href)="(/[^"]+)"', text))
        fonts = {
            address
            for sheet in linked
            if sheet.endswith(".css")
            for address in re.findall(r'url\("?(/[^")]+\.woff2)', fetched(made, sheet).decode())
        }
        parts = [html, *(fetched(made, address) for address in sorted(linked | fonts) if "echarts" not in address)]
        total = sum(len(gzip.compress(part, 6)) for part in parts) / 1000
        figures.append(Figure("weight, gzip", f"{name} `{path}`", total, 60, "kB"))
    return figures


def scored(program: Path, chromium: str, address: str, folder: Path, tries: int = 3) -> dict[str, float]:
    """The scores of a page; a run in which Lighthouse's own audits broke down has none, and is repeated. None in the end: 0."""
    found: dict[str, float | None] = {}
    for _ in range(tries):
        out = folder / "lighthouse.json"
        out.unlink(missing_ok=True)
        subprocess.run(
            [
                str(program), address, "--quiet", "--output=json", f"--output-path={out}",
                "--only-categories=performance,accessibility", "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
            ],
            env=os.environ | {"CHROME_PATH": chromium}, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        categories = json.loads(out.read_text())["categories"] if out.exists() else {}
        found = {name: categories.get(name, {}).get("score") for name in ("performance", "accessibility")}
        if None not in found.values():
            break
        print(f"     Lighthouse gave no score for {address}")
    return {name: (score or 0) * 100 for name, score in found.items()}


def lighthouse(made: Platform, pages: dict[str, str], folder: Path) -> list[Figure]:
    """Performance and accessibility of each page by Lighthouse, as on a throttled phone."""
    program, chromium = ROOT / "node_modules/.bin/lighthouse", shutil.which("chromium") or "/usr/bin/chromium"
    if not program.exists() or not Path(chromium).exists():
        print("     Lighthouse or Chromium is not here; left out")
        return []
    figures = []
    for name, path in pages.items():
        if name == "list":
            continue
        scores = scored(program, chromium, f"http://127.0.0.1:{made.port}{path}", folder)
        for category, score in scores.items():
            figures.append(Figure("Lighthouse", f"{name} `{path}`, {category}", score, 95, "of 100", at_least=True))
    return figures


def register() -> list[Figure]:
    """The figures of tools/bench_register.py: the register at its full size."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/bench_register.py")], capture_output=True, text=True, check=False
    )
    found = re.findall(r"^(?:ok  |MISS) (.+): (-?[\d.]+) (.*?) ?\(limit ([\d.]+)\)", done.stdout, re.MULTILINE)
    if not found:
        raise RuntimeError(done.stderr[-2000:])
    return [
        Figure("register at full size", name, float(value), float(limit), unit.split(" (")[0])
        for name, value, unit, limit in found
    ]


def document(kept: dict[str, dict[str, Any]]) -> str:
    """docs/benchmarks.md."""
    figures = [Figure(**figure) for part in kept.values() for figure in part["figures"]]
    days = {figure["group"]: part["day"] for part in kept.values() for figure in part["figures"]}
    missed = [figure for figure in figures if not figure.met]
    lines = [
        "# Benchmarks",
        "",
        f"Written by `make bench`: {machine()}.",
        "",
        f"{len(figures) - len(missed)} of {len(figures)} targets are met."
        + (" Missed: " + "; ".join(f"{figure.name} ({figure.group})" for figure in missed) + "." if missed else ""),
        "",
    ]
    for group, day in days.items():
        lines += [
            f"## {group[0].upper()}{group[1:]}",
            "",
            f"Measured on {day}.",
            "",
            "| what | measured | target | |",
            "|---|--:|--:|---|",
        ]
        lines += [
            f"| {each.name} | {each.value:,.1f} {each.unit} | {'≥' if each.at_least else '≤'} {each.target:,g} | {'' if each.met else 'missed'} |"
            for each in figures
            if each.group == group
        ]
        lines.append("")
    lines += [
        "CPU per request counts web server and database together, one request at a time, without waiting. Weight counts HTML, CSS,",
        "scripts and fonts before charts. Other work on the machine does not move CPU figures much; it does move start times and",
        "Lighthouse's performance score. The trace journal is filled over HTTP by four connections in documents of a thousand events, each",
        "validated, hashed, indexed and committed before its 202; client and platform share the machine.",
        "",
    ]
    return "\n".join(lines)


def machine() -> str:
    """Processor, cores, memory."""
    names = re.findall(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    gigabytes = psutil.virtual_memory().total / 1e9
    return f"{names[0] if names else 'unknown processor'}, {psutil.cpu_count()} cores, {gigabytes:.0f} GB, Python {sys.version.split()[0]}"


if __name__ == "__main__":
    sys.exit(main())
