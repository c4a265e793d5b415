"""能不能出村: the verdict on a lot's page, the pass and its slip, and the officers' list."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN, allow
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.errors import Refused
from tiantou.kernel.units import show_kg
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Lot
from tiantou.production.panels import Panel, lot_panel
from tiantou.production.queries import inputs, seen
from tiantou.quality import queries, sheets
from tiantou.quality.models import ExitPass, Occasion
from tiantou.quality.papers import check_url
from tiantou.quality.queries import exits as queries_exit
from tiantou.quality.queries import laboratories
from tiantou.quality.services import ASKERS, permit_exit
from tiantou.ui import printing
from tiantou.ui.navigation import Place, register_place

WATCHERS = allow(*OFFICIALS)
register_place(
    Place(
        gettext_lazy("产地准出"),
        "truck",
        "quality:exits",
        "console",
        OFFICIALS,
        order=42,
        group=gettext_lazy("质量安全"),
    )
)
_ROLES = frozenset({Role.FARMER, Role.STATION_KEEPER, Role.MARKET_KEEPER}) | OFFICIALS


@lot_panel
def _exit_panel(actor: Actor, lot: Lot, at: datetime) -> Panel | None:
    """Whether this lot may leave, what is missing, and where to mend it."""
    if actor.role not in _ROLES:
        return None
    verdict = queries_exit.exit_permission(lot, at)
    facts = {
        "lot": lot,
        "allowed": verdict.allowed,
        "reasons": queries_exit.in_words(verdict, lot),
        "may_mend": ASKERS.admits(actor),
        "may_ask": ASKERS.admits(actor) and verdict.allowed,
        "last": ExitPass.objects.filter(lot=lot).first(),
        "key": token_urlsafe(16),
    }
    return Panel("quality/exit_panel.html", facts, order=10)


@page("lots/<int:pk>/exit/", name="ask_exit", access=ASKERS, methods=("GET", "POST"))
def ask_exit(request: Request, pk: int) -> HttpResponse:
    """能不能出村: the verdict in full; a tap makes the pass."""
    lot = seen(Lot.objects.select_related("product", "producer", "place"), request.actor, pk)
    refusal = None
    if request.method == "POST":
        try:
            made = permit_exit(by=request.actor, at=clock.now(), lot=lot, key=request.POST.get("key", "")[:64])
        except Refused as refused:
            refusal = refused
        else:
            messages.success(request, _("准出单 %(number)s 开好了，打印或在手机上给人看。") % {"number": made.number})
            return see_other(reverse("quality:exit_pass", args=[made.pk]))
    verdict = queries_exit.exit_permission(lot, clock.now())
    context = {
        "lot": lot,
        "refusal": refusal,
        "allowed": verdict.allowed,
        "reasons": queries_exit.in_words(verdict, lot),
        "last": ExitPass.objects.filter(lot=lot).first(),
        "key": token_urlsafe(16),
    }
    return render(request, "quality/ask_exit.html", context, status=refusal.status if refusal else 200)


@page("exits/<int:pk>/", name="exit_pass", access=SIGNED_IN)
def exit_pass(request: Request, pk: int) -> HttpResponse:
    """One pass: what was looked at."""
    found = _pass(request, pk)
    context = {
        "pass": found,
        "base_template": "ui/console.html" if request.actor.role in OFFICIALS else "ui/workbench.html",
    }
    return render(request, "quality/exit_pass.html", context)


@page("exits/<int:pk>/slip.pdf", name="exit_slip", access=SIGNED_IN)
def exit_slip(request: Request, pk: int) -> HttpResponse:
    """The pass as an A4 sheet that goes with the goods."""
    found = _pass(request, pk)
    response = HttpResponse(printing.pdf("quality/exit_slip.typ", slip(found)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response


def slip(found: ExitPass) -> dict[str, Any]:
    """What the printed slip says."""
    lot, commitment = found.lot, found.commitment
    looked_at = found.looked_at
    return {
        "number": found.number,
        "on": found.at,
        "issuer": lot.producer.name,
        "product": lot.product.name,
        "lot": lot.code,
        "mass": _("%(kg)s 公斤") % {"kg": show_kg(found.mass_g or lot.mass_g)},
        "origin": queries.origin_of(lot),
        "certificate": commitment.number if commitment else _("不需要，或以检测合格代替"),
        "occasion": str(Occasion(found.occasion).label) + (f" {found.reference}" if found.reference else ""),
        "uses": [
            [use["on"], use["name"], str(use["days"]), harvest["on"]]
            for harvest in looked_at["harvests"]
            for use in harvest["uses"]
        ],
        "tests": [
            [test["at"][:10], test["item"], _("合格") if test["passed"] else _("不合格")] for test in looked_at["tests"]
        ],
        "code": printing.QR(check_url(commitment)) if commitment else None,
    }


@page("exits/", name="exits", access=WATCHERS)
def exits(request: Request) -> HttpResponse:
    """Harvest lots of the last thirty days with their verdict of this minute, counted; beside it what was let out."""
    at = clock.now()
    rows, counts = _judged(request.actor, at)
    only = request.GET.get("only", "")
    if only in {"stop", "ok"}:
        rows = [row for row in rows if row["allowed"] == (only == "ok")]
    elif only:
        rows = [row for row in rows if any(reason.rule == only and reason.stops for reason in row["reasons"])]
    passes = ExitPass.objects.visible_to(request.actor).select_related("lot__product", "lot__producer", "commitment")
    context = {
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "counts": counts,
        "only": only,
        "passes": passes[:50],
        "passed": passes.filter(at__gt=at - queries_exit.RECENT).count(),
    }
    return render(request, "quality/exits.html", context)


@page("exits/export/", name="export_exits", access=WATCHERS)
def export(request: Request) -> HttpResponse:
    """The list as a spreadsheet: one line a lot, with everything that keeps it back."""
    rows, _counts = _judged(request.actor, clock.now())
    return sheets.xlsx(f"exits-{clock.today():%Y%m%d}", sheets.exits_sheet(rows))


def _judged(actor: Actor, at: datetime) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    lots = list(queries_exit.recent_lots(actor, at)[:2000])
    verdicts = queries_exit.exit_permissions(lots, at)
    rows: list[dict[str, Any]] = [
        {
            "lot": lot,
            "allowed": verdicts[lot.pk].allowed,
            "reasons": queries_exit.in_words(verdicts[lot.pk], lot, links=False),
        }
        for lot in lots
    ]
    by_rule: dict[str, dict[str, Any]] = {}
    for row in rows:
        for reason in {reason.rule: reason for reason in row["reasons"]}.values():
            entry = by_rule.setdefault(reason.rule, {"rule": reason.rule, "title": reason.title, "number": 0})
            entry["number"] += 1
    allowed = sum(row["allowed"] for row in rows)
    counts = {
        "all": len(rows),
        "allowed": allowed,
        "stopped": len(rows) - allowed,
        "rules": sorted(by_rule.values(), key=lambda entry: -entry["number"]),
    }
    return rows, counts


def _pass(request: Request, pk: int) -> ExitPass:
    rows = ExitPass.objects.select_related("lot__product", "lot__producer", "lot__place", "commitment")
    return seen(rows, request.actor, pk)  # type: ignore[no-any-return]


@page("rules-of-quality/", name="basis", access=PUBLIC)
def basis(request: Request) -> HttpResponse:
    """判定依据: every rule, ban, interval, required test and limit with its source, and whether the operator has compared it."""
    known, rules = inputs(), queries_exit.ruleset()
    context = {
        "laws": rules.laws.values(),
        "tests": rules.tests,
        "bans": known.bans,
        "intervals": known.intervals,
        "limits": laboratories.limits(),
    }
    return render(request, "quality/basis.html", context)
