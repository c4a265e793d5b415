"""What the registers are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

REGISTER_NAMES = {
    "party": _("主体"),
    "site": _("场所"),
    "product": _("产品与品类"),
    "brand": _("品牌"),
    "certificate": _("证书"),
    "standard": _("标准"),
    "agreement": _("协议"),
    "asset": _("资产"),
    "occasion": _("活动"),
    "document": _("文件"),
    "shop": _("网店"),
}
