"""Finds the packages of the platform and their modules, so that a new package is one folder and one line in settings."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from django.conf import settings


def packages() -> list[str]:
    """Names of the installed packages (`registry`, `trace` …), lowest first."""
    return [
        name.split(".")[1]
        for name in settings.INSTALLED_APPS
        if name.startswith("tiantou.") and name != "tiantou.config"
    ]


def modules(name: str) -> list[ModuleType]:
    """The module (or package) `name` of every installed package that has one."""
    paths = [f"tiantou.{package}.{name}" for package in packages()]
    return [import_module(path) for path in paths if find_spec(path) is not None]
