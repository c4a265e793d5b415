"""The story that the demonstration tells, checked from its far end: what stands in every journal when the crate has arrived."""

from __future__ import annotations

import pytest

from tests.factories import AT
from tiantou.config import regions
from tiantou.demo import cast, story
from tiantou.gs1.identifiers import key
from tiantou.kernel.actor import SYSTEM
from tiantou.kernel.models import Deed
from tiantou.ledger import queries as ledger
from tiantou.market.rules import State
from tiantou.production.models import Lot
from tiantou.programmes import queries as programmes
from tiantou.quality.models import ExchangeAccess, Recall
from tiantou.quality.queries import covering, recall_of
from tiantou.registry.models import Party
from tiantou.stock import queries as stock
from tiantou.trace import queries as trace


@pytest.mark.django_db
def test_one_crate_of_oranges_from_the_plot_to_the_table():
    regions.load("chongqing", by=SYSTEM, at=AT)
    crate = story.tell(AT)

    # Goods: the way of one pack can be told, and leads back to the plot's harvest.
    pack = crate.packs[0]
    steps = [event.biz_step for event in trace.way_of(pack.epc)]
    assert steps[0] == "commissioning"
    assert {"commissioning", "receiving", "packing", "shipping"} <= set(steps)
    assert steps[-2:] == ["shipping", "receiving"]
    assert key(crate.lot.epc) in trace.ancestors(pack.epc)

    # Stock: twelve of sixty packs have left, and every level is what its moves say.
    assert stock.level(pack.lot.epc, crate.offer.place.code) == stock.Quantity(48 * 2_500, 0)
    assert not stock.unsound_levels().exists()

    # Money: the seller has what the buyer paid, the books balance, the platform holds nothing.
    seller = crate.offer.seller.code
    assert crate.order.state == State.DELIVERED
    assert ledger.balance_of(seller, "seller_settled") == crate.order.amount_fen == 12 * 3_980
    assert ledger.buyers_money_held_fen() == 0
    assert not ledger.unbalanced_entries().exists()

    # Papers: the harvest and what was packed of it both carry a certificate.
    assert covering(crate.lot) is not None
    assert covering(pack.lot) is not None

    # Procedures: the subsidy is on public notice.
    assert [case.party_name for case in programmes.notices(AT.date())] == [cast.FIRMS[0].name]

    # The other lot is held, and everything that was done is on record with who did it.
    assert Lot.objects.exclude(hold_reason="").exclude(recalls__recall__drill=False).count() == 1

    # The recall of the other plot has stopped its goods and nothing of this crate; the drill stopped nothing.
    recall, drill = Recall.objects.get(drill=False), Recall.objects.get(drill=True)
    assert (recall.state, drill.state) == ("ongoing", "closed")
    assert set(recall.lots.values_list("lot__plot__code", flat=True)) == {"C-03"}
    assert recall_of(crate.lot) is None
    assert ExchangeAccess.objects.get().owners
    done = set(Deed.objects.filter(name="示例·周秤").values_list("verb", flat=True))
    assert {"fieldmarket.take_in", "fieldmarket.run_grading", "fieldmarket.run_packing"} <= done
    assert all("示例" in name for name in Party.objects.exclude(kind="authority").values_list("name", flat=True))
