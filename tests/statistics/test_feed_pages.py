"""A platform's file on the page: sent, answered, sent again, voided; and nobody else's business."""

from __future__ import annotations

import inspect
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import factories
from tiantou.kernel.actor import Role
from tiantou.statistics import intake, words
from tiantou.statistics.models import Receipt, Status

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ROWS = "1,A,ORANGE,2,2010-12-01 08:26:00,2.50,17850.0,United Kingdom\n1,B,POMELO,x,2010-12-01 08:26:00,1.00,17850.0,United Kingdom\n"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_lake(settings, tmp_path):
    settings.DATA = tmp_path


def send(client, text=HEAD + ROWS, key="k"):
    file = SimpleUploadedFile("示例.csv", text.encode())
    return client.post("/feeds/", {"platform": "online-retail", "file": file, "key": key})


def test_a_file_is_answered_by_a_receipt_that_adds_up(visit):
    officer = visit(factories.actor(Role.CITY_OFFICER))
    answer = send(officer)
    receipt = Receipt.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/feeds/{receipt.pk}/")
    assert (receipt.rows_read, receipt.new_lines, receipt.rejected_rows) == (2, 1, 1)
    page = officer.get(f"/feeds/{receipt.pk}/").content.decode()
    assert "50.00" in page
    assert ">3<" in page
    assert "Quantity" in page
    assert "只写数字，不带单位和逗号。" in page
    assert officer.get(f"/feeds/{receipt.pk}/rejected.xlsx").content.startswith(b"PK")
    send(officer, key="again")
    assert [each.new_lines for each in Receipt.objects.order_by("pk")] == [1, 0]
    assert receipt.number in officer.get("/feeds/").content.decode()


def test_a_file_that_cannot_be_read_is_refused_whole(visit):
    answer = send(visit(factories.actor(Role.CITY_OFFICER)), "nothing,of,this\n1,2,3\n")
    assert answer.status_code == 422
    assert not Receipt.objects.exists()


def test_only_stewards_and_the_platform_send_and_see(visit):
    send(visit(factories.actor(Role.CITY_OFFICER)))
    receipt = Receipt.objects.get()
    grower = visit(factories.actor(Role.FARMER, party=factories.party()))
    assert send(grower).status_code == 403
    assert grower.get(f"/feeds/{receipt.pk}/").status_code == 404
    assert receipt.number not in grower.get("/feeds/").content.decode()


def test_whoever_may_not_send_sees_no_form(visit):
    assert 'type="file"' in visit(factories.actor(Role.CITY_OFFICER)).get("/feeds/").content.decode()
    page = visit(factories.actor(Role.FARMER, party=factories.party())).get("/feeds/").content.decode()
    assert "平台报送" in page
    assert 'type="file"' not in page


def test_every_line_can_be_reached(visit):
    officer = visit(factories.actor(Role.CITY_OFFICER))
    rows = "".join(f"{n},A,ORANGE {n},2,2010-12-01 08:26:00,2.50,17850.0,France\n" for n in range(1, 72))
    send(officer, HEAD + rows)
    receipt = Receipt.objects.get()
    assert "全部 71 行" in officer.get(f"/feeds/{receipt.pk}/").content.decode()
    first, second = (officer.get(f"/feeds/{receipt.pk}/lines/?page={n}").content.decode() for n in (1, 2))
    assert ("ORANGE 50<" in first, "ORANGE 51<" in first) == (True, False)
    assert ("ORANGE 50<" in second, "ORANGE 71<" in second) == (False, True)
    stranger = visit(factories.actor(Role.FARMER, party=factories.party()))
    assert stranger.get(f"/feeds/{receipt.pk}/lines/").status_code == 404


def test_every_reason_of_the_intake_has_words():
    source = inspect.getsource(intake)
    codes = set(re.findall(r'"\{?[a-z_]+\}?:([a-z]+)"', source)) | {"few", "many", "unreadable"}
    assert codes == set(words.REASONS)


def test_a_void_delivery_counts_no_more_and_says_why(visit):
    officer = visit(factories.actor(Role.CITY_OFFICER))
    send(officer)
    receipt = Receipt.objects.get()
    assert officer.post(f"/feeds/{receipt.pk}/", {"reason": ""}).status_code == 422
    assert officer.post(f"/feeds/{receipt.pk}/", {"reason": "示例：发错文件"}).status_code == 303
    receipt.refresh_from_db()
    assert receipt.status == Status.VOID
    assert "示例：发错文件" in officer.get(f"/feeds/{receipt.pk}/").content.decode()
