"""What the platform is built from: locked by version and hash, from no named address, and free of GPL and AGPL."""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))


def strong_copyleft(words: str) -> bool:
    """Whether licence words name the GPL or AGPL (the LGPL is neither) without another licence to choose."""
    words = words.replace("Lesser General Public", "LGPL").replace("LGPL", "")
    return bool(re.search(r"\bA?GPL|(?<!Lesser )General Public License", words)) and " OR " not in words


def locked(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.\[\]-]+)==([\w.]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_of_a_lock_has_a_hash_and_no_address(lock):
    text = lock.read_text()
    assert "://" not in text
    for entry in re.split(r"\n(?=\w)", text.strip()):
        assert "--hash=sha256:" in entry, entry


def test_the_front_end_lock_has_integrity_and_no_address():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, entry in packages.items():
        if name:
            assert entry["integrity"].startswith("sha512-"), name
            assert "resolved" not in entry, name


def test_nothing_that_runs_is_gpl_or_agpl():
    bad = []
    for name in locked(ROOT / "requirements" / "run.lock"):
        try:
            facts = metadata.metadata(name.split("[")[0])
        except metadata.PackageNotFoundError:  # for another platform
            continue
        words = " ".join(
            [facts.get("License-Expression") or facts.get("License") or "", *(facts.get_all("Classifier") or [])]
        )[:2000]
        if strong_copyleft(words):
            bad.append(f"{name}: {words[:120]}")
    assert bad == []


@pytest.mark.parametrize(("words", "found"), [
    ("GPL-3.0-or-later", True), ("License :: OSI Approved :: GNU Affero General Public License v3", True), ("AGPL-3.0", True),
    ("LGPL-3.0-only", False), ("GNU Lesser General Public License v2 or later (LGPLv2+)", False), ("MIT", False),
])  # fmt: skip
def test_the_licence_check_itself(words, found):
    assert strong_copyleft(words) is found
