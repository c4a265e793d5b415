"""One receipt by whatever stands for the goods: the lot's number, its GS1 code, its certificate's number."""

import json

import pytest

from tests.evidence.test_log import append, sign
from tests.production.cast import AT as DAY
from tests.production.cast import town
from tiantou.evidence import codes, queries
from tiantou.evidence.rules import receipts
from tiantou.gs1.identifiers import digital_link
from tiantou.kernel.errors import Absent
from tiantou.quality.services import issue_commitment

pytestmark = pytest.mark.django_db


def test_a_lot_is_found_by_its_code_its_number_and_its_certificate(visit):
    here = town()
    lot = here.lot()
    made = issue_commitment(by=here.grower, at=DAY, lot=lot, basis="质量安全控制符合要求")
    append()
    sign()
    client = visit(here.grower)
    told = {
        client.get("/evidence/receipt.json", {"code": code}).content
        for code in (lot.epc, digital_link(lot.epc), lot.code, made.number)
    }
    assert len(told) == 1
    verdict = receipts.verify(told.pop().decode())
    assert verdict.good
    assert lot.epc in json.dumps([leaf.event for leaf in verdict.leaves])


@pytest.mark.parametrize("code", ["", "HG00000000000000", "nothing", "\0", "9" * 5000])
def test_a_number_that_nobody_knows_is_none(db, code):
    with pytest.raises(ValueError, match=r"^"):
        codes.epc_of(code)
    with pytest.raises(Absent):
        queries.events_of(code)
