"""Write the division list of a region pack from a CSV of the national list: `tools/divisions.py SOURCE.csv FOLDER`.

The source has the columns level, code, name, parent (levels district, town, village). One file per district comes out, in
this project's own layout: the first line is `code<TAB>name`; a town is `3 digits<TAB>name`, each of its villages below it
`<TAB>3 digits<TAB>short name<TAB>v|c` (v: 村民委员会, c: everything else). See docs/region-pack.md.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

COMMITTEES = {"村民委员会": "v", "村委会": "v", "居民委员会": "c", "居委会": "c"}


def short(name: str) -> tuple[str, str]:
    """The name without the words for the committee, and `v` or `c`."""
    for suffix, flag in COMMITTEES.items():
        if name.endswith(suffix):
            return name.removesuffix(suffix), flag
    return name, "c"


def write(source: Path, folder: Path) -> int:
    """All districts are written below `folder`; returns how many."""
    children: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with source.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            children[row["parent"]].append((row["code"], row["name"]))
    districts = [(code, name) for (code, name) in children[_region(children)] if len(code) == len("500101")]
    folder.mkdir(parents=True, exist_ok=True)
    for code, name in districts:
        lines = [f"{code}\t{name}"]
        for town, town_name in sorted(children[code]):
            lines.append(f"{town[6:]}\t{town_name}")
            for village, village_name in sorted(children[town]):
                lines.append("\t" + "\t".join((village[9:], *short(village_name))))
        (folder / f"{code}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(districts)


def _region(children: dict[str, list[tuple[str, str]]]) -> str:
    return next(parent for parent in children if len(parent) == len("50"))


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), Path(sys.argv[2])), "districts")
