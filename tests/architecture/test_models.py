"""Every table says who sees its rows, and refers only downward in the stack of packages."""

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from tiantou.kernel.actor import STRANGER, SYSTEM

ROOT = Path(__file__).resolve().parent.parent.parent
MODELS = [model for model in apps.get_models() if model.__module__.startswith("tiantou.")]


def package_of(model):
    return model.__module__.split(".")[1]


def stack():
    """The rank of every package in the layers of pyproject.toml; siblings share one, the lowest has 0."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["name"] == "Packages form one downward stack")
    ranks = {}
    for rank, layer in enumerate(reversed(layers)):
        ranks |= {name.strip(" ()"): rank for name in layer.split("|")}
    return ranks


def points_down(source, target, ranks):
    return source == target or ranks[target] < ranks[source]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_the_default_manager_says_who_sees_the_rows(model):
    assert hasattr(model._default_manager, "visible_to"), f"{model._meta.label}: give its queryset visible_to(actor)"
    assert hasattr(model._default_manager.all(), "visible_to") or hasattr(model._default_manager, "get_queryset")


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_visible_to_gives_a_query_that_runs_for_a_stranger_and_for_the_system(model):
    for actor in (STRANGER, SYSTEM):
        assert list(model._default_manager.visible_to(actor)[:1]) is not None


def test_tables_refer_only_to_tables_below():
    ranks = stack()
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in MODELS
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and field.related_model.__module__.startswith("tiantou.")
        and not points_down(package_of(model), package_of(field.related_model), ranks)
    ]
    assert not wrong, "use a slot, an event or an argument instead:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "target", "down"),
    [("market", "people", True), ("people", "market", False), ("trace", "stock", False), ("trace", "trace", True)],
)
def test_the_stack_itself(source, target, down):
    assert points_down(source, target, stack()) is down


@pytest.mark.django_db
def test_every_change_of_a_table_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)
