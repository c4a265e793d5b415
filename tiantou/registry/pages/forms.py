"""Registering and amending a record with the form that its kind describes."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import OFFICIALS, Actor
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.forms import Field, SpecForm, build_form, shield
from tiantou.kernel.web import Request, page, see_other
from tiantou.registry import queries
from tiantou.registry.drafts import may_amend
from tiantou.registry.kinds import Kind
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import Record, Status
from tiantou.registry.pages.shared import WRITERS, kind_or_404, list_url, record_or_404, show
from tiantou.registry.services import amend_record, register_record

ACCESS = allow(*WRITERS)


@page("register/<str:register>/<str:kind>/new/", name="new", access=ACCESS, methods=("GET", "POST"))
def new(request: Request, register: str, kind: str) -> HttpResponse:
    """A form for a new record; what was typed stays when something is wrong."""
    definition = kind_or_404(register, kind)
    fields = fields_for(definition, request.actor)
    form = build_form(fields)(request.POST or None)
    if request.method != "POST":
        return _form(request, definition, form)
    if not form.is_valid():
        return _form(request, definition, form, status=422)
    try:
        made = register_record(
            by=request.actor,
            at=clock.now(),
            register=register,
            kind=kind,
            values=_typed(fields, form),
            key=request.POST.get("key", "")[:64],
        )
    except Refused as refusal:
        return _form(request, definition, form, refusal, status=refusal.status)
    if made.status == Status.CONFIRMED:
        messages.success(request, _("已登记“{name}”，编号 {code}。").format(name=made.name, code=made.code))
    else:
        messages.success(
            request,
            _("已登记“{name}”，编号 {code}。下一步：主管人员看过证明材料后核实。").format(
                name=made.name, code=made.code
            ),
        )
    return see_other(made.get_absolute_url())


@page("register/<str:register>/<str:kind>/<int:pk>/edit/", name="edit", access=ACCESS, methods=("GET", "POST"))
def edit(request: Request, register: str, kind: str, pk: int) -> HttpResponse:
    """The form of a record as it stands; refused where somebody changed it meanwhile."""
    found = record_or_404(request, kind_or_404(register, kind), pk)
    if not may_amend(request.actor, found):
        raise Absent
    definition = find_kind(register, found.kind)
    fields = fields_for(definition, request.actor)
    if request.method != "POST":
        return _form(request, definition, build_form(fields)(initial=_kept(found, definition)), record=found)
    form = build_form(fields)(request.POST)
    if not form.is_valid():
        return _form(request, definition, form, record=found, status=422)
    version = request.POST.get("version", "")
    try:
        amend_record(
            by=request.actor,
            at=clock.now(),
            record=found,
            version=int(version) if version.isdigit() else 0,
            values=_typed(fields, form),
        )
    except Refused as refusal:
        return _form(request, definition, form, refusal, record=found, status=refusal.status)
    messages.success(request, _("已保存“{name}”的改动。").format(name=found.name))
    return see_other(found.get_absolute_url())


def fields_for(kind: Kind, actor: Actor) -> list[Field]:
    """The kind's fields; whoever is no official holds what is registered, so the holder is not asked."""
    return [field for field in kind.all_fields if field.name != "holder" or actor.role in OFFICIALS]


def _typed(fields: list[Field], form: SpecForm) -> dict[str, Any]:
    """What was typed, with identity numbers hashed: the verb judges it again, as it does for every face."""
    data: Any = form.data  # a QueryDict where it came from a browser
    raw = {
        field.name: data.getlist(field.name) if field.type == "choices" else data.get(field.name) for field in fields
    }
    return shield(fields, raw)


def _kept(found: Record, kind: Kind) -> dict[str, Any]:
    own = {field.name for field in kind.fields}
    return {name: value for name, value in queries.values_of(found, kind).items() if name not in own} | dict(found.data)


def _form(
    request: Request,
    kind: Kind,
    form: SpecForm,
    refusal: Refused | None = None,
    *,
    record: Record | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = [
        (form[spec.name], spec.unit_title, spec.type in {"integer", "decimal", "money", "mass", "area_mu"})
        for spec in form.specs
    ]
    context = {
        "kind": kind, "form": form, "rows": rows, "refusal": refusal, "record": record, "key": request.POST.get("key") or uuid.uuid4().hex,
        "version": request.POST.get("version") or (record.version if record else 0), "list_url": list_url(kind),
    }  # fmt: skip
    return show(request, "form.html", context, status)
