"""Spreadsheets of quality that leave the platform. No row is stored here; no cell is taken for a formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from tiantou.kernel.actor import Actor
from tiantou.kernel.clock import ZONE
from tiantou.production.sheets import sheet
from tiantou.quality.models import GateEntry, Report, ReportLine, SampleState
from tiantou.quality.queries import laboratories

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx(name: str, content: bytes) -> HttpResponse:
    """A spreadsheet to be saved under a name."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def exits_sheet(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Lots at their origin with their verdicts: one line a lot."""
    head = ["批次号", "产品", "生产者", "所在地", "采收日期", "重量（公斤）", "判定", "原因", "依据", "补办"]
    lines = (
        [
            row["lot"].code,
            row["lot"].product.name,
            row["lot"].producer.name,
            row["lot"].place.name,
            row["lot"].harvested_on,
            row["lot"].mass_g / 1000,
            _("可以出村") if row["allowed"] else _("还不能出村"),
            "；".join(f"{reason.title}：{reason.reason}" for reason in row["reasons"]),
            "；".join(dict.fromkeys(reason.source for reason in row["reasons"])),
            "；".join(dict.fromkeys(reason.remedy for reason in row["reasons"])),
        ]
        for row in rows
    )
    return sheet("产地准出", head, lines)


def gate_sheet(entries: Iterable[GateEntry]) -> bytes:
    """Decisions at gates, one a line."""
    head = [
        "编号", "市场", "时间", "扫到的编号", "品名", "批次号", "合格证编号", "供货者", "车牌", "重量（公斤）", "处理", "原因", "当时判定",
        "离线", "警报", "经办人", "保存到",
    ]  # fmt: skip
    lines = (
        [
            entry.number,
            entry.market.name,
            entry.decided_at.astimezone(ZONE).replace(tzinfo=None),
            entry.code,
            entry.goods,
            entry.lot.code if entry.lot else "",
            entry.commitment.number if entry.commitment else "",
            entry.vendor_name,
            entry.truck,
            entry.mass_g / 1000 if entry.mass_g else None,
            str(entry.get_decision_display()),
            entry.reason,
            entry.advice,
            "是" if entry.offline else "",
            "是" if entry.alarm else "",
            entry.keeper_name,
            entry.keep_until,
        ]
        for entry in entries
    )
    return sheet("进场查验", head, lines)


def results_template(actor: Actor) -> bytes:
    """The sheet of results to fill in: one line for each sample that waits for its report."""
    head = list(laboratories.profiles()["sheet"].columns.values())
    waiting = laboratories.samples_of(actor).filter(state=SampleState.RECEIVED)
    return sheet("检测结果", head, ([sample.number, "", "", "mg/kg", "", "", "", "定量检测"] for sample in waiting))


def results_sheet(actor: Actor) -> bytes:
    """Every line of the reports that the actor may see, newest first."""
    head = [
        "报告编号", "版本", "样品编号", "批次号", "产品", "检验机构", "方法", "检测项目", "结果", "单位", "检出限", "限量", "限量依据", "判定",
        "出报告时间", "已被更正",
    ]  # fmt: skip
    reports = Report.objects.visible_to(actor)
    rows = ReportLine.objects.filter(report__in=reports).select_related(
        "report__sample__lot__product", "report__laboratory", "report__corrected_by"
    )
    words = {"pass": "合格", "fail": "不合格", "no_limit": "无限量", "unsure": "不能判定"}
    lines = (
        [
            line.report.number,
            line.report.version,
            line.report.sample.number,
            line.report.sample.lot.code,
            line.report.sample.lot.product.name,
            line.report.laboratory.name,
            str(line.report.get_method_display()),
            line.substance,
            line.reading,
            line.unit,
            line.lod,
            line.limit,
            line.limit_source,
            words[line.outcome],
            line.report.issued_at.astimezone(ZONE).replace(tzinfo=None),
            "是" if getattr(line.report, "corrected_by", None) else "",
        ]
        for line in rows.order_by("-report__issued_at", "pk")[:20_000]
    )
    return sheet("检测结果", head, lines)
