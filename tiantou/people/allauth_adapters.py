"""What allauth asks of us: where phones are kept, how codes travel, what is put on record."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from tiantou.kernel import clock
from tiantou.kernel.actor import STRANGER, SYSTEM, Actor, Role
from tiantou.kernel.verbs import record_deed
from tiantou.people import guard, queries, services, sms
from tiantou.people.forms import PhoneField
from tiantou.people.models import Person

#: Where the demonstration keeps the message that the phone would have got.
SHOWN_SMS = "people.shown_sms"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth is untyped here
    """Persons are known by phone; every sign-in and every failure is on record."""

    error_messages = {  # noqa: RUF012 - allauth's own shape
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("这个账户已停用。请联系系统管理员。"),
        "phone_password_mismatch": _("手机号或密码不对。"),
        "invalid_login": _("手机号或密码不对。"),
        "incorrect_code": _("验证码不对。"),
        "incorrect_password": _("密码不对。"),
        "enter_current_password": _("请填现在的密码。"),
        "phone_taken": _("这个手机号已有账户。"),
        "same_as_current": _("新的和现在的一样。"),
        "too_many_login_attempts": _("试的次数太多了，请过一会儿再试。"),
        "rate_limited": _("试的次数太多了，请过一会儿再试。"),
    }

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """A field that takes a mainland mobile number however it is written."""
        kwargs.pop("label", None)
        return PhoneField(**kwargs)

    def get_user_by_phone(self, phone: str) -> Person | None:
        """The person with this phone."""
        found: Person | None = Person.objects.get_queryset().filter(phone=phone).first()
        return found

    def get_phone(self, user: Person) -> tuple[str, bool] | None:
        """The person's phone, and whether it was verified."""
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: Person, phone: str, verified: bool) -> None:
        """The person is reached at this phone."""
        if user.phone != phone or user.phone_verified != verified:
            changed = services.change_phone(by=SYSTEM, at=clock.now(), person=user, phone=phone, verified=verified)
            user.phone, user.phone_verified = changed.phone, changed.phone_verified

    def set_phone_verified(self, user: Person, phone: str) -> None:
        """The person has shown to hold this phone."""
        services.verify_phone(by=SYSTEM, at=clock.now(), person=user, phone=phone)

    def new_user(self, request: HttpRequest) -> Person:
        """A person not yet saved."""
        return Person(joined_at=clock.now())

    def save_user(self, request: HttpRequest, user: Person, form: Any, commit: bool = True) -> Person:
        """The new person is a consumer, with its phone still to be verified."""
        facts = form.cleaned_data
        return services.sign_up(by=SYSTEM, at=clock.now(), phone=facts["phone"], name=facts["name"])

    def send_verification_code_sms(self, user: Person, phone: str, code: str, **kwargs: Any) -> None:
        """The code is on its way."""
        self._send(phone, _("【田头】验证码 %(code)s，五分钟内有效。请不要告诉任何人。") % {"code": code})

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """As long and as costly as a code, so that nobody learns which phones are known."""
        self._send(phone, str(_("【田头】这个手机号还没有账户，请先用它注册。不是您本人操作就不用理会。")))

    def send_account_already_exists_sms(self, phone: str) -> None:
        """See `send_unknown_account_sms`."""
        self._send(phone, str(_("【田头】这个手机号已有账户，请直接登录。不是您本人操作就不用理会。")))

    def _send(self, phone: str, text: str) -> None:
        sms.send(phone=phone, text=text)
        if settings.TIANTOU_DEMO_CODES:
            context.request.session[SHOWN_SMS] = text

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password is on record, with the masked phone."""
        record_failure(request, str(credentials.get("phone", "")), "password")

    def reauthenticate(self, user: Person, password: str) -> bool:
        """Whether it is the person's password; if so, wrong tries before count no longer."""
        right = bool(super().reauthenticate(user, password))
        if right:
            guard.forget_tries(user.pk, user.phone or "")
        return right

    def post_login(self, request: HttpRequest, user: Person, **kwargs: Any) -> HttpResponse:
        """The sign-in is on record; wrong tries before count no longer."""
        request.session.pop(SHOWN_SMS, None)
        guard.forget_tries(user.pk, user.phone or "")
        at = clock.now()
        standing = queries.standing(user, user.last_choice, on=clock.local_date(at))
        actor = standing.actor if standing else Actor(role=Role.CONSUMER, person_id=user.pk, name=user.name)
        record_deed(
            verb="people.signed_in", by=actor, at=at, subject=user, detail={"address": queries.address_of(request)}
        )
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Allauth's own messages stay unsaid: our pages say what happened."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nobody has an e-mail address here."""


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth is untyped here
    """Secrets of code generators are kept encrypted under the installation's key."""

    error_messages = {  # noqa: RUF012 - allauth's own shape
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不对。"),
        "cannot_delete_authenticator": _("公务身份必须保留一种第二道验证。"),
    }

    def encrypt(self, text: str) -> str:
        """See `DefaultMFAAdapter`."""
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """See `DefaultMFAAdapter`."""
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def get_totp_label(self, user: Person) -> str:
        """The phone, as people know themselves by it."""
        return user.phone or user.name

    def get_public_key_credential_user_entity(self, user: Person) -> dict[str, Any]:
        """What the browser shows when it asks which passkey to use."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.name, "name": user.phone or user.name}

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nobody has an e-mail address here; the change is on record instead."""
        record_deed(verb="people.second_factor_changed", by=getattr(context.request, "actor", STRANGER), at=clock.now())


def record_failure(request: HttpRequest, phone: str, how: str) -> None:
    """A failed sign-in is on record: masked phone, address and means, never what was typed."""
    masked = f"{phone[:3]}****{phone[-4:]}" if phone else ""
    detail = {"phone": masked, "address": queries.address_of(request), "how": how}
    record_deed(verb="people.sign_in_failed", by=STRANGER, at=clock.now(), detail=detail)


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor:{settings.SECRET_KEY}".encode()).digest()))
