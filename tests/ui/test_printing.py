"""Prints carry Chinese that can be read and codes that can be scanned, or are refused."""

from __future__ import annotations

import io
import struct
import subprocess
from datetime import date
from pathlib import Path

import pytest
import typst
import zxingcpp
from django.conf import settings
from django.template import TemplateDoesNotExist
from PIL import Image

from tiantou.ui import glyphs, printing
from tiantou.ui.printing import QR, FontMissing, Fonts, Label

LINK = "http://localhost:8000/id/01/09521234000019/10/20261120-07/21/00031"
SHEET = """
#import "/ui/templates/ui/sheet.typ": *
#show: sheet.with(title: "承诺达标合格证", number: data.number, issuer: data.issuer, on: data.on)
#facts(data.rows)
#ledger(("批次", "公斤"), data.lots, numbers: (1,))
#qr(data.check)
"""


@pytest.fixture
def template(monkeypatch, tmp_path_factory):
    """A typst template of the test's own, found like any other."""
    path = tmp_path_factory.mktemp("typ", numbered=True) / "x.typ"
    path.write_text(SHEET, encoding="utf-8")
    # Typst reads only below its root, which is the package; the test's file is handed over as text with that root.
    monkeypatch.setattr(printing, "find", lambda _: path)
    real = typst.compile
    monkeypatch.setattr(
        printing.typst, "compile", lambda **options: real(Path(options.pop("input")).read_bytes(), **options)
    )
    return "x.typ"


def png(pdf: bytes, dpi: int = 200, page: int = 1) -> Image.Image:
    """The page as an image (poppler)."""
    made = subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-png", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return Image.open(io.BytesIO(made.stdout))


def words(pdf: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


needs_poppler = pytest.mark.skipif(not Path("/usr/bin/pdftoppm").exists(), reason="poppler-utils reads the PDF back")


@needs_poppler
def test_an_office_sheet_has_its_words_its_date_and_what_is_unknown(template):
    pdf = printing.pdf(
        template,
        {"number": "示例〔2026〕7号", "issuer": "示例脐橙专业合作社", "on": date(2026, 11, 20), "rows": [["产品", "奉节脐橙"], ["糖度", None]],
         "lots": [["A-1", "12.5"]], "check": QR(LINK)},
    )  # fmt: skip
    text = words(pdf).replace(" ", "")
    for expected in ("承诺达标合格证", "示例〔2026〕7号", "2026年11月20日", "奉节脐橙", "未知", "（盖章）"):
        assert expected in text


@needs_poppler
def test_a_label_is_scanned_back_and_is_as_large_as_the_roll():
    pdf = printing.labels_pdf([Label("奉节脐橙", ["等级 特级", "净含量 5 公斤"], QR(LINK), "扫码看来处")] * 2)
    image = png(pdf, page=2)
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [LINK]
    assert (round(image.width / 200 * 25.4), round(image.height / 200 * 25.4)) == (60, 40)


@needs_poppler
def test_an_a4_sheet_holds_21_labels_that_all_scan():
    labels = [Label("奉节脐橙", ["特级"], QR(f"{LINK}{n:02d}")) for n in range(21)]
    pdf = printing.labels_pdf(labels, stock="a4")
    codes = {code.text for code in zxingcpp.read_barcodes(png(pdf))}
    assert codes == {label.code.text for label in labels}
    assert b"/Count 1" in pdf


def test_the_code_on_a_page_is_scanned_back(tmp_path):
    # The SVG of a page, drawn by typst as an image.
    source = f'#set page(width: 60mm, height: 60mm, margin: 0mm)\n#image(bytes({_quoted(printing.qr_svg(LINK))}), format: "svg", width: 60mm)'
    image = Image.open(io.BytesIO(typst.compile(source.encode(), format="png", ppi=200)))
    assert [code.text for code in zxingcpp.read_barcodes(image)] == [LINK]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_the_ink_of_a_printed_character_is_not_the_box_of_a_missing_one():
    fonts = printing.chinese_fonts()

    def ink(character: str) -> bytes:
        source = f'#set page(width: 20mm, height: 20mm, margin: 2mm)\n#set text(font: "{fonts.family}", size: 30pt, fallback: false)\n{character}'
        return typst.compile(source.encode(), format="png", font_paths=fonts.folders, ignore_system_fonts=True)

    box = ink("\U0010fffd")
    assert ink("田") != box
    assert ink("头") != ink("田")
    assert 0x10FFFD not in glyphs.covered(fonts.files[0])


def test_a_character_that_no_font_draws_is_refused_by_name(template):
    with pytest.raises(FontMissing) as refused:
        printing.labels_pdf([Label("奉节脐橙\U0010fffd", [], QR(LINK))])
    assert "\U0010fffd" in refused.value.reason


def test_a_machine_without_a_chinese_font_refuses_loudly(monkeypatch, tmp_path):
    monkeypatch.setattr(printing, "FONT_HOMES", (("{root}/nowhere", ("a.ttf",)), (str(tmp_path), ("latin.ttf",))))
    (tmp_path / "latin.ttf").write_bytes(_font_of("A"))
    with pytest.raises(FontMissing) as refused:
        printing.chinese_fonts()
    assert "fonts-noto-cjk" in refused.value.remedy


def test_a_system_font_serves_where_the_packaged_one_is_absent(monkeypatch):
    home, names = printing.FONT_HOMES[1]
    if not all((Path(home) / name).exists() for name in names):
        pytest.skip("fonts-noto-cjk is not installed here")
    monkeypatch.setattr(printing, "FONT_HOMES", printing.FONT_HOMES[1:])
    assert printing.chinese_fonts().family == "Noto Sans CJK SC"
    assert printing.labels_pdf([Label("奉节脐橙", [], QR(LINK))]).startswith(b"%PDF")


def test_the_font_reader_knows_both_kinds_of_character_map(tmp_path):
    path = tmp_path / "f.ttf"
    path.write_bytes(_font_of("田"))
    assert glyphs.covered(path) == {ord("田")}
    with pytest.raises(ValueError, match="cmap"):
        glyphs._table(b"\0\1\0\0" + b"\0\0" + b"\0" * 20, 0, b"cmap")


def test_what_the_regular_weight_draws_the_bold_one_must_draw_too():
    files = printing.chinese_fonts().files
    common = Fonts(files, "x")
    printing.require_glyphs(common, ["承诺达标合格证〔2026〕", "¥ ㎡ ℃ — …"])


def test_an_absent_template_is_an_error():
    with pytest.raises(TemplateDoesNotExist):
        printing.pdf("nowhere/x.typ", {})


def test_packaged_fonts_come_first():
    assert printing.chinese_fonts().files[0].is_relative_to(settings.ROOT / "node_modules")


def _font_of(character: str) -> bytes:
    """The smallest file with a character map (format 4) of one character."""
    point = ord(character)
    segments = (
        struct.pack(">HHHH", 4, 32, 0, 4) + struct.pack(">HHH", 0, 0, 0) + struct.pack(">HH", point, 0xFFFF) + b"\0\0"
    )
    segments += struct.pack(">HH", point, 0xFFFF) + b"\0" * 8
    cmap = struct.pack(">HH", 0, 1) + struct.pack(">HHI", 3, 1, 12) + segments
    return b"\0\1\0\0" + struct.pack(">HHHH", 1, 16, 0, 0) + struct.pack(">4sIII", b"cmap", 0, 28, len(cmap)) + cmap
