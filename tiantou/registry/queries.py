"""Reads over the register."""

from __future__ import annotations

from typing import Any

from tiantou.kernel.forms import typed
from tiantou.registry.drafts import LINKS
from tiantou.registry.kinds import Kind
from tiantou.registry.models import Record


def values_of(record: Record, kind: Kind) -> dict[str, Any]:
    """What a row holds, by field name, as a person would type it (codes for references, yuan, kilograms); never the identity."""
    values: dict[str, Any] = {}
    for field in kind.all_fields:
        if field.name == "area":
            values["area"] = record.area.code if record.area else ""
        elif field.name in LINKS:
            linked = getattr(record, field.name)
            values[field.name] = linked.code if linked else ""
        elif field.name == "identity":
            values["identity"] = ""
        elif hasattr(record, field.name) and field.name not in {own.name for own in kind.fields}:
            values[field.name] = getattr(record, field.name)
        else:
            values[field.name] = typed(field, record.data.get(field.name))
    return values
