"""Feeds and figures over HTTP: sent once under a key, refused in problem+json, read by whoever may."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import factories
from tests.statistics.test_feed_pages import HEAD, ROWS
from tiantou.kernel.actor import Role
from tiantou.statistics import catalogue
from tiantou.statistics.models import Receipt

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_lake(settings, tmp_path):
    settings.DATA = tmp_path


def send(client, text=HEAD + ROWS, key="k", platform="online-retail"):
    return client.post(
        "/api/v1/feeds/",
        {"platform": platform, "file": SimpleUploadedFile("day.csv", text.encode())},
        headers={"Idempotency-Key": key},
    )


def test_a_file_sent_twice_under_one_key_is_one_delivery(visit):
    officer = visit(factories.actor(Role.CITY_OFFICER))
    answers = [send(officer) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    receipt = answers[0].json()
    assert (receipt["rows_read"], receipt["new_lines"], receipt["rejected_rows"], receipt["net_fen"]) == (2, 1, 1, 5000)
    assert Receipt.objects.count() == 1
    assert send(officer, key="other").json()["status"] == "partly"
    assert [each["new_lines"] for each in officer.get("/api/v1/feeds/").json()] == [0, 1]
    assert officer.get("/api/v1/feeds/?platform=none").json() == []


def test_a_returned_row_is_told_what_to_do(visit):
    officer = visit(factories.actor(Role.CITY_OFFICER))
    number = send(officer).json()["id"]
    (fault,) = officer.get(f"/api/v1/feeds/{number}/rejected").json()
    assert (fault["row"], fault["field"], fault["code"], fault["column"]) == (3, "quantity", "number", "Quantity")
    assert isinstance(fault["row"], int)
    assert fault["remedy"]


def test_refusals_are_problems(client, visit):
    assert send(client).status_code == 401
    grower = factories.actor(Role.FARMER, party=factories.party())
    assert send(visit(grower)).status_code == 403
    officer = visit(factories.actor(Role.CITY_OFFICER))
    assert send(officer, platform="none").status_code == 404
    refused = send(officer, "nothing,of,this\n1,2,3\n")
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert not Receipt.objects.exists()
    number = send(officer, key="good").json()["id"]
    stranger = visit(grower)
    assert stranger.get(f"/api/v1/feeds/{number}").status_code == 404
    assert stranger.get(f"/api/v1/feeds/{number}/rejected").status_code == 404


def test_a_delivery_is_voided_with_a_reason_and_by_stewards_only(visit):
    officer = visit(factories.actor(Role.CITY_OFFICER))
    number = send(officer).json()["id"]

    def void(client, reason):
        return client.post(f"/api/v1/feeds/{number}/void", {"reason": reason}, content_type="application/json")

    assert void(officer, " ").status_code == 422
    assert void(officer, "示例：发错文件").json()["status"] == "void"
    assert void(officer, "示例：发错文件").status_code == 409
    assert void(visit(factories.actor(Role.FARMER, party=factories.party())), "x").status_code == 403


def test_anybody_reads_the_figures_and_what_is_not_known_is_null(client):
    factories.village()
    said = client.get("/api/v1/figures/?on=2016-12-31").json()
    assert [each["code"] for each in said] == list(catalogue.indicators())
    assert said[0]["value"] is None
    assert said[0]["why"]
    for code in catalogue.indicators():
        assert client.get(f"/api/v1/figures/{code}").status_code == 200, code
    assert client.get("/api/v1/figures/none").status_code == 404
