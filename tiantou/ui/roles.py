"""What the roles are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Role

ROLE_NAMES = {
    Role.STRANGER: _("访客"),
    Role.FARMER: _("种植户"),
    Role.STATION_KEEPER: _("村级站站长"),
    Role.MARKET_KEEPER: _("田头市场管理员"),
    Role.DRIVER: _("司机"),
    Role.INSPECTOR: _("执法检查员"),
    Role.LABORATORY: _("检测机构"),
    Role.BUYER: _("采购商"),
    Role.CONSUMER: _("消费者"),
    Role.DISTRICT_OFFICER: _("区县主管人员"),
    Role.CITY_OFFICER: _("市级主管人员"),
    Role.FINANCE_OFFICER: _("财政人员"),
    Role.AUDITOR: _("审计人员"),
    Role.BANK: _("银行"),
    Role.AUTHORITY: _("外部监管机构"),
    Role.ADMINISTRATOR: _("系统管理员"),
    Role.SYSTEM: _("系统"),
}


def role_name(role: Role | str) -> str:
    """The name of a role in the active language."""
    return str(ROLE_NAMES[Role(role)])
