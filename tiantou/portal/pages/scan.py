"""The scan page: from the QR code on a pack to its whole way, on a phone, without an account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tiantou.gs1.application_identifiers import Malformed
from tiantou.gs1.digital_link import Link
from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.web import Request, page, see_other
from tiantou.people.queries import address_of
from tiantou.portal import resolver, scanning, services, sketch, suspicion
from tiantou.portal.words import malformed
from tiantou.production.models import Lot
from tiantou.production.queries import scan_path


@page("scan/<path:code>", name="scan_page", access=PUBLIC)
def scan_of(request: Request, code: str) -> HttpResponse:
    """The page of what a Digital Link names, at an address of its own: where the resolver sends programs."""
    try:
        link, _packed = resolver.read(code)
    except Malformed as fault:
        return nothing(request, code, malformed(fault), 400)
    return show(request, link) or nothing(request, link.way())


@page("scan/", name="scan", access=PUBLIC)
def find(request: Request) -> HttpResponse:
    """Whatever is typed off a label leads to its page: a code, a lot number, a certificate number."""
    text = request.GET.get("code", "").strip()
    if not text:
        return render(request, "portal/scan_box.html", {})
    if text.upper().startswith("HG"):
        return see_other(f"/c/?number={text}")
    lot = Lot.objects.filter(code=text).first()
    if lot is not None:
        return see_other(scan_path(lot) + "/")
    found = scanning.goods_named(text)
    return _page(request, found) if found is not None else nothing(request, text)


def show(request: Request, link: Link) -> HttpResponse | None:
    """The page of the goods that a Digital Link names; None where nobody here knows them or it names none."""
    found = scanning.goods_of(link)
    return None if found is None else _page(request, found)


def nothing(
    request: Request, code: str, reason: str = "", status: int = 404, nearest: tuple[str, str] | None = None
) -> HttpResponse:
    """The page that says calmly that there is nothing, and what to do; `nearest`: what is known instead, and where."""
    context = {"code": code[:80], "reason": reason, "nearest": nearest}
    return render(request, "portal/scan_unknown.html", context, status=status)


def _page(request: Request, goods: scanning.Goods) -> HttpResponse:
    found = scanning.whole(goods)
    level = suspicion.PIECE if goods.pack else suspicion.CRATE if goods.crate else suspicion.LOT
    tally = count(request, goods.epc, level, goods.lot)
    verdict = found.verdict(suspicious=bool(tally and tally.suspicious))
    heading, sentence = _words()[verdict.word]
    context = {
        "scan": found,
        "title": scanning.titled(found),
        "verdict": verdict,
        "heading": heading,
        "sentence": sentence,
        "sketch": sketch.sketch(found.places),
        "tally": tally if goods.pack else None,
        "scanned": _scanned(tally) if goods.pack else "",
        "code": scan_path(goods.lot) if not goods.pack else f"{scan_path(goods.lot)}/21/{goods.pack.serial}",
    }
    return render(request, "portal/scan.html", context)


def count(request: Request, code: str, level: str, lot: Lot | None) -> services.Tally | None:
    """The scan is counted; a look ahead by the browser (prefetch) or a request for the head alone is no scan."""
    ahead = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    if request.method != "GET" or "prefetch" in ahead:
        return None
    agent = request.headers.get("User-Agent", "")
    return services.count_scan(
        at=clock.now(), code=code, level=level, lot=lot, address=address_of(request), agent=agent
    )


def _scanned(tally: services.Tally | None) -> str:
    if tally is None:
        return ""
    if tally.scans <= 1:
        return _("您是第一个扫这个码的人。")
    first = tally.first_at.astimezone(clock.ZONE)
    words = _("这个码已被扫 %(n)d 次，第一次是 %(on)s。")
    return words % {"n": tally.scans, "on": f"{first:%Y-%m-%d}"}


def _words() -> dict[str, tuple[str, str]]:
    """What stands behind each word of a verdict: the answer, and a sentence more."""
    return {
        "good": (_("这件货可以放心"), _("有合格证，来处查得到，没有扣留。")),
        "recalled": (_("这批货正在召回，不要吃"), _("请留着包装，按公告退货；已经吃了又不舒服的，请去看医生。")),
        "recalled_before": (_("这批货召回过，不要吃"), _("召回已经结束，没有退的请不要吃，按公告处理。")),
        "held": (
            _("先不要吃，也不要再卖"),
            _("监管部门正在核查这一批货。请留着包装，等核查结果；已经买到的可以退。"),
        ),
        "failed": (_("检测不合格，不要吃"), _("这一批货的检测超了限量。请留着包装，到买的地方退。")),
        "suspicious": (
            _("这个码可能被人冒用"),
            _("同一个码只贴在一件货上，却有很多人在扫。请核对包装上的产品、重量和封口；不对就不要吃，并告诉我们。"),
        ),
        "revoked": (_("合格证已经作废"), _("来处查得到，但证明它合格的证作废了，新证还没有开。")),
        "uncertified": (_("有来处，没有合格证"), _("平台有这件货的记录，但没有人为它开承诺达标合格证。")),
    }
