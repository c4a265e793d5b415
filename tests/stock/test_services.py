"""Levels under any order of verbs, and under many hands at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests import factories
from tiantou.kernel.actor import SYSTEM
from tiantou.stock import queries, services
from tiantou.stock.models import Level, Move, Reservation
from tiantou.stock.services import NotEnough, NotHeld, Share

AT = factories.AT
HERE = {"by": SYSTEM, "at": AT, "because": "test"}


def receive(quantity: int, lot: str = "L", place: str = "A") -> None:
    services.receive(**HERE, lot=lot, place=place, unit="g", quantity=quantity)


def reserve(quantity: int, **more) -> Reservation:
    return services.reserve(**HERE, lot="L", place="A", unit="g", quantity=quantity, **more)


@pytest.mark.django_db
class TestVerbs:
    def test_what_is_promised_cannot_be_issued_or_moved(self):
        receive(10)
        reserve(7)
        with pytest.raises(NotEnough) as refused:
            services.move(**HERE, lot="L", source="A", target="B", unit="g", quantity=4)
        assert (refused.value.asked, refused.value.free) == (4, 3)
        assert queries.level("L", "A") == queries.Quantity(10, 7)
        assert queries.level("L", "B") == queries.Quantity()

    def test_a_conversion_is_all_or_nothing(self):
        receive(10)
        with pytest.raises(NotEnough):
            services.convert(
                **HERE, inputs=[Share("L", "A", "g", 10), Share("M", "A", "g", 1)], outputs=[Share("N", "A", "g", 9)]
            )
        assert queries.level("L", "A").on_hand == 10
        services.convert(**HERE, inputs=[Share("L", "A", "g", 10)], outputs=[Share("N", "A", "g", 9)])
        assert (queries.level("L", "A").on_hand, queries.level("N", "A").on_hand) == (0, 9)

    def test_shipping_twice_is_refused_and_takes_once(self):
        receive(10)
        promise = reserve(4)
        services.ship(by=SYSTEM, at=AT, reservation=promise)
        with pytest.raises(NotHeld):
            services.ship(by=SYSTEM, at=AT, reservation=promise)
        with pytest.raises(NotHeld):
            services.release(by=SYSTEM, at=AT, reservation=promise)
        assert queries.level("L", "A") == queries.Quantity(6, 0)

    def test_a_promise_that_ran_out_is_taken_back_once(self):
        receive(10)
        reserve(4, expires_at=AT + timedelta(minutes=30))
        reserve(1)
        for _ in range(2):
            services.release_expired(by=SYSTEM, at=AT + timedelta(hours=1))
        assert queries.level("L", "A") == queries.Quantity(10, 1)

    def test_the_check_finds_a_level_that_contradicts_its_moves(self):
        receive(10)
        assert not queries.unsound_levels().exists()
        Level.objects.update(on_hand=11)
        assert queries.unsound_levels().exists()

    def test_the_check_finds_a_level_that_contradicts_its_promises(self):
        receive(10)
        reserve(2)
        assert not queries.unsound_levels().exists()
        Level.objects.update(reserved=1)
        assert queries.unsound_levels().exists()

    def test_the_database_refuses_a_level_below_what_is_promised(self):
        receive(10)
        reserve(7)
        with pytest.raises(Exception, match="stock_level_sound"), transaction.atomic():
            Level.objects.update(on_hand=6)

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_a_quantity_is_above_zero(self, quantity):
        with pytest.raises(ValueError, match="g"):
            receive(quantity)


LOTS, PLACES, QUANTITIES = st.sampled_from("LM"), st.sampled_from("AB"), st.integers(1, 12)


class Machine(RuleBasedStateMachine):
    """Any order of verbs against the plainest model: a dictionary."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.on_hand: dict[tuple[str, str], int] = {}
        self.reserved: dict[tuple[str, str], int] = {}
        self.promises: list[tuple[Reservation, tuple[str, str], int]] = []

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def free(self, key) -> int:
        return self.on_hand.get(key, 0) - self.reserved.get(key, 0)

    def expect(self, enough: bool, call):
        if enough:
            return call()
        with pytest.raises(NotEnough), transaction.atomic():
            call()
        return None

    @rule(lot=LOTS, place=PLACES, quantity=QUANTITIES)
    def receive(self, lot, place, quantity):
        services.receive(**HERE, lot=lot, place=place, unit="g", quantity=quantity)
        self.on_hand[lot, place] = self.on_hand.get((lot, place), 0) + quantity

    @rule(lot=LOTS, place=PLACES, quantity=QUANTITIES)
    def issue(self, lot, place, quantity):
        enough = self.free((lot, place)) >= quantity
        self.expect(enough, lambda: services.issue(**HERE, lot=lot, place=place, unit="g", quantity=quantity))
        if enough:
            self.on_hand[lot, place] -= quantity

    @rule(lot=LOTS, quantity=QUANTITIES)
    def move(self, lot, quantity):
        enough = self.free((lot, "A")) >= quantity
        self.expect(enough, lambda: services.move(**HERE, lot=lot, source="A", target="B", unit="g", quantity=quantity))
        if enough:
            self.on_hand[lot, "A"] -= quantity
            self.on_hand[lot, "B"] = self.on_hand.get((lot, "B"), 0) + quantity

    @rule(lot=LOTS, place=PLACES, quantity=QUANTITIES)
    def reserve(self, lot, place, quantity):
        enough = self.free((lot, place)) >= quantity
        made = self.expect(enough, lambda: services.reserve(**HERE, lot=lot, place=place, unit="g", quantity=quantity))
        if made:
            self.reserved[lot, place] = self.reserved.get((lot, place), 0) + quantity
            self.promises.append((made, (lot, place), quantity))

    @rule(ship=st.booleans())
    def settle(self, ship):
        if not self.promises:
            return
        promise, key, quantity = self.promises.pop()
        (services.ship if ship else services.release)(by=SYSTEM, at=AT, reservation=promise)
        self.reserved[key] -= quantity
        if ship:
            self.on_hand[key] -= quantity

    @invariant()
    def the_levels_are_the_models(self):
        for key, quantity in self.on_hand.items():
            assert queries.level(*key) == queries.Quantity(quantity, self.reserved.get(key, 0))
        assert not queries.unsound_levels().exists()


class TestMachine(TestCase, Machine.TestCase):
    settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


@pytest.mark.django_db(transaction=True)
def test_twenty_buyers_for_the_last_five_get_exactly_five():
    receive(5)

    def buy(_number: int) -> bool:
        try:
            reserve(1)
        except NotEnough:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(buy, range(20))) == 5
    assert queries.level("L", "A") == queries.Quantity(5, 5)
    assert not queries.unsound_levels().exists()


@pytest.mark.django_db(transaction=True)
def test_goods_moved_both_ways_at_once_do_not_lock_each_other_out():
    receive(50)
    receive(50, place="B")

    def swap(number: int) -> None:
        source, target = ("A", "B") if number % 2 else ("B", "A")
        services.move(**HERE, lot="L", source=source, target=target, unit="g", quantity=1)
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(swap, range(40)))
    assert queries.level("L", "A").on_hand + queries.level("L", "B").on_hand == 100
    assert Move.objects.filter(kind="transfer").count() == 80
