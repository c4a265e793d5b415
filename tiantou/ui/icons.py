"""The icon set: one SVG sprite of our own drawing, read once."""

from __future__ import annotations

import functools
import re
from pathlib import Path

SPRITE = Path(__file__).parent / "icons.svg"
_SYMBOL = re.compile(r'<symbol id="([a-z-]+)">(.*?)</symbol>', re.DOTALL)


@functools.cache
def shapes() -> dict[str, str]:
    """The inner SVG of every icon by name, drawn on a 24 by 24 grid."""
    return {name: inner.strip() for name, inner in _SYMBOL.findall(SPRITE.read_text(encoding="utf-8"))}
