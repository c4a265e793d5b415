"""The tokens keep their promises: words can be read, the stylesheet is small, the icons are whole."""

from __future__ import annotations

import gzip
import re

import pytest

from tiantou.ui import css, icons

TOKENS = (css.HERE / "css/tokens.css").read_text(encoding="utf-8")
LIGHT, DARK = TOKENS.split(".screen {")


def colours(block: str) -> dict[str, str]:
    found = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", block))
    return {
        name: value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:]) for name, value in found.items()
    }


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


WORDS = [
    *((word, ground) for word in ("ink", "stone-6", "leaf-deep", "orange-deep", "clay", "sky-deep") for ground in ("paper", "sheet", "stone-1")),
    *((tone, "paper") for tone in ("leaf", "clay", "sky")),
    *(("ink", f"{tone}-wash") for tone in ("leaf", "orange", "clay", "sky")),
    ("leaf-deep", "leaf-wash"), ("orange-deep", "orange-wash"), ("clay-deep", "clay-wash"), ("stone-6", "clay-wash"),
    *(("ink", f"shade-{step}") for step in range(4)), ("paper", "shade-4"), ("paper", "shade-5"),
]  # fmt: skip
SHAPES = [(shape, "paper") for shape in ("leaf", "orange", "clay", "sky", "stone-4")]


@pytest.mark.parametrize("face", [LIGHT, DARK], ids=["light", "screen"])
@pytest.mark.parametrize(("word", "ground"), WORDS)
def test_words_stand_out_at_least_4_5_to_1(face, word, ground):
    tones = colours(face)
    assert contrast(tones[word], tones[ground]) >= 4.5


@pytest.mark.parametrize("face", [LIGHT, DARK], ids=["light", "screen"])
@pytest.mark.parametrize(("shape", "ground"), SHAPES)
def test_shapes_and_borders_stand_out_at_least_3_to_1(face, shape, ground):
    tones = colours(face)
    assert contrast(tones[shape], tones[ground]) >= 3


def test_white_words_stand_out_on_every_filled_button():
    tones = colours(LIGHT)
    assert all(contrast("#ffffff", tones[tone]) >= 4.5 for tone in ("leaf", "leaf-deep", "clay"))


def test_the_contrast_formula_knows_black_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_the_stylesheet_is_below_20_kilobytes():
    assert len(gzip.compress(css.stylesheet().encode())) < 20_000


def test_the_stylesheet_uses_no_gradient_and_only_known_tokens():
    text = css.stylesheet()
    assert "gradient" not in text
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", text)) <= set(re.findall(r"--([a-z0-9-]+):", text))


def test_colours_are_named_only_by_tokens():
    # A sheet is paper whatever the screen, and text on a filled button is white; nothing else names a colour.
    loose = {
        colour
        for path in css.parts()
        if path.name not in {"tokens.css", "print.css"}
        for colour in re.findall(r"(?<!%23)#[0-9a-f]{3,6}\b", path.read_text(encoding="utf-8"))
    }
    assert loose <= {"#fff", "#1d2a22", "#b3261e"}


def test_every_component_has_its_template_and_examples():
    for folder in (css.HERE / "templates/cotton").iterdir():
        assert (folder / "index.html").exists(), folder.name
        assert (folder / "examples.yaml").exists(), folder.name


def test_the_icons_are_drawn_and_each_in_its_own_way():
    shapes = icons.shapes()
    assert len(shapes) >= 40
    assert len(set(shapes.values())) == len(shapes)
    assert all("<path" in shape or "<circle" in shape for shape in shapes.values())
