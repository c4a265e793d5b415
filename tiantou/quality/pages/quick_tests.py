"""Quick tests of lots."""

from __future__ import annotations

from decimal import Decimal
from secrets import token_urlsafe

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.kernel import clock
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.errors import Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.production.models import Lot
from tiantou.production.queries import seen
from tiantou.quality.services import TESTERS, record_test


class TestForm(forms.Form):
    """A quick test."""

    item = forms.CharField(label=gettext_lazy("检测项目"), max_length=60, initial="有机磷和氨基甲酸酯类农药（抑制率）")
    value = forms.DecimalField(label=gettext_lazy("读数"), min_value=0, max_digits=12, decimal_places=4)
    limit = forms.DecimalField(
        label=gettext_lazy("限量"), min_value=0, max_digits=12, decimal_places=4, initial=Decimal(50)
    )
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=12, initial="%")
    instrument = forms.CharField(label=gettext_lazy("仪器"), max_length=60)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


@page("lots/<int:pk>/test/", name="test", access=TESTERS, methods=("GET", "POST"))
def test(request: Request, pk: int) -> HttpResponse:
    """A quick test is recorded."""
    lot = seen(Lot.objects.select_related("product", "producer"), request.actor, pk)
    form = TestForm(request.POST or None, initial={"key": token_urlsafe(16)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            made = record_test(by=request.actor, at=clock.now(), lot=lot, **form.cleaned_data)
        except Refused as refused:
            refusal = refused
        else:
            if made.passed:
                messages.success(request, _("检测合格，记下了。批次 %(lot)s 可以继续流转。") % {"lot": lot.code})
            else:
                messages.error(
                    request,
                    _("检测不合格。批次 %(lot)s 已自动扣留：单独放好，不要动，等检查员来。") % {"lot": lot.code},
                )
            return see_other(reverse("quality:test", args=[pk]))
    context = {
        "lot": lot,
        "form": form,
        "refusal": refusal,
        "tests": lot.tests.all(),
        "base_template": "ui/console.html" if request.actor.role in OFFICIALS else "ui/workbench.html",
    }
    status = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, "quality/test.html", context, status=status)
