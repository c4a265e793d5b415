"""Fields as data: definitions that cannot be are refused at load, values are judged by one rule, forms and schemas follow."""

from datetime import UTC, date, datetime
from decimal import Decimal

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.kernel import forms
from tiantou.kernel.forms import (
    Fault,
    Field,
    IdentityHash,
    build_form,
    clean,
    clean_value,
    identity_hash,
    json_schema,
    load_fields,
)

BOTH = {"zh": "某", "en": "thing"}
GRADE = ({"code": "a", "label": {"zh": "一级", "en": "First"}}, {"code": "b", "label": {"zh": "二级", "en": "Second"}})
NAMES = {"money": "x_fen", "mass": "x_g", "area_mu": "x_mu"}


def field(kind, **more):
    more |= {"choices": GRADE} if kind in {"choice", "choices"} else {}
    return load_fields([{"name": NAMES.get(kind, "x"), "type": kind, "label": BOTH, **more}], "test")[0]


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        ("text", "  两  个 ", "两 个"), ("text", 123.0, "123"), ("text", "'=SUM(1)", "=SUM(1)"), ("integer", "1,200", 1200),
        ("integer", 12.0, 12), ("integer", "１２", 12), ("decimal", "12.50", "12.5"), ("money", "12.34", 1234), ("money", 0.1, 10),
        ("mass", "2.5", 2500), ("area_mu", "120.50", "120.5"), ("date", "2026年11月3日", "2026-11-03"), ("date", "2026/1/2", "2026-01-02"),
        ("date", datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02"), ("date", date(2026, 1, 2), "2026-01-02"), ("boolean", "是", True), ("boolean", False, False),
        ("boolean", "否", False), ("choice", "一级", "a"), ("choice", "Second", "b"), ("choices", "二级、一级", ["a", "b"]),
        ("choices", ["b"], ["b"]), ("phone", "138-0000-1234", "13800001234"), ("phone", 13800001234.0, "13800001234"),
        ("phone", "+86 13800001234", "13800001234"), ("phone", "023-56560000", "02356560000"), ("url", "https://example.com/a", "https://example.com/a"),
        ("uscc", " 91500000203506536x".replace("x", "X").strip(), None), ("area", 500236.0, "500236"), ("text", "", None), ("choices", [], None),
    ],
)  # fmt: skip
def test_values_are_kept_in_one_form(kind, raw, kept):
    if kind == "uscc":
        from stdnum.cn.uscc import calc_check_digit

        raw = "91500236MA0000001" + calc_check_digit("91500236MA0000001")
        kept = raw
        raw = f" {raw.lower()} "
    assert clean_value(field(kind), raw) == kept


@pytest.mark.parametrize(
    ("kind", "raw", "reason"),
    [
        ("integer", "1.5", "整数"), ("integer", "十二", "不是数字"), ("integer", "NaN", "不是数字"), ("integer", True, "不是数字"),
        ("decimal", "Infinity", "不是数字"), ("decimal", "1e30", "不是数字"), ("money", "1.234", "两位小数"), ("mass", "0.0001", "三位小数"),
        ("date", "2026-02-30", "不是日期"), ("date", "45000", "不是日期"), ("boolean", "也许", "是"), ("choice", "三级", "没有“三级”"),
        ("choices", "一级、三级", "没有“三级”"), ("phone", "12345", "电话"), ("url", "javascript:alert(1)", "网址"),
        ("url", "ftp://example.com", "网址"), ("uscc", "91500236MA5U000018", "校验位"), ("uscc", "9150", "18 位"), ("text", "甲" * 121, "太长"),
        ("text", "a\x07b", "控制字符"), ("identity", "110105194912310021", "身份证"),
    ],
)  # fmt: skip
def test_wrong_values_say_why_and_how_to_mend_them(kind, raw, reason):
    with pytest.raises(Fault) as fault:
        clean_value(field(kind), raw)
    assert reason in fault.value.reason
    assert fault.value.remedy
    assert "110105" not in fault.value.reason


def test_bounds_and_patterns_are_those_of_the_definition():
    with pytest.raises(Fault, match="范围"):
        clean_value(field("money", min=1, max=5), "5.01")
    assert clean_value(field("money", min=1, max=5), "5") == 500
    with pytest.raises(Fault, match="格式"):
        clean_value(field("text", pattern="[A-Z]+"), "a")


def test_a_required_field_must_be_filled_in_and_a_partial_cleaning_leaves_the_rest():
    fields = (field("text", required=True),)
    assert clean(fields, {})[1][0].reason == "没有填写。"
    assert clean(fields, {}, partial=True) == ({}, [])


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({"name": "X", "label": BOTH}, "lower case"), ({"name": "x", "label": {"zh": "某"}}, "zh and en"),
        ({"name": "x", "label": BOTH, "type": "colour"}, "colour"), ({"name": "x", "label": BOTH, "type": "choice"}, "choices"),
        ({"name": "x", "label": BOTH, "type": "money"}, "_fen"), ({"name": "x", "label": BOTH, "labl": 1}, "labl"), ({"label": BOTH}, "name"),
        ({"name": "x", "label": BOTH, "pattern": "("}, "unterminated|missing"),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_be_is_refused_at_load(item, fault):
    with pytest.raises((ValueError, forms.re.error), match=fault):
        load_fields([item], "kinds/party/x.yaml")


def test_a_name_that_comes_twice_is_refused_at_load():
    with pytest.raises(ValueError, match=r"kinds/x.*twice: x"):
        load_fields([{"name": "x", "label": BOTH}] * 2, "kinds/x")


def test_an_identity_number_becomes_a_keyed_hash_and_nothing_else(settings):
    first = identity_hash("11010519491231002X")
    assert first == identity_hash(" 11010519491231002x ")
    settings.IDENTITY_KEY = "another key"
    assert identity_hash("11010519491231002X") != first
    assert isinstance(first, IdentityHash)
    assert clean_value(field("identity"), first) is first
    assert forms.shield((field("identity"),), {"x": "11010519491231002X"})["x"] != "11010519491231002X"


@given(st.text(max_size=40))
def test_what_leaves_for_a_spreadsheet_is_no_formula_and_comes_back_as_it_was(text):
    out = forms.neutralised(text)
    assert not out.startswith(forms.FORMULA_STARTS)
    assert forms.unneutralised(out) == text or text.startswith("'")


@given(st.integers(-(10**12), 10**12))
def test_money_and_mass_survive_being_shown_and_typed_again(amount):
    for kind in ("money", "mass"):
        each = field(kind)
        assert clean_value(each, str(forms.typed(each, amount))) == amount
        assert clean((each,), forms.from_base((each,), {each.name: amount}))[0] == {each.name: amount}


def test_the_schema_accepts_what_is_kept_and_refuses_the_rest():
    fields = (
        field("money"),
        *load_fields([{"name": "grade", "type": "choice", "label": BOTH, "choices": GRADE, "required": True}], "t"),
    )
    schema = json_schema(fields)
    assert schema["properties"]["x_fen"]["x-unit"] == "fen"
    assert jsonschema_rs.is_valid(schema, {"x_fen": 5, "grade": "a"})
    for wrong in ({"x_fen": 5}, {"grade": "c"}, {"grade": "a", "x_fen": "5"}, {"grade": "a", "y": 1}):
        assert not jsonschema_rs.is_valid(schema, wrong)


@pytest.mark.parametrize("kind", sorted(forms.TYPES))
def test_every_type_has_a_form_field_with_a_label(kind):
    form = build_form((field(kind),))()
    assert "某" in str(form)


def test_a_form_shows_kept_values_as_people_type_them_and_gives_kept_values_back():
    each = field("money")
    kind = build_form((each, *load_fields([{"name": "ok", "type": "boolean", "label": BOTH}], "t")))
    assert 'value="12.34"' in str(kind(initial={"x_fen": 1234, "ok": True})).replace("12.340", "12.34")
    form = kind({"x_fen": "12.34", "ok": "true"})
    assert form.is_valid()
    assert form.values() == {"x_fen": 1234, "ok": True}
    assert not kind({"x_fen": "viel"}).is_valid()


def test_a_typed_identity_number_is_never_shown_again():
    form = build_form((field("identity"),))({"x": "11010519491231002X"})
    assert "11010519491231002" not in str(form)


def test_values_are_shown_with_their_unit():
    assert forms.shown(field("money"), 123450) == "1,234.50 元"
    assert forms.shown(field("area_mu"), "12.5") == "12.5 亩"
    assert forms.shown(field("choices"), ["a", "b"]) == "一级、二级"
    assert forms.shown(Field(name="x", label=BOTH), None) == ""
    assert forms.typed(field("mass"), 2500) == Decimal("2.5")
