"""Filters and tags of the face."""

from __future__ import annotations

from django import template

from tiantou.kernel import units

register = template.Library()

register.filter("yuan", units.show_yuan)
register.filter("kg", units.show_kg)
register.filter("jin", units.show_jin)
