"""What kinds of account there are, and when lines make an entry. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Kinds of account. A positive balance is what the holder has, is owed, or was given; `outside` is the world beyond.
KINDS = {
    "outside": {"zh": "平台以外", "en": "outside"},
    "buyer": {"zh": "买方应付", "en": "owed by the buyer"},
    "seller_pending": {"zh": "卖方待结算（在支付机构）", "en": "seller, pending at the payment institution"},
    "seller_settled": {"zh": "卖方已结算", "en": "seller, settled"},
    "cash_claim": {"zh": "线下收款申报", "en": "offline payment claimed"},
    "platform_fee": {"zh": "平台服务费（在支付机构）", "en": "platform fee at the payment institution"},
    "refund": {"zh": "退款", "en": "refund"},
    "subsidy_budget": {"zh": "补贴预算", "en": "subsidy budget"},
    "subsidy_due": {"zh": "应付补贴", "en": "subsidy due"},
    "subsidy_paid": {"zh": "已付补贴", "en": "subsidy paid"},
}


@dataclass(frozen=True, slots=True)
class Amount:
    """One line before it is posted: which account gets how much (negative: gives)."""

    holder: str
    kind: str
    amount_fen: int


#: The platform itself may earn its fee and nothing else: buyers' money lies with payment institutions (no 二清).
PLATFORM = "platform"
PLATFORM_KINDS = frozenset({"platform_fee"})


def fault_of(lines: Iterable[Amount]) -> str:
    """Why lines are no entry: `empty`, `zero-line`, `kind`, `platform`, `unbalanced`; "" where they are one."""
    lines = list(lines)
    if len(lines) < 2:  # noqa: PLR2004 - double entry
        return "empty"
    if any(line.amount_fen == 0 for line in lines):
        return "zero-line"
    if any(line.kind not in KINDS for line in lines):
        return "kind"
    if any(line.holder == PLATFORM and line.kind not in PLATFORM_KINDS for line in lines):
        return "platform"
    return "unbalanced" if sum(line.amount_fen for line in lines) else ""
