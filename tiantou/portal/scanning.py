"""What a consumer may know of a pack, lot or crate: the one read behind the scan page and its API.

Names of natural persons are masked; who received the goods and where is nobody else's business and is not read at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.areas.models import Area
from tiantou.fieldmarket.models import Pack
from tiantou.gs1 import identifiers
from tiantou.gs1.digital_link import Link, escape
from tiantou.kernel.units import show_kg
from tiantou.production.models import Lot
from tiantou.quality.models import Commitment, QuickTest
from tiantou.quality.queries import covering
from tiantou.trace import queries as trace
from tiantou.trace.models import Event


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
    commitment: Commitment | None
    test: QuickTest | None
    origin: str
    producer: str
    steps: list[Step]
    held: bool

    @property
    def harvested_on(self) -> date:
        """The day of the harvest (of the earliest, where lots were mixed)."""
        return self.lot.harvested_on


@dataclass(frozen=True, slots=True)
class Goods:
    """What bears a code: a lot, perhaps one pack of it, perhaps the crate it lies in."""

    lot: Lot
    pack: Pack | None = None
    crate: str = ""


def goods(epc: str) -> Goods | None:
    """What of ours bears an EPC; of a crate the lot of its first pack. None where nothing does."""
    if epc.startswith("urn:epc:id:sscc:"):
        pack = _packs().filter(crate=epc).first()
        return Goods(pack.lot, None, epc) if pack is not None else None
    if epc.startswith("urn:epc:id:sgtin:"):
        pack = _packs().filter(epc=epc).first()
        return Goods(pack.lot, pack, pack.crate) if pack is not None else None
    lot = Lot.objects.select_related(*_LOT).filter(epc=epc).first()
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


def scan(epc: str) -> Scan | None:
    """What stands behind an EPC; None where nothing of ours bears it."""
    found = goods(epc)
    return whole(found) if found is not None else None


_LOT = ("product", "producer", "plot__base__area__parent__parent", "place__area")


def _packs() -> Any:
    return Pack.objects.select_related(*(f"lot__{name}" for name in _LOT)).order_by("pk")


def whole(found: Goods) -> Scan:
    """All that a consumer may know of it."""
    lot, pack, crate = found.lot, found.pack, found.crate
    return Scan(
        lot=lot,
        pack=pack,
        crate=crate,
        commitment=covering(lot),
        test=QuickTest.objects.filter(lot=lot).first(),
        origin=_origin(lot),
        producer=lot.producer.masked_name(),
        steps=_way(lot, pack, crate),
        held=lot.on_hold,
    )


def titled(found: Goods | Scan) -> str:
    """`奉节脐橙 一级`."""
    return " ".join(filter(None, [found.lot.product.name, found.lot.grade])) or _("农产品")


def _origin(lot: Lot) -> str:
    """`奉节县草堂镇…`: from the district down to where the plot's base lies."""
    area = lot.plot.base.area if lot.plot is not None else lot.place.area
    names: list[str] = []
    while isinstance(area, Area) and area.level > 0:
        names.insert(0, area.name)
        area = area.parent
    return "".join(names)


def _way(lot: Lot, pack: Pack | None, crate: str) -> list[Step]:
    """The lot's way, and of its packs only this one's."""
    own = {epc for epc in (pack.epc if pack else "", crate) if epc}
    steps = []
    seen = set()
    for event in [*trace.way_of(lot.epc), *(trace.way_of(pack.epc) if pack else [])]:
        if event.pk in seen or not _concerns(event, own):
            continue
        seen.add(event.pk)
        steps.append(_step(event))
    return sorted(steps, key=lambda step: step.at)


def _concerns(event: Event, own: set[str]) -> bool:
    """Whether an event is about the lot as a whole or about this pack, and not about a sister pack or about who bought."""
    if event.type == "TransactionEvent":
        return False
    named = {
        *event.body.get("epcList", ()),
        *event.body.get("childEPCs", ()),
        *filter(None, [event.body.get("parentID")]),
    }
    return not named or bool(named & own)


def _step(event: Event) -> Step:
    body = event.body
    ilmd = body.get("ilmd", {})
    place = str(body.get("tiantou:place", ""))
    title = _title(event)
    words = []
    if event.type == "ObjectEvent" and event.biz_step == "commissioning":
        words.append(_("地块 %(plot)s") % {"plot": ilmd["tiantou:plotName"]} if "tiantou:plotName" in ilmd else "")
    if "tiantou:grades" in ilmd:
        words.append(_("等级 %(grades)s") % {"grades": ilmd["tiantou:grades"].replace(",", "、")})
    weighed = body.get("quantityList", ()) if event.biz_step in {"commissioning", "receiving"} else ()
    words += [_("%(kg)s 公斤") % {"kg": show_kg(round(q["quantity"] * 1000))} for q in weighed if q.get("uom") == "KGM"]
    words += [
        _("温度 %(c)s ℃") % {"c": report["value"]}
        for sensor in body.get("sensorElementList", ())
        for report in sensor["sensorReport"]
    ]
    if "tiantou:carrier" in body:
        words.append(str(body["tiantou:carrier"]))
    return Step(event.event_time, title, place, " · ".join(filter(None, words)), _paper(body))


def _title(event: Event) -> str:
    names = {
        ("ObjectEvent", "commissioning"): _("采收"),
        ("ObjectEvent", "receiving"): _("收货过磅"),
        ("TransformationEvent", "inspecting"): _("挑选分级"),
        ("TransformationEvent", "commissioning"): _("加工"),
        ("TransformationEvent", "packing"): _("称重装件"),
        ("AggregationEvent", "packing"): _("装箱"),
        ("ObjectEvent", "storing"): _("进冷库"),
        ("ObjectEvent", "removing"): _("出冷库"),
        ("ObjectEvent", "sensor_reporting"): _("测温"),
        ("ObjectEvent", "shipping"): _("装车起运"),
        ("ObjectEvent", "inspecting"): _("检查"),
    }
    at_a_gate = {"accept": _("市场查验放行"), "refuse": _("市场拒收"), "quarantine": _("市场隔离")}
    if event.body.get("tiantou:gate") in at_a_gate:
        return at_a_gate[event.body["tiantou:gate"]]
    if event.biz_step == "receiving" and "epcList" in event.body:
        return _("送到签收")
    return names.get((event.type, event.biz_step), event.biz_step)


def _paper(body: dict[str, Any]) -> str:
    """The certificate under which goods were taken in."""
    for paper in body.get("bizTransactionList", ()):
        if paper.get("type") == "cert":
            return f"/c/{str(paper['bizTransaction']).rsplit(':', 1)[-1]}/"
    return ""


def epc_of(text: str) -> str:
    """The EPC of what was scanned or typed. Raises: ValueError."""
    return identifiers.epc(text)
