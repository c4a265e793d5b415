"""Small charts drawn on the server: no script, prints as it is, legible on a phone because all words are HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: The box of a line chart; it is stretched to the page, so only proportions matter.
WIDTH, HEIGHT = 100, 40
_MARGIN = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """One value. `start` and `length` are a bar's place in per cent of the width; a value that is unknown has no length."""

    label: str
    value: float | int | None
    start: str
    length: str


@dataclass(frozen=True, slots=True)
class ChartView:
    """A chart ready to draw."""

    marks: list[Mark]
    lines: list[str] = field(default_factory=list)
    zero: str = "0"
    highest: Mark | None = None
    latest: Mark | None = None


def view(series: Sequence[Mapping[str, Any]], kind: str = "bars") -> ChartView:
    """Bars or a line, both from zero; a line breaks where a value is unknown."""
    known = [float(item["value"]) for item in series if item.get("value") is not None]
    top, bottom = max([*known, 0.0]), min([*known, 0.0])
    span = (top - bottom) or 1.0
    marks = [_mark(item, bottom, span) for item in series]
    told = [mark for mark in marks if mark.value is not None]
    return ChartView(
        marks,
        _segments(marks, bottom, span) if kind == "line" else [],
        f"{_height(0.0, bottom, span):.2f}",
        max(told, key=lambda mark: float(mark.value or 0), default=None),
        told[-1] if told else None,
    )


def _mark(item: Mapping[str, Any], bottom: float, span: float) -> Mark:
    value = item.get("value")
    number = float(value or 0)
    start, length = (min(number, 0.0) - bottom) / span * 100, abs(number) / span * 100
    return Mark(str(item.get("label", "")), value, f"{start:.2f}%", f"{length:.2f}%")


def _height(value: float, bottom: float, span: float) -> float:
    return HEIGHT - _MARGIN - (value - bottom) / span * (HEIGHT - 2 * _MARGIN)


def _segments(marks: Sequence[Mark], bottom: float, span: float) -> list[str]:
    """`points` of each unbroken stretch of known values; a value that stands alone is a short dash."""
    step = WIDTH / max(1, len(marks))
    segments: list[list[str]] = [[]]
    for index, mark in enumerate(marks):
        if mark.value is None:
            segments.append([])
            continue
        middle, y = (index + 0.5) * step, _height(float(mark.value), bottom, span)
        segments[-1].append(f"{middle:.2f},{y:.2f}")
    return [" ".join(points if len(points) > 1 else _dash(points[0])) for points in segments if points]


def _dash(point: str) -> list[str]:
    x, y = point.split(",")
    return [f"{float(x) - 1:.2f},{y}", f"{float(x) + 1:.2f},{y}"]
