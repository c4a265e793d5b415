"""What stands in the QR code of a label is read back by another library than drew it, and means the same pack."""

from __future__ import annotations

import io

import pytest
import segno
import zxingcpp
from django.conf import settings
from PIL import Image

from tests.market.chain import open_shop
from tiantou.fieldmarket.queries import pack_path
from tiantou.gs1 import scanned
from tiantou.gs1.compression import compress
from tiantou.gs1.digital_link import parse
from tiantou.portal import scanning
from tiantou.production.queries import scan_path

pytestmark = pytest.mark.django_db


def read_back(text):
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=4)
    with Image.open(picture) as image:
        return [code.text for code in zxingcpp.read_barcodes(image.convert("L"))]


def test_the_code_of_a_pack_a_lot_and_a_compressed_link(client):
    shop = open_shop()
    pack = shop.packs[0]
    link = f"{settings.BASE_URL}{pack_path(pack, pack.lot)}"
    for text, epc in (
        (link, pack.epc),
        (f"{settings.BASE_URL}{scan_path(shop.lot)}", shop.lot.epc),
        (compress(parse(link)), pack.epc),
    ):
        (seen,) = read_back(text)
        assert seen == text
        assert scanned.epc(seen) == epc
        assert scanning.goods_named(seen).lot == shop.lot
        assert client.get(seen.removeprefix(settings.BASE_URL)).status_code == 200
