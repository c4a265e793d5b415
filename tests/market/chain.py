"""A crate's way up to the shop, for the tests of market, logistics and the scan page: built by services only."""

from __future__ import annotations

from dataclasses import dataclass

from tests import factories
from tests.production.cast import AT, Town, town
from tiantou.fieldmarket.models import Pack
from tiantou.fieldmarket.services import grade, pack, take_in
from tiantou.kernel.actor import Actor, Role
from tiantou.logistics import services as logistics
from tiantou.logistics.models import Consignment
from tiantou.market import services as market
from tiantou.market.models import Offer, Order
from tiantou.production.models import Lot
from tiantou.quality.services import issue_commitment
from tiantou.registry.models import Party

BASIS = "质量安全控制符合要求"
SHIP = {"ship_name": "示例收货人", "ship_phone": "13800000005", "ship_address": "重庆市渝中区示例路1号"}


@dataclass
class Shop:
    """The town with an open offer of ten packs of 2.5 kg at 30 yuan, a buyer, and a carrier with its driver."""

    town: Town
    packs: list[Pack]
    lot: Lot
    offer: Offer
    buyer: Actor
    carrier: Party
    driver: Actor

    def order(self, quantity: int = 4, by: Actor | None = None, key: str = "") -> Order:
        return market.place_order(
            by=by or self.buyer, at=AT, offer_id=self.offer.pk, quantity=quantity, key=key, **SHIP
        )

    def pay(self, order: Order, evidence: str = "HD-1") -> Order:
        market.record_payment(
            by=self.buyer, at=AT, number=order.number, method="bank", amount_fen=order.amount_fen, evidence=evidence
        )
        return market.confirm_payment(by=self.town.grower, at=AT, number=order.number)

    def send(self, order: Order) -> Consignment:
        return market.consign_order(
            by=self.town.grower, at=AT, number=order.number, carrier=self.carrier, driver_id=self.driver.person_id
        )

    def scans(self, consignment: Consignment) -> list[str]:
        return [item.epc for item in consignment.items.all()]

    def pick_up(self, consignment: Consignment) -> Consignment:
        return logistics.pick_up(by=self.driver, at=AT, number=consignment.number, scanned=self.scans(consignment))

    def deliver(self, consignment: Consignment) -> Consignment:
        return logistics.deliver(
            by=self.driver, at=AT, number=consignment.number, received_by="示例收货人", temperature_tenths=45
        )

    def delivered(self, quantity: int = 4) -> Order:
        order = self.pay(self.order(quantity))
        self.deliver(self.pick_up(self.send(order)))
        order.refresh_from_db()
        return order


def open_shop() -> Shop:
    here = town()
    lot = here.lot(50_000)
    issue_commitment(by=here.grower, at=AT, lot=lot, basis=BASIS)
    intake = take_in(by=here.keeper, at=AT, market=here.market, lot=lot, mass_g=50_000)
    first, *_ = grade(by=here.keeper, at=AT, intake=intake, grades={"一级": 40_000, "二级": 9_000})
    packs = pack(by=here.keeper, at=AT, lot=first, packs=10, net_g=2_500, per_crate=4)
    packed = packs[0].lot
    issue_commitment(by=here.grower, at=AT, lot=packed, basis=BASIS)
    offered = market.offer(by=here.grower, at=AT, lot=packed, price_fen=3_000, unit_g=2_500, quantity=10)
    carrier = factories.party("carrier", "示例冷链运输有限公司")
    return Shop(
        here,
        packs,
        packed,
        offered,
        factories.actor(Role.BUYER, party=factories.party("ecommerce_firm", "示例鲜果公司")),
        carrier,
        factories.actor(Role.DRIVER, party=carrier),
    )
