"""A small map of the way without any map service: places where they lie to one another, drawn into a fixed box. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT, MARGIN = 320, 120, 24
#: Places nearer than this on the drawing are drawn apart, so that their numbers can be read.
APART = 44
_EARTH_KM = 6371.0
#: On a strip of one's own: places of unknown position stand in order on a line.
_LEAST_KM = 0.05


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the way; its position may be unknown."""

    name: str
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on the drawing."""

    number: int
    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """The drawing: dots in the order of the way, the line through them, and how far it is, where that is known."""

    dots: list[Dot]
    line: str
    km: float | None
    true_to_place: bool


def sketch(places: Sequence[Place]) -> Sketch | None:
    """The drawing of a way; None where there are not two places to draw.

    North is up. A place that comes twice is one dot; the line passes it twice.
    """
    names = list(dict.fromkeys(each.name for each in places))
    if len(names) < 2:  # noqa: PLR2004 - one place is no way
        return None
    where = {each.name: each for each in places}
    known = all(where[name].longitude is not None and where[name].latitude is not None for name in names)
    spots = _spread(_projected([where[name] for name in names])) if known else _in_a_row(len(names))
    dots = [Dot(n + 1, name, round(x), round(y)) for n, (name, (x, y)) in enumerate(zip(names, spots, strict=True))]
    at = {dot.name: dot for dot in dots}
    line = " ".join(f"{at[each.name].x},{at[each.name].y}" for each in places)
    km = sum(distance_km(one, other) for one, other in pairwise(places)) if known else None
    return Sketch(dots, line, km if km is None or km >= _LEAST_KM else None, known)


def distance_km(one: Place, other: Place) -> float:
    """As the crow flies, over a sphere."""
    lon_a, lat_a, lon_b, lat_b = (
        math.radians(value or 0.0) for value in (one.longitude, one.latitude, other.longitude, other.latitude)
    )
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def _projected(places: Sequence[Place]) -> list[tuple[float, float]]:
    """Longitudes and latitudes scaled alike into the box, north up."""
    middle = math.radians(sum(each.latitude or 0.0 for each in places) / len(places))
    east = [(each.longitude or 0.0) * math.cos(middle) for each in places]
    north = [each.latitude or 0.0 for each in places]
    wide, high = max(east) - min(east), max(north) - min(north)
    scale = min((WIDTH - 2 * MARGIN) / wide if wide else math.inf, (HEIGHT - 2 * MARGIN) / high if high else math.inf)
    if math.isinf(scale):
        return _in_a_row(len(places))
    left, top = (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2
    return [(left + (x - min(east)) * scale, top + (max(north) - y) * scale) for x, y in zip(east, north, strict=True)]


def _in_a_row(number: int) -> list[tuple[float, float]]:
    step = (WIDTH - 2 * MARGIN) / max(1, number - 1)
    return [(MARGIN + n * step, HEIGHT / 2) for n in range(number)]


def _spread(spots: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spots that lie on one another are moved apart a little; where they are too many, they stand in a row."""
    moved = list(spots)
    for _round in range(24):
        still = True
        for a in range(len(moved)):
            for b in range(a + 1, len(moved)):
                gap = math.dist(moved[a], moved[b])
                if gap >= APART - 1:
                    continue
                still = False
                angle = math.atan2(moved[b][1] - moved[a][1], moved[b][0] - moved[a][0]) if gap else 0.0
                push = (APART - gap) / 2
                moved[a] = _within(moved[a][0] - push * math.cos(angle), moved[a][1] - push * math.sin(angle))
                moved[b] = _within(moved[b][0] + push * math.cos(angle), moved[b][1] + push * math.sin(angle))
        if still:
            return moved
    return _in_a_row(len(moved))


def _within(x: float, y: float) -> tuple[float, float]:
    return min(max(x, MARGIN), WIDTH - MARGIN), min(max(y, MARGIN), HEIGHT - MARGIN)
