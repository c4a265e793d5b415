"""Forms that several pages of certificates share."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from tiantou.quality.models import Stock

#: What may stay off the paper, as `rules.OMISSIBLE` has it.
OMISSIBLE = (
    ("product", _("产品名称")),
    ("quantity", _("数量")),
    ("origin", _("产地")),
    ("issued_on", _("开具日期")),
    ("issuer", _("承诺主体")),
    ("contact", _("联系方式")),
)
STOCKS = (
    (Stock.LABEL_60, _("标签 60 × 40 毫米")),
    (Stock.LABEL_40, _("标签 40 × 30 毫米")),
    (Stock.ROLL_58, _("热敏卷纸 58 毫米")),
    (Stock.ROLL_80, _("热敏卷纸 80 毫米")),
    (Stock.A4_EIGHT, _("A4，一页八张")),
    (Stock.A4, _("A4，一页一张")),
)


class OmittedField(forms.MultipleChoiceField):
    """What the package shows already."""

    def __init__(self) -> None:
        super().__init__(
            label=_("包装上已经印好的"),
            help_text=_("印好的内容，纸上可以省去；电子证总是完整的。"),
            choices=OMISSIBLE,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )


class PrintForm(forms.Form):
    """On what, and how many."""

    stock = forms.ChoiceField(label=_("纸"), choices=STOCKS)
    copies = forms.IntegerField(label=_("每张证印几份"), min_value=1, max_value=500, initial=20)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)


class SheetForm(forms.Form):
    """A workbook."""

    file = forms.FileField(label=_("Excel 文件"))
