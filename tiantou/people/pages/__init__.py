"""The pages of people: one's own, the administrators', a party's members, the audit."""

from django.utils.translation import gettext_lazy as _

from tiantou.kernel.actor import Role
from tiantou.people.pages import audit, consents, me, people
from tiantou.ui.navigation import Place, register_place

__all__ = ["audit", "consents", "me", "people"]

register_place(Place(_("我的"), icon="person", url_name="people:me", face="workbench", order=90))
register_place(
    Place(
        _("人员和任职"),
        icon="person",
        url_name="people:list",
        face="console",
        roles=frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.CITY_OFFICER}),
        order=90,
        group=_("系统"),
    )
)
register_place(
    Place(
        _("办事记录"),
        icon="list",
        url_name="people:deeds",
        face="console",
        roles=frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
        order=91,
        group=_("系统"),
    )
)
register_place(Place(_("我的账户"), icon="person", url_name="people:me", face="console", order=95, group=_("系统")))
