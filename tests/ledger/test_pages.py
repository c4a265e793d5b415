"""Statements: for finance, auditors and whoever an account belongs to."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from tests import factories
from tests.market.chain import open_shop
from tiantou.kernel.actor import Role

pytestmark = pytest.mark.django_db


def test_a_seller_reads_its_own_statement_and_nobody_elses(visit):
    shop = open_shop()
    order = shop.delivered(4)
    seller, buyer = shop.town.coop.code, order.payer
    grower = visit(shop.town.grower)
    assert "120.00" in grower.get(f"/ledger/{seller}/seller_settled/").content.decode()
    assert grower.get(f"/ledger/{buyer}/buyer/").status_code == 404
    assert grower.get("/ledger/none/buyer/").status_code == 404
    assert buyer not in grower.get("/ledger/").content.decode()


def test_an_auditor_sees_all_accounts_and_takes_a_statement_along(visit):
    shop = open_shop()
    shop.delivered(4)
    auditor = visit(factories.actor(Role.AUDITOR))
    assert "0.00" in auditor.get("/ledger/").content.decode()
    content = auditor.get(f"/ledger/{shop.town.coop.code}/seller_pending/statement.xlsx").content
    rows = list(load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2, values_only=True))
    assert [row[3:] for row in rows] == [(120, 120), (-120, 0)]
