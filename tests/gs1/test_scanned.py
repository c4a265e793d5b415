"""Whatever form a code has, it names the same thing."""

from __future__ import annotations

import pytest

from tiantou.gs1 import scanned
from tiantou.gs1.compression import compress
from tiantou.gs1.digital_link import parse

PIECE = "urn:epc:id:sgtin:9521234.000001.7"
LOT = "urn:epc:class:lgtin:9521234.000001.A-1"
LINK = "https://t.example/id/01/09521234000013/10/A-1/21/7"


@pytest.mark.parametrize(
    "text",
    [
        PIECE,
        LINK,
        f"{LINK}/",
        f"  {LINK}?from=poster\n",
        "https://brand.example/some/where/01/9521234000013/21/7",
        compress(parse(LINK)),
        compress(parse(LINK), keep_key=True),
        "(01)09521234000013(10)A-1(21)7",
        "(01)09521234000013(17)261231(10)A-1(21)7",
        "]C1010952123400001310A-1\x1d217",
        "010952123400001321" + "7",
        "]d201095212340000131726123110A-1\x1d217",
    ],
)
def test_a_piece(text):
    assert scanned.epc(text) == PIECE


@pytest.mark.parametrize(
    "text",
    [LOT, "(01)09521234000013(10)A-1", "010952123400001310A-1", "https://t.example/01/09521234000013/10/A-1?17=261231"],
)
def test_a_lot(text):
    assert scanned.epc(text) == LOT


@pytest.mark.parametrize(
    "text", ["(00)095212340000000013", "00095212340000000013", "]C100095212340000000013", "095212340000000013"]
)
def test_a_crate(text):
    assert scanned.epc(text) == "urn:epc:id:sscc:9521234.0000000001"


@pytest.mark.parametrize(
    "text",
    ["", "脐橙", "(01)09521234000013", "01", "https://t.example/", "(01)09521234000014(10)A", "]C10109521234000014", "https://t.example/AAAA", "(10)A"],
)  # fmt: skip
def test_what_names_no_thing_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - callers say what it means for them
        scanned.epc(text)
