"""The opinion and where it stands: every item, what serves it, and a status that is derived and never written by hand.

Rules of honesty (all in `judge`):
- A thing is *served* only if surfaces of at least two different sorts serve it and one of them is more than a form: a page with a
  test that walks it, a programme, an indicator or a command. A register and nothing else is never enough.
- What software can only follow (policy, basis documents) is at best *tracked*: a page or an indicator follows it.
- A claim that names something that does not exist counts for nothing (and fails the tests).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.translation import gettext_lazy as _

from tiantou.areas import pack
from tiantou.kernel.labels import label
from tiantou.kernel.web import PAGES
from tiantou.programmes.queries import catalogue
from tiantou.registry.kinds import kinds

PACKAGE = Path(__file__).resolve().parent.parent
TESTS = PACKAGE.parent / "tests"


class Sort(StrEnum):
    """What kind of surface serves an item."""

    PAGE = "page"
    REGISTER = "register"
    PROGRAMME = "programme"
    INDICATOR = "indicator"
    COMMAND = "command"
    SEED = "seed"
    JOURNEY = "journey"


#: Sorts that show that something works; a register alone only takes things down.
AT_WORK = frozenset({Sort.PROGRAMME, Sort.INDICATOR, Sort.COMMAND, Sort.JOURNEY})
#: What an item of these kinds can be at best.
ONLY_FOLLOWED = frozenset({"P", "B"})
SORTS = {
    Sort.PAGE: _("页面"),
    Sort.REGISTER: _("登记簿"),
    Sort.PROGRAMME: _("项目"),
    Sort.INDICATOR: _("指标"),
    Sort.COMMAND: _("命令"),
    Sort.SEED: _("已入册"),
    Sort.JOURNEY: _("走通测试"),
}
KINDS = {
    "S": _("系统"),
    "R": _("名录"),
    "W": _("流程"),
    "I": _("指标"),
    "F": _("资金"),
    "A": _("参与者"),
    "N": _("点名事项"),
    "P": _("政策"),
    "B": _("依据"),
}


class Stand(StrEnum):
    """Where an item stands."""

    SERVED = "served"
    TRACKED = "tracked"
    NOT_YET = "not_yet"


STANDS = {Stand.SERVED: _("已能办"), Stand.TRACKED: _("可跟踪"), Stand.NOT_YET: _("还没有")}


@dataclass(frozen=True, slots=True)
class Surface:
    """One thing that serves an item: its sort, its name in the code, its title, and its address where it has one."""

    sort: Sort
    name: str
    title: str
    href: str = ""
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the opinion with what serves it."""

    id: str
    kind: str
    names: Mapping[str, str]
    surfaces: tuple[Surface, ...]
    stand: Stand
    #: What else must be said of it, in both languages; empty for most.
    note: Mapping[str, str] = field(default_factory=dict)

    @property
    def article(self) -> int:
        """The article it stands in; 0 is the head."""
        return article_of(self.id)

    @property
    def kind_name(self) -> str:
        """The kind in words."""
        return str(KINDS[self.kind])

    @property
    def stand_name(self) -> str:
        """The stand in words."""
        return str(STANDS[self.stand])


@dataclass(frozen=True, slots=True)
class Article:
    """One article with the count of its items by stand."""

    number: int
    names: Mapping[str, str]
    items: tuple[Item, ...] = field(default=())

    def count(self, stand: str) -> int:
        """How many items stand so."""
        return sum(item.stand == stand for item in self.items)


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of the whole opinion; `by_kind` and `by_article` hold served, tracked and not-yet counts."""

    total: int
    served: int
    tracked: int
    not_yet: int
    by_kind: dict[str, dict[str, int]]
    by_article: dict[int, dict[str, int]]
    #: `A02.05 page statistics:x`: claims that name nothing that exists.
    broken: tuple[str, ...]


def article_of(item_id: str) -> int:
    """`A02.05` stands in article 2."""
    return int(item_id[1:3])


@lru_cache(maxsize=4)
def source(region: str = "") -> dict[str, Any]:
    """`opinion.yaml` of the region pack."""
    path = pack.folder(region or settings.REGION) / "opinion.yaml"
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found


def judge(kind: str, surfaces: Iterable[Surface]) -> Stand:
    """Where an item of this kind stands, from the surfaces that exist."""
    there = [surface for surface in surfaces if surface.exists]
    sorts = {surface.sort for surface in there}
    if kind in ONLY_FOLLOWED:
        return Stand.TRACKED if sorts & {Sort.PAGE, Sort.INDICATOR} else Stand.NOT_YET
    if kind == "N":
        # A named thing asks to stand in the register under its name, findable by everybody.
        return Stand.SERVED if {Sort.REGISTER, Sort.SEED} <= sorts else Stand.NOT_YET
    if kind == "I" and Sort.INDICATOR not in sorts:
        return Stand.NOT_YET  # a figure is served by a figure and by nothing else
    if len(sorts) > 1 and sorts & AT_WORK:
        return Stand.SERVED
    return Stand.NOT_YET


def articles(found: list[Item] | None = None) -> list[Article]:
    """The head and the nineteen articles with their items, in order; of `found` where the caller has the items."""
    found = items() if found is None else found
    return [
        Article(number, names, tuple(item for item in found if item.article == number))
        for number, names in sorted(source()["articles"].items())
    ]


def items() -> list[Item]:
    """All items with what serves them, in the order of the opinion."""
    offered = _offered()
    found = []
    for raw in source()["items"]:
        surfaces = dict.fromkeys(offered.get(raw["id"], ()))
        surfaces |= dict.fromkeys(
            _surface(Sort(sort), name) for claim in raw.get("serves", ()) for sort, name in claim.items()
        )
        names = {"zh": raw["zh"], "en": raw["en"]}
        found.append(
            Item(raw["id"], raw["kind"], names, tuple(surfaces), judge(raw["kind"], surfaces), raw.get("note", {}))
        )
    return found


def report(found: list[Item] | None = None) -> Report:
    """Counts of what is served, tracked and not yet, over all and by kind and article."""
    found = items() if found is None else found
    total = Counter(item.stand for item in found)
    return Report(
        len(found),
        total[Stand.SERVED],
        total[Stand.TRACKED],
        total[Stand.NOT_YET],
        {kind: _counts(item for item in found if item.kind == kind) for kind in KINDS},
        {number: _counts(item for item in found if item.article == number) for number in sorted(source()["articles"])},
        tuple(f"{item.id} {each.sort} {each.name}" for item in found for each in item.surfaces if not each.exists),
    )


def _counts(found: Iterable[Item]) -> dict[str, int]:
    counted = Counter(item.stand for item in found)
    return {stand.value: counted[stand] for stand in Stand}


def _offered() -> dict[str, list[Surface]]:
    """What register kinds, programmes and indicators say of themselves that they serve."""
    found: dict[str, list[Surface]] = {}
    for kind in kinds():
        for item in kind.items:
            found.setdefault(item, []).append(_register(f"{kind.register}/{kind.name}"))
    for programme in catalogue().values():
        for item in programme.items:
            found.setdefault(item, []).append(_programme(programme.id))
    for code, indicator in indicators().items():
        for item in indicator.get("items", ()):
            found.setdefault(item, []).append(_indicator(code))
    return found


def _surface(sort: Sort, name: str) -> Surface:
    makers = {
        Sort.PAGE: _page,
        Sort.REGISTER: _register,
        Sort.PROGRAMME: _programme,
        Sort.INDICATOR: _indicator,
        Sort.SEED: _seed,
        Sort.JOURNEY: _journey,
    }
    return makers[sort](name) if sort in makers else Surface(sort, name, f"tiantou {name}")


def _address(name: str, *arguments: str) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def _page(name: str) -> Surface:
    _ = get_resolver().url_patterns  # loads every package's pages
    return Surface(Sort.PAGE, name, name, _address(name), any(f"{page.package}:{page.name}" == name for page in PAGES))


def _register(name: str) -> Surface:
    kind = next((each for each in kinds() if f"{each.register}/{each.name}" == name), None)
    if kind is None:
        return Surface(Sort.REGISTER, name, name, exists=False)
    return Surface(Sort.REGISTER, name, kind.title, _address("registry:list", kind.register, kind.name))


def _programme(name: str) -> Surface:
    programme = catalogue().get(name)
    if programme is None:
        return Surface(Sort.PROGRAMME, name, name, exists=False)
    return Surface(Sort.PROGRAMME, name, label(programme.names), _address("programmes:programme", name))


def _indicator(name: str) -> Surface:
    found = indicators().get(name)
    if found is None:
        return Surface(Sort.INDICATOR, name, name, exists=False)
    # A definition in a file measures nothing: the indicator is there when its page shows it with its rows.
    address = _address("statistics:indicator", name)
    return Surface(Sort.INDICATOR, name, label(found["names"]), address, bool(address))


def _seed(code: str) -> Surface:
    names = _seeded(settings.REGION)
    return Surface(Sort.SEED, code, names.get(code, code), exists=code in names)


@lru_cache(maxsize=4)
def _seeded(region: str) -> dict[str, str]:
    return {row["code"]: row["name"] for _register, rows in pack.seeds(region) for row in rows}


def _journey(name: str) -> Surface:
    """A test that walks the pages (`tests/x/test_pages.py::test_name`).

    An installation without the test-suite takes the name on trust; the suite itself checks that the test is there.
    """
    path, _colons, function = name.partition("::")
    there = f"def {function}(" in _text(PACKAGE.parent / path)
    return Surface(
        Sort.JOURNEY, name, function.removeprefix("test_").replace("_", " "), exists=there or not TESTS.is_dir()
    )


@lru_cache(maxsize=64)
def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


@lru_cache(maxsize=1)
def indicators() -> dict[str, dict[str, Any]]:
    """Indicators by code, as the data files of `statistics` define them."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((PACKAGE / "statistics").glob("indicators*/*.yaml")) + sorted(
        (PACKAGE / "statistics").glob("indicators*.yaml")
    ):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        rows = raw.get("indicators", [raw]) if isinstance(raw, dict) else raw
        found |= {row["code"]: row for row in rows}
    return found
