"""A platform's file on the page: sent, answered, sent again, voided; and nobody else's business."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import factories
from tiantou.kernel.actor import Role
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
    assert "quantity" in page
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


def test_a_void_delivery_counts_no_more_and_says_why(visit):
    officer = visit(factories.actor(Role.CITY_OFFICER))
    send(officer)
    receipt = Receipt.objects.get()
    assert officer.post(f"/feeds/{receipt.pk}/", {"reason": ""}).status_code == 422
    assert officer.post(f"/feeds/{receipt.pk}/", {"reason": "示例：发错文件"}).status_code == 303
    receipt.refresh_from_db()
    assert receipt.status == Status.VOID
    assert "示例：发错文件" in officer.get(f"/feeds/{receipt.pk}/").content.decode()
