"""The whole way through the API, with keys, tenants and problem+json."""

from __future__ import annotations

import json

import pytest

from tests import factories
from tests.market.chain import SHIP, open_shop
from tiantou.kernel.actor import Role
from tiantou.market.models import Order

pytestmark = pytest.mark.django_db


def post(client, path, data=None, key=""):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1{path}", json.dumps(data or {}), content_type="application/json", headers=headers)


def test_from_the_offer_to_the_delivery(visit):
    shop = open_shop()
    buyer = visit(shop.buyer)
    assert [offer["left"] for offer in buyer.get("/api/v1/offers/").json()] == [10]
    body = {"offer": shop.offer.pk, "quantity": 3, **SHIP}
    placed = [post(buyer, "/orders/", body, key="k").json() for _ in range(2)]
    assert placed[0] == placed[1]
    number = placed[0]["number"]
    assert (
        post(
            buyer, f"/orders/{number}/payments", {"method": "bank", "amount_fen": 9_000, "evidence": "HD-1"}
        ).status_code
        == 201
    )
    seller = visit(shop.town.grower)
    assert post(seller, f"/orders/{number}/confirm-payment").json()["state"] == "paid"
    consignment = post(seller, f"/orders/{number}/consign", {"carrier": shop.carrier.code}).json()["consignment"]
    from tiantou.logistics.models import Consignment

    Consignment.objects.filter(number=consignment).update(driver_id=shop.driver.person_id)
    driver = visit(shop.driver)
    scans = [item.epc for item in Consignment.objects.get(number=consignment).items.all()]
    wrong = post(driver, f"/consignments/{consignment}/pick-up", {"scanned": scans[1:]})
    assert wrong.status_code == 422
    assert wrong["Content-Type"] == "application/problem+json"
    assert wrong.json()["problems"][0]["field"] == "scanned"
    assert post(driver, f"/consignments/{consignment}/pick-up", {"scanned": scans}).json()["packs"] == 3
    assert post(driver, f"/consignments/{consignment}/deliver", {"received_by": "示例"}).json()["status"] == "delivered"
    assert Order.objects.get(number=number).state == "delivered"


def test_a_key_with_another_body_is_refused(visit):
    shop = open_shop()
    buyer = visit(shop.buyer)
    assert post(buyer, "/orders/", {"offer": shop.offer.pk, "quantity": 1, **SHIP}, key="k").status_code == 201
    answer = post(buyer, "/orders/", {"offer": shop.offer.pk, "quantity": 2, **SHIP}, key="k")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


def test_a_stranger_reads_offers_and_nothing_else(client):
    open_shop()
    assert client.get("/api/v1/offers/").status_code == 200
    answer = client.get("/api/v1/orders/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_anothers_order_is_like_none(visit):
    shop = open_shop()
    order = shop.order()
    other = visit(factories.actor(Role.BUYER, party=factories.party("ecommerce_firm", "示例别家")))
    bodies = [other.get(f"/api/v1/orders/{number}").json() for number in (order.number, "DD20000101-00001")]
    assert [body["status"] for body in bodies] == [404, 404]
    assert bodies[0]["title"] == bodies[1]["title"]


def test_a_subsidy_through_the_api(visit):
    shop = open_shop()
    shop.delivered(10)
    grower = visit(shop.town.grower)
    from tiantou.kernel import clock

    year = clock.today().year
    assessed = grower.get("/api/v1/programmes/online_sale_subsidy/assessment").json()
    assert assessed["facts"]["parcels"] == (10 if year == 2026 else 0)
    assert {each["id"] for each in grower.get("/api/v1/programmes/").json()} >= {
        "online_sale_subsidy",
        "field_market_acceptance",
    }
    assert post(grower, "/programmes/online_sale_subsidy/cases", {"account_holder": ""}).status_code == 422
