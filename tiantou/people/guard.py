"""Which tries of sign-in are counted under which limit, before allauth sees them."""

from __future__ import annotations

from datetime import datetime

from allauth.account.internal.stagekit import unstash_login
from django.http import HttpRequest

from tiantou.people import limits, queries
from tiantou.people.rules import normal_phone

_SIGN_IN = frozenset(
    {
        "account_login", "account_signup", "account_confirm_login_code", "account_verify_phone", "account_change_phone",
        "account_reauthenticate", "account_change_password", "mfa_authenticate", "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn", "mfa_login_webauthn", "mfa_activate_totp",
    }
)  # fmt: skip
#: Pages where a signed-in person proves to be itself once more.
_AGAIN = frozenset({"account_reauthenticate", "account_change_password", "mfa_reauthenticate", "mfa_activate_totp"})


def count_try(request: HttpRequest, *, at: datetime) -> None:
    """A POST to sign-in uses up a try of its address and of the account that it is about. Raises: limits.TooMany."""
    match = request.resolver_match
    name = match.url_name if match else None
    if request.method != "POST" or name not in _SIGN_IN:
        return
    address = queries.address_of(request)
    limits.take(limits.ADDRESS, address, at=at)
    phone = normal_phone(request.POST.get("login", "") or request.POST.get("phone", ""))
    if name == "account_login" and request.POST.get("password"):
        limits.take(limits.GUESS, phone, at=at)
    elif name == "account_signup":
        limits.take(limits.SIGN_UP, address, at=at)
        limits.take(limits.CODE, phone, at=at)
    elif name in {"account_login", "account_change_phone"}:
        limits.take(limits.CODE, phone, at=at)
    elif name in {"account_confirm_login_code", "account_verify_phone"}:
        pending = pending_phone(request)
        limits.take(limits.CODE if request.POST.get("action") == "resend" else limits.GUESS, pending, at=at)
    elif name in _AGAIN and request.user.is_authenticated:
        limits.take(limits.GUESS, f"again:{request.user.pk}", at=at)
    elif name == "mfa_authenticate":
        limits.take(limits.GUESS, f"factor:{pending_person(request)}", at=at)


def forget_tries(person_id: int, phone: str) -> None:
    """The person has signed in: wrong tries before count no longer."""
    for subject in (phone, f"again:{person_id}", f"factor:{person_id}"):
        limits.clear(limits.GUESS, subject)


def pending_phone(request: HttpRequest) -> str:
    """The phone to which the code was sent that is being entered."""
    login = unstash_login(request, peek=True)
    stages = login.state.get("stages", {}) if login else {}
    for stage in stages.values() if isinstance(stages, dict) else ():
        data = stage.get("data", stage) if isinstance(stage, dict) else {}
        if phone := data.get("phone"):
            return str(phone)
    return f"session:{request.session.session_key}"


def pending_person(request: HttpRequest) -> str:
    """The person that has passed the first step and not yet the second."""
    login = unstash_login(request, peek=True)
    return str(login.user.pk) if login and login.user else f"session:{request.session.session_key}"
