"""定级: what waits, and one intake split into grades."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.fieldmarket import queries, rules
from tiantou.fieldmarket.pages.forms import GradeForm, fresh_key, show
from tiantou.fieldmarket.pages.gate import own_intake
from tiantou.fieldmarket.services import run_grading
from tiantou.fieldmarket.services.gate import KEEPERS
from tiantou.kernel import clock
from tiantou.kernel.errors import Refused
from tiantou.kernel.web import Request, page, see_other


@page("fieldmarket/grading/", name="to_grade", access=KEEPERS)
def to_grade(request: Request) -> HttpResponse:
    """Intakes that wait to be graded."""
    market = queries.market_of(request.actor)
    return render(request, "fieldmarket/to_grade.html", {"market": market, "intakes": queries.to_grade(market)})


@page("fieldmarket/intakes/<int:pk>/grade/", name="grade", access=KEEPERS, methods=("GET", "POST"))
def grade_page(request: Request, pk: int) -> HttpResponse:
    """An intake is split into grades; grades and loss make up the whole."""
    intake = own_intake(request, pk)
    form = GradeForm(rules.GRADES, request.POST or None, initial=fresh_key())
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            run_grading(
                by=request.actor,
                at=clock.now(),
                intake=intake,
                grades=form.grades(),
                loss_g=form.loss_g(),
                key=form.cleaned_data["key"],
            )
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request,
                _("%(number)s 定级完了，分成 %(count)s 个批次。下一步：包装。")
                % {"number": intake.number, "count": len(form.grades())},
            )
            return see_other(reverse("fieldmarket:intake", args=[pk]))
    return show(request, "fieldmarket/grade.html", form, refusal, intake=intake)
