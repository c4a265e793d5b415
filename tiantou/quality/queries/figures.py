"""Monthly figures for officials: certificates by district and product, and how many of those who must issue do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tiantou.kernel import clock
from tiantou.kernel.actor import Actor
from tiantou.production.models import AREA_ROLES, Lot
from tiantou.production.queries import names_of
from tiantou.quality import queries, rules
from tiantou.quality.models import Commitment
from tiantou.registry.models import Party, Product


@dataclass(frozen=True, slots=True)
class Line:
    """Certificates of one product issued in one district in a month."""

    district: str
    product: str
    count: int
    mass_g: int
    no_longer: int


@dataclass(frozen=True, slots=True)
class Share:
    """Of a district's parties that must issue: how many are on the register, had goods of the list, and issued for them."""

    district: str
    registered: int
    with_goods: int
    issued: int

    @property
    def percent(self) -> int | None:
        """Of those with goods, how many in a hundred issued; None where there were none."""
        return round(100 * self.issued / self.with_goods) if self.with_goods else None


@dataclass(frozen=True, slots=True)
class Month:
    """The figures of a month."""

    starts: date
    lines: tuple[Line, ...]
    shares: tuple[Share, ...]

    @property
    def count(self) -> int:
        """All certificates of the month."""
        return sum(line.count for line in self.lines)

    @property
    def mass_g(self) -> int:
        """What they cover."""
        return sum(line.mass_g for line in self.lines)

    @property
    def whole(self) -> Share:
        """All districts together."""
        return Share(
            "",
            sum(share.registered for share in self.shares),
            sum(share.with_goods for share in self.shares),
            sum(share.issued for share in self.shares),
        )


def month_of(actor: Actor, day: date) -> Month:
    """The month in which `day` lies, for the area that the actor answers for."""
    starts = day.replace(day=1)
    ends = (starts + timedelta(days=32)).replace(day=1)
    return Month(starts, _lines(actor, starts, ends), _shares(actor, starts, ends))


def _lines(actor: Actor, starts: date, ends: date) -> tuple[Line, ...]:
    rows = (
        _in_area(Commitment.objects.filter(issued_on__gte=starts, issued_on__lt=ends), "issuer__area", actor)
        .annotate(district=Coalesce("issuer__area__district__name", "issuer__area__name"))
        .values("district", "product_name")
        .annotate(
            count=Count("pk"),
            mass_g=Sum("quantity_g"),
            no_longer=Count("pk", filter=~Q(revoked_at=None, replaced_at=None)),
        )
        .order_by("district", "product_name")
    )
    return tuple(
        Line(row["district"] or "", row["product_name"], row["count"], row["mass_g"], row["no_longer"]) for row in rows
    )


def _shares(actor: Actor, starts: date, ends: date) -> tuple[Share, ...]:
    template = queries.template_on(starts) or queries.template_on(ends)
    if template is None:
        return ()
    obliged = _in_area(Party.objects.living().filter(kind__in=template.obliged, natural_person=False), "area", actor)
    districts = dict(obliged.values_list("pk", Coalesce("area__district__name", "area__name")))
    first, last = (datetime.combine(day, time(), clock.ZONE) for day in (starts, ends))
    pairs = set(
        Lot.objects.filter(made_at__gte=first, made_at__lt=last, producer__in=districts).values_list(
            "producer", "product"
        )
    )
    covered = _covered(template, {product for _producer, product in pairs})
    with_goods = {producer for producer, product in pairs if product in covered}
    issued = set(
        Commitment.objects.filter(issued_on__gte=starts, issued_on__lt=ends, issuer__in=with_goods).values_list(
            "issuer", flat=True
        )
    )
    return tuple(
        Share(
            name or "",
            sum(1 for district in districts.values() if district == name),
            sum(1 for party in with_goods if districts[party] == name),
            sum(1 for party in issued if districts[party] == name),
        )
        for name in sorted(set(districts.values()), key=lambda each: each or "")
    )


def _covered(template: rules.Template, products: set[int]) -> set[int]:
    """Which of the products are on the list."""
    rows = Product.objects.filter(pk__in=products).select_related("category__category__category")
    return {row.pk for row in rows if template.covers(names_of(row))}


def _in_area(
    rows: QuerySet[Commitment] | QuerySet[Party], path: str, actor: Actor
) -> QuerySet[Commitment] | QuerySet[Party]:
    if actor.region_wide or actor.role not in AREA_ROLES:
        return rows if actor.region_wide else rows.none()
    return rows.filter(Q(**{f"{path}__code": actor.area_code}) | Q(**{f"{path}__district__code": actor.area_code}))
