"""Results against limits, and instruments' files, the pure parts."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiantou.quality.queries.laboratories import limits, profiles
from tiantou.quality.rules import instruments
from tiantou.quality.rules import limits as rules

ON = date(2026, 11, 20)
ORANGE = ["奉节脐橙", "柑橘", "水果"]
LIMIT = rules.Limit("示例", (), Decimal("0.05"), "mg/kg", "示例标准", date(2021, 9, 3))


@pytest.mark.parametrize(
    ("text", "lod", "value", "below"),
    [
        ("0.012", "", "0.012", None), (" 3 ", "", "3", None), ("<0.01", "", None, "0.01"), ("＜0.01", "", None, "0.01"),
        ("<LOD", "0.005", None, "0.005"), ("ND", "", None, None), ("未检出", "0.01", None, "0.01"), ("0.004", "0.005", None, "0.005"),
        ("0", "", "0", None),
    ],
)  # fmt: skip
def test_readings_are_understood_as_laboratories_write_them(text, lod, value, below):
    found = rules.read(text, lod)
    assert found == rules.Reading(Decimal(value) if value else None, Decimal(below) if below else None)


@pytest.mark.parametrize("text", ["", "abc", "-1", "1e99", "NaN", "inf", "1,2", "0.1234567", "=1+1", ">5", "< "])
def test_what_is_no_reading_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the text itself is the message
        rules.read(text)


def test_a_decimal_comma_is_read_where_the_instrument_writes_one():
    assert rules.read("0,012", decimal_comma=True).value == Decimal("0.012")
    assert rules.read("1.234,5", decimal_comma=True).value == Decimal("1234.5")


@pytest.mark.parametrize(
    ("text", "unit", "outcome"),
    [
        ("0.05", "mg/kg", "pass"), ("0.050001", "mg/kg", "fail"), ("50", "µg/kg", "pass"), ("51", "ug/kg", "fail"),
        ("<0.01", "mg/kg", "pass"), ("<0.1", "mg/kg", "unsure"), ("ND", "mg/kg", "pass"), ("10", "%", "no_limit"),
    ],
)  # fmt: skip
def test_a_verdict_is_computed_in_the_limits_own_unit(text, unit, outcome):
    assert rules.judge(rules.read(text), unit, LIMIT) == outcome


def test_what_must_be_absent_may_not_be_found_at_all():
    absent = rules.Limit("示例", (), Decimal(0), "mg/kg", "示例", date(2020, 1, 1), absent=True)
    assert rules.judge(rules.read("0.0001"), "mg/kg", absent) == "fail"
    assert rules.judge(rules.read("<0.5"), "mg/kg", absent) == "pass"
    assert rules.judge(rules.read("1"), "mg/kg", None) == "no_limit"


@given(st.lists(st.sampled_from(list(rules.Outcome)), max_size=6))
def test_one_failure_fails_and_only_what_was_judged_passes(outcomes):
    verdict = rules.passed(outcomes)
    if rules.Outcome.FAIL in outcomes:
        assert verdict is False
    else:
        assert verdict is (True if rules.Outcome.PASS in outcomes and rules.Outcome.UNSURE not in outcomes else None)


@given(st.decimals(0, 1000, places=6), st.decimals(0, 1000, places=6))
def test_more_of_a_substance_never_makes_a_pass_of_a_failure(one, more):
    low, high = sorted([one, more])
    if rules.judge(rules.Reading(low), "mg/kg", LIMIT) == "fail":
        assert rules.judge(rules.Reading(high), "mg/kg", LIMIT) == "fail"


def test_the_nearest_food_and_the_day_decide_which_limit_counts():
    found = rules.limit_for(limits(), "氯氰菊酯", ORANGE, ON)
    assert (found.value, found.foods) == (Decimal(2), ["橙"])
    assert rules.limit_for(limits(), "氯氰菊酯", ["示例椪柑", "柑橘"], ON).value == 1
    assert rules.limit_for(limits(), "毒死蜱", ["示例豇豆", "蔬菜"], ON).value == Decimal("0.02")
    assert rules.limit_for(limits(), "毒死蜱", ORANGE, date(2021, 9, 2)) is None
    assert rules.limit_for(limits(), "毒死蜱", ["示例石头"], ON) is None


def test_every_limit_has_a_unit_a_source_and_a_day():
    assert len(limits()) >= 36
    assert all(limit.source and limit.unit and limit.value >= 0 for limit in limits())
    assert len({(x.substance, tuple(x.foods), x.starts) for x in limits()}) == len(limits())


RAPID = "示例速测仪导出\r\n样品编号,检测项目,抑制率(%),判定,检测时间,仪器编号\r\nCY1,农药残留,12.5,合格,2026/11/20 9:05,A-7\r\n,,,,,\r\nCY2,农药残留,,合格,2026/11/20 9:10,A-7\r\n"
CHROMA = "Report;1\nSampleID;Compound;Result;Units;LOD;Acquired;Instrument\ncy1;Chlorpyrifos;0,012;mg/kg;0,005;20.11.2026 09:05:00;B\nCY1;Pb;<LOD;mg/kg;0,01;bad time;B\n"


def rows(text, profile, encoding):
    chosen = profiles()[profile]
    return list(instruments.rows_of(instruments.lines_of(text.encode(encoding), chosen), chosen))


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_a_makers_file_is_read_in_any_encoding_and_faults_name_their_line(encoding):
    found = rows(RAPID, "rapid_a", encoding)
    row = found[0][0]
    assert (row.number, row.sample, row.substance, row.reading, row.unit) == (
        3, "CY1", "有机磷和氨基甲酸酯类农药（抑制率）", "12.5", "%",
    )  # fmt: skip
    assert found[1] == (None, (5, "reading"))
    assert len(found) == 2


def test_the_other_maker_writes_commas_semicolons_and_its_own_names():
    found = rows(CHROMA, "chromatograph_b", "utf-8")
    assert (found[0][0].sample, found[0][0].substance, found[0][0].lod) == ("CY1", "毒死蜱", "0,005")
    assert found[1] == (None, (4, "tested_at"))


def test_a_file_of_another_maker_says_which_columns_are_missing():
    with pytest.raises(instruments.NoHead) as missing:
        rows(CHROMA, "rapid_a", "utf-8")
    assert "样品编号" in missing.value.args


@given(st.binary(max_size=300))
def test_no_file_brings_the_reader_down(content):
    chosen = profiles()["chromatograph_b"]
    try:
        list(instruments.rows_of(instruments.lines_of(content, chosen), chosen))
    except (instruments.NoHead, UnicodeDecodeError, ValueError):
        pass
    except Exception as fault:  # noqa: BLE001 - csv's own error is the one other that services expect
        assert type(fault).__name__ == "Error"  # noqa: PT017
