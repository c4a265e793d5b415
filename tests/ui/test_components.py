"""Components say what they are given, escape it, and tie fields to their faults."""

from __future__ import annotations

import re

import pytest
from django import forms
from django.template import RequestContext, Template
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from tiantou.kernel.errors import Invalid, Problem
from tiantou.ui import charts

EVIL = '"><script>alert(1)</script>'


def show(source: str, **context) -> str:
    return Template(CottonCompiler().process(source)).render(RequestContext(RequestFactory().get("/?a=1"), context))


class Weighing(forms.Form):
    mass = forms.DecimalField(label="重量", min_value=0, help_text="看秤")
    grade = forms.ChoiceField(label="等级", choices=[("1", "特级"), ("2", "一级")], widget=forms.RadioSelect)
    note = forms.CharField(label="备注", required=False)
    lot = forms.CharField(widget=forms.HiddenInput)


@pytest.mark.parametrize(
    "source",
    [
        '<c-page-head title="{{ evil }}" lead="{{ evil }}" eyebrow="{{ evil }}" back_url="{{ evil }}" />',
        '<c-page-head :title="evil" :lead="evil" />',
        '<c-button href="{{ evil }}" title="{{ evil }}">{{ evil }}</c-button>',
        '<c-button :title="evil" :data-x="evil" name="a" :value="evil">x</c-button>',
        '<c-card :title="evil" :href="evil" :kicker="evil">{{ evil }}</c-card>',
        '<c-figure-card :label="evil" :value="evil" :unit="evil" :source="evil" :href="evil" />',
        '<c-facts :facts="facts" />',
        '<c-timeline :entries="entries" />',
        '<c-tile-grid :tiles="tiles" :caption="evil" />',
        '<c-chart :series="tiles" :caption="evil" :unit="evil" />',
        '<c-chart :series="tiles" :caption="evil" kind="line" />',
        '<c-tabs :tabs="tiles" />',
        '<c-stepper :steps="tiles" />',
        '<c-qr :text="evil" :label="evil" />',
        '<c-task :title="evil" :text="evil" :href="evil" :count="evil" icon="scan" />',
        '<c-notice :title="evil" :kind="evil">{{ evil }}</c-notice>',
        '<c-sheet :title="evil" :number="evil" :issuer="evil" :on="evil">{{ evil }}</c-sheet>',
    ],
)
def test_what_is_typed_by_people_is_never_markup(source):
    entry = {
        "at": EVIL,
        "title": EVIL,
        "place": EVIL,
        "text": EVIL,
        "href": EVIL,
        "kind": EVIL,
        "label": EVIL,
        "note": EVIL,
        "state": EVIL,
    }
    tile = {**entry, "value": 1, "shade": 0}
    html = show(source, evil=EVIL, facts=[(EVIL, EVIL, EVIL)], entries=[entry], tiles=[tile])
    assert "<script" not in html
    assert not re.search(r'="">', html)


def test_an_unknown_figure_is_said_to_be_unknown():
    assert "未知" in show('<c-figure-card label="冷库" :value="none" unit="吨" />', none=None)
    zero = show('<c-figure-card label="冷库" :value="zero" unit="吨" />', zero=0)
    assert "未知" not in zero
    assert ">0<" in zero


def test_a_field_is_tied_to_its_label_hint_unit_and_fault():
    html = show('<c-form-field :field="form.mass" unit="公斤" big />', form=Weighing({"mass": "-1"}))
    assert 'for="id_mass"' in html
    described = re.search(r'aria-describedby="([^"]+)"', html)[1].split()
    assert described == ["id_mass-hint", "id_mass-unit", "id_mass-error"]
    assert all(html.count(f'id="{name}"') == 1 for name in described)
    assert 'aria-invalid="true"' in html
    assert 'inputmode="decimal"' in html
    assert 'value="-1"' in html


def test_a_large_field_keeps_the_keypad_that_its_widget_asks_for():
    class Phone(forms.Form):
        phone = forms.CharField(widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}))

    html = show('<c-form-field :field="form.phone" big />', form=Phone())
    assert 'inputmode="tel"' in html
    assert 'autocomplete="tel"' in html


def test_an_optional_field_says_so_and_a_required_one_does_not():
    assert "选填" in show('<c-form-field :field="form.note" />', form=Weighing())
    assert "选填" not in show('<c-form-field :field="form.mass" />', form=Weighing())


def test_choices_stand_in_a_named_group_and_hidden_fields_show_nothing():
    html = show('<c-form-field :field="form.grade" /><c-form-field :field="form.lot" />', form=Weighing())
    assert "<fieldset" in html
    assert "等级</legend>" in re.sub(r"\s+", "", html)
    assert html.count("<label") == 2


def test_every_fault_in_the_summary_leads_to_a_control_that_exists():
    form = Weighing({"mass": "-1"})
    fields = "".join(f'<c-form-field :field="form.{name}" />' for name in form.fields)
    html = show('<c-error-summary :form="form" />' + fields, form=form)
    targets = re.findall(r'href="#([^"]+)"', html)
    assert set(targets) == {"id_mass", "id_grade_0", "id_lot"}
    assert all(f'id="{target}"' in html for target in targets)


def test_a_refusal_names_row_field_reason_and_remedy():
    refusal = Invalid(
        problems=[Problem("mass", "重量要大于 0。", "请看秤。"), Problem("统一社会信用代码", "校验位不对。", row=7)]
    )
    html = show('<c-error-summary :form="form" :refusal="refusal" />', form=Weighing(), refusal=refusal)
    assert '<a href="#id_mass">重量要大于 0。请看秤。</a>' in html
    assert "第 7 行 统一社会信用代码：校验位不对。" in html
    assert refusal.reason in html


def test_no_fault_no_summary():
    assert show('<c-error-summary :form="form" />', form=Weighing()).strip() == ""


def test_turning_the_page_keeps_the_filters():
    from django.core.paginator import Paginator

    html = show('<c-pager :page="page" />', page=Paginator(range(100), 10).page(2))
    assert "?a=1&amp;page=3" in html
    assert "共 10 页 100 条" in html


def test_an_unknown_icon_is_an_error_and_not_a_gap():
    with pytest.raises(KeyError):
        show('<c-icon name="emoji" />')


def test_a_line_breaks_where_a_value_is_unknown():
    view = charts.view([{"label": str(n), "value": value} for n, value in enumerate([1, 2, None, 4, 5])], "line")
    assert len(view.lines) == 2
    assert view.highest.label == "4"


def test_bars_start_from_zero_even_below_it():
    up, down = charts.view([{"label": "a", "value": 30}, {"label": "b", "value": -10}]).marks
    assert (up.start, up.length, down.start, down.length) == ("25.00%", "75.00%", "0.00%", "25.00%")


def test_an_empty_chart_draws():
    assert "<figure" in show('<c-chart :series="series" caption="无" kind="line" />', series=[])


def test_a_column_sorts_up_then_down_and_keeps_the_filters():
    def column(query: str) -> str:
        html = Template(CottonCompiler().process('<c-column name="mass" num>公斤</c-column>'))
        return html.render(RequestContext(RequestFactory().get("/" + query), {}))

    assert 'aria-sort="none"' in column("?a=1&page=3")
    assert 'href="?a=1&amp;sort=mass"' in column("?a=1&page=3")
    assert 'aria-sort="ascending"' in column("?sort=mass")
    assert 'href="?sort=-mass"' in column("?sort=mass")
    assert 'aria-sort="descending"' in column("?sort=-mass")
