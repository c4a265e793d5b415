"""A consignment's way: what was booked is what travels, and delivery has proof."""

from __future__ import annotations

import io

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests import factories
from tests.market.chain import open_shop
from tests.production.cast import AT
from tiantou.kernel import photos
from tiantou.kernel.actor import Role
from tiantou.kernel.errors import Absent, Invalid, TooLarge
from tiantou.logistics import rules, services
from tiantou.market import services as market
from tiantou.market.rules import State
from tiantou.trace import queries as trace


@pytest.mark.django_db
class TestTheWay:
    def test_every_step_is_an_event_of_the_pack(self):
        shop = open_shop()
        consignment = shop.send(shop.pay(shop.order(4)))
        shop.deliver(shop.pick_up(consignment))
        steps = [event.biz_step for event in trace.way_of(consignment.items.first().epc)]
        assert steps[0] == "commissioning"
        assert steps[-2:] == ["shipping", "receiving"]

    def test_a_crates_code_stands_for_its_packs(self):
        shop = open_shop()
        consignment = shop.send(shop.pay(shop.order(4)))
        crates = {item.crate for item in consignment.items.all()}
        assert (
            services.pick_up(by=shop.driver, at=AT, number=consignment.number, scanned=sorted(crates)).status
            == "picked_up"
        )

    def test_a_missing_and_a_foreign_pack_are_named_and_nothing_leaves(self):
        shop = open_shop()
        order = shop.pay(shop.order(4))
        consignment = shop.send(order)
        scans = [*shop.scans(consignment)[1:], shop.packs[9].epc]
        with pytest.raises(Invalid) as refused:
            services.pick_up(by=shop.driver, at=AT, number=consignment.number, scanned=scans)
        assert len(refused.value.problems) == 2
        order.refresh_from_db()
        assert order.state == State.CONSIGNED

    def test_a_second_delivery_is_refused(self):
        shop = open_shop()
        consignment = shop.deliver(shop.pick_up(shop.send(shop.pay(shop.order(1)))))
        with pytest.raises(services.WrongState):
            shop.deliver(consignment)

    def test_a_delivery_needs_a_name(self):
        shop = open_shop()
        consignment = shop.pick_up(shop.send(shop.pay(shop.order(1))))
        with pytest.raises(Invalid):
            services.deliver(by=shop.driver, at=AT, number=consignment.number, received_by=" ")

    def test_another_driver_finds_no_such_consignment(self):
        shop = open_shop()
        consignment = shop.send(shop.pay(shop.order(1)))
        with pytest.raises(Absent):
            services.pick_up(
                by=factories.actor(Role.DRIVER, party=shop.carrier), at=AT, number=consignment.number, scanned=[]
            )

    def test_a_cancelled_booking_frees_the_packs_for_another(self):
        shop = open_shop()
        order = shop.pay(shop.order(10))
        first = shop.send(order)
        services.cancel_consignment(by=shop.town.grower, at=AT, number=first.number)
        order.refresh_from_db()
        assert order.state == State.PAID
        assert set(shop.scans(shop.send(order))) == set(shop.scans(first))

    def test_packs_of_two_orders_never_travel_together(self):
        shop = open_shop()
        one, two = (shop.send(shop.pay(shop.order(5), f"HD-{n}")) for n in range(2))
        assert not set(shop.scans(one)) & set(shop.scans(two))

    def test_only_an_own_carrier_is_taken(self):
        shop = open_shop()
        order = shop.pay(shop.order(1))
        with pytest.raises(Invalid):
            market.consign_order(by=shop.town.grower, at=AT, number=order.number, carrier=factories.party())


PACKS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["", "X", "Y"]), min_size=1)


@given(PACKS, st.lists(st.sampled_from("abcdefXYZ")))
def test_a_count_is_exact_if_and_only_if_everything_and_nothing_else_was_scanned(booked, scanned):
    found = rules.count(booked, scanned)
    inside = {pack for pack, crate in booked.items() if pack in scanned or (crate and crate in scanned)}
    known = booked.keys() | {crate for crate in booked.values() if crate}
    assert found.exact == (inside == booked.keys() and set(scanned) <= known)


def picture(size: tuple[int, int] = (3000, 1000), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "orange").save(out, "JPEG", **options)
    return out.getvalue()


def test_a_photograph_is_made_smaller_and_loses_its_hidden_data():
    hidden = Image.Exif()
    hidden[0x8825] = {1: "N", 2: (31.0, 1.0, 2.0)}
    hidden[0x010F] = "SecretPhone"
    assert b"SecretPhone" in picture(exif=hidden)
    cleaned = photos.cleaned(picture(exif=hidden))
    with Image.open(io.BytesIO(cleaned)) as image:
        assert image.size == (1280, 427)
        assert not image.getexif()
    assert b"SecretPhone" not in cleaned


@pytest.mark.parametrize("content", [b"", b"GIF89a not a picture", b"<svg onload='x'/>", picture()[:200]])
def test_what_is_no_photograph_is_refused(content):
    with pytest.raises(Invalid):
        photos.cleaned(content)


def test_a_picture_that_would_unpack_too_far_is_refused():
    with pytest.raises(Invalid):
        photos.cleaned(picture((6000, 6000), quality=1))
    with pytest.raises(TooLarge):
        photos.cleaned(b"x" * (photos.MOST_BYTES + 1))


@pytest.mark.django_db
class TestTrouble:
    def test_before_pick_up_the_shipper_can_call_it_off(self):
        shop = open_shop()
        consignment = shop.send(shop.pay(shop.order(1)))
        services.report_trouble(by=shop.driver, at=AT, number=consignment.number, note="示例：车坏了")
        assert services.cancel_consignment(by=shop.town.grower, at=AT, number=consignment.number).status == "cancelled"

    def test_after_pick_up_it_is_neither_called_off_nor_picked_up_again(self):
        shop = open_shop()
        consignment = shop.pick_up(shop.send(shop.pay(shop.order(1))))
        services.report_trouble(by=shop.driver, at=AT, number=consignment.number, note="示例：路断了")
        for attempt in (
            lambda: services.cancel_consignment(by=shop.town.grower, at=AT, number=consignment.number),
            lambda: shop.pick_up(consignment),
        ):
            with pytest.raises(services.WrongState):
                attempt()
        assert shop.deliver(consignment).status == "delivered"

    def test_what_was_never_picked_up_is_not_delivered(self):
        shop = open_shop()
        consignment = shop.send(shop.pay(shop.order(1)))
        services.report_trouble(by=shop.driver, at=AT, number=consignment.number, note="示例")
        with pytest.raises(services.WrongState):
            shop.deliver(consignment)

    def test_the_journal_does_not_speak_the_drivers_language(self):
        shop = open_shop()
        consignment = shop.pick_up(shop.send(shop.pay(shop.order(1))))
        with translation.override("en"):
            shop.deliver(consignment)
        assert trace.way_of(consignment.items.first().epc)[-1].body["tiantou:place"] == "收货地"
