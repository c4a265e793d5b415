"""Master data that go with our own events: what the places, products and lots are that they name (EPCIS 2.0, 6.1.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from tiantou.epcis.models import Master as Known
from tiantou.epcis.parts import Master
from tiantou.epcis.services import store_masters
from tiantou.gs1 import identifiers
from tiantou.kernel.actor import SYSTEM
from tiantou.production.models import Lot
from tiantou.production.queries import gtin_of, place_uri
from tiantou.registry.models import Product, Site

_TYPE = "urn:epcglobal:epcis:vtype:"
#: Attributes of CBV 2.0, section 9.2 (places), 9.3 (classes) and 9.4 (lots).
_ATTRIBUTE = "urn:epcglobal:cbv:mda:"


def introduce(lots: Iterable[Lot], *, at: datetime) -> None:
    """Whoever reads our events can look up what they name: place, product and lot are known to everybody, as they are now.

    What is known already and has not changed is not written again.
    """
    elements = {
        (one.type, identifiers.key(one.id)): one
        for lot in lots
        for one in (
            _place("BusinessLocation", lot.place),
            _place("ReadPoint", lot.place),
            _product(lot.product),
            _lot(lot),
        )
    }
    codes = [code for _type, code in elements]
    known = {
        (row.vocabulary, row.code): {each["id"]: each["attribute"] for each in row.attributes}
        for row in Known.objects.filter(party_id=None, code__in=codes)
    }
    fresh = [one for name, one in elements.items() if known.get(name) != one.attributes]
    if fresh:
        store_masters(by=SYSTEM, at=at, masters=fresh)


def _place(vocabulary: str, site: Site) -> Master:
    told = {"name": site.name, "countryCode": "CN", "latitude": site.latitude, "longitude": site.longitude}
    return Master(_TYPE + vocabulary, place_uri(site), _attributes(told))


def _product(product: Product) -> Master:
    gtin = gtin_of(product)
    item = identifiers.sgtin(gtin, "*", identifiers.prefix_length(gtin)).replace("urn:epc:id:", "urn:epc:idpat:")
    return Master(_TYPE + "EPCClass", item, _attributes({"descriptionShort": product.name, "countryOfOrigin": "CN"}))


def _lot(lot: Lot) -> Master:
    told = {
        "lotNumber": lot.code,
        "harvestStartDate": lot.harvested_on.isoformat(),
        "descriptionShort": lot.product.name,
    }
    return Master(_TYPE + "EPCClass", lot.epc, _attributes(told))


def _attributes(told: Mapping[str, object]) -> dict[str, object]:
    return {_ATTRIBUTE + name: str(value) for name, value in told.items() if value not in (None, "")}
