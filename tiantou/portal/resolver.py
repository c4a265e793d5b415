"""What this platform can tell about a GS1 Digital Link: its link set, from the very piece up to its kind.

Sources: GS1-Conformant Resolver Standard 1.0; RFC 9264 (link sets). Only what everybody may see is linked, and only pages that are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from tiantou.gs1 import application_identifiers as table
from tiantou.gs1 import compression, digital_link
from tiantou.gs1.application_identifiers import Malformed
from tiantou.gs1.digital_link import Link
from tiantou.kernel import clock
from tiantou.kernel.actor import STRANGER
from tiantou.market.models import Offer
from tiantou.portal import scanning
from tiantou.portal.rules import VOCABULARY, Target
from tiantou.portal.scanning import Goods
from tiantou.production.models import Lot
from tiantou.production.queries import OWN_PREFIX, gtin_of
from tiantou.quality.queries import covering, recall_of
from tiantou.registry.models import Asset, Certificate, Document, Party, Product, Record, Site
from tiantou.registry.queries import shown_name

_HOST = "https://host"
_LANGUAGES = ("zh", "en")
_HTML = "text/html"
#: Primary keys that a record of the register bears as its code.
_CODED: dict[str, type[Record]] = {
    "414": Site, "417": Party, "8003": Asset, "8004": Asset, "253": Document, "8013": Product,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing, or kind of things, that links are known of."""

    link: Link
    description: str
    default: Target
    targets: tuple[Target, ...]


def root() -> str:
    """The address below which every Digital Link of this platform stands."""
    return f"{settings.BASE_URL}/id"


def read(path: str, query: str = "", *, encoded: bool = False) -> tuple[Link, bool]:
    """The Digital Link of a path below the root and a query; whether it was compressed. Raises: Malformed.

    `encoded`: the path is still percent-encoded. Otherwise the web server has undone that, and a value cannot hold a slash.
    """
    segments = path.strip("/").split("/")
    address = "/".join([_HOST, *(segments if encoded else map(digital_link.escape, segments))])
    if query:
        address += f"?{query}"
    try:
        link, packed = digital_link.parse(address), False
    except Malformed as fault:
        if len(segments) not in {1, 3}:
            raise
        try:
            link, packed = compression.expand(address), True
        except Malformed:
            raise fault from None
    if link.stem != _HOST:
        raise Malformed("stem", segments[0][:20])
    return replace(link, stem=root()), packed


def subjects(link: Link) -> list[Subject]:
    """What is known of the thing that a Digital Link names and of what it is one of, the most special first."""
    found = (_subject(level) for level in link.levels())
    return [each for each in found if each is not None]


def _subject(level: Link) -> Subject | None:
    key, value = level.key
    last = level.path[-1][0]
    if key == "00" or (key == "01" and last in {"10", "21"}):
        found = scanning.goods_of(level)
        return None if found is None else _goods(level, found)
    if len(level.path) > 1:
        return None
    record = product_of(value) if key == "01" else _coded(key, value)
    return None if record is None else _record(level, record)


def product_of(gtin: str) -> Product | None:
    """The product that a GTIN-14 stands for: registered with it, or numbered by this platform."""
    written = {gtin, *(gtin[14 - n :] for n in (8, 12, 13) if not gtin[: 14 - n].strip("0"))}
    seen = Product.objects.visible_to(STRANGER)
    found: Product | None = seen.filter(data__gtin__in=written).first() or seen.filter(code__in=written).first()
    if found is None and gtin.startswith(f"0{OWN_PREFIX}"):
        numbered = [each for each in seen.filter(pk=int(gtin[8:13])) if gtin_of(each) == gtin]
        found = numbered[0] if numbered else None
    return found


def _coded(key: str, value: str) -> Record | None:
    model = _CODED.get(key)
    found: Record | None = None if model is None else model.objects.visible_to(STRANGER).filter(code=value).first()
    return found


def _goods(level: Link, found: Goods) -> Subject:
    targets = tuple(_of_goods(level, found.lot))
    return Subject(level, f"{scanning.titled(found)} {found.lot.code}", targets[0], targets)


def _of_goods(level: Link, lot: Lot) -> Iterator[Target]:
    page = f"{settings.BASE_URL}/scan{level.way()}/"
    yield Target("traceability", page, _("这件货的来处"), _HTML, _LANGUAGES)
    data = f"{settings.BASE_URL}/api/v1/scan/?code={quote(level.way(), safe='')}"
    yield Target("traceability", data, _("这件货的来处（数据）"), "application/json")
    recall = recall_of(lot)
    status = _absolute("quality:recalled_one", recall.number) if recall else page
    yield Target("recallStatus", status, _("现在能不能放心吃"), _HTML, _LANGUAGES)
    yield Target("support", _absolute("portal:complain", query=f"?lot={lot.code}"), _("投诉举报"), _HTML, _LANGUAGES)
    if (paper := covering(lot)) is not None:
        title = _("承诺达标合格证 %(number)s") % {"number": paper.number}
        yield Target("certificationInfo", _absolute("quality:check", paper.number), title, _HTML, _LANGUAGES)
        credential = _absolute("quality:credential", paper.number, query="?as=vc")
        yield Target("certificationInfo", credential, _("合格证的电子凭证"), "application/vc")
    for offer in Offer.objects.open().visible_to(STRANGER).filter(lot=lot)[:1]:
        yield Target("hasRetailers", _absolute("market:offer", offer.pk), _("在这里买"), _HTML, _LANGUAGES)
    if _has_repository():
        href = f"{settings.BASE_URL}/epcis/events?MATCH_anyEPC={quote(level.canonical(), safe='')}"
        yield Target("epcis", href, _("流转事件（EPCIS 2.0）"), "application/json")


def _record(level: Link, record: Record) -> Subject:
    name = shown_name(STRANGER, record)
    page = f"{settings.BASE_URL}{record.get_absolute_url()}"
    kind = "pip" if isinstance(record, Product) else "locationInfo" if isinstance(record, Site) else "registryEntry"
    targets = [Target(kind, page, name, _HTML, _LANGUAGES)]
    if kind != "registryEntry":
        targets.append(Target("registryEntry", page, _("登记内容"), _HTML, _LANGUAGES))
    if isinstance(record, Product):
        targets += _of_product(record)
    return Subject(level, name, targets[0], tuple(targets))


def _of_product(product: Product) -> Iterator[Target]:
    today = clock.today()
    papers = Certificate.objects.visible_to(STRANGER).living().filter(product=product).exclude(ends__lt=today)
    for paper in papers.order_by("code")[:20]:
        yield Target(
            "certificationInfo", f"{settings.BASE_URL}{paper.get_absolute_url()}", str(paper), _HTML, _LANGUAGES
        )
    if Offer.objects.open().visible_to(STRANGER).filter(lot__product=product).exists():
        yield Target(
            "hasRetailers",
            _absolute("market:shop", query=f"?q={quote(product.name)}"),
            _("在这里买"),
            _HTML,
            _LANGUAGES,
        )


def _absolute(name: str, *args: object, query: str = "") -> str:
    return f"{settings.BASE_URL}{reverse(name, args=args)}{query}"


@cache
def _has_repository() -> bool:
    try:
        resolve("/epcis/events")
    except Resolver404:
        return False
    return True


def linkset(found: list[Subject]) -> dict[str, Any]:
    """The link set of subjects, as RFC 9264 writes it in JSON."""
    return {"linkset": [_context_object(each) for each in found]}


def _context_object(subject: Subject) -> dict[str, Any]:
    written: dict[str, Any] = {"anchor": subject.link.uri(), "itemDescription": subject.description}
    bare = {"href": subject.default.href, "title": subject.default.title}
    written[f"{VOCABULARY}defaultLink"] = [bare]
    alike = [each for each in subject.targets if each.type == subject.default.type]
    if len(alike) > 1:
        written[f"{VOCABULARY}defaultLinkMulti"] = [_object(each) for each in alike]
    for target in subject.targets:
        written.setdefault(f"{VOCABULARY}{target.type}", []).append(_object(target))
    return written


def _object(target: Target) -> dict[str, Any]:
    written: dict[str, Any] = {"href": target.href, "title": target.title}
    if target.media:
        written["type"] = target.media
    if target.languages:
        written["hreflang"] = list(target.languages)
    if target.context:
        written["context"] = list(target.context)
    return written


def description() -> dict[str, Any]:
    """The resolver description file."""
    return {
        "name": _("田头 GS1 Digital Link 解析"),
        "resolverRoot": root(),
        "supportedPrimaryKeys": sorted(ai for ai, row in table.table().items() if row.key),
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": True,
        "linksetContext": f"{settings.BASE_URL}/.well-known/gs1-linkset-context",
        "termsOfUse": f"{settings.BASE_URL}/",
        "contact": {"fn": _("田头"), "hasURL": f"{settings.BASE_URL}/complain/"},
    }


def context() -> dict[str, Any]:
    """The JSON-LD context with which a link set reads as linked data (RFC 9264, appendix A)."""
    return {
        "@context": {
            "@version": 1.1,
            "gs1": VOCABULARY,
            "schema": "https://schema.org/",
            "linkset": {"@id": "@graph", "@container": "@set"},
            "anchor": "@id",
            "href": "@id",
            "title": "schema:name",
            "itemDescription": "schema:description",
            "type": "schema:encodingFormat",
            "hreflang": {"@id": "schema:inLanguage", "@container": "@set"},
            "context": {"@id": "schema:areaServed", "@container": "@set"},
        }
    }
