"""Fetching a receipt: on the screen, as a file that proves itself, as a sheet with a code."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.evidence import queries
from tiantou.evidence.pages.words import MOST_ON_PAPER, download, shown, told
from tiantou.evidence.rules import receipts as rules
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.errors import Absent
from tiantou.kernel.web import Request, page
from tiantou.ui import printing


class CodeForm(forms.Form):
    """The code on a label, a crate or a lot."""

    code = forms.CharField(
        label=gettext_lazy("货物编码"), max_length=300, help_text=gettext_lazy("货上或箱上的码、批次号、合格证编号都行")
    )


@page("evidence/receipt/", name="receipt", access=PUBLIC)
def receipt(request: Request) -> HttpResponse:
    """What the log holds of a thing's way, and its receipt as a file or a sheet; contents only for who may see the events."""
    code = request.GET.get("code", "").strip()
    if not code:
        return render(request, "evidence/receipt.html", {"code": "", "form": CodeForm()})
    try:
        events = queries.events_of(code)
    except Absent as absent:
        return render(
            request,
            "evidence/receipt.html",
            {"code": code, "form": CodeForm(request.GET), "refusal": absent},
            status=absent.status,
        )
    made = queries.receipt(events, request.actor)
    verdict = rules.verify(json.dumps(made)) if made else None
    context = {
        "code": code,
        "form": CodeForm(request.GET),
        "sealed": any(leaf.event is None for leaf in verdict.leaves) if verdict else False,
        "unknown": not events,
        "made": made,
        "rows": [told(leaf.index, leaf.event) for leaf in verdict.leaves] if verdict else [],
        "missing": len(events) - len(verdict.leaves) if verdict else len(events),
        "checkpoint": queries.latest(),
    }
    return render(request, "evidence/receipt.html", context, status=200 if events else 404)


@page("evidence/receipt.json", name="receipt_file", access=PUBLIC)
def receipt_file(request: Request) -> HttpResponse:
    """The receipt as a file that proves itself anywhere."""
    made = _receipt(request)
    body = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    return download(body.encode(), "application/json", "receipt.json")


@page("evidence/receipt.pdf", name="receipt_sheet", access=PUBLIC)
def receipt_sheet(request: Request) -> HttpResponse:
    """The receipt as a sheet: what was recorded, the mark of each record, the signed root, and a code that checks all of it."""
    made = _receipt(request)
    first = made["leaves"][:MOST_ON_PAPER]
    verdict = rules.verify(json.dumps({**made, "leaves": first}))
    head = verdict.head
    if head is None or verdict.seen is None:  # we made it ourselves a moment ago
        raise Absent
    leaves = queries.leaf_hashes([leaf.index for leaf in verdict.leaves])
    digest = queries.paper_digest(leaves)
    indexes = ",".join(str(leaf.index) for leaf in verdict.leaves)
    link = f"{settings.BASE_URL}{reverse('evidence:verify')}?i={indexes}&s={head.size}&d={digest}"
    rows = [
        [str(leaf.index), row["at"], row["what"], leaf_hash.hex()[:16]]
        for leaf, row, leaf_hash in zip(
            verdict.leaves, [told(leaf.index, leaf.event) for leaf in verdict.leaves], leaves, strict=True
        )
    ]
    context = {
        "title": _("存证回执"),
        "number": request.GET.get("code") or request.GET.get("event"),
        "facts": [
            [_("存证日志"), head.origin],
            [_("签名时间"), shown(datetime.fromtimestamp(verdict.seen, clock.ZONE))],
            [_("日志大小"), _("%(n)s 条") % {"n": head.size}],
            [_("根"), head.root.hex()],
            [_("签名钥匙"), verdict.key],
            [_("本页摘要"), digest],
        ],
        "columns": [_("序号"), _("时间"), _("记录了什么"), _("存证值（前 16 位）")],
        "rows": rows,
        "more": len(made["leaves"]) - len(first),
        "code": printing.QR(link),
        "words": [
            _("扫码核对：这 %(n)s 条记录今天还在日志里，一个字节也没有变。") % {"n": len(rows)},
            _("要脱离本平台核对，请下载回执文件和离线核验页。"),
        ],
        "more_words": _("另有 %(n)s 条只在回执文件里。") % {"n": len(made["leaves"]) - len(first)},
    }
    content = printing.pdf("evidence/receipt.typ", context)
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="receipt.pdf"'}
    )


def _receipt(request: Request) -> dict[str, Any]:
    event = request.GET.get("event", "")
    events = (
        queries.event_named(event, request.actor) if event else queries.events_of(request.GET.get("code", "").strip())
    )
    made = queries.receipt(events, request.actor)
    if made is None:
        raise Absent(_("还没有可以签发的存证。"), _("新记录最多一小时进入签名的检查点，请稍后再来。"))
    return made
