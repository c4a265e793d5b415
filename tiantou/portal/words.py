"""Why something is no GS1 data, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from tiantou.gs1.application_identifiers import Malformed


def malformed(fault: Malformed) -> str:
    """A sentence for a person who typed or printed it."""
    sentences = {
        "check_digit": _("校验位不对，号码里有一位抄错了。"),
        "too_short": _("号码短了，少了几位。"),
        "too_long": _("号码长了，多了几位。"),
        "character": _("号码里有不该有的字符。"),
        "empty": _("号码是空的。"),
        "order": _("批次号、序列号的先后不对，或者不属于这种主码。"),
        "twice": _("同一种标识写了两次。"),
        "unknown_ai": _("有一个应用标识符 GS1 没有定义。"),
        "belongs_in_path": _("批次号、序列号要写在地址里，不能写在问号后面。"),
        "not_attribute": _("有一个应用标识符不能写在问号后面。"),
        "no_key": _("里面没有 GS1 主码（如 01 商品、00 物流单元、414 地点）。"),
    }
    sentence = sentences.get(fault.reason, _("不是 GS1 Digital Link 的写法。"))
    return f"{sentence}（{fault.about}）" if fault.about in _short(fault) else sentence


def _short(fault: Malformed) -> set[str]:
    """The application identifier that it is about, where it is about one."""
    return {fault.about} if fault.about.isdigit() and len(fault.about) <= 4 else set()  # noqa: PLR2004
