"""The audit: every deed, by person, verb, object and day; what is shown can be taken away as a sheet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from io import BytesIO
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from openpyxl import Workbook

from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Invalid, Problem
from tiantou.kernel.models import Deed
from tiantou.kernel.verbs import record_deed
from tiantou.kernel.web import Request, page
from tiantou.people.forms import DeedFilter
from tiantou.people.models import Person
from tiantou.ui.roles import role_name

_AUDIT = allow(Role.AUDITOR, Role.ADMINISTRATOR)
PER_PAGE = 100
#: A sheet holds at most this many deeds; who needs more narrows the days.
MOST_ROWS = 50_000
_FORMULA = tuple("=+-@\t\r＝＋－＠")


@page("deeds/", name="deeds", access=_AUDIT)
def deeds(request: Request) -> HttpResponseBase:
    """The deeds that the filter asks for, newest first."""
    form = DeedFilter(request.GET)
    rows = Paginator(filtered(request, form), PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {"form": form, "page": rows, "query": query.urlencode()}
    return render(request, "people/deeds.html", context, status=200 if form.is_valid() else 422)


@page("deeds.xlsx", name="deeds_sheet", access=_AUDIT)
def sheet(request: Request) -> HttpResponseBase:
    """The same deeds as a sheet; taking it away is itself a deed. Raises: Invalid for more rows than a sheet should hold."""
    rows = filtered(request, DeedFilter(request.GET))
    if (count := rows[: MOST_ROWS + 1].count()) > MOST_ROWS:
        raise Invalid(problems=[Problem("since", _("超过 %(n)d 行。") % {"n": MOST_ROWS}, _("请缩小日期范围再导出。"))])
    record_deed(
        verb="people.deeds_exported", by=request.actor, at=clock.now(), detail={"rows": count, **request.GET.dict()}
    )
    book = Workbook(write_only=True)
    table = book.create_sheet(_("办事记录"))
    table.append([_("时间"), _("姓名"), _("身份"), _("动作"), _("对象"), _("主体"), _("委托"), _("内容")])
    for deed in rows.iterator(2000):
        at = deed.at.astimezone(clock.ZONE).strftime("%Y-%m-%d %H:%M:%S")
        cells = [
            at,
            deed.name,
            role_name(deed.role),
            deed.verb,
            deed.subject,
            deed.party_id,
            deed.consent_id,
            str(deed.detail),
        ]
        table.append([harmless(cell) for cell in cells])
    data = BytesIO()
    book.save(data)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = HttpResponse(data.getvalue(), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="deeds-{clock.today().isoformat()}.xlsx"'
    return response


def harmless(cell: Any) -> Any:
    """A text that a spreadsheet would read as a formula begins with an apostrophe instead (CWE-1236)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def filtered(request: Request, form: DeedFilter) -> Any:
    """Deeds that the actor may see and the filter asks for; a faulty filter shows none."""
    rows = Deed.objects.visible_to(request.actor).order_by("-at", "-pk")
    if not form.is_valid():
        return rows.none()
    facts = form.cleaned_data
    if who := facts["person"].strip():
        known = Person.objects.filter(phone=who).values_list("pk", flat=True)
        rows = rows.filter(Q(name__icontains=who) | Q(person_id__in=list(known)))
    if facts["verb"].strip():
        rows = rows.filter(verb__icontains=facts["verb"].strip())
    if facts["subject"].strip():
        rows = rows.filter(subject__startswith=facts["subject"].strip())
    if facts["since"]:
        rows = rows.filter(at__gte=datetime.combine(facts["since"], time.min, clock.ZONE))
    if facts["until"]:
        rows = rows.filter(at__lt=datetime.combine(facts["until"] + timedelta(days=1), time.min, clock.ZONE))
    return rows
