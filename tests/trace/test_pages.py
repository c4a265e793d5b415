"""Looking a thing up, and handing its way to another system."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from tests import factories
from tests.market.chain import open_shop
from tiantou.kernel.actor import Role

SCHEMA = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "epcis" / "EPCIS-JSON-Schema.json"
pytestmark = pytest.mark.django_db


def test_an_officer_finds_what_went_into_a_lot_and_what_became_of_it(visit):
    shop = open_shop()
    officer = visit(factories.actor(Role.INSPECTOR, area_code="500236"))
    page = officer.get("/trace/", {"code": shop.lot.epc}).content.decode()
    assert shop.packs[0].crate not in page
    assert "lgtin" in page
    assert officer.get("/trace/", {"code": "脐橙"}).status_code == 422
    assert officer.get("/trace/", {"code": "urn:epc:id:sscc:9521234.0000000009"}).status_code == 404


def test_growers_have_no_business_there(visit):
    shop = open_shop()
    assert visit(shop.town.grower).get("/trace/").status_code == 403


@pytest.mark.skipif(not SCHEMA.exists(), reason="the standard's schema (../shared/conformance/epcis) is not here")
def test_the_whole_chain_is_a_document_that_the_standards_schema_accepts(visit):
    shop = open_shop()
    shop.delivered(4)
    officer = visit(factories.actor(Role.CITY_OFFICER))
    document = json.loads(officer.get("/trace/document/", {"code": shop.packs[0].epc}).content)
    assert len(document["epcisBody"]["eventList"]) > 4
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()))
    assert [str(error)[:300] for error in validator.iter_errors(document)] == []
