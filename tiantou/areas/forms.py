"""What may be asked of the area pages."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from tiantou.areas.models import Area, Level


class DayForm(forms.Form):
    """A day to look at, and words to look for."""

    on = forms.DateField(label=_("看哪一天"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    q = forms.CharField(label=_("找地名"), required=False, max_length=60)

    def day(self, otherwise: date) -> date:
        """The day asked for, else the other."""
        found: date | None = self.cleaned_data.get("on") if self.is_valid() else None
        return found or otherwise


class ChangeForm(forms.Form):
    """The facts of a change of an area: a new name, or a new parent by code."""

    RENAME, MOVE = "rename", "move"
    CHOICES: ClassVar = [(RENAME, _("更名")), (MOVE, _("改属"))]

    what = forms.ChoiceField(label=_("变更"), choices=CHOICES)
    name = forms.CharField(label=_("新名称"), required=False, max_length=60, help_text=_("更名时填"))
    code = forms.CharField(label=_("新代码"), required=False, max_length=12, help_text=_("更名并换代码时填"))
    parent = forms.CharField(label=_("新上级的代码"), required=False, max_length=12, help_text=_("改属时填"))
    on = forms.DateField(label=_("生效日期"), widget=forms.DateInput(attrs={"type": "date"}))
    source = forms.CharField(label=_("依据"), max_length=200, help_text=_("批复文号或公告，连同日期"))


#: Levels whose area pages show children as tiles.
TILED = {Level.REGION}


def level_name(area: Area) -> str:
    """The level in words."""
    return str(Level(area.level).label)
