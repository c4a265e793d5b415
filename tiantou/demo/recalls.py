"""A recall under way, a drill that is done, and an authority that reads under an agreement: told through the verbs, like the first crate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tiantou.demo.cast import CITY, FIRMS, TOWN, credit_code
from tiantou.fieldmarket import services as fieldmarket
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.people import queries as people_queries
from tiantou.people import services as people
from tiantou.production import services as production
from tiantou.production.models import Lot
from tiantou.quality import services as quality
from tiantou.registry import services as registry
from tiantou.registry.models import Party, Product, Site

if TYPE_CHECKING:
    from tiantou.demo.story import Stage

BASIS = "质量安全控制符合要求"
INPUT, BATCH = "示例叶面肥", "SL-2611"
OURS, NEIGHBOUR = credit_code("11500000MA0DEM901"), credit_code("11510000MA0DEM902")
PUBLIC_TEXT = "示例公告：示例向阳家庭农场 C-03 地块的脐橙用过一批不合格的叶面肥（SL-2611）。买到的请不要食用，凭包装上的批次号找卖家退货。"


def a_recall(stage: Stage) -> None:
    """A batch of leaf fertiliser turned out bad: what was harvested after its use is frozen, told and half answered."""
    farm, here = Party.objects.get(code=FIRMS[1].code), Site.objects.get(code="S-DEMO-FARM")
    market = Site.objects.get(code="S-DEMO-MARKET")
    plot = production.lay_out_plot(
        by=stage["farmer"], at=stage.day(40, 9), base=here, code="C-03", name="河边地", area_mu="2", grower=farm,
        product=Product.objects.get(code="PR-DEMO-ORANGE"),
    )  # fmt: skip
    production.record_work(
        by=stage["farmer"], at=stage.day(25, 9), plot=plot, kind="fertilise", on=stage.day(25, 9).date(), input_name=INPUT,
        dose="每亩 100 毫升", input_batch=BATCH,
    )  # fmt: skip
    lot = production.harvest(by=stage["farmer"], at=stage.day(2, 16), plot=plot, mass_g=90_000)
    quality.issue_commitment(by=stage["farmer"], at=stage.day(2, 16, 10), lot=lot, basis=BASIS)
    keeper = stage["keeper"]
    intake = fieldmarket.take_in(by=keeper, at=stage.day(2, 17), market=market, lot=lot, mass_g=60_000)
    graded = fieldmarket.grade(by=keeper, at=stage.day(2, 17, 20), intake=intake, grades={"一级": 58_000})
    fieldmarket.pack(by=keeper, at=stage.day(2, 18), lot=graded[0], packs=20, net_g=2_500, per_crate=10)
    recall = quality.open_recall(
        by=stage["inspector"],
        at=stage.day(1, 14),
        mark=quality.Mark("input", BATCH, input_name=INPUT),
        level="2",
        reason="示例：叶面肥 SL-2611 检出未登记成分",
        legal_basis="《食品召回管理办法》《农产品质量安全法》",
        public_text=PUBLIC_TEXT,
        ordered_by="示例区农业农村部门",
    )
    quality.start_recall(by=stage["inspector"], at=stage.day(1, 14, 30), recall=recall)
    own = recall.notices.get(party=farm)
    quality.answer_all_stopped(by=stage["farmer"], at=stage.day(1, 15, 10), notice=own)


def a_drill(stage: Stage, lot: Lot) -> None:
    """The co-operative drills every half year; the first drill is done and has its report."""
    quality.plan_drills(
        by=stage["grower"], at=stage.day(5, 9), months=6, next_on=stage.day(5, 9).date() + timedelta(days=4)
    )
    drill = quality.run_drill(by=stage["grower"], at=stage.day(1, 10), lot_code=lot.code)
    quality.close_recall(
        by=stage["grower"],
        at=stage.day(1, 10, 20),
        recall=drill,
        summary="示例：用一批好货演练，全部批次和买家当场查清；下次增加电话核实一项。",
    )


def an_agreement(stage: Stage) -> None:
    """The neighbouring city's authority may read traces for investigations, and did so once."""
    home = {"kind": "authority", "area": CITY}
    registry.load_records(
        by=SYSTEM,
        at=stage.day(50, 9),
        register="party",
        rows=[
            {**home, "code": OURS, "name": "示例本市农业农村委员会", "name_en": "Example City Agriculture Commission"},
            {
                **home,
                "code": NEIGHBOUR,
                "name": "示例邻市市场监督管理局",
                "name_en": "Example Neighbour Market Regulator",
            },
        ],
    )
    registry.load_records(
        by=SYSTEM,
        at=stage.day(50, 9),
        register="agreement",
        rows=[
            {
                "kind": "sharing", "code": "AG-DEMO-1", "name": "示例追溯数据共享协议", "area": CITY, "holder": OURS, "other": NEIGHBOUR,
                "starts": stage.day(50, 9).date(), "ends": stage.day(50, 9).date() + timedelta(days=730),
                "purposes": ["supervision", "investigation", "recall"], "personal": ["investigation"],
            }
        ],
    )  # fmt: skip
    neighbour = Party.objects.get(code=NEIGHBOUR)
    person = people.enrol_person(by=SYSTEM, at=stage.day(49, 9), phone="13800000014", name="示例·邻监")
    held = people.appoint(by=SYSTEM, at=stage.day(49, 9), person=person, role=Role.AUTHORITY, party=neighbour)
    lot = Lot.objects.filter(producer__code=FIRMS[0].code).order_by("pk").first()
    assert lot is not None, TOWN  # noqa: S101 - the story told of it before
    quality.share_batch(
        by=people_queries.actor_of(held),
        at=stage.day(1, 16),
        code=lot.code,
        purpose="supervision",
        case_ref="示例查〔2026〕8号",
    )
