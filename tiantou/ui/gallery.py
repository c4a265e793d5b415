"""The gallery: every component's `examples.yaml`, rendered. An example is template source with its data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import RequestContext, Template
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django_cotton.compiler_regex import CottonCompiler

from tiantou.kernel.errors import Invalid, Problem
from tiantou.ui import icons

COMPONENTS = Path(__file__).parent / "templates/cotton"


@dataclass(frozen=True, slots=True)
class Example:
    """One example as shown: what it is, its source, its rendering."""

    title: str
    source: str
    html: str


@dataclass(frozen=True, slots=True)
class Component:
    """A component with its examples. `name` is the tag without `c-`."""

    name: str
    about: str
    examples: list[Example]


def names() -> list[str]:
    """Tag names of all components, in order."""
    return sorted(folder.name.replace("_", "-") for folder in COMPONENTS.iterdir() if (folder / "index.html").exists())


def icon_names() -> list[str]:
    """Names of all icons."""
    return sorted(icons.shapes())


def components(request: HttpRequest) -> list[Component]:
    """All components with their examples rendered for `request`."""
    return [_component(name, request) for name in names()]


def _component(name: str, request: HttpRequest) -> Component:
    path = COMPONENTS / name.replace("-", "_") / "examples.yaml"
    described: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Component(name, described["about"], [_example(example, request) for example in described["examples"]])


def _example(example: dict[str, Any], request: HttpRequest) -> Example:
    source = example["source"].strip()
    context = {**example.get("context", {}), **_live()}
    html = Template(CottonCompiler().process(source)).render(RequestContext(request, context))
    if example.get("heading"):  # a page has one h1, and the gallery's own is it
        html = mark_safe(html.replace("<h1>", '<p class="h1">').replace("</h1>", "</p>"))
    return Example(example["title"], source, html)


class ExampleForm(forms.Form):
    """A form with every kind of control."""

    grower = forms.CharField(label=_("种植户"), max_length=40)
    mass = forms.DecimalField(label=_("重量"), min_value=0)
    price = forms.DecimalField(label=_("单价"), required=False)
    grade = forms.ChoiceField(label=_("等级"), choices=[("1", _("特级")), ("2", _("一级")), ("3", _("二级"))])
    basis = forms.ChoiceField(
        label=_("承诺依据"),
        widget=forms.RadioSelect,
        choices=[("self", _("质量安全控制符合要求")), ("own", _("自行检测合格")), ("sent", _("委托检测合格"))],
    )
    picked = forms.DateField(
        label=_("采摘日期"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("按实际下树的那一天填写。")
    )
    photo = forms.FileField(label=_("照片"), required=False)
    note = forms.CharField(label=_("备注"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agreed = forms.BooleanField(label=_("我保证以上内容属实"))


def _live() -> dict[str, Any]:
    """What an example cannot write as data: forms, refusals, pages, instants."""
    wrong = ExampleForm({"grower": "张示例", "mass": "-3", "grade": "1"}, auto_id="wrong_%s")
    refusal = Invalid(problems=[Problem("mass", _("重量要大于 0。"), _("请看秤上的读数，再填一次。"))])
    return {
        "form": ExampleForm(auto_id="fresh_%s"),
        "big_form": ExampleForm(auto_id="big_%s"),
        "filter_form": ExampleForm(auto_id="filter_%s", use_required_attribute=False),
        "wrong_form": wrong,
        "refusal": refusal,
        "page": Paginator(range(1, 241), 20).page(3),
        "none": None,
    }
