"""Faults on purpose, against platforms of their own: `make drill`.

    .venv/bin/python tools/drill.py [--seed N] [--rounds N] [--only kill,down,backup,disk]

Prints a verdict for each drill and ends with 1 where anything was violated. The seed is printed; it decides who dies when.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from drills import scenes  # noqa: E402 - found by the line above
from drills.platform import platform  # noqa: E402


def main() -> int:
    """Run the drills that were asked for."""
    options = argparse.ArgumentParser(description="faults on purpose")
    options.add_argument("--seed", type=int, default=2016)
    options.add_argument("--rounds", type=int, default=8, help="how many processes are killed")
    options.add_argument("--only", default="kill,down,backup,disk")
    asked = options.parse_args()
    wanted, verdicts = set(asked.only.split(",")), []
    print(f"seed {asked.seed}")
    with tempfile.TemporaryDirectory(prefix="tiantou-drill-") as name:
        folder = Path(name)
        if wanted & {"kill", "down", "backup"}:
            with platform(folder / "data") as made:
                scenes.PLATFORM[:] = [made]
                scenes.connect(made)
                if "kill" in wanted:
                    verdicts.append(tell(scenes.hit_and_recover(folder, asked.seed, asked.rounds)))
                if "down" in wanted:
                    verdicts.append(tell(scenes.database_down(folder)))
                if "backup" in wanted:
                    verdicts.append(tell(scenes.copies(folder)))
        if "disk" in wanted:
            verdicts.append(tell(scenes.disk_full(folder)))
    return 1 if any(verdict.violations for verdict in verdicts) else 0


def tell(verdict: scenes.Verdict) -> scenes.Verdict:
    """The verdict in one line, and every violation (the first twenty) in one of its own."""
    print(f"{'VIOLATED' if verdict.violations else 'held    '} {verdict.drill}: {verdict.did}", flush=True)
    for violation in verdict.violations[:20]:
        print(f"         - {violation}")
    return verdict


if __name__ == "__main__":
    sys.exit(main())
