"""Persons and their appointments: the administrators' pages, and a party's own members."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.kernel import clock
from tiantou.kernel.access import allow
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Refused
from tiantou.kernel.web import Request, page, see_other
from tiantou.people import queries, services
from tiantou.people.forms import AppointForm
from tiantou.people.models import Appointment, Person
from tiantou.registry.models import Party

_OFFICE = allow(Role.ADMINISTRATOR, Role.CITY_OFFICER, Role.AUDITOR)
_APPOINTING = allow(Role.ADMINISTRATOR, Role.CITY_OFFICER)
_MEMBERS = allow(
    Role.FARMER, Role.BUYER, Role.DRIVER, Role.LABORATORY, Role.BANK, Role.STATION_KEEPER, Role.MARKET_KEEPER
)
PER_PAGE = 50


@page("people/", name="list", access=_OFFICE)
def listing(request: Request) -> HttpResponseBase:
    """All persons, by name or phone, with what they hold."""
    q = request.GET.get("q", "")
    found = queries.searched_people(request.actor, q).prefetch_related("appointments__party", "appointments__area")
    rows = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    may_appoint = _APPOINTING.admits(request.actor)
    return render(
        request, "people/list.html", {"page": rows, "q": q, "today": clock.today(), "may_appoint": may_appoint}
    )


@page("people/appoint/", name="appoint", access=_APPOINTING, methods=("GET", "POST"))
def appoint(request: Request) -> HttpResponseBase:
    """Enrol a person and give a role."""
    if request.method != "POST":
        return render(request, "people/appoint.html", {"form": AppointForm(actor=request.actor)})
    form = AppointForm(request.POST, actor=request.actor)
    made, refusal = _appoint(request, form)
    if made is None:
        status = refusal.status if refusal else 422
        return render(request, "people/appoint.html", {"form": form, "refusal": refusal}, status=status)
    messages.success(request, _("%(name)s 已任职。本人用手机号登录就能办事。") % {"name": made.person.name})
    return see_other(reverse("people:person", args=[made.person_id]))


@page("people/<int:pk>/", name="person", access=_OFFICE, methods=("GET", "POST"))
def person(request: Request, pk: int) -> HttpResponseBase:
    """One person: appointments past and present; end one, disable or enable the account."""
    found = Person.objects.visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise Absent
    refusal = None
    if request.method == "POST":
        try:
            messages.success(request, _change(request, found))
            return see_other(reverse("people:person", args=[pk]))
        except Refused as problem:
            refusal = problem
    context = {
        "person": found,
        "appointments": found.appointments.select_related("party", "site", "area").order_by("-starts", "-pk"),
        "today": clock.today(),
        "refusal": refusal,
        "may_change": _APPOINTING.admits(request.actor),
        "may_disable": request.actor.role is Role.ADMINISTRATOR,
    }
    return render(request, "people/person.html", context, status=refusal.status if refusal else 200)


@page("members/", name="members", access=_MEMBERS, methods=("GET", "POST"))
def members(request: Request) -> HttpResponseBase:
    """Who acts for one's party; whoever manages it gives and ends roles."""
    by = request.actor
    today = clock.today()
    manages = queries.manages_party(by, on=today)
    form = AppointForm(actor=by, member=True)
    refusal = None
    if request.method == "POST":
        try:
            if ending := request.POST.get("end"):
                services.end_appointment(by=by, at=clock.now(), appointment=_appointment(request, ending))
                messages.success(request, _("任职已终止，从现在起不能再以这个身份办事。"))
                return see_other(reverse("people:members"))
            form = AppointForm(request.POST, actor=by, member=True)
            made, refusal = _appoint(request, form, queries.own_party(by))
            if made is not None:
                messages.success(request, _("成员已加入。本人用手机号登录就能办事。"))
                return see_other(reverse("people:members"))
        except Refused as problem:
            refusal = problem
    rows = (
        Appointment.objects.living(today)
        .filter(party=queries.own_party(by), party__isnull=False)
        .select_related("person", "site")
        .order_by("role", "pk")
    )
    context = {"rows": rows, "form": form, "manages": manages, "refusal": refusal}
    status = refusal.status if refusal else 422 if form.errors else 200
    return render(request, "people/members.html", context, status=status)


def _appoint(
    request: Request, form: AppointForm, party: Party | None = None
) -> tuple[Appointment | None, Refused | None]:
    """The appointment that the form asks for; or None with the refusal (None where the form itself is faulty)."""
    if not form.is_valid():
        return None, None
    facts: dict[str, Any] = {"party": party, **form.cleaned_data}
    phone, name = facts.pop("phone"), facts.pop("name")
    by, at = request.actor, clock.now()
    try:
        with transaction.atomic():
            someone = services.enrol_person(by=by, at=at, phone=phone, name=name)
            made = services.appoint(by=by, at=at, person=someone, **{**facts, "role": Role(facts["role"])})
    except Refused as refusal:
        for problem in refusal.problems:
            form.add_error(problem.field if problem.field in form.fields else None, f"{problem.reason}{problem.remedy}")
        return None, refusal
    return made, None


def _appointment(request: Request, pk: str) -> Appointment:
    rows = Appointment.objects.visible_to(request.actor)
    found: Appointment | None = rows.filter(pk=int(pk)).first() if pk.isdigit() else None
    if found is None:
        raise Absent
    return found


def _change(request: Request, found: Person) -> str:
    """What was done, in a sentence. Raises: Refused."""
    by, at = request.actor, clock.now()
    if ending := request.POST.get("end"):
        services.end_appointment(by=by, at=at, appointment=_appointment(request, ending))
        return _("任职已终止，从现在起不能再以这个身份办事。")
    if "disable" in request.POST:
        services.disable_person(by=by, at=at, person=found, because=request.POST.get("because", ""))
        return _("账户已停用，所有登录和令牌立即失效。")
    services.enable_person(by=by, at=at, person=found)
    return _("账户已恢复。")
