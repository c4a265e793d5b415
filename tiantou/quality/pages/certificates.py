"""Pages of certificates: issue in two taps, print, check without an account; and quick tests."""

from __future__ import annotations

from decimal import Decimal
from secrets import token_urlsafe
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.access import PUBLIC, SIGNED_IN
from tiantou.kernel.actor import OFFICIALS, Role
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.units import grams
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Lot
from tiantou.production.queries import left_g, seen
from tiantou.quality import certificate_sheets as sheets
from tiantou.quality import papers, queries, rules
from tiantou.quality.models import Commitment, Stock, Style
from tiantou.quality.pages.forms import OmittedField, PrintForm
from tiantou.quality.queries import balance, chain
from tiantou.quality.services import (
    ISSUERS,
    REVOKERS,
    issue_commitment,
    reissue_commitment,
    revoke_commitment,
    style_for,
)
from tiantou.ui.navigation import Place, register_place
from tiantou.ui.words import masked, masked_phone

FARMERS = frozenset({Role.FARMER, Role.STATION_KEEPER})
register_place(Place(gettext_lazy("合格证"), "certificate", "quality:certificates", "workbench", FARMERS, order=40))
register_place(
    Place(
        gettext_lazy("合格证"),
        "certificate",
        "quality:certificates",
        "console",
        OFFICIALS,
        order=40,
        group=gettext_lazy("质量安全"),
    )
)


class CertificateForm(forms.Form):
    """What is still to say when a certificate is issued: everything has a sensible value already."""

    basis = forms.ChoiceField(label=gettext_lazy("承诺依据"), widget=forms.RadioSelect)
    quantity_kg = forms.DecimalField(label=gettext_lazy("数量"), min_value=0, max_digits=9, decimal_places=3)
    contact = forms.CharField(label=gettext_lazy("联系电话"), max_length=40, required=False)
    omitted = OmittedField()
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)

    def __init__(self, template: rules.Template, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["basis"].choices = [(basis, basis) for basis in template.basis]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why a certificate is revoked."""

    reason = forms.CharField(label=gettext_lazy("作废原因"), max_length=200)


class NumberForm(forms.Form):
    """A certificate number."""

    number = forms.CharField(
        label=gettext_lazy("合格证编号"), max_length=200, help_text=gettext_lazy("印在二维码下面，HG 开头")
    )


@page("lots/<int:pk>/certificate/", name="certify", access=ISSUERS, methods=("GET", "POST"))
def certify(request: Request, pk: int) -> HttpResponse:
    """The first tap opens this page with everything filled in; the second issues."""
    rows = Lot.objects.select_related("product__category", "producer", "holder", "place__holder", "plot__base__area")
    lot = seen(rows, request.actor, pk)
    standing = Commitment.objects.living().filter(lot=lot).first()
    if standing is not None and not request.GET.get("again"):
        return see_other(reverse("quality:certificate", args=[standing.pk]))
    template = queries.template_on(clock.today())
    if template is None:
        raise Absent
    first = {
        "basis": template.basis[0],
        "quantity_kg": Decimal(lot.mass_g) / 1000,
        "contact": standing.contact if standing else "",
        "omitted": standing.omitted if standing else [],
        "key": token_urlsafe(16),
    }
    form = CertificateForm(template, request.POST or None, initial=first)
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        facts = {
            "basis": data["basis"],
            "quantity_g": grams(data["quantity_kg"]),
            "contact": data["contact"],
            "omitted": data["omitted"],
            "key": data["key"],
        }
        try:
            if standing is None:
                made = issue_commitment(by=request.actor, at=clock.now(), lot=lot, **facts)
            else:
                made = reissue_commitment(by=request.actor, at=clock.now(), commitment=standing, **facts)
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request, _("合格证 %(number)s 开好了。打印出来随货走，或在手机上给收货人扫。") % {"number": made.number}
            )
            return see_other(reverse("quality:certificate", args=[made.pk]))
    style = style_for(request.actor, lot)
    context = {
        "form": form,
        "refusal": refusal,
        "lot": lot,
        "standing": standing,
        "template": template,
        "origin": queries.origin_of(lot),
        "promise": template.promise.get(style, template.promise["producer"]),
        "style": style,
        "sources": [balance.source(each) for each in balance.sources_of(lot)],
        "duty": queries.duty_of(lot, lot.producer, clock.today(), bought=style == Style.BUYER),
    }
    status = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, "quality/certify.html", context, status=status)


@page("certificates/", name="certificates", access=SIGNED_IN)
def certificates(request: Request) -> HttpResponse:
    """The certificates that I may see, newest first."""
    found = Paginator(_listed(request), 50).get_page(request.GET.get("page"))
    template = "certificates_console" if request.actor.role in OFFICIALS else "certificates"
    context = {"page": found, "q": request.GET.get("q", ""), "may_issue": ISSUERS.admits(request.actor)}
    return render(request, f"quality/{template}.html", context)


@page("certificates/export/", name="export_certificates", access=SIGNED_IN)
def export_certificates(request: Request) -> HttpResponse:
    """What the list shows, as a sheet."""
    return sheets.download(f"certificates-{clock.today():%Y%m%d}", sheets.issued_sheet(_listed(request)[:20_000]))


def _listed(request: Request) -> QuerySet[Commitment]:
    rows: QuerySet[Commitment] = Commitment.objects.visible_to(request.actor).select_related("lot", "issuer")
    if text := request.GET.get("q", "").strip():
        rows = rows.filter(number=rules.normal_number(text) or text) | rows.filter(product_name__contains=text)
    return rows


@page("certificates/<int:pk>/", name="certificate", access=SIGNED_IN)
def certificate(request: Request, pk: int) -> HttpResponse:
    """One certificate: show it to be scanned, print it, replace or revoke it."""
    return _certificate(request, _seen(request, pk))


@page("certificates/<int:pk>/revoke/", name="revoke", access=REVOKERS, methods=("POST",))
def revoke(request: Request, pk: int) -> HttpResponse:
    """The certificate no longer stands."""
    found = _seen(request, pk)
    try:
        revoke_commitment(by=request.actor, at=clock.now(), commitment=found, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return _certificate(request, found, refused)
    messages.success(
        request, _("合格证 %(number)s 作废了，扫码的人会看到。货要卖请重新开证。") % {"number": found.number}
    )
    return see_other(reverse("quality:certificate", args=[pk]))


@page("certificates/<int:pk>/a4.pdf", name="a4", access=SIGNED_IN)
def a4(request: Request, pk: int) -> HttpResponse:
    """The certificate as an A4 sheet."""
    found = _seen(request, pk)
    return pdf_answer(found.number, papers.printed([(found, 0, 1)], Stock.A4))


@page("certificates/<int:pk>/label.pdf", name="label", access=SIGNED_IN)
def label_pdf(request: Request, pk: int) -> HttpResponse:
    """The certificate as a label of 60 by 40 mm."""
    found = _seen(request, pk)
    return pdf_answer(found.number, papers.printed([(found, 0, 1)], Stock.LABEL_60))


@page("c/", name="find", access=PUBLIC)
def find(request: Request) -> HttpResponse:
    """Type a number, read the certificate."""
    typed = request.GET.get("number", "").strip()
    form = NumberForm(request.GET if typed else None)
    if typed and form.is_valid():
        number = rules.normal_number(typed)
        if number is not None:
            return see_other(reverse("quality:check", args=[number]))
        form.add_error("number", _("编号不对：HG 后面是 14 位数字，请再对一遍。"))
    return render(request, "quality/find.html", {"form": form}, status=422 if typed else 200)


@page("c/<str:number>/", name="check", access=PUBLIC)
def check(request: Request, number: str) -> HttpResponse:
    """真伪查询: whether the certificate stands, and what it promises; for anybody, without an account."""
    found = queries.by_number(number)
    if found is None:
        return render(request, "quality/unknown.html", {"number": number[:40]}, status=404)
    links = chain.chain_of(found)
    issuer = found.issuer_name if not found.issuer.natural_person else masked(found.issuer_name)
    context = {
        **papers.said(found),
        "commitment": found,
        "issuer": issuer,
        "contact": masked_phone(found.contact) if found.contact else "",
        "links": links,
        "broken": chain.broken(links),
        "papers": chain.papers_of(found),
        "successor": found.rests_on_it.filter(lot=found.lot_id).first() if found.replaced_at else None,
        "held": found.lot.on_hold,
    }
    return render(request, "quality/check.html", context)


def pdf_answer(number: str, content: bytes) -> HttpResponse:
    """A PDF to be looked at and printed."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return response


def _seen(request: Request, pk: int) -> Commitment:
    return seen(Commitment.objects.select_related("lot__product", "issuer"), request.actor, pk)  # type: ignore[no-any-return]


def _certificate(request: Request, found: Commitment, refusal: Refused | None = None) -> HttpResponse:
    own = found.issuer_id == request.actor.party_id
    links = chain.chain_of(found)
    context = {
        **papers.said(found),
        "commitment": found,
        "check_url": papers.check_url(found),
        "links": links,
        "broken": chain.broken(links),
        "papers": chain.papers_of(found),
        "own": own,
        "print_form": PrintForm(initial={"key": token_urlsafe(16)}),
        "prints": found.prints.select_related("run").order_by("-pk")[:10],
        "may_revoke": REVOKERS.admits(request.actor) and (own or request.actor.role is Role.INSPECTOR),
        "left_g": left_g(found.lot),
        "form": ReasonForm(request.POST or None),
        "refusal": refusal,
        "base_template": "ui/console.html" if request.actor.role in OFFICIALS else "ui/workbench.html",
    }
    return render(request, "quality/certificate.html", context, status=refusal.status if refusal else 200)
