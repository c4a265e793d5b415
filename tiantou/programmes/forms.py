"""Forms of the officials and of whoever objects; application forms come from the programme's own fields."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class DecisionForm(forms.Form):
    """A step's note (required for return and rejection, which the verb checks) and, for a panel, the points."""

    note = forms.CharField(
        label=_("意见"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("退回或不予通过时必填，申请人会看到"),
    )
    points = forms.IntegerField(label=_("分数"), required=False, min_value=0, max_value=100)


class PaymentForm(forms.Form):
    """The bank's receipt number of a payment."""

    evidence = forms.CharField(label=_("银行回单号"), max_length=60)


class ObjectionForm(forms.Form):
    """A signed objection."""

    name = forms.CharField(label=_("姓名"), max_length=60, help_text=_("不会公开"))
    phone = forms.CharField(label=_("联系电话"), max_length=20, help_text=_("便于核实和答复，不会公开"))
    note = forms.CharField(
        label=_("异议内容"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("请写明事实和理由")
    )
