"""Forms of the keeper's pages. They read what was typed; what is allowed is the verbs' to say."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tiantou.fieldmarket.models import Terms
from tiantou.fieldmarket.services.packing import PER_CRATE
from tiantou.kernel.errors import Refused
from tiantou.kernel.units import grams
from tiantou.production.models import Lot
from tiantou.registry.models import Product


def fresh_key() -> dict[str, str]:
    """Initial data with an idempotency key: the same form sent twice does the thing once."""
    return {"key": token_urlsafe(16)}


def show(
    request: HttpRequest, template: str, form: forms.Form, refusal: Refused | None, **context: Any
) -> HttpResponse:
    """The form with what was typed; 422 where it has faults of its own."""
    status = refusal.status if refusal else 422 if form.is_bound else 200
    return render(request, template, {"form": form, "refusal": refusal, **context}, status=status)


def kilograms(label: Any, *, required: bool = True) -> forms.DecimalField:
    """A field for a mass in kilograms, to the gram."""
    return forms.DecimalField(label=label, min_value=0, max_digits=9, decimal_places=3, required=required)


class KeyedForm(forms.Form):
    """A form that carries its idempotency key."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


class CodeForm(forms.Form):
    """What the deliverer shows."""

    code = forms.CharField(
        label=_("合格证编号或批次号"), max_length=200, help_text=_("扫二维码，或照着输入，例如 HG… 或 20261120-01")
    )


class WeighForm(KeyedForm):
    """What the scale shows."""

    mass_kg = kilograms(_("磅秤读数"))
    terms = forms.ChoiceField(label=_("货归谁"), choices=Terms, widget=forms.RadioSelect, initial=Terms.KEPT)


class GradeForm(KeyedForm):
    """Kilograms by grade, and the loss; `names` are the grades asked for."""

    loss = kilograms(_("损耗"), required=False)

    def __init__(self, names: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = list(names)
        for index, name in enumerate(self.names):
            self.fields[f"grade_{index}"] = kilograms(name, required=False)

    def grade_fields(self) -> list[forms.BoundField]:
        """The fields of the grades, in order."""
        return [self[f"grade_{index}"] for index in range(len(self.names))]

    def grades(self) -> dict[str, int]:
        """Grams by grade; a grade left empty is not there."""
        typed = {name: self.cleaned_data[f"grade_{index}"] for index, name in enumerate(self.names)}
        return {name: grams(mass_kg) for name, mass_kg in typed.items() if mass_kg}

    def loss_g(self) -> int:
        """The loss in grams; nothing typed is none, so that a forgotten heap is noticed."""
        return grams(self.cleaned_data["loss"] or 0)


class PackForm(KeyedForm):
    """How a lot is packed."""

    net_kg = kilograms(_("每件净重"))
    packs = forms.IntegerField(label=_("件数"), min_value=1)
    per_crate = forms.IntegerField(label=_("每箱几件"), min_value=1, initial=PER_CRATE)


class TemperatureForm(KeyedForm):
    """What the thermometer shows."""

    celsius = forms.CharField(label=_("温度计读数"), max_length=8)


class StowForm(forms.Form):
    """A lot to put into a room."""

    lot = forms.ModelChoiceField(Lot.objects.none(), label=_("哪个批次"))

    def __init__(self, lots: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lot"].queryset = lots  # type: ignore[attr-defined]


class RoomForm(forms.Form):
    """A cold room to open."""

    code = forms.CharField(label=_("冷库编号"), max_length=20)
    name = forms.CharField(label=_("名称"), max_length=60)
    low = forms.CharField(label=_("最低温度"), max_length=8)
    high = forms.CharField(label=_("最高温度"), max_length=8)


class PriceForm(KeyedForm):
    """A price to post."""

    product = forms.ModelChoiceField(Product.objects.none(), label=_("产品"))
    grade = forms.CharField(label=_("等级"), max_length=20, required=False)
    yuan_per_kg = forms.DecimalField(label=_("价格"), min_value=0, max_digits=7, decimal_places=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = Product.objects.filter(status="confirmed")  # type: ignore[attr-defined]
