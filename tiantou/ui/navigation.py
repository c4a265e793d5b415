"""Where a person can go: places that packages register from their `pages.py`, shown in the bars of each face.

register_place(Place(_("今天"), icon="home", url_name="portal:today", face="workbench", order=10))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

from tiantou.kernel.actor import Actor, Role

FACES = ("public", "workbench", "console")
#: A bar at the bottom of a phone holds four places and no more.
BOTTOM_BAR = 4


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of a navigation.

    `label` and `group` are lazily translated; `roles` is empty for everybody; `group` is the duty under which the
    console files it; the lower `order` comes first; `url_name` takes no arguments.
    """

    label: str | Promise
    icon: str
    url_name: str
    face: str
    roles: frozenset[Role] = frozenset()
    order: int = 50
    group: str | Promise = ""

    def __post_init__(self) -> None:
        if self.face not in FACES:
            raise ValueError(self.face)

    def open_to(self, actor: Actor) -> bool:
        """Whether the place is shown to `actor`."""
        return not self.roles or actor.role in self.roles


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as the template shows it."""

    label: str
    icon: str
    url: str
    current: bool
    group: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Places of one duty."""

    label: str
    entries: list[Entry] = field(default_factory=list)


PLACES: list[Place] = []


def register_place(place: Place) -> None:
    """From now on `place` stands in its face's navigation; registering it again changes nothing."""
    if place not in PLACES:
        PLACES.append(place)


def entries(face: str, actor: Actor, path: str) -> list[Entry]:
    """The places of `face` open to `actor`, in order; the one whose address `path` lies deepest below is current."""
    found = []
    for place in sorted(PLACES, key=lambda place: place.order):
        if place.face == face and place.open_to(actor):
            try:
                found.append((place, reverse(place.url_name)))
            except NoReverseMatch:  # a package that is not installed here; a test holds all that are
                continue
    current = _deepest([url for _, url in found], path)
    shown = found[:BOTTOM_BAR] if face == "workbench" else found
    return [Entry(str(p.label), p.icon, url, url == current, str(p.group)) for p, url in shown]


def groups(face: str, actor: Actor, path: str) -> list[Group]:
    """The same, filed by duty in the order of first mention."""
    filed: dict[str, Group] = {}
    for entry in entries(face, actor, path):
        filed.setdefault(entry.group, Group(entry.group)).entries.append(entry)
    return list(filed.values())


def _deepest(urls: Sequence[str], path: str) -> str:
    above = [url for url in urls if path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))]
    return max(above, key=len, default="")
