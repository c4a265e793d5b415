"""Taking in a sheet: upload, what would happen, confirm, done with the way back."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app

from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.errors import Absent, Problem, Refused, TooLarge
from tiantou.kernel.web import Request, page, see_other
from tiantou.registry.kinds import Kind
from tiantou.registry.models import Batch, BatchState
from tiantou.registry.pages.lists import download
from tiantou.registry.pages.shared import IMPORTERS, kind_or_404, list_url, show
from tiantou.registry.services import check_batch, stage_sheet, take_batch, undo_import
from tiantou.registry.services.imports import AT_ONCE, begin_taking, staged_rows
from tiantou.registry.sheets import writing
from tiantou.registry.sheets.reading import MOST_BYTES

ACCESS = allow(*IMPORTERS)
_SHOWN = 50
_SHAPES = {
    BatchState.CHECKING: "wait", BatchState.CHECKED: "info", BatchState.TAKING: "wait", BatchState.TAKEN: "ok",
    BatchState.UNDONE: "none", BatchState.FAILED: "stop",
}  # fmt: skip
STATE_NAMES = {
    BatchState.CHECKING: gettext_lazy("核对中"), BatchState.CHECKED: gettext_lazy("已核对，等您确认"),
    BatchState.TAKING: gettext_lazy("登记中"), BatchState.TAKEN: gettext_lazy("已登记"),
    BatchState.UNDONE: gettext_lazy("已撤销"), BatchState.FAILED: gettext_lazy("没有办成"),
}  # fmt: skip


class UploadForm(forms.Form):
    """One file."""

    sheet = forms.FileField(
        label=gettext_lazy("填好的表格"),
        help_text=gettext_lazy(".xlsx 或 .csv，最多 20 MB、50,000 行"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


@page("register/<str:register>/<str:kind>/import/", name="import", access=ACCESS, methods=("GET", "POST"))
def upload(request: Request, register: str, kind: str) -> HttpResponse:
    """Upload a sheet; it is checked first, and nothing is registered before it is confirmed."""
    definition = kind_or_404(register, kind)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return _upload(request, definition, form)
    if not form.is_valid():
        return _upload(request, definition, form, status=422)
    file = form.cleaned_data["sheet"]
    try:
        if file.size > MOST_BYTES:
            raise TooLarge(_("文件超过 20 MB。"), _("请分成几个文件。"))
        batch = stage_sheet(
            by=request.actor, at=clock.now(), register=register, kind=kind, file_name=file.name, content=file.read(),
            key=request.POST.get("key", "")[:64],
        )  # fmt: skip
        if batch.total > AT_ONCE:
            app.configure_task("registry.check_batch").defer(batch_id=batch.pk)
        elif batch.state == BatchState.CHECKING:
            check_batch(by=request.actor, at=clock.now(), batch=batch)
    except Refused as refusal:
        return _upload(request, definition, form, refusal, status=refusal.status)
    return see_other(reverse("registry:batch", args=[batch.pk]))


def _upload(
    request: Request, kind: Kind, form: UploadForm, refusal: Refused | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "kind": kind,
        "form": form,
        "refusal": refusal,
        "list_url": list_url(kind),
        "steps": _steps(0),
        "key": uuid.uuid4().hex,
    }
    return show(request, "import.html", context, status)


@page("imports/<int:pk>/", name="batch", access=ACCESS, methods=("GET", "POST"))
def batch(request: Request, pk: int) -> HttpResponse:
    """What was found in a sheet; a POST takes it in."""
    found = _batch(request, pk)
    if request.method != "POST":
        return _shown(request, found)
    accept = "good" if request.POST.get("accept") == "good" else "all"
    try:
        if found.total > AT_ONCE and found.state == BatchState.CHECKED and (accept == "good" or not found.faulty):
            if begin_taking(batch=found):
                app.configure_task("registry.take_batch").defer(batch_id=found.pk, accept=accept)
            return see_other(reverse("registry:batch", args=[found.pk]))
        found = take_batch(by=request.actor, at=clock.now(), batch=found, accept=accept)
    except Refused as refusal:
        return _shown(request, _batch(request, pk), refusal)
    messages.success(request, _("已登记：新增 {created} 条，修改 {amended} 条，{same} 条没有变化。").format(
        created=found.created, amended=found.amended, same=found.same))  # fmt: skip
    return see_other(reverse("registry:batch", args=[found.pk]))


@page("imports/<int:pk>/undo/", name="undo", access=ACCESS, methods=("POST",))
def undo(request: Request, pk: int) -> HttpResponse:
    """The import is as if it had not been; refused, saying what, where its rows were changed or used since."""
    found = _batch(request, pk)
    try:
        undo_import(by=request.actor, at=clock.now(), batch=found)
    except Refused as refusal:
        return _shown(request, found, refusal)
    messages.success(request, _("已撤销这批导入。"))
    return see_other(reverse("registry:batch", args=[pk]))


@page("imports/<int:pk>/marked/", name="marked", access=ACCESS)
def marked(request: Request, pk: int) -> HttpResponse:
    """The uploaded sheet with its faults marked, to mend and upload again."""
    found = _batch(request, pk)
    columns, rows = staged_rows(found)
    problems = [Problem(**each) for each in found.problems]
    body = writing.marked(kind_or_404(found.register, found.kind), columns, rows, problems)
    return download(body, _("已标出问题-{name}").format(name=found.file_name.rsplit(".", 1)[0]), "xlsx")


def _batch(request: Request, pk: int) -> Batch:
    found: Batch | None = Batch.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise Absent
    return found


def _shown(request: Request, found: Batch, refusal: Refused | None = None) -> HttpResponse:
    kind = kind_or_404(found.register, found.kind)
    titles = {field.name: field.title for field in kind.all_fields}
    problems = [{**each, "title": titles.get(each["field"], each["field"])} for each in found.problems[:_SHOWN]]
    at = {BatchState.CHECKED: 1, BatchState.TAKING: 2, BatchState.TAKEN: 3, BatchState.UNDONE: 3}.get(
        BatchState(found.state), 1
    )
    context: dict[str, Any] = {
        "batch": found, "kind": kind, "problems": problems, "more": max(0, len(found.problems) - _SHOWN), "refusal": refusal,
        "working": found.state in {BatchState.CHECKING, BatchState.TAKING}, "steps": _steps(at), "list_url": list_url(kind),
        "good": found.total - found.faulty, "shape": _SHAPES[BatchState(found.state)], "state": STATE_NAMES[BatchState(found.state)],
        "takeable": found.created + found.amended,
    }  # fmt: skip
    return show(request, "batch.html", context, status=refusal.status if refusal else 200)


def _steps(at: int) -> list[dict[str, Any]]:
    names = [_("上传"), _("核对"), _("写入登记簿"), _("完成")]
    return [
        {"label": name, "state": "done" if n < at or at == len(names) - 1 else "now" if n == at else "next", "note": ""}
        for n, name in enumerate(names)
    ]
