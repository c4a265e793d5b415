"""Names of things that are data, in both languages: `{zh: 合作社, en: co-operative}` in a YAML file."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import get_language


def label(names: Mapping[str, str] | str, language: str | None = None) -> str:
    """The name in the asked (else the active) language; Chinese where there is no other."""
    if isinstance(names, str):
        return names
    language = language or get_language() or "zh-hans"
    return names.get("en" if language.startswith("en") else "zh") or names["zh"]
