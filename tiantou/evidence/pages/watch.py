"""How the log is, for officials; and what administrators do to it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.evidence import queries, services
from tiantou.evidence.models import Check, Checkpoint
from tiantou.evidence.services.checking import CHECKERS
from tiantou.evidence.services.erasure import GROUNDS
from tiantou.evidence.services.sequencing import KEEPERS
from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import OFFICIALS
from tiantou.kernel.errors import Absent, Conflict, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.trace.models import Event
from tiantou.trace.rules import event_key
from tiantou.ui.navigation import Place, register_place

SHOWN = 24
#: Nobody waits at a page for more than so many leaves to be computed anew.
MOST_AT_ONCE = 50_000
_FAULTS = {
    "event": gettext_lazy("记录和存证不一致"),
    "salt": gettext_lazy("盐不见了，又没有删除声明"),
    "leaf": gettext_lazy("日志里缺一条"),
    "tile": gettext_lazy("日志的内部数据被改"),
    "checkpoint": gettext_lazy("签过名的检查点对不上"),
    "unlogged": gettext_lazy("记录绕过了存证"),
}
register_place(
    Place(gettext_lazy("存证"), "shield", "evidence:console", "console", OFFICIALS, 60, gettext_lazy("监管"))
)


class EraseForm(forms.Form):
    """Which event's personal data is erased, and on which ground."""

    event = forms.CharField(
        label=gettext_lazy("记录编号"), max_length=500, help_text=gettext_lazy("ni:///sha-256 开头的一串")
    )
    ground = forms.ChoiceField(label=gettext_lazy("删除理由"), choices=list(GROUNDS.items()))


@page("evidence/console/", name="console", access=allow(*OFFICIALS))
def console(request: Request) -> HttpResponse:
    """How the log is: its size, what waits, the last checkpoint and check, how it grows."""
    return _console(request)


@page("evidence/console/sign/", name="sign", access=KEEPERS, methods=("POST",))
def sign(request: Request) -> HttpResponse:
    """A checkpoint over everything is signed now."""
    at = clock.now()
    try:
        services.append_all(by=request.actor, at=at)
        made = services.sign_checkpoint(by=request.actor, at=at)
    except Refused as refused:
        return _console(request, refusal=refused)
    messages.success(request, _("检查点签好了：%(n)s 条。它可以公布，也可以抄给见证方。") % {"n": made.size})
    return see_other(reverse("evidence:console"))


@page("evidence/console/check/", name="check", access=CHECKERS, methods=("POST",))
def check(request: Request) -> HttpResponse:
    """The whole log is compared with journal and checkpoints now, where that is a matter of seconds."""
    if queries.size() > MOST_AT_ONCE:
        late = Conflict(
            _("日志太大，网页上等不及。"),
            _("每天凌晨自动核对一次；要马上核对，请在服务器上运行 tiantou evidence check。"),
        )
        return _console(request, refusal=late)
    made = services.check_log(by=request.actor, at=clock.now())
    if made.found:
        messages.error(request, _("核对完：发现 %(n)s 处不一致，已列在下面。") % {"n": made.found})
    else:
        messages.success(request, _("核对完：%(n)s 条全部一致。") % {"n": made.size})
    return see_other(reverse("evidence:console"))


@page("evidence/console/erase/", name="erase", access=KEEPERS, methods=("POST",))
def erase(request: Request) -> HttpResponse:
    """The personal data of an event is erased."""
    form = EraseForm(request.POST)
    refusal: Refused | None = None
    if form.is_valid():
        found = (
            Event.objects.visible_to(request.actor).filter(key=event_key(form.cleaned_data["event"].strip())).first()
        )
        try:
            if found is None:
                raise Absent(_("没有这条记录。"))
            made = services.erase_salt(
                by=request.actor, at=clock.now(), event=found, ground=form.cleaned_data["ground"]
            )
        except Refused as refused:
            refusal = refused
        else:
            messages.success(
                request, _("删除了。日志第 %(n)s 条是删除声明，所有证明照样有效。") % {"n": made.logged_as}
            )
            return see_other(reverse("evidence:console"))
    return _console(request, form, refusal)


def _console(request: Request, form: EraseForm | None = None, refusal: Refused | None = None) -> HttpResponse:
    health, at = queries.health(), clock.now()
    checked = Check.objects.visible_to(request.actor).order_by("-id").first()
    context = {
        "health": health,
        "late": health.late(at),
        "growth": queries.growth(14, at),
        "checkpoints": Checkpoint.objects.visible_to(request.actor).order_by("-id")[:SHOWN],
        "faults": [{**fault, "words": _FAULTS.get(fault["what"], fault["what"])} for fault in checked.faults]
        if checked
        else [],
        "form": form or EraseForm(),
        "refusal": refusal,
        "may_sign": KEEPERS.admits(request.actor),
        "may_check": CHECKERS.admits(request.actor),
    }
    status = refusal.status if refusal else 422 if form is not None else 200
    return render(request, "evidence/console.html", context, status=status)
