"""What a returned row is told: the column of the platform's own sheet, what is wrong with it, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tiantou.statistics.profiles import all_profiles

#: Reason code of `intake` → what is wrong, and the remedy.
REASONS: dict[str, tuple[Promise | str, Promise | str]] = {
    "missing": (gettext_lazy("是空的"), gettext_lazy("在原系统补上再导出。")),
    "number": (gettext_lazy("不是数字"), gettext_lazy("只写数字，不带单位和逗号。")),
    "zero": (gettext_lazy("是 0"), gettext_lazy("没有成交的行不用报送，请删去。")),
    "negative": (gettext_lazy("是负数"), gettext_lazy("退款按对接方案里约定的写法报送。")),
    "range": (gettext_lazy("大得不合常理"), gettext_lazy("核对小数点和单位。")),
    "time": (gettext_lazy("不是对接方案里的时间写法"), gettext_lazy("不要用表格软件改过时间列，直接报送原表。")),
    "future": (gettext_lazy("在今天以后"), gettext_lazy("核对时间；预售的订单等成交后再报送。")),
    "early": (gettext_lazy("早于 1995 年"), gettext_lazy("核对时间，多半是没有填写。")),
    "formula": (gettext_lazy("像一个公式"), gettext_lazy("删去开头的 = + - @。")),
    "long": (gettext_lazy("超过 300 个字"), gettext_lazy("缩短后再报送。")),
    "few": (gettext_lazy("列数少了"), gettext_lazy("这一行被截断了，请重新导出。")),
    "many": (gettext_lazy("列数多了"), gettext_lazy("内容里有逗号的格子要加引号，请重新导出。")),
    "unreadable": (gettext_lazy("读不出来"), gettext_lazy("核对引号是否成对，请重新导出。")),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of one row; `field` and `code` are for programs, the rest is for people."""

    row: int
    field: str
    code: str
    column: str
    reason: str
    remedy: str


def fault(platform: str, row: int, field: str, code: str) -> Fault:
    """The fault in words; the column is called what the platform's own sheet calls it."""
    profile = all_profiles().get(platform)
    column = profile.columns.get(field, "") if profile else ""
    if not column:
        column = str(_("整行")) if field == "row" else field
    reason, remedy = REASONS.get(code, (code, ""))
    return Fault(row, field, code, column, str(reason), str(remedy))
