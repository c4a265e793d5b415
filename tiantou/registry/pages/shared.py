"""What the register's pages share: the face, names of registers, and how a value is shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.errors import Absent
from tiantou.kernel.forms import Field, shown
from tiantou.kernel.web import Request
from tiantou.registry import queries
from tiantou.registry.drafts import LINKS
from tiantou.registry.kinds import Kind
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import REGISTERS, Record, Status

STATUS_NAMES = {Status.DRAFT: _("待核实"), Status.CONFIRMED: _("已核实"), Status.CLOSED: _("已注销")}
STATUS_SHAPES = {Status.DRAFT: "wait", Status.CONFIRMED: "ok", Status.CLOSED: "stop"}
#: Roles that register and amend; other officials read.
WRITERS = frozenset(
    {Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER, Role.BUYER}
)
IMPORTERS = frozenset({Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.FARMER, Role.STATION_KEEPER})
_CHECKED_LINKS = ("holder", "other", "platform")


def show(request: Request, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The template in the face of whoever looks."""
    return render(request, f"registry/{template}", {"base": base_of(request.actor), **context}, status=status)


def base_of(actor: Actor) -> str:
    """The base template: officials their console, other signed-in people their workbench, everybody else the public face."""
    if actor.role in OFFICIALS:
        return "ui/console.html"
    return "ui/workbench.html" if actor.signed_in else "ui/public.html"


def kind_or_404(register: str, kind: str) -> Kind:
    """The kind. Raises: Absent."""
    try:
        return find_kind(register, kind)
    except KeyError:
        raise Absent from None


def record_or_404(request: Request, kind: Kind, pk: int) -> Record:
    """The record, if the actor sees it. Raises: Absent."""
    linked = [
        "area__district",
        *(f"{name}__area__district" if name in _CHECKED_LINKS else name for name in links_in(kind)),
    ]
    rows = REGISTERS[kind.register].objects.visible_to(request.actor).select_related(*linked)
    record: Record | None = rows.filter(pk=pk).first()
    if record is None:
        raise Absent
    return record


def links_in(kind: Kind) -> list[str]:
    """The kind's columns that hold another record."""
    return [field.name for field in kind.all_fields if field.name in LINKS]


def list_url(kind: Kind) -> str:
    """The address of a kind's list."""
    return reverse("registry:list", args=[kind.register, kind.name])


def cell(actor: Actor, record: Record, field: Field, own: frozenset[str]) -> tuple[str, str]:
    """A value as text and the address it leads to ("" for none)."""
    if field.name in own:
        return shown(field, record.data.get(field.name)), record.data.get(field.name, "") if field.type == "url" else ""
    if field.name == "name":
        return queries.shown_name(actor, record), record.get_absolute_url()
    if field.name == "area":
        return place_of(record), ""
    if field.name in LINKS:
        linked = getattr(record, field.name)
        return (queries.shown_name(actor, linked), linked.get_absolute_url()) if linked else ("", "")
    value = getattr(record, field.name)
    return ("" if value is None else str(value)), ""


def place_of(record: Record) -> str:
    """`奉节县 · 示例村`: district and area."""
    area = record.area
    if area is None:
        return ""
    return f"{area.district.name} · {area.name}" if area.district and area.district_id != area.pk else area.name
