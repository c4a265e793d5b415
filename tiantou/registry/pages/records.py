"""One record: its page and print, confirming and closing it; the public check of a certificate."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Refused
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page, see_other
from tiantou.registry import queries
from tiantou.registry.drafts import may_amend, within
from tiantou.registry.kinds import Kind
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import LinkKind, Party, Record, Revision, Status
from tiantou.registry.pages.shared import (
    STATUS_NAMES,
    STATUS_SHAPES,
    cell,
    kind_or_404,
    list_url,
    place_of,
    record_or_404,
    show,
)
from tiantou.registry.rules import Validity, validity
from tiantou.registry.services import close_record, confirm_record
from tiantou.registry.words import REGISTER_NAMES
from tiantou.ui.roles import role_name

VALIDITY = {
    Validity.VALID: ("ok", gettext_lazy("有效")),
    Validity.NOT_YET: ("wait", gettext_lazy("还没有生效")),
    Validity.EXPIRED: ("stop", gettext_lazy("已经过期")),
    Validity.WITHDRAWN: ("stop", gettext_lazy("已经注销")),
    Validity.UNCONFIRMED: ("wait", gettext_lazy("尚未核实")),
    Validity.UNKNOWN: ("none", gettext_lazy("登记簿里没有这个号码")),
}
#: How a link reads from the subject's side and from the object's.
LINK_WORDS = {
    LinkKind.MEMBER: (gettext_lazy("是其成员"), gettext_lazy("的成员")),
    LinkKind.FRANCHISEE: (gettext_lazy("加盟于"), gettext_lazy("的加盟者")),
    LinkKind.SUCCESSOR: (gettext_lazy("承继自"), gettext_lazy("由其承继")),
    LinkKind.MERGED_INTO: (gettext_lazy("并入了"), gettext_lazy("并入本主体")),
}


@page("register/<str:register>/<str:kind>/<int:pk>/", name="record", access=PUBLIC)
def record(request: Request, register: str, kind: str, pk: int) -> HttpResponse:
    """Everything the actor may read of a record; `?print=1` is the sheet for the file."""
    definition = kind_or_404(register, kind)
    return _detail(request, definition, record_or_404(request, definition, pk))


def _detail(request: Request, kind: Kind, found: Record, refusal: Refused | None = None) -> HttpResponse:
    actor = request.actor
    kind = find_kind(kind.register, found.kind)
    printing = request.GET.get("print") == "1"
    context: dict[str, Any] = {
        "kind": kind, "record": found, "name": queries.shown_name(actor, found), "facts": _facts(request, found, kind),
        "status": STATUS_NAMES[Status(found.status)], "shape": STATUS_SHAPES[Status(found.status)], "list_url": list_url(kind),
        "validity": _validity(found), "designations": _designations(found), "refusal": refusal,
        "may_amend": may_amend(actor, found), "may_confirm": _may_confirm(request, found, kind), "place": place_of(found),
        "papers": [(paper.name, label(paper.label), paper.required) for paper in kind.papers], "now": clock.now(),
        "site_place": found if found._meta.model_name == "site" else None, "register_title": REGISTER_NAMES[kind.register],
    }  # fmt: skip
    if isinstance(found, Party):
        context["links"] = _links(request, found)
        context["held"] = [
            (
                REGISTER_NAMES[name],
                [(each.name, each.get_absolute_url(), find_kind(name, each.kind).title) for each in rows],
            )
            for name, rows in queries.held_by(found, actor).items()
        ]
    if actor.signed_in:
        context["history"] = _history(request, found, kind)
    if printing:
        context["base"] = "ui/print.html"
    return show(
        request, "print.html" if printing else "record.html", context, status=refusal.status if refusal else 200
    )


@page("register/<str:register>/<str:kind>/<int:pk>/confirm/", name="confirm", access=SIGNED_IN, methods=("POST",))
def confirm(request: Request, register: str, kind: str, pk: int) -> HttpResponse:
    """The officer has seen the papers and confirms the record."""
    definition = kind_or_404(register, kind)
    found = record_or_404(request, definition, pk)
    try:
        confirm_record(by=request.actor, at=clock.now(), record=found, papers_seen=request.POST.getlist("papers"))
    except Refused as refusal:
        return _detail(request, definition, found, refusal)
    messages.success(request, _("已核实“{name}”，公众现在可以查到。").format(name=found.name))
    return see_other(found.get_absolute_url())


@page("register/<str:register>/<str:kind>/<int:pk>/close/", name="close", access=SIGNED_IN, methods=("POST",))
def close(request: Request, register: str, kind: str, pk: int) -> HttpResponse:
    """The record is closed with its reason."""
    definition = kind_or_404(register, kind)
    found = record_or_404(request, definition, pk)
    try:
        close_record(by=request.actor, at=clock.now(), record=found, reason=request.POST.get("reason", "")[:300])
    except Refused as refusal:
        return _detail(request, definition, found, refusal)
    messages.success(request, _("“{name}”已注销。记录仍可查阅，代码可以重新登记。").format(name=found.name))
    return see_other(list_url(definition))


@page("check/certificate/", name="check_certificate", access=PUBLIC)
def check_certificate(request: Request) -> HttpResponse:
    """Whether a certificate with this number is valid today: for anybody, answer first."""
    q = request.GET.get("q", "").replace("\0", "").strip()[:64]
    today = clock.today()
    checked = queries.check_certificate(q, today) if q else None
    context: dict[str, Any] = {"q": q, "checked": checked, "today": today}
    if checked:
        context["shape"], context["word"] = VALIDITY[checked.validity]
        if checked.certificate:
            found = checked.certificate
            context["facts"] = [
                (_("证书"), checked.kind.title if checked.kind else "", ""),
                (_("名称"), found.name, found.get_absolute_url() if found.status != Status.CLOSED else ""),
                (_("持有人"), queries.shown_name(request.actor, found.holder) if found.holder else "", ""),
                (_("发证日期"), found.starts.isoformat() if found.starts else "", ""),
                (_("有效期至"), found.ends.isoformat() if found.ends else _("长期"), ""),
            ]
    return show(request, "check.html", context)


def _facts(request: Request, found: Record, kind: Kind) -> list[tuple[str, str, str]]:
    own = frozenset(each.name for each in kind.fields)
    readable = [each for each in queries.shown_fields(request.actor, found, kind) if each.name != "name"]
    facts = [(field.title, *cell(request.actor, found, field, own)) for field in readable]
    if not may_amend(request.actor, found):
        # Whoever cannot fill the gaps is not shown a page of them.
        facts = [fact for fact in facts if fact[1] != ""]
    if kind.register == "site":
        facts.append((_("最近活动"), found.last_active.isoformat() if found.last_active else "", ""))  # type: ignore[attr-defined]
    return facts


def _validity(found: Record) -> tuple[str, Any] | None:
    if found._meta.model_name != "certificate":
        return None
    return VALIDITY[validity(status=found.status, starts=found.starts, ends=found.ends, on=clock.today())]


def _designations(found: Record) -> list[dict[str, Any]]:
    register = found._meta.model_name or ""
    return [
        {"title": find_kind(register, each.kind).title, "starts": each.starts, "ends": each.ends}
        for each in queries.designations(found)
    ]


def _may_confirm(request: Request, found: Record, kind: Kind) -> bool:
    actor = request.actor
    if found.status != Status.DRAFT or actor.role not in kind.confirmers:
        return False
    return actor.role is not Role.DISTRICT_OFFICER or within(actor, found)


def _links(request: Request, party: Party) -> list[dict[str, Any]]:
    links = []
    for link in queries.links_of(party, request.actor):
        outward = link.subject_id == party.pk
        other = link.object if outward else link.subject
        links.append({
            "word": LINK_WORDS[LinkKind(link.kind)][0 if outward else 1], "name": queries.shown_name(request.actor, other),
            "href": other.get_absolute_url(), "starts": link.starts, "ends": link.ends,
        })  # fmt: skip
    return links


def _history(request: Request, found: Record, kind: Kind) -> list[dict[str, Any]]:
    titles = {field.name: field.title for field in queries.shown_fields(request.actor, found, kind)}
    return [
        {
            "at": revision.at, "title": _what(revision), "place": "", "text": _changed(revision, titles),
            "kind": "info", "href": "",
        }
        for revision in queries.history(found)
    ]  # fmt: skip


def _what(revision: Revision) -> str:
    status = revision.changes.get("status", [None, None])[1]
    verb = {"confirmed": _("核实"), "closed": _("注销")}.get(status or "", _("修改"))
    verb = _("新登记") if revision.version == 1 else verb
    return f"{verb} · {role_name(revision.role)}"


def _changed(revision: Revision, titles: dict[str, str]) -> str:
    if revision.version == 1:
        return _("从表格导入，第 {n} 批").format(n=revision.batch_id) if revision.batch_id else ""
    parts = []
    for name, (old, new) in revision.changes.items():
        title = titles.get(name.removesuffix("_id"))
        if title and not name.endswith("_id"):
            parts.append(f"{title}：{_or_blank(old)} → {_or_blank(new)}")
        elif title:
            parts.append(title)
    if reason := revision.changes.get("reason"):
        parts.append(_("原因：{reason}").format(reason=reason[1]))
    return "；".join(parts)


def _or_blank(value: Any) -> str:
    return _("（空）") if value in (None, "", []) else str(value)
