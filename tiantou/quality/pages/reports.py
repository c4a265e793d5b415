"""Signed reports: read and verified by anybody, printed, corrected by a new version."""

from __future__ import annotations

import base64
from secrets import token_urlsafe
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.queries import seen
from tiantou.quality.credentials import dids, proofs
from tiantou.quality.models import Method, Report, Sample
from tiantou.quality.pages.laboratories import lines_of, tell, typed_rows
from tiantou.quality.queries import laboratories as queries
from tiantou.quality.services import LABORATORIES, correct_report
from tiantou.ui import printing


@page("reports/<str:number>/", name="report", access=PUBLIC)
def report(request: Request, number: str) -> HttpResponse:
    """报告真伪: what a report says, whether the signature is the laboratory's, and whether a later version stands."""
    found = _report(number)
    sees = Sample.objects.visible_to(request.actor).filter(pk=found.sample_id).exists()
    later = Report.objects.filter(corrects=found).first()
    context = {
        "report": found,
        "lines": found.lines.all(),
        "genuine": queries.genuine(found),
        "later": later,
        "sees": sees,
        "may_correct": sees
        and later is None
        and LABORATORIES.admits(request.actor)
        and found.laboratory_id == request.actor.party_id,
        "did": dids.of_code(found.laboratory.code),
    }
    return render(request, "quality/report.html", context)


@page("reports/<str:number>/correct/", name="correct_report", access=LABORATORIES, methods=("GET", "POST"))
def correct(request: Request, number: str) -> HttpResponse:
    """A new version of a report, with why; the old one stays readable."""
    found = seen(Report.objects.select_related("sample__lot__product"), request.actor, _report(number).pk)
    refusal = None
    if request.method == "POST":
        try:
            made = correct_report(
                by=request.actor, at=clock.now(), report=found, lines=lines_of(request), reason=request.POST.get("reason", ""),
                key=request.POST.get("key", "")[:64],
            )  # fmt: skip
        except Refused as refused:
            refusal = refused
        else:
            tell(request, made)
            return see_other(reverse("quality:report", args=[made.number]))
    lines = list(found.lines.all())
    rows = typed_rows(request, len(lines) + 2)
    if request.method == "GET":
        for row, line in zip(rows, lines, strict=False):
            row |= {"substance": line.substance, "reading": line.reading, "unit": line.unit, "lod": line.lod}
    context = {
        "report": found,
        "refusal": refusal,
        "rows": rows,
        "reason": request.POST.get("reason", ""),
        "instrument": request.POST.get("instrument", ""),
        "substances": queries.substances(),
        "key": token_urlsafe(16),
    }
    return render(request, "quality/correct_report.html", context, status=refusal.status if refusal else 200)


@page("reports/<str:number>/signed.json", name="signed_report", access=PUBLIC)
def signed(request: Request, number: str) -> HttpResponse:
    """What was signed, the signature, and the public key: everything that another program needs to verify it."""
    found = _report(number)
    try:
        public = base64.b64encode(dids.key_of(found.signed_with).public_bytes_raw()).decode()
    except proofs.Unverifiable as fault:
        raise Absent from fault
    return JsonResponse(
        {
            "payload": found.payload,
            "canonicalization": "RFC 8785",
            "algorithm": "Ed25519",
            "signature": found.signature,
            "verificationMethod": found.signed_with,
            "publicKey": public,
        },
        json_dumps_params={"ensure_ascii": False},
    )


@page("reports/<str:number>/report.pdf", name="report_pdf", access=SIGNED_IN)
def report_pdf(request: Request, number: str) -> HttpResponse:
    """The report as an A4 sheet."""
    found = seen(
        Report.objects.select_related("sample__lot__product", "sample__site", "laboratory"),
        request.actor,
        _report(number).pk,
    )
    response = HttpResponse(printing.pdf("quality/report.typ", paper(found)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response


def paper(found: Report) -> dict[str, Any]:
    """What the printed report says."""
    sample_ = found.sample
    outcomes = {"pass": _("合格"), "fail": _("不合格"), "no_limit": _("无限量"), "unsure": _("不能判定")}
    return {
        "number": found.number,
        "on": found.issued_at,
        "issuer": found.laboratory.name,
        "cma": str(found.laboratory.data.get("cma", "")),
        "product": sample_.lot.product.name,
        "lot": sample_.lot.code,
        "sample": sample_.number,
        "site": sample_.site.name,
        "taken": sample_.taken_at,
        "received": sample_.received_at,
        "condition": sample_.condition,
        "method": str(Method(found.method).label),
        "verdict": {True: _("合格"), False: _("不合格"), None: _("不作判定")}[found.passed],
        "reason": found.reason,
        "corrects": found.corrects.number if found.corrects else "",
        "lines": [
            [
                line.substance,
                f"{line.reading} {line.unit}",
                f"{line.limit.normalize():f} {line.limit_unit}" if line.limit is not None else "—",
                line.limit_source or "—",
                outcomes[line.outcome],
            ]
            for line in found.lines.all()
        ],
        "signature": found.signature,
        "code": printing.QR(f"{settings.BASE_URL}{reverse('quality:report', args=[found.number])}"),
    }


def _report(number: str) -> Report:
    found = queries.by_number(number)
    if found is None:
        raise Absent(_("没有这个编号的检验报告。"), _("照报告右上角的编号再对一遍。"))
    return found
