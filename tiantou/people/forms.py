"""What people fill in on the pages of people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.areas.models import Area, Level
from tiantou.kernel.actor import Actor, Role
from tiantou.people.rules import APPOINTABLE, CITY_RANKS, MEMBER_ROLES, SCOPES, normal_phone
from tiantou.registry.models import Party, Site
from tiantou.ui.roles import ROLE_NAMES

SCOPE_NAMES = {
    "production": gettext_lazy("种植和收成"),
    "quality": gettext_lazy("合格证"),
    "fieldmarket": gettext_lazy("田头市场"),
    "market": gettext_lazy("上架和卖货"),
    "logistics": gettext_lazy("发货"),
    "programmes": gettext_lazy("申报补贴"),
}


class PhoneField(forms.CharField):
    """A mainland mobile number; cleaned to its eleven digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("手机号"))
        kwargs.setdefault("max_length", 20)
        kwargs["widget"] = forms.TextInput(attrs={"autocomplete": "tel-national", "inputmode": "tel", "type": "tel"})
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """The digits. Raises: ValidationError for what is no mobile number."""
        text = str(super().clean(value) or "")
        if not text:
            return ""
        if not (digits := normal_phone(text)):
            raise ValidationError(_("请填 11 位手机号，例如 13800001234。"), code="phone")
        return digits


class NameForm(forms.Form):
    """What sign-up asks besides the phone (the base of allauth's form)."""

    name = forms.CharField(
        label=gettext_lazy("姓名"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ("phone", "name")

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Allauth calls this after the person was made; nothing is left to do."""


def _date(label: Any, *, required: bool = False) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}))


class AppointForm(forms.Form):
    """A person by phone and name, a role, and what the role is held for."""

    phone = PhoneField()
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60)
    role = forms.ChoiceField(label=gettext_lazy("身份"))
    party = forms.CharField(label=gettext_lazy("主体代码"), required=False, max_length=64)
    site = forms.CharField(label=gettext_lazy("场所代码"), required=False, max_length=64)
    area = forms.ModelChoiceField(Area.objects.none(), label=gettext_lazy("区县"), required=False)
    starts = _date(gettext_lazy("开始日期"))
    ends = _date(gettext_lazy("结束日期"))
    manages = forms.BooleanField(label=gettext_lazy("是负责人，可以任命本单位成员"), required=False)

    def __init__(self, *args: Any, actor: Actor, member: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        if member:
            roles = MEMBER_ROLES | {actor.role}
            for name in ("party", "area"):
                del self.fields[name]
        else:
            roles = CITY_RANKS if actor.role is Role.CITY_OFFICER else APPOINTABLE
            self.fields["area"].queryset = Area.objects.filter(level=Level.DISTRICT, ends=None)  # type: ignore[attr-defined]
        self.fields["role"].choices = [(role.value, ROLE_NAMES[role]) for role in Role if role in roles]  # type: ignore[attr-defined]

    def clean_party(self) -> Party | None:
        """The party of that code. Raises: ValidationError."""
        found: Party | None = _by_code(Party, self.cleaned_data["party"], self.actor)
        return found

    def clean_site(self) -> Site | None:
        """The site of that code. Raises: ValidationError."""
        found: Site | None = _by_code(Site, self.cleaned_data["site"], self.actor)
        return found


class ConsentForm(forms.Form):
    """A consent as the keeper records it: from a paper, or by a code to the villager's phone."""

    villager = forms.CharField(
        label=gettext_lazy("村民的主体代码"), max_length=64, help_text=gettext_lazy("在登记簿里查得到。")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("委托办理"),
        choices=[(scope, SCOPE_NAMES[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    starts = _date(gettext_lazy("开始日期"), required=True)
    ends = _date(gettext_lazy("结束日期"), required=True)
    paper = forms.CharField(label=gettext_lazy("委托书编号"), required=False, max_length=40)
    phone = PhoneField(label=gettext_lazy("村民的手机号"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor

    def clean_villager(self) -> Party | None:
        """The party of that code. Raises: ValidationError."""
        found: Party | None = _by_code(Party, self.cleaned_data["villager"], self.actor)
        return found


class OwnConsentForm(ConsentForm):
    """A consent as the villager gives it: to which station."""

    station = forms.CharField(label=gettext_lazy("村级站的代码"), max_length=64)
    field_order = ("station", "scopes", "starts", "ends")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("villager", "paper", "phone"):
            del self.fields[name]

    def clean_station(self) -> Site | None:
        """The station of that code. Raises: ValidationError."""
        found: Site | None = _by_code(Site, self.cleaned_data["station"], self.actor)
        return found


class CodeForm(forms.Form):
    """Six digits that somebody was sent."""

    code = forms.CharField(
        label=gettext_lazy("验证码"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class TokenForm(forms.Form):
    """A new token."""

    label = forms.CharField(label=gettext_lazy("用途"), max_length=80, help_text=gettext_lazy("例如：合作社的收货系统"))
    days = forms.IntegerField(label=gettext_lazy("有效天数"), initial=90, min_value=1, max_value=366)


class DeedFilter(forms.Form):
    """Which deeds the auditor wants to see."""

    person = forms.CharField(label=gettext_lazy("姓名或手机号"), required=False, max_length=60)
    verb = forms.CharField(label=gettext_lazy("动作"), required=False, max_length=100)
    subject = forms.CharField(label=gettext_lazy("对象"), required=False, max_length=100)
    since = _date(gettext_lazy("从"))
    until = _date(gettext_lazy("到"))


def _by_code(model: type[Any], code: str, actor: Actor) -> Any:
    if not code.strip():
        return None
    found = model.objects.visible_to(actor).living().filter(code=code.strip()).first()
    if found is None:
        raise ValidationError(_("登记簿里没有这个代码。"), code="absent")
    return found
