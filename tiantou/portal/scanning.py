"""What a consumer may know of a pack, lot or crate: the one read behind the scan page and its API.

Names of natural persons are masked; who received the goods and where is nobody else's business and is not read at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from tiantou.areas.models import Area
from tiantou.fieldmarket.models import Pack
from tiantou.gs1 import identifiers, scanned
from tiantou.gs1.digital_link import Link, escape
from tiantou.kernel.clock import ZONE
from tiantou.kernel.units import show_kg
from tiantou.portal import sketch
from tiantou.portal.rules import Verdict, verdict
from tiantou.production.models import Kind, Lot
from tiantou.quality.models import Commitment, QuickTest, Report
from tiantou.quality.queries import RecallBanner, covering, recall_of
from tiantou.registry.models import Site
from tiantou.trace.telling import Told, told_of


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, in plain words."""

    at: datetime
    title: str
    place: str = ""
    text: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What stands behind a code."""

    lot: Lot
    pack: Pack | None
    crate: str
    #: The certificate that stands for the goods; where none stands, the newest that was revoked.
    commitment: Commitment | None
    revoked: Commitment | None
    #: The newest test of the lot, quick or reported by a laboratory.
    test: QuickTest | Report | None
    origin: str
    producer: str
    steps: list[Step]
    held: bool
    recall: RecallBanner | None = None
    #: `[{label, value}]`, degrees Celsius, oldest first.
    temperatures: list[dict[str, Any]] = field(default_factory=list)
    places: list[sketch.Place] = field(default_factory=list)

    @property
    def harvested_on(self) -> date:
        """The day of the harvest (of the earliest, where lots were mixed)."""
        return self.lot.harvested_on

    @property
    def report(self) -> Report | None:
        """The newest test, where a laboratory reported it."""
        return self.test if isinstance(self.test, Report) else None

    def verdict(self, *, suspicious: bool = False) -> Verdict:
        """The answer in one word, before everything else."""
        return verdict(
            recalled="" if self.recall is None else "before" if self.recall.over else "now",
            held=self.held,
            failed=self.test is not None and not self.test.passed,
            revoked=self.revoked is not None,
            certified=self.commitment is not None,
            suspicious=suspicious,
        )


@dataclass(frozen=True, slots=True)
class Goods:
    """What bears a code: a lot, perhaps one pack of it, perhaps the crate it lies in."""

    lot: Lot
    pack: Pack | None = None
    crate: str = ""

    @property
    def epc(self) -> str:
        """The identifier that was scanned."""
        return self.pack.epc if self.pack else self.crate or self.lot.epc


def goods(epc: str) -> Goods | None:
    """What of ours bears an EPC; of a crate the lot of its first pack. None where nothing does."""
    if epc.startswith("urn:epc:id:sscc:"):
        pack = _packs().filter(crate=epc).order_by("pk").first()
        return Goods(pack.lot, None, epc) if pack is not None else None
    if epc.startswith("urn:epc:id:sgtin:"):
        pack = next(iter(_packs().filter(epc=epc)), None)
        return Goods(pack.lot, pack, pack.crate) if pack is not None else None
    lot = next(iter(Lot.objects.select_related(*_LOT).filter(epc=epc)), None)
    return Goods(lot) if lot is not None else None


def goods_of(link: Link) -> Goods | None:
    """What of ours a Digital Link names; None where its lot and its serial number do not belong together."""
    (key, value), given = link.key, dict(link.qualifiers)
    try:
        if key == "00":
            return goods(identifiers.epc(f"/00/{value}"))
        if key != "01" or not given.keys() & {"10", "21"}:
            return None
        lot = identifiers.epc(f"/01/{value}/10/{escape(given['10'])}") if "10" in given else ""
        found = goods(identifiers.epc(f"/01/{value}/21/{escape(given['21'])}") if "21" in given else lot)
    except ValueError:
        return None
    return found if found is None or lot in {"", found.lot.epc} else None


def goods_named(text: str) -> Goods | None:
    """What of ours somebody means who typed or scanned this: a code in any form, or a lot's number. None where nothing is meant."""
    typed = text.strip()
    lot = next(iter(Lot.objects.select_related(*_LOT).filter(code=typed[:20])), None) if typed else None
    if lot is not None:
        return Goods(lot)
    try:
        return goods(epc_of(typed))
    except ValueError:
        return None


def scan(epc: str) -> Scan | None:
    """What stands behind an EPC; None where nothing of ours bears it."""
    found = goods(epc)
    return whole(found) if found is not None else None


_LOT = ("product", "producer", "plot__base", "place")


def _packs() -> Any:
    # The order of the table is lifted: one pack bears an identifier, and the planner need not sort for it.
    return Pack.objects.select_related(*(f"lot__{name}" for name in _LOT)).order_by()


def whole(found: Goods) -> Scan:
    """All that a consumer may know of it."""
    lot = found.lot
    papers = list(Commitment.objects.filter(lot=lot, replaced_at=None)[:5])
    living = next((each for each in papers if each.living), None)
    if living is None and lot.kind == Kind.GRADED:
        living = covering(lot)
    pieces = [epc for epc in (found.pack.epc if found.pack else "", found.crate) if epc]
    # Who ordered and bought is nobody else's business.
    told = [each for each in told_of([lot.epc], pieces) if each.type != "TransactionEvent"]
    return Scan(
        lot=lot,
        pack=found.pack,
        crate=found.crate,
        commitment=living,
        revoked=None if living else next(iter(papers), None),
        test=_newest_test(lot),
        origin=_origin(lot),
        producer=lot.producer.masked_name(),
        steps=[step for each in told if (step := _step(each)).title],
        held=lot.on_hold,
        recall=recall_of(lot),
        temperatures=[reading for each in told for reading in _temperatures(each)],
        places=_places(told),
    )


def _newest_test(lot: Lot) -> QuickTest | Report | None:
    reports = Report.objects.current().filter(sample__lot=lot).exclude(passed=None)
    tests: list[QuickTest | Report] = [
        *QuickTest.objects.filter(lot=lot)[:1],
        *reports.select_related("laboratory").defer("payload")[:1],
    ]
    return max(tests, key=lambda each: each.tested_at, default=None)


def titled(found: Goods | Scan) -> str:
    """`奉节脐橙 一级`."""
    return " ".join(filter(None, [found.lot.product.name, found.lot.grade])) or _("农产品")


def _origin(lot: Lot) -> str:
    """`奉节县草堂镇…`: from the district down to where the plot's base lies."""
    area_id = lot.plot.base.area_id if lot.plot is not None else lot.place.area_id
    return _area_words(area_id) if area_id else ""


@lru_cache(maxsize=4096)
def _area_words(pk: int) -> str:
    """A row of an area is never renamed: what is called otherwise from a day on is another row (`areas`)."""
    names: list[str] = []
    area: Area | None = Area.objects.select_related("parent__parent__parent").get(pk=pk)
    while area is not None and area.level > 0:
        names.insert(0, area.name)
        area = area.parent
    return "".join(names)


def _places(told: list[Told]) -> list[sketch.Place]:
    """Where the goods were before they were sent off, in order, each place once in a row."""
    codes: list[str] = []
    for each in told:
        if each.biz_step == "receiving" and each.pieces:
            continue
        code = each.place.removeprefix("urn:tiantou:site:").removeprefix("/414/")
        if code and (not codes or codes[-1] != code):
            codes.append(code)
    rows = Site.objects.filter(code__in=set(codes)).values_list("code", "name", "longitude", "latitude")
    sites = {code: sketch.Place(name, _number(lon), _number(lat)) for code, name, lon, lat in rows}
    return [sites[code] for code in codes if code in sites]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _temperatures(told: Told) -> list[dict[str, Any]]:
    return [
        {"label": _clock(told.at), "value": float(report["value"])}
        for sensor in told.body.get("sensorElementList", ())
        for report in sensor["sensorReport"]
        if report.get("uom") == "CEL" and "value" in report
    ]


def _clock(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%m-%d %H:%M")


def _step(told: Told) -> Step:
    body = told.body
    ilmd = body.get("ilmd", {})
    words = []
    if told.type == "ObjectEvent" and told.biz_step == "commissioning":
        words.append(_("地块 %(plot)s") % {"plot": ilmd["tiantou:plotName"]} if "tiantou:plotName" in ilmd else "")
    if "tiantou:grades" in ilmd:
        words.append(_("等级 %(grades)s") % {"grades": ilmd["tiantou:grades"].replace(",", "、")})
    weighed = body.get("quantityList", ()) if told.biz_step in {"commissioning", "receiving"} else ()
    words += [_("%(kg)s 公斤") % {"kg": show_kg(round(q["quantity"] * 1000))} for q in weighed if q.get("uom") == "KGM"]
    words += [_("温度 %(c)s ℃") % {"c": f"{each['value']:g}"} for each in _temperatures(told)]
    if "tiantou:carrier" in body:
        words.append(str(body["tiantou:carrier"]))
    place = str(body.get("tiantou:place", ""))
    return Step(told.at, _title(told), place, " · ".join(filter(None, words)), _paper(body))


def _title(told: Told) -> str:
    """What happened, in the words of a kitchen; "" for what only the traders among themselves care about."""
    at_a_gate = {"accept": _("市场查验放行"), "refuse": _("市场拒收"), "quarantine": _("市场隔离")}
    if told.body.get("tiantou:gate") in at_a_gate:
        return at_a_gate[told.body["tiantou:gate"]]
    if told.biz_step == "receiving":
        return _("送到签收") if told.pieces else _("收货过磅")
    if told.biz_step == "commissioning":
        return _("加工") if told.type == "TransformationEvent" else _("采收")
    if told.biz_step == "inspecting":
        return _("挑选分级") if told.type == "TransformationEvent" else _("检查")
    if told.biz_step == "packing":
        return _("装箱") if told.type == "AggregationEvent" else _("称重装件")
    return {
        "storing": _("进冷库"),
        "sensor_reporting": _("测温"),
        "shipping": _("装车起运"),
        "departing": _("装车起运"),
        "arriving": _("运到"),
        "loading": _("装车"),
        "unloading": _("卸车"),
        "accepting": _("验收"),
        "holding": _("扣留"),
        "retail_selling": _("卖出"),
        "returning": _("退回"),
        "destroying": _("销毁"),
        "removing": _("出冷库") if "tiantou:room" in told.body else _("下架"),
        "repackaging": _("换包装"),
        "unpacking": _("拆箱"),
    }.get(told.biz_step, "")


def _paper(body: dict[str, Any]) -> str:
    """The certificate under which goods were taken in."""
    for paper in body.get("bizTransactionList", ()):
        if paper.get("type") == "cert":
            return f"/c/{str(paper['bizTransaction']).rsplit(':', 1)[-1]}/"
    return ""


def epc_of(text: str) -> str:
    """The EPC of what was scanned or typed. Raises: ValueError."""
    return scanned.epc(text)
