"""Paper: sheets and labels as PDF (typst), with Chinese fonts that are checked character by character, and QR codes."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import segno
import typst
from django.apps import apps
from django.conf import settings
from django.template import TemplateDoesNotExist
from django.utils.translation import gettext as _

from tiantou.kernel.errors import Refused
from tiantou.ui import glyphs, words

#: Folders searched for a Chinese font, best first: the packaged one, then what systems install. Regular and bold.
FONT_HOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "{root}/node_modules/@expo-google-fonts/noto-sans-sc",
        ("400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf"),
    ),
    ("/usr/share/fonts/opentype/noto", ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc")),
    ("/usr/share/fonts/truetype/wqy", ("wqy-microhei.ttc",)),
    ("/usr/share/fonts/truetype/wqy", ("wqy-zenhei.ttc",)),
)
FAMILIES = ("Noto Sans SC", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei")
#: From here on characters are checked; below are controls and plain ASCII, which every font has.
_FIRST_CHECKED = 0xA0


class FontMissing(Refused):
    """There is no font that can print this text; printing boxes instead of characters is refused."""

    status = 503
    code = "font-missing"

    def default_reason(self) -> str:
        """See `Refused`."""
        return _("这台机器没有能印中文的字体，没有打印。")


@dataclass(frozen=True, slots=True)
class QR:
    """A QR code in a context: its template draws it with `#qr(data.name)`."""

    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """One label: a title, up to four lines, a QR code and the words under it."""

    title: str
    lines: Sequence[str]
    code: QR
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Fonts:
    """The font files that print, and the family by which typst knows them."""

    files: tuple[Path, ...]
    family: str

    @property
    def folders(self) -> list[str]:
        """Folders for typst."""
        return sorted({str(file.parent) for file in self.files})


def qr_svg(text: str, *, border: int = 4) -> str:
    """An inline SVG of the QR code of `text` (error correction M, quiet zone of four modules as ISO/IEC 18004 asks)."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(
        out,
        kind="svg",
        xmldecl=False,
        border=border,
        dark="#1d2a22",
        light="#fff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
    )
    return out.getvalue().decode()


def pdf(template: str, context: Mapping[str, Any]) -> bytes:
    """The PDF of a typst template (`<package>/x.typ` below a package's `templates/`) with `context` as its `data`.

    Values may be text, numbers, lists, mappings, dates (written as on screen), `QR` and None.

    Raises: FontMissing, naming the characters that cannot be printed; TemplateDoesNotExist.
    """
    return bytes(typst.compile(**_inputs(template, context)))


def png(template: str, context: Mapping[str, Any], *, dots_per_inch: int = 203) -> list[bytes]:
    """The pages of a typst template as a printer of so many dots would put them on paper (203: the usual label printer).

    Raises: FontMissing; TemplateDoesNotExist.
    """
    pages = typst.compile(**_inputs(template, context), format="png", ppi=dots_per_inch)
    return list(pages) if isinstance(pages, list) else [pages]


def _inputs(template: str, context: Mapping[str, Any]) -> dict[str, Any]:
    path = find(template)
    fonts = chinese_fonts()
    plain = _plain(context)
    require_glyphs(fonts, [path.read_text(encoding="utf-8"), *_texts(plain)])
    return {
        "input": str(path),
        "root": str(settings.PACKAGE),
        "font_paths": _loaded(tuple(fonts.folders)),
        "ignore_system_fonts": True,
        "sys_inputs": {"data": json.dumps(plain, ensure_ascii=False), "font": fonts.family},
    }


def labels_pdf(labels: Sequence[Label], *, stock: str = "roll") -> bytes:
    """Labels on `roll` (one page of 60 by 40 mm each) or `a4` (sheets of 3 by 7, 63.5 by 38.1 mm, cut apart).

    Raises: FontMissing.
    """
    rows = [{"title": o.title, "lines": list(o.lines), "code": o.code, "caption": o.caption} for o in labels]
    return pdf("ui/labels.typ", {"labels": rows, "stock": stock})


def find(template: str) -> Path:
    """The file of a typst template. Raises: TemplateDoesNotExist."""
    for config in apps.get_app_configs():
        path = Path(config.path) / "templates" / template
        if path.is_file():
            return path
    raise TemplateDoesNotExist(template)


def chinese_fonts() -> Fonts:
    """The first complete set of fonts of `FONT_HOMES` that draws Chinese. Raises: FontMissing."""
    return _chinese_fonts(FONT_HOMES, str(settings.ROOT))


@functools.cache
def _chinese_fonts(homes: tuple[tuple[str, tuple[str, ...]], ...], root: str) -> Fonts:
    for home, names in homes:
        files = tuple(Path(home.format(root=root)) / name for name in names)
        if all(file.is_file() and ord("田") in glyphs.covered(file) for file in files):
            known = set(_loaded(tuple(sorted({str(file.parent) for file in files}))).families())
            return Fonts(files, next(family for family in FAMILIES if family in known))
    raise FontMissing(remedy=_("请装上中文字体（Debian：fonts-noto-cjk），或重新运行 make setup。"))


@functools.cache
def _loaded(folders: tuple[str, ...]) -> typst.Fonts:
    """Fonts read once per process: reading 20 MB for every sheet would be most of its cost."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))


def require_glyphs(fonts: Fonts, texts: Sequence[str]) -> None:
    """Return if the fonts draw every character of `texts`. Raises: FontMissing, naming those they do not."""
    drawn = frozenset.intersection(*(glyphs.covered(file) for file in fonts.files))
    missing = sorted({c for text in texts for c in text if ord(c) >= _FIRST_CHECKED and ord(c) not in drawn})
    if missing:
        raise FontMissing(
            _("字体里没有这些字：%(characters)s，没有打印。") % {"characters": " ".join(missing[:10])},
            _("请换成通行的写法，或请管理员装上含这些字的字体。"),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, QR):
        return qr_svg(value.text, border=0)
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return words.moment(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
