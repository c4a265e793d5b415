"""Third-party test data beside the checkout; tests that need it skip, saying so, where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared(name: str) -> Path:
    """The file or folder `name` of the shared material; the calling test is skipped where there is none."""
    base = Path(os.environ.get("TIANTOU_SHARED") or ROOT.parent / "shared")
    if not (base / name).exists():
        pytest.skip(f"third-party data absent: shared/{name}")
    return base / name
