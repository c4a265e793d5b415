"""The shop and orders as their users meet them."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from tests import factories
from tests.market.chain import SHIP, open_shop
from tiantou.kernel.actor import Role
from tiantou.market.models import Offer, Order
from tiantou.market.rules import State

pytestmark = pytest.mark.django_db


def test_a_stranger_sees_what_is_for_sale_and_where_to_sign_in(client):
    shop = open_shop()
    page = client.get("/shop/").content.decode()
    assert shop.offer.lot.product.name in page
    assert "30.00" in page
    offer = client.get(f"/shop/{shop.offer.pk}/").content.decode()
    assert "/accounts/login/?next=/shop/" in offer


def test_an_order_from_the_shop_to_the_payment_record(visit):
    shop = open_shop()
    buyer = visit(shop.buyer)
    answer = buyer.post(f"/shop/{shop.offer.pk}/", {"quantity": "2", "key": "k", **SHIP})
    order = Order.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/orders/{order.number}/")
    assert "60.00" in buyer.get(f"/orders/{order.number}/").content.decode()
    buyer.post(f"/orders/{order.number}/", {"method": "bank", "amount": "60.00", "evidence": "HD-9", "key": "p"})
    assert order.payments.get().evidence == "HD-9"
    seller = visit(shop.town.grower)
    seller.post(f"/orders/{order.number}/", {"do": "confirm"})
    seller.post(f"/orders/{order.number}/", {"carrier": shop.carrier.pk, "driver": "", "key": "c"})
    order.refresh_from_db()
    assert order.state == State.CONSIGNED


def test_what_wvisittyped_is_kept_when_it_is_refused(visit):
    shop = open_shop()
    answer = visit(shop.buyer).post(f"/shop/{shop.offer.pk}/", {"quantity": "99", "key": "k", **SHIP})
    assert answer.status_code == 409
    assert SHIP["ship_address"] in answer.content.decode()
    assert not Order.objects.exists()


def test_anothers_order_answers_like_none(visit):
    shop = open_shop()
    order = shop.order()
    other = visit(factories.actor(Role.BUYER, party=factories.party("ecommerce_firm", "示例别家")))
    answers = [other.get(f"/orders/{number}/") for number in (order.number, "DD20991231-00001")]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_a_driver_without_business_with_the_money_sees_no_orders(visit):
    shop = open_shop()
    order = shop.pay(shop.order())
    shop.send(order)
    driver = visit(shop.driver)
    assert driver.get(f"/orders/{order.number}/").status_code == 404
    assert driver.get("/runs/").status_code == 200


def test_the_driver_walks_the_run_on_the_phone(visit):
    shop = open_shop()
    consignment = shop.send(shop.pay(shop.order(2)))
    driver = visit(shop.driver)
    number = consignment.number
    wrong = driver.post(f"/runs/{number}/pick-up/", {"scanned": "urn:epc:id:sscc:1", "key": "a"})
    assert wrong.status_code == 422
    assert "urn:epc:id:sscc:1" in wrong.content.decode()
    right = driver.post(f"/runs/{number}/pick-up/", {"scanned": "\n".join(shop.scans(consignment)), "key": "b"})
    assert right.status_code == 303
    assert driver.post(f"/runs/{number}/deliver/", {"received_by": "", "key": "c"}).status_code == 422
    assert (
        driver.post(f"/runs/{number}/deliver/", {"received_by": "示例", "temperature": "4.5", "key": "d"}).status_code
        == 303
    )
    consignment.refresh_from_db()
    assert (consignment.status, consignment.temperature_tenths) == ("delivered", 45)


def test_the_exported_sheet_is_the_filtered_list_without_addresses(visit):
    shop = open_shop()
    shop.order(1)
    shop.pay(shop.order(2))
    content = visit(shop.town.grower).get("/orders.xlsx?state=paid").content
    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
    assert len(rows) == 2
    assert SHIP["ship_address"] not in str(rows)


def test_papers_are_for_the_two_sides(visit):
    shop = open_shop()
    order = shop.pay(shop.order())
    consignment = shop.send(order)
    grower = visit(shop.town.grower)
    assert grower.get(f"/orders/{order.number}/note.pdf").content.startswith(b"%PDF")
    assert grower.get(f"/consignments/{consignment.number}/sheet.pdf").content.startswith(b"%PDF")
    assert (
        visit(factories.actor(Role.CITY_OFFICER)).get(f"/consignments/{consignment.number}/sheet.pdf").status_code
        == 404
    )


def test_officials_see_the_consignment_but_not_the_receivers_address(visit):
    shop = open_shop()
    consignment = shop.send(shop.pay(shop.order()))
    page = visit(factories.actor(Role.CITY_OFFICER)).get(f"/consignments/{consignment.number}/").content.decode()
    assert SHIP["ship_address"] not in page
    assert "138****0005" in page


def test_an_offer_from_the_sellers_page(visit):
    shop = open_shop()
    Offer.objects.update(closed_at=shop.offer.opened_at)
    answer = visit(shop.town.grower).post(
        "/selling/", {"lot": shop.lot.pk, "price": "28.50", "quantity": "5", "note": "", "key": "o"}
    )
    assert answer.status_code == 303
    assert Offer.objects.filter(price_fen=2850, closed_at=None).count() == 1
