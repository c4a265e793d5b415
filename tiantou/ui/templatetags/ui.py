"""Filters and tags of the face, built in to every template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from tiantou.kernel import labels, units
from tiantou.ui import charts, fields, icons, printing, roles, words

register = template.Library()

#: Attribute names that a component hands on to its element when the caller writes them.
_HANDED_ON = ("aria-", "data-", "hx-", "form")
_HANDED_ON_EXACTLY = frozenset({"id", "autofocus", "disabled", "download", "target", "rel", "lang", "title", "role"})


def _quantity(show: Callable[[int], str]) -> Callable[[Any], str]:
    """A filter over a whole number that shows nothing where there is none."""

    def shown(value: Any) -> str:
        return "" if value is None or value == "" else show(int(value))

    return shown


register.filter("yuan", _quantity(units.show_yuan))
register.filter("kg", _quantity(units.show_kg))
register.filter("jin", _quantity(units.show_jin))
register.filter("label", labels.label)
register.filter("role_name", roles.role_name)
for _write in (words.day, words.minute, words.moment, words.masked, words.masked_phone, words.closed_up):
    register.filter(_write.__name__, _write)


@register.filter
def placed(value: Any) -> str:
    """A figure for people: thousands marks; a date, text or mark as it stands."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}"


@register.simple_tag
def more(attrs: Mapping[str, Any]) -> SafeString:
    """The caller's extra attributes that a component hands on, each escaped (cotton's own `{{ attrs }}` escapes nothing)."""
    chosen: Iterable[tuple[str, Any]] = (
        (name, value)
        for name, value in attrs.items()
        if value not in (False, None) and (name.startswith(_HANDED_ON) or name in _HANDED_ON_EXACTLY)
    )
    return format_html_join("", "{}", ((_attribute(name, value),) for name, value in chosen))


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)


@register.simple_tag
def icon_shape(name: str) -> SafeString:
    """The strokes of an icon. Raises: KeyError for a name that is not in the set."""
    return mark_safe(icons.shapes()[name])  # our own file


@register.simple_tag
def field_view(field: BoundField, big: Any = False, unit: str = "", hint: str = "") -> fields.FieldView:
    """How a bound field is shown: see `ui.fields`."""
    return fields.view(field, big=bool(big), unit=unit, hint=hint)


@register.simple_tag
def error_links(form: Any = None, refusal: Any = None) -> list[fields.ErrorLink]:
    """The faults of a form and of a refusal, each with the address of its field."""
    return fields.error_links(form or None, refusal or None)


@register.simple_tag
def chart_view(series: Any, kind: str = "bars") -> charts.ChartView:
    """Geometry of a small chart: see `ui.charts`."""
    return charts.view(list(series or []), kind)


@register.simple_tag
def qr(text: str) -> SafeString:
    """An inline SVG of the QR code of `text`."""
    return mark_safe(printing.qr_svg(text))  # segno's own output


@dataclass(frozen=True, slots=True)
class SortView:
    """How a column is sorted now, and where a click leads."""

    order: str
    href: str


@register.simple_tag
def sort_view(request: HttpRequest | None, name: str) -> SortView:
    """The present order by `name` (`sort=name` in the address, `sort=-name` falling), and the address of the other one."""
    query = request.GET.copy() if request else QueryDict(mutable=True)
    order = {name: "ascending", f"-{name}": "descending"}.get(query.get("sort", ""), "none")
    query["sort"] = f"-{name}" if order == "ascending" else name
    query.pop("page", None)  # another order has other pages
    return SortView(order, f"?{query.urlencode()}")
