"""Spreadsheets: the template for plots, their import with a dry run, and the export of lots."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.errors import Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production import queries
from tiantou.production.pages.forms import SheetForm
from tiantou.production.services.imports import import_plots
from tiantou.production.services.plots import GROWERS
from tiantou.production.sheets import lots_sheet, plots_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx(name: str, content: bytes) -> HttpResponse:
    """A spreadsheet to be saved under a name."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@page("fields/template/", name="plots_template", access=GROWERS)
def template(request: Request) -> HttpResponse:
    """The empty sheet of plots."""
    del request
    return xlsx("plots", plots_template())


@page("fields/import/", name="import_plots", access=GROWERS, methods=("GET", "POST"))
def import_page(request: Request) -> HttpResponse:
    """Plots from a sheet: all of it or, with a fault anywhere, nothing."""
    form = SheetForm(request.POST or None, request.FILES or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = import_plots(by=request.actor, at=clock.now(), content=form.cleaned_data["file"].read())
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("新建 %(new)s 块地；%(known)s 块早已有了，没有改动。") % {"new": made.new, "known": made.known},
            )
            return see_other(reverse("production:fields"))
    status = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, "production/import.html", {"form": form, "refusal": refusal}, status=status)


@page("lots/export/", name="export_lots", access=SIGNED_IN)
def export(request: Request) -> HttpResponse:
    """The lots that I may see, as a sheet."""
    return xlsx(f"lots-{clock.today():%Y%m%d}", lots_sheet(queries.lots_of(request.actor)))
