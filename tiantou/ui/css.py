"""One stylesheet, put together from the base files and each component's own, in cascade layers. No build tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

HERE = Path(__file__).parent
NAME = "ui/tiantou.css"
#: Base files in the order of the cascade; each names its own layer.
BASE = ("reset", "tokens", "base", "faces", "print")


def parts() -> list[Path]:
    """The files that make the stylesheet, in order."""
    components = sorted((HERE / "templates/cotton").glob("*/*.css"))
    return [*(HERE / "css" / f"{name}.css" for name in BASE), *components, *sorted((HERE / "css/pages").glob("*.css"))]


def stylesheet() -> str:
    """The whole stylesheet; a component's file is wrapped in the layer `components`, a page's in `pages`."""
    text = ["@layer reset, tokens, base, components, pages, print;"]
    for path in parts():
        css = path.read_text(encoding="utf-8").strip()
        layer = {"cotton": "components", "pages": "pages"}.get(
            path.parent.name if path.parent.name == "pages" else path.parents[1].name
        )
        text.append(f"@layer {layer} {{\n{css}\n}}" if layer else css)
    return "\n".join(text) + "\n"


class Finder(BaseFinder):
    """Offers the assembled stylesheet to `collectstatic` and to the development server."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.storage = FileSystemStorage(location=settings.ASSEMBLED_ROOT)

    def check(self, **_: Any) -> list[CheckMessage]:
        """Nothing to check."""
        return []

    def find(self, path: str, find_all: Any = False, **_: Any) -> Any:
        """The path of the freshly assembled file if `path` is the stylesheet."""
        if path != NAME:
            return []
        found = str(self._assemble())
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """The stylesheet, freshly assembled."""
        self._assemble()
        yield NAME, self.storage

    def _assemble(self) -> Path:
        target = Path(self.storage.path(NAME))
        text = stylesheet()
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return target
