"""The ledger as a workbook."""

from __future__ import annotations

from collections.abc import Iterable

from tiantou.fieldmarket.models import Intake
from tiantou.kernel.clock import ZONE
from tiantou.production.sheets import sheet

HEAD = [
    "入场时间", "入场号", "市场", "送货人", "产品", "批次号", "产地", "重量（公斤）", "合格证编号", "无证说明",
    "方式", "经办人", "损耗（公斤）",
]  # fmt: skip


def ledger_sheet(intakes: Iterable[Intake]) -> bytes:
    """The lines of the ledger, oldest first."""
    return sheet("入场登记台账", HEAD, (_line(intake) for intake in intakes))


def _line(intake: Intake) -> list[object]:
    plot, grading = intake.lot.plot, getattr(intake, "grading", None)
    return [
        intake.at.astimezone(ZONE).replace(tzinfo=None),
        intake.number,
        intake.market.name,
        intake.deliverer.name,
        intake.lot.product.name,
        intake.lot.code,
        plot.base.area.name if plot is not None and plot.base.area is not None else "",
        intake.mass_g / 1000,
        intake.commitment.number if intake.commitment is not None else "",
        intake.other_proof,
        str(intake.get_terms_display()),
        intake.keeper_name,
        grading.loss_g / 1000 if grading is not None else None,
    ]
