"""A platform's real day files, sent twice: nothing counts double, the trade figure changes, and it leads back to its rows."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests import factories
from tiantou.kernel.actor import Role
from tiantou.statistics import services
from tiantou.statistics.models import Status

DAYS = Path(__file__).resolve().parents[3] / "shared" / "data" / "online-retail"
FILES = [DAYS / f"2010-12-0{day}.csv" for day in (1, 2, 3)]
FIGURE = "/figures/online_trade/?year=2010"


@pytest.mark.django_db
@pytest.mark.skipif(not FILES[0].exists(), reason="the real day files (../shared/data/online-retail) are not here")
def test_real_orders_come_in_twice_and_count_once(visit, settings, tmp_path):
    settings.DATA = tmp_path
    officer = factories.actor(Role.CITY_OFFICER)
    browser = visit(officer)
    factories.village()
    assert "未知" in browser.get(FIGURE).content.decode()

    def send(path: Path):
        return services.receive_file(
            by=officer, at=factories.AT, platform="online-retail", name=path.name, content=path.read_bytes()
        )

    first = [send(path) for path in FILES]
    net_fen = sum(receipt.net_fen for receipt in first)
    assert net_fen > 0
    page = browser.get(FIGURE).content.decode()
    value = f"{Decimal(net_fen) / 100:,.2f}".rstrip("0").rstrip(".")
    assert value in page
    assert "演示" in page

    again = [send(path) for path in reversed(FILES)]
    assert {receipt.status for receipt in again} == {Status.REPEATED}
    assert [receipt.new_lines for receipt in again] == [0, 0, 0]
    assert value in browser.get(FIGURE).content.decode()

    lines = browser.get("/figures/online_trade/lines/").content.decode()
    assert f"{sum(receipt.new_lines for receipt in first):,}" in lines
