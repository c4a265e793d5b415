"""Allauth's forms, as our sign-in page asks them (apart, because allauth's forms import `forms` while they load)."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, LoginForm, PasswordField
from allauth.core import context
from django import forms
from django.utils.translation import gettext_lazy

from tiantou.people.allauth_adapters import record_failure
from tiantou.people.guard import pending_phone


class SignInForm(LoginForm):  # type: ignore[misc] # allauth is untyped here
    """A phone; with a password it signs in at once, without one a code is sent."""

    def _setup_password_field(self) -> None:
        self.fields["password"] = PasswordField(
            label=gettext_lazy("密码"), required=False, autocomplete="current-password", help_text=""
        )
        del self.fields["password"].widget.attrs["placeholder"]


class ConfirmCodeForm(ConfirmLoginCodeForm):  # type: ignore[misc] # allauth is untyped here
    """The code that was sent; a wrong one is on record."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = gettext_lazy("六位验证码")
        self.fields["code"].widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})

    def clean_code(self) -> str:
        """The code. Raises: ValidationError for a wrong one."""
        try:
            return str(super().clean_code())
        except forms.ValidationError:
            record_failure(context.request, pending_phone(context.request), "code")
            raise
