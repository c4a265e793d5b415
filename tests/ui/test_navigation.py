"""Places in the bars."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.urls import reverse

from tiantou.kernel.actor import STRANGER, Actor, Role
from tiantou.ui import navigation
from tiantou.ui.icons import shapes
from tiantou.ui.navigation import PLACES, Place, entries, groups


@pytest.fixture
def bar(monkeypatch):
    places: list[Place] = []
    monkeypatch.setattr(navigation, "PLACES", places)
    return places


def test_every_registered_place_leads_somewhere_and_has_a_drawn_icon():
    import_module("tiantou.config.urls")  # loads every package's pages, which register their places
    for place in PLACES:
        assert reverse(place.url_name), place
        assert place.icon in shapes(), place


def test_a_role_sees_its_own_places_in_order(bar):
    bar += [
        Place("乙", "home", "livez", "workbench", order=2),
        Place("甲", "home", "ui:gallery", "workbench", frozenset({Role.DRIVER}), order=1),
    ]
    assert [entry.label for entry in entries("workbench", Actor(role=Role.DRIVER), "/")] == ["甲", "乙"]
    assert [entry.label for entry in entries("workbench", STRANGER, "/")] == ["乙"]


def test_a_workbench_has_at_most_four_places(bar):
    bar += [Place(str(n), "home", "livez", "workbench", order=n) for n in range(6)]
    assert len(entries("workbench", STRANGER, "/")) == 4


def test_the_deepest_place_above_the_page_is_current(bar):
    bar += [Place("甲", "home", "livez", "public"), Place("乙", "home", "ui:gallery", "public")]
    assert [entry.label for entry in entries("public", STRANGER, reverse("ui:gallery") + "x/") if entry.current] == [
        "乙"
    ]
    assert not any(entry.current for entry in entries("public", STRANGER, "/elsewhere/"))


def test_the_console_files_places_by_duty(bar):
    bar += [
        Place(str(n), "home", "livez", "console", group=group, order=n)
        for n, group in enumerate(["名录", "资金", "名录"])
    ]
    assert [(group.label, len(group.entries)) for group in groups("console", STRANGER, "/")] == [
        ("名录", 2),
        ("资金", 1),
    ]


def test_registering_twice_changes_nothing(bar):
    place = Place("甲", "home", "livez", "public")
    navigation.register_place(place)
    navigation.register_place(place)
    assert bar == [place]


def test_an_unknown_face_is_refused():
    with pytest.raises(ValueError, match="attic"):
        Place("甲", "home", "livez", "attic")
