"""What the printed notice and report of a recall say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.kernel.units import show_kg
from tiantou.quality.models import Recall
from tiantou.quality.queries import recalls as queries
from tiantou.quality.rules.recalls import Effect
from tiantou.ui.printing import QR
from tiantou.ui.words import minute

#: More rows than these stand in the Excel sheet and are only counted on paper.
MOST_ROWS = 120


def recall_paper(recall: Recall, at: datetime) -> dict[str, Any]:
    """Everything that either sheet shows; a template takes what it needs."""
    effect, balance = queries.effect(recall, at), queries.balance(recall)
    packed = queries.packed(recall)
    lots = list(queries.lots_of(recall))
    notices = list(queries.notices_of(recall))
    return {
        "drill": recall.drill,
        "number": recall.number,
        "issuer": recall.ordered_by,
        "on": recall.closed_at or recall.started_at or recall.opened_at,
        "facts": [
            [_("召回编号"), recall.number],
            [_("级别"), str(recall.get_level_display())],
            [_("类型"), _("模拟召回演练") if recall.drill else str(recall.get_origin_display())],
            [_("产品"), recall.product_name],
            [_("从哪里查起"), f"{recall.get_kind_display()} {recall.subject}"],
            [_("责任主体"), recall.party.masked_name() if recall.party else "—"],
            [_("原因"), recall.reason],
            [_("依据"), recall.legal_basis or "—"],
            [_("立案时间"), minute(recall.opened_at)],
            [_("发布时间"), minute(recall.started_at) if recall.started_at else "—"],
            [_("反馈期限"), minute(recall.answer_by) if recall.answer_by else "—"],
            [_("应完成日期"), recall.finish_on],
            [_("结束时间"), minute(recall.closed_at) if recall.closed_at else "—"],
        ],
        "public_text": recall.public_text,
        "figures": [
            [_("查清全部批次用时"), _("%(s)s 秒") % {"s": f"{recall.computed_ms / 1000:.2f}"}],
            [_("涉及批次"), _("%(n)d 个（后来并入 %(late)d 个）") % {"n": effect.lots, "late": effect.late_lots}],
            [_("持有人"), _("%(n)d 个，已通知 %(told)d 个") % {"n": effect.parties, "told": effect.told}],
            [_("已查明去向"), _mass(effect.located_g, effect.expected_g, effect.located_share)],
            *([] if recall.drill else _answers(effect)),
        ],
        "balance": [
            [_("来源批次"), show_kg(balance.sources)],
            [_("混入其他批次"), show_kg(balance.admixed)],
            [_("加工损耗"), show_kg(balance.lost)],
            [_("在库"), show_kg(balance.on_hand)],
            [_("已发出"), show_kg(balance.shipped)],
            [_("其他出库"), show_kg(balance.issued)],
            [_("已销毁"), show_kg(balance.destroyed)],
            [_("差额"), show_kg(balance.gap)],
        ],
        "holders": [
            [
                notice.party.masked_name(),
                show_kg(notice.expected_g),  # type: ignore[attr-defined]
                show_kg(notice.recovered_g),  # type: ignore[attr-defined]
                show_kg(notice.passed_on_g),  # type: ignore[attr-defined]
                _("未通知") if notice.told_at is None else _("待反馈") if notice.waits else _("已反馈"),  # type: ignore[attr-defined]
            ]
            for notice in notices[:MOST_ROWS]
        ],
        "lots": [
            [
                row.lot.code,
                f"{row.lot.product.name} {row.lot.grade}".strip(),
                show_kg(row.lot.mass_g),
                str(packed[row.lot.epc].packs) if row.lot.epc in packed else "",
                str(len(packed[row.lot.epc].crates)) if row.lot.epc in packed else "",
            ]
            for row in lots[:MOST_ROWS]
        ],
        "more": max(len(lots), len(notices)) - MOST_ROWS,
        "gaps": [gap_words(what, n) for what, n in queries.gaps_of(recall)],
        "explained": recall.gaps,
        "summary": recall.summary,
        "printed": minute(at),
        "check": None
        if recall.drill
        else QR(f"{settings.BASE_URL}{reverse('quality:recalled_one', args=[recall.number])}"),
    }


def _answers(effect: Effect) -> list[list[str]]:
    """What holders did; a drill asks nobody outside."""
    return [
        [_("已反馈"), _share(effect.answered, effect.parties, effect.answered_share)],
        [_("已控制"), _mass(effect.recovered_g, effect.expected_g, effect.recovered_share)],
        [_("平均反馈用时"), "—" if effect.mean_hours is None else _("%(h)s 小时") % {"h": effect.mean_hours}],
    ]


def _share(part: int, whole: int, share: int | None) -> str:
    return (
        "—"
        if share is None
        else _("%(part)d / %(whole)d（%(share)d%%）") % {"part": part, "whole": whole, "share": share}
    )


def _mass(part: int, whole: int, share: int | None) -> str:
    facts = {"part": show_kg(part), "whole": show_kg(whole), "share": share}
    return "—" if share is None else _("%(part)s / %(whole)s 公斤（%(share)d%%）") % facts


def gap_words(what: str, number: int) -> str:
    """A gap in words."""
    kg = f"{number / 1000:,.1f}"
    return {
        "unreachable": _("%(n)d 个持有人没有可以通知的人") % {"n": number},
        "private_g": _("%(kg)s 公斤卖给了个人，只能由卖家联系") % {"kg": kg},
        "outside": _("%(n)d 项流向本平台以外") % {"n": number},
        "gap_g": _("账上有 %(kg)s 公斤对不上") % {"kg": kg},
        "uncertified": _("%(n)d 个包装批次没有有效合格证") % {"n": number},
    }[what]
