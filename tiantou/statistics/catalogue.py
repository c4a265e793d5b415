"""The indicators as data: loaded and proven once; what a city is held to stands in `indicators.yaml`."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import yaml

from tiantou.statistics import measures

Names = dict[str, str]


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One indicator. `rows` is `register/<register>/<kind>`, `lake`, `orders`, `intakes` or empty; `yearly` ones have a value a year."""

    code: str
    names: Names
    definition: Names
    unit: Names
    measure: str
    article: int
    items: tuple[str, ...]
    target: int | None = None
    target_date: date | None = None
    rows: str = ""
    yearly: bool = False


@cache
def indicators() -> dict[str, Indicator]:
    """Every indicator by its code, in the order of the file. Raises: ValueError naming the fault."""
    raw = yaml.safe_load((Path(__file__).parent / "indicators.yaml").read_text(encoding="utf-8"))
    try:
        found = msgspec.convert(raw, list[Indicator])
    except msgspec.ValidationError as fault:
        raise ValueError(f"indicators.yaml: {fault}") from fault
    for indicator in found:
        if indicator.measure not in measures.MEASURES:
            raise ValueError(f"indicators.yaml: {indicator.code}: no measure {indicator.measure}")
    return {indicator.code: indicator for indicator in found}
