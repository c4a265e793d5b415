"""门口查验: codes in, verdicts out, one submit for a whole lorry; the same page on a phone without network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import SIGNED_IN
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.errors import Invalid, Problem, Refused
from tiantou.kernel.units import grams
from tiantou.kernel.web import Request, page, see_other
from tiantou.kernel.workbench import Task, tasks_for
from tiantou.production.queries import seen
from tiantou.quality import sheets
from tiantou.quality.models import GateDecision, GateEntry
from tiantou.quality.queries import gate as queries
from tiantou.quality.rules import gate as rules
from tiantou.quality.scanning import code_in
from tiantou.quality.services import KEEPERS, decide_entry
from tiantou.ui.navigation import Place, register_place

_WORKER = Path(__file__).parent.parent / "static" / "quality" / "gate-worker.js"
_SAID = ("goods", "vendor_name", "vendor_phone", "origin", "truck")
_TEST = ("item", "value", "limit", "unit", "instrument")
register_place(
    Place(
        gettext_lazy("市场准入"),
        "market",
        "quality:gate_entries",
        "console",
        OFFICIALS,
        order=44,
        group=gettext_lazy("质量安全"),
    )
)


@tasks_for(Role.MARKET_KEEPER)
def gate_tasks(actor: Actor, at: datetime) -> Iterator[Task]:
    """What waits at the keeper's gate."""
    yield Task(_("门口查验"), _("扫码、查验、放行，没有网络也能记"), reverse("quality:gate"), icon="shield", order=5)
    if alarms := queries.alarms_of(actor).count():
        yield Task(
            _("离线放行有问题"),
            _("找到这些货，先隔离"),
            reverse("quality:gate_entries") + "?alarm=1",
            alarms,
            "warn",
            1,
        )


@page("gate/", name="gate", access=KEEPERS, methods=("GET", "POST"))
def gate(request: Request) -> HttpResponse:
    """First the codes; then each with its verdict, and one submit."""
    market = queries.gate_of(request.actor)
    refusal: Refused | None = None
    codes: list[str] = []
    if request.method == "POST":
        try:
            codes = _codes(request)
        except Refused as refused:
            refusal = refused
        if request.POST.get("do") == "decide" and refusal is None:
            return _decide(request, codes)
    shown = queries.present(codes, market, clock.now()) if codes else []
    context = {
        "market": market,
        "refusal": refusal,
        "lines": [_line(each, {}) for each in shown],
        "typed": request.POST.get("codes", ""),
        "truck": request.POST.get("truck", ""),
        "decisions": GateDecision,
        "reasons": reasons(),
        "latest": queries.entries_of(request.actor).filter(market=market)[:8],
        "person": request.actor.person_id,
    }
    return render(request, "quality/gate.html", context, status=refusal.status if refusal else 200)


def reasons() -> list[str]:
    """The usual reasons, to be tapped rather than typed."""
    return [_("没有合格证"), _("合格证作废"), _("检测不合格"), _("被扣留或召回"), _("证货不符"), _("腐烂变质")]


def _codes(request: Request) -> list[str]:
    """What was typed and photographed. Raises: Invalid."""
    codes = rules.split_codes(request.POST.get("codes", ""))
    for picture in request.FILES.getlist("pictures")[:20]:
        codes += rules.split_codes(code_in(picture.read()))
    codes = list(dict.fromkeys(codes))
    if not codes:
        raise Invalid(problems=[Problem("codes", _("没有编号。"), _("扫码，或输入合格证、批次、箱子的编号。"))])
    if len(codes) > rules.MOST_CODES:
        raise Invalid(problems=[Problem("codes", _("一次最多 200 个编号。"), _("分几次查验。"))])
    return codes


def _line(shown: queries.Presented, fault: Mapping[str, str]) -> dict[str, Any]:
    return {
        "shown": shown,
        "checks": [(check.state, words(check, shown)) for check in shown.checks],
        "advice": shown.advice,
        "advice_words": ADVICE[shown.advice],
        "preset": GateDecision.REFUSE if shown.advice is rules.Advice.TEST else GateDecision(str(shown.advice)),
        "key": token_urlsafe(16),
        "fault": fault,
    }


ADVICE = {
    rules.Advice.ACCEPT: gettext_lazy("可以放行"),
    rules.Advice.TEST: gettext_lazy("先检测"),
    rules.Advice.REFUSE: gettext_lazy("应拒收"),
    rules.Advice.QUARANTINE: gettext_lazy("应隔离"),
}


def words(check: rules.Check, shown: queries.Presented) -> str:
    """What a check says, in a few words."""
    standing = shown.standing
    if check.name == "hold":
        return _("在扣留或召回中") if standing.held else _("没有被扣留")
    if check.name == "paper":
        return {
            "valid": _("合格证有效"),
            "not-needed": _("不需要合格证"),
            "revoked": _("合格证已作废"),
            "replaced": _("合格证已换开"),
            "missing": _("没有合格证"),
        }[standing.paper]
    if check.name == "exit":
        if not standing.known:
            return _("平台上没有这批货")
        return _("没过产地准出") if check.state == "stop" else _("产地准出没有问题")
    if check.name == "test":
        return {True: _("近期检测合格"), False: _("检测不合格"), None: _("没有近期检测")}[standing.tested]
    return _("供货者有档案") if standing.vendor_on_file else _("供货者还没有档案")


def _decide(request: Request, codes: list[str]) -> HttpResponse:
    """Every line is a verb of its own; what was not written is shown again with why."""
    faults: dict[str, Refused] = {}
    counts = dict.fromkeys(GateDecision.values, 0)
    for number, code in enumerate(codes):
        try:
            made = _entry(request, number, code)
        except Refused as refused:
            faults[code] = refused
        else:
            counts[made.decision] += 1
    done = sum(counts.values())
    if done:
        messages.success(
            request,
            _("记下了：放行 %(accept)d，拒收 %(refuse)d，隔离 %(quarantine)d。") % counts,
        )
    if not faults:
        return see_other(reverse("quality:gate"))
    market = queries.gate_of(request.actor)
    shown = queries.present(list(faults), market, clock.now())
    context = {
        "market": market,
        "lines": [
            _line(each, {"reason": str(faults[each.code]), "remedy": faults[each.code].remedy}) for each in shown
        ],
        "typed": "\n".join(faults),
        "truck": request.POST.get("truck", ""),
        "decisions": GateDecision,
        "reasons": reasons(),
        "person": request.actor.person_id,
    }
    return render(request, "quality/gate.html", context, status=409)


def _entry(request: Request, number: int, code: str) -> GateEntry:
    def field(name: str) -> str:
        return request.POST.get(f"{number}-{name}", "").strip()

    brought = rules.Brought(
        **{name: field(name) for name in _SAID if name != "truck"},
        truck=request.POST.get("truck", "").strip(),
        mass_g=_mass(field("mass_kg")),
    )
    return decide_entry(
        by=request.actor,
        at=clock.now(),
        code=code,
        decision=field("decision"),
        reason=field("reason"),
        brought=brought,
        test={name: field(name) for name in _TEST} if field("value") else None,
        key=field("key")[:64],
    )


def _mass(text: str) -> int | None:
    """Grams of what was typed in kilograms; None for nothing. Raises: Invalid."""
    if not text:
        return None
    try:
        return grams(text)
    except (ArithmeticError, ValueError):
        raise Invalid(problems=[Problem("mass_kg", _("重量不是数字。"), _("按公斤填写。"))]) from None


@page("gate/list/", name="gate_list", access=KEEPERS)
def gate_list(request: Request) -> HttpResponse:
    """What a phone takes along, with a fresh token for what it will send."""
    queries.gate_of(request.actor)
    response = JsonResponse({**queries.gate_list(clock.now()), "csrf": get_token(request)})
    response["Cache-Control"] = "no-store"
    return response


@page("gate/sync/", name="gate_sync", access=KEEPERS, methods=("POST",))
def gate_sync(request: Request) -> HttpResponse:
    """Decisions that a phone made without network: each is written once, and the answer says for each what became of it."""
    queries.gate_of(request.actor)
    try:
        sent = json.loads(request.body)
        lines = list(sent["lines"])[: rules.MOST_CODES]
        person = sent.get("person")
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"words": _("看不懂发来的内容。")}, status=400)
    if person != request.actor.person_id:
        return JsonResponse({"words": _("这些记录是另一个人记的，请他登录后再同步。")}, status=409)
    response = JsonResponse({"results": [_synced(request, line) for line in lines if isinstance(line, dict)]})
    response["Cache-Control"] = "no-store"
    return response


def _synced(request: Request, line: Mapping[str, Any]) -> dict[str, str]:
    def text(name: str) -> str:
        value = line.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    key = text("key")[:64]
    try:
        if not key:
            raise Invalid(problems=[Problem("key", _("这一行没有编号键。"))])
        made = decide_entry(
            by=request.actor,
            at=clock.now(),
            code=text("code"),
            decision=text("decision"),
            reason=text("reason"),
            brought=rules.Brought(**{name: text(name) for name in _SAID}, mass_g=_mass(text("mass_kg"))),
            decided_at=_instant(text("decided_at")),
            offline=True,
            key=key,
        )
    except Refused as refused:
        return {"key": key, "state": "refused", "words": str(refused)}
    if made.alarm:
        return {
            "key": key,
            "state": "alarm",
            "number": made.number,
            "words": _("记下了，但这批货不该放行：找到它，先隔离。"),
        }
    return {"key": key, "state": "recorded", "number": made.number, "words": ""}


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid(problems=[Problem("decided_at", _("手机上的时间不对。"), _("校准手机时间再记。"))])
    return at


@page("gate/worker.js", name="gate_worker", access=KEEPERS)
def gate_worker(request: Request) -> HttpResponse:
    """The service worker, served below the page so that its scope is the gate and nothing else."""
    response = HttpResponse(_WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@page("gate/entries/", name="gate_entries", access=SIGNED_IN)
def gate_entries(request: Request) -> HttpResponse:
    """The ledger of decisions, newest first."""
    rows = _filtered(request)
    official = request.actor.role in OFFICIALS
    context = {
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "q": request.GET.get("q", ""),
        "chosen": request.GET.get("decision", ""),
        "alarm": request.GET.get("alarm", ""),
        "decisions": GateDecision,
        "counts": {choice: rows.filter(decision=choice).count() for choice in GateDecision.values} if official else {},
    }
    return render(request, f"quality/gate_entries{'_console' if official else ''}.html", context)


def _filtered(request: Request) -> Any:
    rows = queries.entries_of(request.actor)
    if request.GET.get("alarm"):
        rows = queries.alarms_of(request.actor)
    if (decision := request.GET.get("decision", "")) in GateDecision.values:
        rows = rows.filter(decision=decision)
    if (text := request.GET.get("q", "").strip()) and text.isprintable():
        rows = (
            rows.filter(code__contains=text) | rows.filter(vendor_name__contains=text) | rows.filter(truck=text.upper())
        )
    return rows


@page("gate/entries/export/", name="export_gate_entries", access=SIGNED_IN)
def export(request: Request) -> HttpResponse:
    """The ledger as a spreadsheet."""
    return sheets.xlsx(f"gate-{clock.today():%Y%m%d}", sheets.gate_sheet(_filtered(request)[:20_000]))


@page("gate/entries/<int:pk>/", name="gate_entry", access=SIGNED_IN)
def gate_entry(request: Request, pk: int) -> HttpResponse:
    """One decision with everything that was looked at."""
    rows = GateEntry.objects.select_related("market", "lot__product", "commitment", "vendor")
    found = seen(rows, request.actor, pk)
    context = {
        "entry": found,
        "checks": [(check["state"], CHECKS[check["name"]]) for check in found.checks],
        "advice": ADVICE[rules.Advice(found.advice)],
        "base_template": "ui/console.html" if request.actor.role in OFFICIALS else "ui/workbench.html",
    }
    return render(request, "quality/gate_entry.html", context)


CHECKS = {
    "hold": gettext_lazy("扣留和召回"),
    "paper": gettext_lazy("合格证"),
    "exit": gettext_lazy("产地准出"),
    "test": gettext_lazy("检测"),
    "vendor": gettext_lazy("供货者档案"),
}
