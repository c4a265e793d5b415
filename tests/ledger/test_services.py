"""The books balance, whoever writes them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests import factories
from tiantou.kernel.actor import STRANGER, SYSTEM, Role
from tiantou.kernel.errors import Absent, NotPermitted
from tiantou.ledger import queries, rules, services
from tiantou.ledger.models import Account, Entry, Posting
from tiantou.ledger.services import AlreadyReversed, Line, NoEntry, account

AT = factories.AT


def post(*amounts: tuple[str, str, int], key: str = "", by=SYSTEM) -> Entry:
    lines = [Line(account(holder, kind), amount) for holder, kind, amount in amounts]
    return services.post(by=by, at=AT, memo="示例", about="O1", lines=lines, key=key)


@pytest.mark.django_db
class TestPosting:
    def test_an_entry_moves_money_between_accounts(self):
        post(("b", "buyer", -500), ("s", "seller_pending", 500))
        assert queries.balance_of("s", "seller_pending") == 500
        assert queries.balance_fen(account("b", "buyer")) == -500
        assert [entry.memo for entry in queries.entries_about("O1")] == ["示例"]

    @pytest.mark.parametrize("amounts", [
        [("b", "buyer", -500), ("s", "seller_pending", 499)],
        [("b", "buyer", -500)],
        [],
        [("b", "buyer", 0), ("s", "seller_pending", 0)],
    ])  # fmt: skip
    def test_what_is_no_entry_is_refused(self, amounts):
        with pytest.raises(NoEntry):
            post(*amounts)
        assert not Entry.objects.exists()

    def test_an_unknown_kind_of_account_is_refused(self):
        with pytest.raises(NoEntry):
            account("platform", "cash")

    def test_the_same_key_posts_once(self):
        assert post(("b", "buyer", -5), ("s", "buyer", 5), key="k") == post(
            ("b", "buyer", -5), ("s", "buyer", 5), key="k"
        )
        assert Posting.objects.count() == 2

    def test_a_mistake_is_reversed_once_and_stays_to_be_seen(self):
        entry = post(("b", "buyer", -500), ("s", "seller_pending", 500))
        finance = factories.actor(Role.FINANCE_OFFICER)
        services.reverse(by=finance, at=AT, entry=entry, memo="冲正")
        assert queries.balance_of("s", "seller_pending") == 0
        with pytest.raises(AlreadyReversed):
            services.reverse(by=finance, at=AT, entry=entry, memo="冲正")
        assert Entry.objects.count() == 2

    def test_a_party_sees_its_own_accounts_only(self):
        party = factories.party()
        mine = factories.actor(Role.FARMER, party=party)
        entry = post((party.code, "seller_pending", 7), ("b", "buyer", -7))
        assert [a.holder for a in Account.objects.visible_to(mine)] == [party.code]
        assert list(Entry.objects.visible_to(mine)) == [entry]
        assert not Posting.objects.visible_to(STRANGER).exists()
        with pytest.raises(NotPermitted):
            services.reverse(by=mine, at=AT, entry=entry, memo="x")

    def test_what_does_not_exist_cannot_be_reversed(self):
        with pytest.raises(Absent):
            services.reverse(by=factories.actor(Role.FINANCE_OFFICER), at=AT, entry=Entry(pk=404), memo="x")

    def test_the_running_balance_of_a_statement(self):
        post(("s", "seller_pending", 500), ("b", "buyer", -500))
        post(("s", "seller_pending", -200), ("s", "seller_settled", 200))
        rows = queries.statement(account("s", "seller_pending"))
        assert [(row.amount_fen, row.balance) for row in rows] == [(500, 500), (-200, 300)]

    def test_the_platform_holds_no_buyers_money(self):
        post(("b", "buyer", -500), ("s", "seller_pending", 495), ("platform", "platform_fee", 5))
        assert queries.buyers_money_held_fen() == 0
        with pytest.raises(NoEntry):
            post(("b", "buyer", -500), ("platform", "seller_settled", 500))

    def test_two_wrong_accounts_of_the_platform_do_not_hide_each_other(self):
        entry = Entry.objects.create(at=AT, memo="raw", about="O2")
        for kind, amount in (("seller_settled", 5), ("refund", -5)):
            Posting.objects.create(entry=entry, account=account("platform", kind), amount_fen=amount)
        assert queries.buyers_money_held_fen() == 10


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_an_entry_that_does_not_balance():
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012 - refused at the end
        cursor.execute("INSERT INTO ledger_account (holder, kind) VALUES ('x', 'buyer') RETURNING id")
        owner = cursor.fetchone()[0]
        cursor.execute("INSERT INTO ledger_entry (at, memo, about) VALUES (now(), 'm', 'a') RETURNING id")
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, account_id, amount_fen) VALUES (%s, %s, 5)",
            [cursor.fetchone()[0], owner],
        )
    assert not Entry.objects.exists()


AMOUNTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(sorted(rules.KINDS)), st.integers(-(10**9), 10**9)),
    min_size=1,
    max_size=6,
)


class TestRandomBooks(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.lists(AMOUNTS, max_size=4))
    def test_whatever_is_posted_balances(self, books):
        for amounts in books:
            rest = -sum(amount for _, _, amount in amounts)
            try:
                post(*amounts, ("rest", "outside", rest))
            except NoEntry:
                assert rest == 0 or any(amount == 0 for _, _, amount in amounts)
        assert not queries.unbalanced_entries().exists()
        assert sum(queries.balance_fen(row) for row in Account.objects.all()) == 0
