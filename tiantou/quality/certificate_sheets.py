"""Workbooks of certificates that go out: those issued, those taken in, the figures of a month."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse

from tiantou.production.sheets import sheet
from tiantou.quality.models import Commitment, Received
from tiantou.quality.queries.figures import Month

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(name: str, content: bytes) -> HttpResponse:
    """A workbook to be saved under a name."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def issued_sheet(rows: Iterable[Commitment]) -> bytes:
    """Certificates issued, one a line."""
    head = [
        "编号", "式样", "产品名称", "数量（公斤）", "产地", "承诺依据", "承诺主体", "联系方式", "开具日期", "批次号", "状态", "作废原因",
    ]  # fmt: skip
    return sheet(
        "合格证",
        head,
        (
            [
                row.number, str(row.get_style_display()), row.product_name, row.quantity_g / 1000, row.origin, row.basis,
                row.issuer_name, row.contact, row.issued_on, row.lot.code,
                "已作废" if row.revoked_at else "已换开" if row.replaced_at else "有效", row.revoke_reason,
            ]
            for row in rows
        ),
    )  # fmt: skip


def received_sheet(rows: Iterable[Received]) -> bytes:
    """Certificates taken in, one a line."""
    head = [
        "收证编号", "收证日期", "收证主体", "市场", "种类", "证上编号", "承诺主体", "产品名称", "数量（公斤）", "产地", "开具日期",
        "承诺依据", "联系方式", "批次号", "保存到", "经办人",
    ]  # fmt: skip
    return sheet(
        "收取的合格证",
        head,
        (
            [
                row.number, row.received_on, row.collector.name, row.site.name if row.site else "",
                str(row.get_form_display()), row.paper_number, row.issuer_name, row.product_name, row.quantity_g / 1000,
                row.origin, row.issued_on, row.basis, row.contact, row.lot.code if row.lot else "", row.keep_until,
                row.taker_name,
            ]
            for row in rows
        ),
    )  # fmt: skip


def month_sheet(month: Month) -> bytes:
    """The figures of a month: a line for each district and product, then a line for each district's share."""
    head = [
        "月份",
        "区县",
        "产品名称",
        "开证张数",
        "数量（公斤）",
        "已作废或换开",
        "登记的应开证主体",
        "当月有货",
        "已开证",
        "开证率（%）",
    ]
    name = f"{month.starts:%Y-%m}"
    lines = [
        [name, line.district, line.product, line.count, line.mass_g / 1000, line.no_longer] for line in month.lines
    ]
    shares = [
        [name, share.district, "", "", "", "", share.registered, share.with_goods, share.issued, share.percent]
        for share in month.shares
    ]
    return sheet("合格证月报", head, [*lines, *shares])
