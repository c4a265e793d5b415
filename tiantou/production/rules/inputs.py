"""Pure rules of inputs: what may not be used on which crop, and how long before harvest not. The figures are data (`inputs.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Crop:
    """A group of crops, known by words in a product's own name or in those of its categories."""

    name: str
    words: Sequence[str]
    without: Sequence[str] = ()

    def has(self, names: Iterable[str]) -> bool:
        """Whether a product with these names is of the group."""
        return any(
            word in name for name in names for word in self.words if not any(other in name for other in self.without)
        )


@dataclass(frozen=True, slots=True)
class Ban:
    """That substances may not be used from a day on: on these groups of crops, or on nothing at all."""

    substances: Sequence[str]
    starts: date
    source: str
    crops: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """安全间隔期 of a substance on a group of crops, in days, with its source and whether the operator compared it."""

    substance: str
    crop: str
    days: int
    source: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that is known of inputs."""

    crops: Mapping[str, Crop]
    bans: Sequence[Ban]
    intervals: Sequence[Interval]

    def ban_on(self, name: str, crop_names: Sequence[str], on: date) -> tuple[str, Ban] | None:
        """The substance in what was used that nobody may use on this crop on that day, with its ban; None where none is."""
        for ban in self.bans:
            if on < ban.starts or not self._concerns(ban.crops, crop_names):
                continue
            if found := substance_in(name, ban.substances):
                return found, ban
        return None

    def interval_of(self, name: str, crop_names: Sequence[str]) -> Interval | None:
        """The longest known interval of a substance in what was used on this crop; None where none is known."""
        fitting = [
            each
            for each in self.intervals
            if self.crops[each.crop].has(crop_names) and substance_in(name, (each.substance,))
        ]
        return max(fitting, key=lambda each: each.days, default=None)

    def _concerns(self, crops: Sequence[str], names: Sequence[str]) -> bool:
        return not crops or any(self.crops[crop].has(names) for crop in crops)


def substance_in(name: str, known: Iterable[str]) -> str | None:
    """The known substance that a product name begins with, in any part of a mixture; None where none is.

    `40%甲胺磷乳油` is 甲胺磷; `乙酰甲胺磷` is another substance and is not.
    """
    parts = re.split(r"[·•、+/]", name.replace(" ", ""))
    names = [*parts, *(re.sub(r"^[\d.]+[%％]?", "", part) for part in parts)]
    return next((substance for substance in known if any(part.startswith(substance) for part in names)), None)
