"""Pages of programmes and cases: what there is, whether I may, apply, follow, decide, and the public notices."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tiantou.cases import queries as cases
from tiantou.cases import rules as walk
from tiantou.cases.models import Case
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.errors import Absent, NotPermitted, Refused
from tiantou.kernel.forms import build_form
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for
from tiantou.programmes import queries, rules, services
from tiantou.programmes.forms import DecisionForm, ObjectionForm, PaymentForm
from tiantou.ui.navigation import Place, register_place

PER_PAGE = 50
APPLICANTS = frozenset({Role.FARMER, Role.MARKET_KEEPER})

register_place(Place(gettext_lazy("项目补贴"), "document", "programmes:list", "public", order=60))
register_place(Place(gettext_lazy("公示"), "bell", "programmes:notices", "public", order=70))
register_place(
    Place(gettext_lazy("办件"), "document", "programmes:cases", "console", OFFICIALS, 30, gettext_lazy("审批"))
)
register_place(
    Place(gettext_lazy("公示"), "bell", "programmes:notices", "console", OFFICIALS, 31, gettext_lazy("审批"))
)

#: What each verb is called on its button.
DEEDS = {
    "submit": gettext_lazy("重新提交"),
    "withdraw": gettext_lazy("撤回申报"),
    "pass": gettext_lazy("通过"),
    "return": gettext_lazy("退回补正"),
    "reject": gettext_lazy("不予通过"),
    "score": gettext_lazy("打分"),
    "object": gettext_lazy("提出异议"),
    "resolve": gettext_lazy("作出异议结论"),
    "award": gettext_lazy("批准"),
    "revoke": pgettext_lazy("award", "撤销"),
}
OUTCOMES = {
    "": ("wait", gettext_lazy("办理中")),
    "granted": ("ok", gettext_lazy("已批准")),
    "rejected": ("stop", gettext_lazy("未通过")),
    "withdrawn": ("none", gettext_lazy("已撤回")),
    "revoked": ("stop", pgettext_lazy("award", "已撤销")),
}


@tasks_for(*OFFICIALS, *APPLICANTS)
def _tasks(actor: Actor, at: object) -> list[Task]:
    """Cases that wait for the actor."""
    waiting = cases.waiting_for(actor).count()
    if not waiting and actor.role not in OFFICIALS:
        return []
    return [Task(_("等我办的件"), _("项目、补贴和认定"), reverse("programmes:cases"), waiting, "document", 20)]


@page("programmes/", name="list", access=PUBLIC)
def programmes(request: Request) -> HttpResponse:
    """Every programme in plain words."""
    return render(request, "programmes/list.html", {"programmes": queries.catalogue().values()})


@page("programmes/<slug:programme_id>/", name="programme", access=PUBLIC)
def programme(request: Request, programme_id: str) -> HttpResponse:
    """One programme: rules with their sources, parameters with their dates, the line of steps, and how I stand."""
    which = queries.programme(programme_id)
    return render(request, "programmes/programme.html", _programme_context(request.actor, which))


def _programme_context(actor: Actor, which: rules.Programme) -> dict[str, Any]:
    may_apply = actor.role in which.applicants and actor.party_id is not None
    today = clock.today()
    return {
        "programme": which,
        "may_apply": may_apply,
        "assessment": queries.assessment(which, actor, clock.now()) if may_apply else None,
        "parameters": [(parameter, parameter.on(today)) for parameter in which.parameters.values()],
        "steps": [{"label": label(step.names), "state": "next", "note": _days(step)} for step in which.line],
    }


def _days(step: walk.Step) -> str:
    if not step.days:
        return ""
    return (_("公示 %(n)d 天") if step.kind == "publicity" else _("%(n)d 个工作日")) % {"n": step.days}


@page("programmes/<slug:programme_id>/apply/", name="apply", access=SIGNED_IN, methods=("GET", "POST"))
def apply(request: Request, programme_id: str) -> HttpResponse:
    """The application form; what the platform knows is filled in already."""
    which = queries.programme(programme_id)
    if request.actor.role not in which.applicants or request.actor.party_id is None:
        raise NotPermitted(roles=which.applicants)
    form = build_form(which.fields)(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            case = services.apply_for(
                by=request.actor,
                at=clock.now(),
                programme_id=which.id,
                form={name: request.POST.get(name, "") for name in form.fields},
                key=request.POST.get("key", ""),
            )
        except Refused as fault:
            refusal = fault
        else:
            messages.success(
                request,
                _("已提交，编号 %(number)s。下一步：区县审核，五个工作日内会有结果。") % {"number": case.number},
            )
            return see_other(reverse("programmes:case", args=[case.number]))
    context = _programme_context(request.actor, which) | {
        "form": form,
        "refusal": refusal,
        "key": f"{which.id}:{clock.today().year}:{request.actor.party_id}",
    }
    return render(request, "programmes/apply.html", context, status=_status(request, form, refusal))


def _status(request: Request, form: Any, refusal: Refused | None) -> int:
    if refusal is not None:
        return refusal.status
    return 422 if request.method == "POST" and not form.is_valid() else 200


@page("cases/", name="cases", access=SIGNED_IN)
def case_list(request: Request) -> HttpResponse:
    """The cases an actor sees: what waits for it first; filters are the address."""
    seen = Case.objects.visible_to(request.actor)
    found = (
        cases.waiting_for(request.actor) if request.GET.get("show") == "waiting" else seen.order_by("-opened_at", "-id")
    )
    for name in ("programme", "outcome"):
        if value := request.GET.get(name):
            found = found.filter(**{name: "" if value == "open" else value})
    rows = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "programmes/cases.html",
        {
            "page": rows,
            "rows": [_row(case) for case in rows],
            "programmes": queries.catalogue().values(),
            "chosen": request.GET,
        },
    )


def _row(case: Case) -> dict[str, Any]:
    which = queries.programme(case.programme)
    kind, word = OUTCOMES[case.outcome]
    step = label(walk.step_of(which.line, case.step).names) if case.step else ""
    return {
        "case": case,
        "programme": which,
        "kind": kind,
        "word": step or word,
        "late": bool(case.due and case.due < clock.today()),
    }


@page("cases/<slug:number>/", name="case", access=SIGNED_IN, methods=("GET", "POST"))
def case_page(request: Request, number: str) -> HttpResponse:
    """One case: where it stands, what it rests on, what was done, and what this actor can do now."""
    case = Case.objects.visible_to(request.actor).filter(number=number).first()
    if case is None:
        raise Absent
    form = DecisionForm(request.POST or None)
    refusal = None
    if request.method == "POST":
        try:
            _decide(request, case, form)
        except Refused as fault:
            refusal = fault
        else:
            messages.success(
                request, _("已办：%(deed)s。") % {"deed": DEEDS.get(request.POST.get("do", ""), _("记录拨付"))}
            )
            return see_other(reverse("programmes:case", args=[number]))
    context = _case_context(request.actor, case) | {
        "form": form,
        "refusal": refusal,
        "payment": PaymentForm(request.POST or None),
    }
    return render(request, "programmes/case.html", context, status=refusal.status if refusal else 200)


def _decide(request: Request, case: Case, form: DecisionForm) -> None:
    if "evidence" in request.POST:
        services.pay_award(by=request.actor, at=clock.now(), case_id=case.pk, evidence=request.POST["evidence"])
        return
    form.is_valid()
    points = form.cleaned_data.get("points")
    services.decide(
        by=request.actor,
        at=clock.now(),
        case_id=case.pk,
        do=request.POST.get("do", ""),
        note=form.cleaned_data.get("note", ""),
        data={"points": points} if points is not None else None,
    )


def _case_context(actor: Actor, case: Case) -> dict[str, Any]:
    which = queries.programme(case.programme)
    shown = cases.steps_shown(which.line, case)
    entries = [
        {
            "at": entry.at,
            "title": f"{label(walk.step_of(which.line, entry.step).names)} · {DEEDS[entry.verb]}",
            "text": entry.note,
            "place": entry.name if actor.role in OFFICIALS else "",
        }
        for entry in cases.rows_of(case)
    ]
    kind, word = OUTCOMES[case.outcome]
    return {
        "case": case,
        "programme": which,
        "steps": [{"label": label(item["step"].names), "state": item["state"], "note": _until(item)} for item in shown],
        "entries": entries,
        "kind": kind,
        "word": word,
        "deeds": [(verb, DEEDS[verb]) for verb in _open_verbs(actor, case)],
        "may_pay": actor.role is Role.FINANCE_OFFICER and case.outcome == "granted" and bool(case.amount_fen),
        "facts": [
            (label(which.facts[name]), value) for name, value in case.facts["facts"].items() if name in which.facts
        ],
    }


def _until(item: dict[str, Any]) -> str:
    return _("应于 %(day)s 前办结") % {"day": item["due"]} if item["due"] else ""


def _open_verbs(actor: Actor, case: Case) -> list[str]:
    if not case.step:
        return []
    if case.party_id == actor.party_id and actor.role not in OFFICIALS:
        return (["submit"] if case.step_kind == "apply" else []) + ["withdraw"]
    if actor.role != case.step_role:
        return []
    order = ["pass", "award", "score", "resolve", "return", "reject", "revoke"]
    return [verb for verb in order if verb in walk.VERBS[case.step_kind]]


@page("notices/", name="notices", access=PUBLIC)
def notices(request: Request) -> HttpResponse:
    """What is on public notice now: names of natural persons masked, no contact, no account."""
    found = queries.notices(clock.today())
    rows = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "programmes/notices.html", {"page": rows, "rows": [_row(case) for case in rows]})


@page("notices/<slug:number>/", name="notice", access=PUBLIC, methods=("GET", "POST"))
def notice(request: Request, number: str) -> HttpResponse:
    """One notice and the form for an objection."""
    case = Case.objects.on_notice().filter(number=number).first()
    if case is None:
        raise Absent(_("这个公示不存在或已经结束。"))
    form = ObjectionForm(request.POST or None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            services.object_to_notice(by=request.actor, at=clock.now(), number=number, **form.cleaned_data)
        except Refused as fault:
            refusal = fault
        else:
            messages.success(request, _("异议已记录。经办人会核实并作出结论；结论作出之前公示不会结束。"))
            return see_other(reverse("programmes:notice", args=[number]))
    context = {
        "case": case,
        "programme": queries.programme(case.programme),
        "form": form,
        "refusal": refusal,
        "verdicts": _verdicts(case),
    }
    return render(request, "programmes/notice.html", context, status=_status(request, form, refusal))


def _verdicts(case: Case) -> list[dict[str, Any]]:
    return [verdict | {"words": label(verdict["says"])} for verdict in case.facts["verdicts"]]
