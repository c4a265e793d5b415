"""Geometry of small charts drawn as SVG on the server: no script, prints as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 28, 32


@dataclass(frozen=True, slots=True)
class Mark:
    """One value of the series. Unknown values (None) have no height and say so."""

    label: str
    value: float | int | None
    x: float
    y: float
    width: float
    height: float
    middle: float
    labelled: bool


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart ready to draw in a box of `width` by `height`."""

    kind: str
    marks: list[Mark]
    lines: list[str] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT
    base: float = HEIGHT - BOTTOM


def view(series: Sequence[Mapping[str, Any]], kind: str = "bars") -> ChartView:
    """Bars or a line from zero; a line breaks where a value is unknown."""
    values = [item.get("value") for item in series]
    known = [float(value) for value in values if value is not None]
    top, bottom = max([*known, 0.0]), min([*known, 0.0])
    span = (top - bottom) or 1.0
    step = (WIDTH - LEFT - RIGHT) / max(1, len(series))
    room = HEIGHT - TOP - BOTTOM
    zero = TOP + top / span * room
    every = max(1, -(-len(series) // 12))
    marks = []
    for index, (item, value) in enumerate(zip(series, values, strict=True)):
        y = zero if value is None else TOP + (top - float(value)) / span * room
        marks.append(
            Mark(
                label=str(item.get("label", "")),
                value=value,
                x=round(LEFT + index * step + step * 0.18, 1),
                y=round(min(y, zero) if kind == "bars" else y, 1),
                width=round(step * 0.64, 1),
                height=round(abs(zero - y), 1),
                middle=round(LEFT + (index + 0.5) * step, 1),
                labelled=index % every == 0,
            )
        )
    return ChartView(kind, marks, _segments(marks) if kind == "line" else [], base=round(zero, 1))


def _segments(marks: Sequence[Mark]) -> list[str]:
    """`points` of each unbroken stretch of known values."""
    segments: list[list[str]] = [[]]
    for mark in marks:
        if mark.value is None:
            segments.append([])
        else:
            segments[-1].append(f"{mark.middle},{mark.y}")
    return [" ".join(points) for points in segments if points]
