"""Forms of the growers' pages. They read what was typed; what is allowed is the verbs' to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Actor
from tiantou.production.models import Work
from tiantou.registry.models import Party, Product, Site, Status


class DateInput(forms.DateInput):
    """A date chosen with the phone's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class KilogramField(forms.DecimalField):
    """A mass typed in kilograms, to the gram."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_digits=9, decimal_places=3, **options)


class KeyedForm(forms.Form):
    """A form that carries its idempotency key: sending it twice does the thing once."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


class PlotForm(KeyedForm):
    """A plot to lay out."""

    base = forms.ModelChoiceField(Site.objects.none(), label=_("基地"))
    code = forms.CharField(label=_("地块编号"), max_length=32, help_text=_("基地内不重复，例如 A-03"))
    name = forms.CharField(label=_("地块名称"), max_length=60, help_text=_("大家平时怎么叫它，例如 后坡三台"))
    area_mu = forms.CharField(label=_("面积"), max_length=12)
    product = forms.ModelChoiceField(Product.objects.none(), label=_("种什么"))
    grower = forms.ModelChoiceField(Party.objects.none(), label=_("谁来种"))

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bases = Site.objects.filter(kind="base").exclude(status=Status.CLOSED)
        own = bases.filter(holder_id=actor.party_id)
        self.fields["base"].queryset = own if own.exists() else bases.filter(holder=None)  # type: ignore[attr-defined]
        self.fields["product"].queryset = Product.objects.filter(status=Status.CONFIRMED)  # type: ignore[attr-defined]
        growers = Party.objects.filter(pk=actor.party_id or 0) | Party.objects.filter(links__object_id=actor.party_id)
        self.fields["grower"].queryset = growers.distinct()  # type: ignore[attr-defined]


class WorkForm(KeyedForm):
    """A field record."""

    kind = forms.ChoiceField(label=_("做了什么"), choices=Work, widget=forms.RadioSelect)
    on = forms.DateField(label=_("哪天"), widget=DateInput())
    input_name = forms.CharField(
        label=_("用了什么"), max_length=60, required=False, help_text=_("肥料或农药的名称，照标签写")
    )
    registration = forms.CharField(
        label=_("登记证号"), max_length=40, required=False, help_text=_("农药标签上的 PD 号")
    )
    input_batch = forms.CharField(
        label=_("批号"), max_length=40, required=False, help_text=_("包装上的生产批号；出了问题靠它找到用过的地块")
    )
    dose = forms.CharField(label=_("用量"), max_length=40, required=False, help_text=_("例如 每亩 50 毫升"))
    interval_days = forms.IntegerField(
        label=_("安全间隔期"), required=False, min_value=0, help_text=_("农药标签上写的天数，没有就不填")
    )
    note = forms.CharField(label=_("备注"), max_length=200, required=False)


class HarvestForm(KeyedForm):
    """A harvest."""

    mass_kg = KilogramField(label=_("采收重量"))
    on = forms.DateField(label=_("采收日期"), widget=DateInput())


class HoldForm(forms.Form):
    """The reason of a hold, or of its end."""

    reason = forms.CharField(label=_("原因"), max_length=200)


class SheetForm(forms.Form):
    """A spreadsheet."""

    file = forms.FileField(label=_("Excel 文件"), help_text=_("用下载的模板填写，.xlsx 格式，不超过 2,000 行"))
