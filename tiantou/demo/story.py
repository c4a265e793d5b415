"""The first crate: from the plot to the table, told through the verbs of every package, by the people who would do it.

What is done here is what the pages do; nothing is written past the services. Times are counted back from `at`, so that the
demonstration is always of this week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tiantou.areas.models import Area
from tiantou.demo import recalls, region
from tiantou.demo.cast import FIRMS, MEMBERS, PASSWORD
from tiantou.evidence import services as evidence
from tiantou.fieldmarket import services as fieldmarket
from tiantou.fieldmarket.models import Pack
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM, Actor
from tiantou.logistics import services as logistics
from tiantou.logistics.models import Consignment
from tiantou.market import services as market
from tiantou.market.models import Offer, Order
from tiantou.people import queries as people_queries
from tiantou.people import services as people
from tiantou.production import services as production
from tiantou.production.models import Lot, Plot
from tiantou.programmes import services as programmes
from tiantou.quality import services as quality
from tiantou.quality.rules.gate import Brought
from tiantou.registry import services as registry
from tiantou.registry.models import Party, Product, Site

BASIS = "质量安全控制符合要求"


@dataclass(frozen=True)
class Stage:
    """Who and what the story is played with; `day(n, hour)` is an instant n days before it is told."""

    at: datetime
    actors: dict[str, Actor]

    def day(self, before: int, hour: int, minute: int = 0) -> datetime:
        """An instant of the region's day, `before` days ago."""
        local = self.at.astimezone(clock.ZONE) - timedelta(days=before)
        return local.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def __getitem__(self, key: str) -> Actor:
        return self.actors[key]


@dataclass(frozen=True)
class FirstCrate:
    """What the story made: the tour, the tests and the screenshots begin here."""

    lot: Lot
    packs: list[Pack]
    order: Order
    consignment: Consignment
    offer: Offer


def tell(at: datetime | None = None) -> FirstCrate:
    """The demonstration stands: cast, records, the first crate delivered, a notice running, a lot on hold, a recall, a drill, everything in the evidence log."""
    at = at or clock.now()
    _register(at - timedelta(days=60))
    stage = Stage(at, _enrol(at - timedelta(days=50)))
    crate = _first_crate(stage)
    _apply_for_support(stage)
    _tested(stage, crate.lot)
    _at_the_gate(stage, crate.lot)
    _a_lot_on_hold(stage)
    _act_for_a_villager(stage)
    recalls.a_recall(stage)
    recalls.a_drill(stage, crate.lot)
    recalls.an_agreement(stage)
    _first_checkpoint(at)
    return crate


def _first_checkpoint(at: datetime) -> None:
    """What was told is in the evidence log, and its first checkpoint is signed."""
    evidence.append_all(by=SYSTEM, at=at)
    evidence.sign_checkpoint(by=SYSTEM, at=at)


def _register(at: datetime) -> None:
    """The register knows the cast's firms and places, and invented others across the region."""
    for register, rows in (
        ("party", region.parties()),
        ("product", region.products()),
        ("site", region.sites()),
        ("shop", region.shops()),
    ):
        registry.load_records(by=SYSTEM, at=at, register=register, rows=rows)


def _enrol(at: datetime) -> dict[str, Actor]:
    """Every member of the cast can sign in and holds its role."""
    firms = {firm.key: Party.objects.get(code=firm.code) for firm in FIRMS}
    sites = {"market": Site.objects.get(code="S-DEMO-MARKET"), "station": Site.objects.get(code="S-DEMO-STATION")}
    actors = {}
    for member in MEMBERS:
        person = people.enrol_person(by=SYSTEM, at=at, phone=member.phone, name=member.name)
        people.set_password(by=SYSTEM, at=at, person=person, password=PASSWORD)
        appointment = people.appoint(
            by=SYSTEM,
            at=at,
            person=person,
            role=member.role,
            party=firms.get(member.firm),
            site=sites.get(member.site),
            area=Area.objects.get(code=member.area, ends=None) if member.area else None,
            manages=member.key in {"grower", "buyer"},
        )
        actors[member.key] = people_queries.actor_of(appointment)
    return actors


def _first_crate(stage: Stage) -> FirstCrate:
    """Plot, harvest, certificate, field market, offer, order, payment, lorry, delivery."""
    plot = _lay_out(stage)
    lot = production.harvest(by=stage["grower"], at=stage.day(3, 7, 30), plot=plot, mass_g=400_000)
    quality.issue_commitment(by=stage["grower"], at=stage.day(3, 7, 45), lot=lot, basis=BASIS, contact=MEMBERS[0].phone)
    packs = _at_the_field_market(stage, lot)
    offer = _offer(stage, packs)
    order = _order(stage, offer)
    consignment = _deliver(stage, order)
    _take_in_certificates(stage, packs[0].lot)
    order.refresh_from_db()
    return FirstCrate(lot, packs, order, consignment, offer)


def _lay_out(stage: Stage) -> Plot:
    base, orange = Site.objects.get(code="S-DEMO-BASE"), Product.objects.get(code="PR-DEMO-ORANGE")
    plot = production.lay_out_plot(
        by=stage["grower"], at=stage.day(40, 9), base=base, code="A-01", name="后坡三台", area_mu="12.5", product=orange,
        grower=Party.objects.get(code=FIRMS[0].code), longitude=Decimal("109.621000"), latitude=Decimal("31.051000"),
    )  # fmt: skip
    production.record_work(
        by=stage["grower"], at=stage.day(30, 10), plot=plot, kind="protect", on=stage.day(30, 10).date(), input_name="示例矿物油",
        registration="PD00000000", dose="每亩 200 毫升", interval_days=20,
    )  # fmt: skip
    production.record_work(
        by=stage["grower"],
        at=stage.day(20, 10),
        plot=plot,
        kind="fertilise",
        on=stage.day(20, 10).date(),
        input_name="示例有机肥",
        dose="每亩 150 公斤",
    )
    return plot


def _at_the_field_market(stage: Stage, lot: Lot) -> list[Pack]:
    """Weighed, graded, chilled, packed and labelled."""
    keeper, here = stage["keeper"], Site.objects.get(code="S-DEMO-MARKET")
    room = fieldmarket.open_room(
        by=keeper, at=stage.day(45, 9), market=here, code="L1", name="一号冷库", low="3", high="8"
    )
    intake = fieldmarket.take_in(by=keeper, at=stage.day(3, 9, 10), market=here, lot=lot, mass_g=400_000)
    first, second = fieldmarket.grade(
        by=keeper, at=stage.day(3, 9, 50), intake=intake, grades={"一级": 300_000, "二级": 92_000}
    )
    stowed = fieldmarket.stow(by=keeper, at=stage.day(3, 10), room=room, lot=first)
    fieldmarket.read_temperature(by=keeper, at=stage.day(3, 12), room=room, celsius="4.5")
    fieldmarket.read_temperature(by=keeper, at=stage.day(3, 18), room=room, celsius="5.1")
    fieldmarket.take_out(by=keeper, at=stage.day(2, 7), stowage=stowed)
    fieldmarket.quote_price(
        by=keeper, at=stage.day(2, 7, 30), market=here, product=lot.product, grade="一级", fen_per_kg=1_200
    )
    fieldmarket.quote_price(
        by=keeper, at=stage.day(2, 7, 31), market=here, product=lot.product, grade=second.grade, fen_per_kg=760
    )
    return fieldmarket.pack(by=keeper, at=stage.day(2, 8, 20), lot=first, packs=60, net_g=2_500, per_crate=6)


def _offer(stage: Stage, packs: list[Pack]) -> Offer:
    lot = packs[0].lot
    quality.issue_commitment(by=stage["grower"], at=stage.day(2, 8, 40), lot=lot, basis=BASIS, contact=MEMBERS[0].phone)
    return market.offer(
        by=stage["grower"],
        at=stage.day(2, 9),
        lot=lot,
        price_fen=3_980,
        unit_g=2_500,
        quantity=60,
        note="树上熟，现摘现发",
    )


def _order(stage: Stage, offer: Offer) -> Order:
    buyer = stage["buyer"]
    order = market.place_order(
        by=buyer, at=stage.day(2, 10, 5), offer_id=offer.pk, quantity=12, ship_name="示例·林鲜", ship_phone=MEMBERS[4].phone,
        ship_address="重庆市渝中区示例路1号鲜果店", key="demo-first-order",
    )  # fmt: skip
    market.record_payment(
        by=buyer,
        at=stage.day(2, 10, 20),
        number=order.number,
        method="bank",
        amount_fen=order.amount_fen,
        evidence="示例回单0001",
    )
    return market.confirm_payment(by=stage["grower"], at=stage.day(2, 10, 40), number=order.number)


def _deliver(stage: Stage, order: Order) -> Consignment:
    driver = stage["driver"]
    carrier = Party.objects.get(code=next(firm.code for firm in FIRMS if firm.key == "carrier"))
    booked = market.consign_order(
        by=stage["grower"],
        at=stage.day(2, 11),
        number=order.number,
        carrier=carrier,
        driver_id=driver.person_id,
        driver_name=driver.name,
    )
    scans = sorted({item.crate for item in booked.items.all()})
    logistics.pick_up(by=driver, at=stage.day(2, 14, 30), number=booked.number, scanned=scans)
    return logistics.deliver(
        by=driver, at=stage.day(1, 9, 15), number=booked.number, received_by="示例·林鲜", temperature_tenths=62
    )


def _tested(stage: Stage, lot: Lot) -> None:
    """An inspector's sample of the first lot, and the laboratory's signed report."""
    laboratory = Party.objects.get(code=next(firm.code for firm in FIRMS if firm.key == "laboratory"))
    sample = quality.take_sample(by=stage["inspector"], at=stage.day(3, 8), lot=lot, mass_g=3_000)
    quality.send_sample(by=stage["inspector"], at=stage.day(3, 8, 40), sample=sample, laboratory=laboratory)
    quality.receive_sample(by=stage["laboratory"], at=stage.day(3, 11), sample=sample, condition="封签完好，冷藏，量足")
    results = {"毒死蜱": "0.012", "吡虫啉": "<0.01", "啶虫脒": "0.03", "水胺硫磷": "ND", "铅": "0.02"}
    quality.file_report(
        by=stage["laboratory"], at=stage.day(2, 7), sample=sample, method="quantitative",
        lines=[quality.Measured(name, reading, instrument="示例液质联用仪") for name, reading in results.items()],
    )  # fmt: skip


def _at_the_gate(stage: Stage, lot: Lot) -> None:
    """What a market's gate decides: a certificate that stands, goods from elsewhere on a passed test, and a refusal."""
    keeper, lorry = stage["keeper"], "渝F·示例1"
    paper = lot.commitments.get()
    quality.decide_entry(
        by=keeper, at=stage.day(3, 9, 5), code=paper.number, decision="accept", brought=Brought(truck=lorry, mass_g=400_000)
    )  # fmt: skip
    outside = Brought(
        goods="青椒", vendor_name="示例·李外", vendor_phone="13800000099", origin="示例外省示例县", truck="示A·00001", mass_g=80_000
    )  # fmt: skip
    quick = {
        "item": "有机磷和氨基甲酸酯类农药（抑制率）",
        "value": "18",
        "limit": "50",
        "unit": "%",
        "instrument": "示例速测仪",
    }
    quality.decide_entry(
        by=keeper, at=stage.day(1, 6, 20), code="示例外来青椒-01", decision="accept", brought=outside, test=quick
    )
    quality.decide_entry(
        by=keeper, at=stage.day(1, 6, 40), code="示例外来菜豆-02", decision="refuse", reason="没有合格证", brought=Brought(goods="菜豆")
    )  # fmt: skip


def _take_in_certificates(stage: Stage, packed: Lot) -> None:
    """The buyer keeps the certificate of the packs, and one on paper that came with apples of another province."""
    at = stage.day(1, 9, 20)
    quality.collect_commitment(by=stage["buyer"], at=at, commitment=packed.commitments.get())
    paper = quality.Paper(
        form="paper",
        issuer_name="示例外省苹果合作社",
        product_name="示例苹果",
        quantity_g=800_000,
        origin="陕西省（示例县）",
        issued_on=stage.day(3, 9).date(),
        paper_number="示例-0001",
        basis="自行检测合格",
    )
    quality.collect_paper(by=stage["buyer"], at=at, paper=paper)


def _apply_for_support(stage: Stage) -> None:
    """The co-operative's subsidy is on public notice; the field market's acceptance waits for the district."""
    form = {"account_holder": FIRMS[0].name, "statement": "agreed"}
    case = programmes.apply_for(by=stage["grower"], at=stage.day(1, 11), programme_id="online_sale_subsidy", form=form)
    programmes.decide(by=stage["district_officer"], at=stage.day(1, 15), case_id=case.pk, do="pass", note="记录齐全")
    acceptance = {"road": "是", "cold_tonnes": "120"}
    programmes.apply_for(
        by=stage["keeper"], at=stage.day(1, 16), programme_id="field_market_acceptance", form=acceptance
    )


def _a_lot_on_hold(stage: Stage) -> None:
    """The family farm's lot failed a rapid test and is held: what a stop looks like."""
    farm, here = Party.objects.get(code=FIRMS[1].code), Site.objects.get(code="S-DEMO-FARM")
    plot = production.lay_out_plot(
        by=stage["farmer"],
        at=stage.day(40, 9),
        base=here,
        code="B-02",
        name="向阳坡",
        area_mu="3",
        product=Product.objects.get(code="PR-DEMO-ORANGE"),
        grower=farm,
    )
    lot = production.harvest(by=stage["farmer"], at=stage.day(1, 8), plot=plot, mass_g=120_000)
    quality.record_test(
        by=stage["inspector"],
        at=stage.day(1, 13),
        lot=lot,
        item="示例项目",
        value=Decimal("0.09"),
        limit=Decimal("0.05"),
        unit="mg/kg",
        instrument="示例速测仪",
    )
    sample = quality.take_sample(
        by=stage["inspector"], at=stage.day(1, 14), lot=lot, mass_g=2_000, purpose="retest", note="快速检测不合格，复检"
    )
    laboratory = Party.objects.get(code=next(firm.code for firm in FIRMS if firm.key == "laboratory"))
    quality.send_sample(by=stage["inspector"], at=stage.day(1, 15), sample=sample, laboratory=laboratory)


def _act_for_a_villager(stage: Stage) -> None:
    """The station keeper acts for the family farm under a consent on paper."""
    day = stage.day(10, 9).date()
    people.give_consent(
        by=stage["station_keeper"], at=stage.day(10, 9), villager=Party.objects.get(code=FIRMS[1].code), station=Site.objects.get(code="S-DEMO-STATION"),
        scopes=["production", "quality", "market"], starts=day, ends=day + timedelta(days=365), paper="示例委托书〔2026〕1号",
    )  # fmt: skip
