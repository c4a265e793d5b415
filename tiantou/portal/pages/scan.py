"""The scan page: from the QR code on a pack to its whole way, on a phone, without an account."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tiantou.kernel.access import PUBLIC
from tiantou.kernel.web import Request, page, see_other
from tiantou.portal import scanning
from tiantou.production.models import Lot
from tiantou.production.queries import scan_path


@page("id/01/<str:gtin>/10/<str:lot>/21/<str:serial>/", name="scan_pack", access=PUBLIC)
def scan_pack(request: Request, gtin: str, lot: str, serial: str) -> HttpResponse:
    """One pack of a lot."""
    return _show(request, f"/01/{gtin}/21/{serial}", f"/01/{gtin}/10/{lot}")


@page("id/01/<str:gtin>/10/<str:lot>/", name="scan_lot", access=PUBLIC)
def scan_lot(request: Request, gtin: str, lot: str) -> HttpResponse:
    """A lot."""
    return _show(request, f"/01/{gtin}/10/{lot}")


@page("id/01/<str:gtin>/21/<str:serial>/", name="scan_serial", access=PUBLIC)
def scan_serial(request: Request, gtin: str, serial: str) -> HttpResponse:
    """One pack, by its serial number alone."""
    return _show(request, f"/01/{gtin}/21/{serial}")


@page("id/00/<str:sscc>/", name="scan_crate", access=PUBLIC)
def scan_crate(request: Request, sscc: str) -> HttpResponse:
    """A crate."""
    return _show(request, f"/00/{sscc}")


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
    return _show(request, text)


def _show(request: Request, *codes: str) -> HttpResponse:
    """The page of the first code, if each of the codes names something of ours and they belong together."""
    found = None
    try:
        scans = [scanning.scan(scanning.epc_of(code)) for code in codes]
    except ValueError:
        scans = [None]
    if all(scans) and len({each.lot.pk for each in scans if each is not None}) == 1:
        found = scans[0]
    if found is None:
        return render(request, "portal/scan_unknown.html", {"code": codes[0][:80]}, status=404)
    return render(request, "portal/scan.html", {"scan": found, "title": _title(found), "way": _entries(found)})


def _title(found: scanning.Scan) -> str:
    words = [found.lot.product.name, found.lot.grade]
    return " ".join(word for word in words if word) or _("农产品")


def _entries(found: scanning.Scan) -> list[dict[str, object]]:
    return [
        {"at": step.at, "title": step.title, "place": step.place, "text": step.text, "href": step.href, "kind": "ok"}
        for step in found.steps
    ]


@page("complain/", name="complain", access=PUBLIC)
def complain(request: Request) -> HttpResponse:
    """Whom to call when something is wrong, with the lot's number at hand."""
    return render(request, "portal/complain.html", {"lot": request.GET.get("lot", "")[:40]})
