"""Reads of the collection: what was taken in, what must still be kept, what may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from tiantou.kernel.actor import Actor
from tiantou.quality import rules
from tiantou.quality.models import Commitment, Received


@dataclass(frozen=True, slots=True)
class Retention:
    """How many must still be kept, how many may go, and the first day on which another one may."""

    kept: int
    may_go: int
    next_on: date | None


def collection(
    actor: Actor, text: str = "", starts: date | None = None, ends: date | None = None
) -> QuerySet[Received]:
    """The received certificates that the actor may see, newest first; `text` is a number, an issuer, a product or a place."""
    rows: QuerySet[Received] = Received.objects.visible_to(actor).select_related(
        "collector", "site", "commitment", "lot"
    )
    if text := text.strip():
        number = rules.normal_number(text) or text
        rows = rows.filter(
            Q(number=text)
            | Q(paper_number__startswith=number)
            | Q(issuer_name__contains=text)
            | Q(product_name__contains=text)
            | Q(origin__contains=text)
            | Q(collector__name__contains=text)
        )
    if starts is not None:
        rows = rows.filter(received_on__gte=starts)
    if ends is not None:
        rows = rows.filter(received_on__lte=ends)
    return rows


def may_go(actor: Actor, on: date) -> QuerySet[Received]:
    """The actor's own rows that need not be kept on a day: their last day is over and no standing certificate rests on them."""
    own = Received.objects.visible_to(actor).filter(
        Q(collector_id=actor.party_id) | Q(site_id=actor.site_id, site__isnull=False)
    )
    resting = Commitment.received.through.objects.filter(
        received_id=OuterRef("pk"), commitment__revoked_at=None, commitment__replaced_at=None
    )
    found: QuerySet[Received] = own.filter(keep_until__lt=on).exclude(Exists(resting))
    return found


def retention(actor: Actor, on: date) -> Retention:
    """What the actor must still keep on a day, and what may go."""
    rows = Received.objects.visible_to(actor)
    gone = may_go(actor, on).count()
    following = rows.filter(keep_until__gte=on).order_by("keep_until").values_list("keep_until", flat=True).first()
    return Retention(rows.count() - gone, gone, following)
