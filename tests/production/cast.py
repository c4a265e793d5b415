"""A small town of growers for the tests of production, quality and the field market."""

from dataclasses import dataclass
from datetime import date, timedelta

from tests import factories
from tiantou.kernel.actor import Actor, Role
from tiantou.production.models import Lot, Plot
from tiantou.production.services import harvest, lay_out_plot
from tiantou.registry.models import Party, Product, Site

AT = factories.AT
ON = date(2026, 11, 20)


@dataclass
class Town:
    """A co-operative with a base and a plot, its grower, a field market with its keeper, an inspector and a stranger."""

    coop: Party
    grower: Actor
    base: Site
    product: Product
    plot: Plot
    market: Site
    keeper: Actor
    inspector: Actor
    stranger: Actor

    def lot(self, mass_g: int = 500_000, days_later: int = 0) -> Lot:
        at = AT + timedelta(days=days_later)
        return harvest(by=self.grower, at=at, plot=self.plot, mass_g=mass_g)


def town(**coop) -> Town:
    owner = factories.party(**coop)
    operator = factories.party("enterprise", "示例田头市场管理有限公司")
    grower = factories.actor(Role.FARMER, party=owner)
    base = factories.site(holder=owner)
    product = factories.product()
    market = factories.site("field_market", "示例草堂田头市场", holder=operator)
    plot = lay_out_plot(
        by=grower, at=AT, base=base, code="A-01", name="后坡三台", area_mu="12.5", product=product, grower=owner,
        starts=date(2020, 1, 1),
    )  # fmt: skip
    return Town(
        owner,
        grower,
        base,
        product,
        plot,
        market,
        factories.actor(Role.MARKET_KEEPER, site=market, party=operator),
        factories.actor(Role.INSPECTOR, area_code="500236"),
        factories.actor(Role.FARMER, party=factories.party("grower", "张示例", natural_person=True)),
    )
