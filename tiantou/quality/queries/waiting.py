"""Lots that wait for a certificate."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.units import show_kg
from tiantou.production.models import Lot
from tiantou.quality.models import Commitment

#: As many as one submission takes.
MOST = 200


def lots_without(actor: Actor) -> list[Lot]:
    """The actor's own lots (or, of a keeper, those at the market) that are free and have no living certificate, newest first."""
    own = Q(pk__in=())
    if actor.party_id is not None:
        own |= Q(producer_id=actor.party_id) | Q(holder_id=actor.party_id)
    if actor.role is Role.MARKET_KEEPER and actor.site_id is not None:
        own |= Q(place_id=actor.site_id)
    standing = Commitment.objects.living().filter(lot=OuterRef("pk"))
    rows = Lot.objects.visible_to(actor).filter(own, hold_reason="").exclude(Exists(standing))
    return list(rows.select_related("product")[:MOST])


def words_of(lot: Lot) -> str:
    """A lot as a list of lots names it."""
    return _("%(code)s %(product)s %(kg)s 公斤") % {
        "code": lot.code,
        "product": lot.product.name,
        "kg": show_kg(lot.mass_g),
    }
