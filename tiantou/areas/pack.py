"""Reads a region pack (`tiantou/regions/<region>/`): data only, described in docs/region-pack.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tiantou.areas.rules import Division, Regroup, Rename

REGIONS = Path(__file__).resolve().parent.parent / "regions"


class NoSuchRegion(LookupError):
    """No folder of this name lies below `tiantou/regions`."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of the region; `starts` and `ends` as far as known, `checked` whether a source has confirmed its members."""

    code: str
    name: str
    name_en: str
    districts: tuple[str, ...]
    #: Districts that lie in this and in other zones.
    straddling: tuple[str, ...]
    starts: date
    ends: date | None
    checked: bool
    source: str


@dataclass(frozen=True, slots=True)
class ReportingUnit:
    """A unit that reports figures though it is no division of the list."""

    name: str
    name_en: str
    within: tuple[str, ...]
    source: str
    ends: date | None = None


def folder(region: str) -> Path:
    """Where the pack lies. Raises: NoSuchRegion."""
    found = REGIONS / region
    if not region.isidentifier() or not (found / "region.yaml").is_file():
        raise NoSuchRegion(region)
    return found


@lru_cache(maxsize=32)
def read(region: str, name: str) -> Any:
    """The content of one YAML file of the pack; None where the pack has none."""
    path = folder(region) / name
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) if path.is_file() else None


def about(region: str) -> dict[str, Any]:
    """`region.yaml`: code, name, horizon, day of the list, source, note."""
    found: dict[str, Any] = read(region, "region.yaml")
    return found


def divisions(region: str) -> Iterator[Division]:
    """The region, its districts, towns and villages as listed, each after what it lies in."""
    top = about(region)
    yield Division(str(top["code"]), 0, top["name"], "")
    for path in sorted((folder(region) / "divisions").glob("*.tsv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        district, name = lines[0].split("\t")
        yield Division(district, 1, name, str(top["code"]))
        town = ""
        for line in lines[1:]:
            if line.startswith("\t"):
                code, name, flag = line[1:].split("\t")
                yield Division(town + code, 3, name, town, flag == "v")
            else:
                code, name = line.split("\t")
                town = district + code
                yield Division(town, 2, name, district)


def events(region: str) -> list[Rename | Regroup]:
    """What changed, oldest first."""
    found = [_event(each) for each in read(region, "events.yaml") or []]
    return sorted(found, key=lambda each: each.on)


def _event(raw: dict[str, Any]) -> Rename | Regroup:
    common = {"on": raw["day"], "source": raw["source"], "note": raw.get("note", "")}
    if raw["kind"] == "rename":
        return Rename(old=tuple(raw["old"]), new=tuple(raw["new"]), **common)
    return Regroup(
        abolished=tuple((code, name) for code, name in raw["abolished"]),
        created=tuple((code, name) for code, name in raw["created"]),
        moves={town: move["to"] for move in raw["moves"] for town in move["towns"]},
        rest=raw["rest"],
        **common,
    )


def zones(region: str) -> list[Zone]:
    """The zones of the pack."""
    raw = read(region, "zones.yaml")
    if raw is None:
        return []
    astride = raw.get("straddling") or []
    return [
        Zone(
            each["code"],
            each["name"],
            each["name_en"],
            tuple(each["districts"]),
            tuple(code for group in astride if each["code"] in group["zones"] for code in group["districts"]),
            raw["starts"],
            raw["ends"],
            raw["checked"],
            raw["source"],
        )
        for each in raw["zones"]
    ]


def reporting_units(region: str) -> list[ReportingUnit]:
    """Units outside the division list that report figures of their own."""
    return [
        ReportingUnit(each["name"], each["name_en"], tuple(each["within"]), each["source"], each.get("ends"))
        for each in about(region).get("reporting_units") or []
    ]


def tiles(region: str) -> dict[str, tuple[int, int]]:
    """Column and row of each district code on the schematic grid."""
    return {code: (column, row) for code, (column, row) in (read(region, "tiles.yaml") or {}).items()}


@lru_cache(maxsize=4)
def seeds(region: str) -> list[tuple[str, list[dict[str, Any]]]]:
    """The records of the pack's `seeds/`: (register, rows), in the order in which they refer to each other."""
    found = []
    for path in sorted((folder(region) / "seeds").glob("*.yaml")):
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        found.append((raw["register"], raw["rows"]))
    return found
