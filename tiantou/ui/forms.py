"""What the forms of all pages share: a key against sending twice, and showing again what was typed."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tiantou.kernel.errors import Refused


class KeyedForm(forms.Form):
    """A form that carries its idempotency key: sending it twice does the thing once."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


class DateInput(forms.DateInput):
    """A date chosen with the phone's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def fresh_key() -> dict[str, str]:
    """Initial data with an idempotency key."""
    return {"key": token_urlsafe(16)}


def show(
    request: HttpRequest, template: str, form: forms.Form, refusal: Refused | None, **context: Any
) -> HttpResponse:
    """The form with what was typed; the refusal's status, or 422 where the form has faults of its own."""
    status = refusal.status if refusal else 422 if form.is_bound and not form.is_valid() else 200
    return render(request, template, {"form": form, "refusal": refusal, **context}, status=status)
