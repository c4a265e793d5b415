"""The scan page: from the QR code on a pack to its whole way, on a phone, without an account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from tiantou.gs1.application_identifiers import Malformed
from tiantou.gs1.digital_link import Link
from tiantou.kernel.access import PUBLIC
from tiantou.kernel.web import Request, page, see_other
from tiantou.portal import resolver, scanning
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
    try:
        found = scanning.goods(scanning.epc_of(text))
    except ValueError:
        found = None
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
    return render(request, "portal/scan.html", {"scan": found, "title": scanning.titled(found), "way": _entries(found)})


def _entries(found: scanning.Scan) -> list[dict[str, object]]:
    return [
        {"at": step.at, "title": step.title, "place": step.place, "text": step.text, "href": step.href, "kind": "ok"}
        for step in found.steps
    ]


@page("complain/", name="complain", access=PUBLIC)
def complain(request: Request) -> HttpResponse:
    """Whom to call when something is wrong, with the lot's number at hand."""
    return render(request, "portal/complain.html", {"lot": request.GET.get("lot", "")[:40]})
