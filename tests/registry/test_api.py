"""The register's API: the same rules as the pages, problem+json for every refusal."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import actor, party, village
from tests.registry.test_records import coop, officer, uscc
from tiantou.kernel.actor import Role
from tiantou.registry.models import Party, Status

pytestmark = pytest.mark.django_db
URL = "/api/v1/register/party/cooperative"


def post(client, values, key=""):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(URL, {"values": values}, content_type="application/json", headers=headers)


def test_a_record_is_created_read_and_amended_in_base_units(visit):
    client = visit(officer())
    made = post(client, coop(annual_sales_fen=123450, members=5))
    assert made.status_code == 201, made.content
    body = client.get(f"{URL}/{uscc(1)}").json()
    assert body["values"]["annual_sales_fen"] == 123450
    changed = client.patch(
        f"{URL}/{uscc(1)}", {"version": 1, "values": {"members": 6}}, content_type="application/json"
    )
    assert changed.json()["values"] == {**body["values"], "members": 6}
    stale = client.patch(f"{URL}/{uscc(1)}", {"version": 1, "values": {"members": 7}}, content_type="application/json")
    assert stale.status_code == 409
    assert stale["Content-Type"] == "application/problem+json"
    assert stale.json()["code"] == "stale-version"


def test_a_submission_under_one_key_counts_once(visit):
    client = visit(officer())
    assert post(client, coop(), "k").status_code == 201
    assert post(client, coop(), "k").status_code == 201
    assert Party.objects.count() == 1
    assert post(client, coop(name="另一个"), "k").status_code == 422


def test_faults_are_problems_with_field_reason_and_remedy(visit):
    client = visit(officer())
    refused = post(client, coop(code="123", level="cosmic"))
    assert refused.status_code == 422
    assert {problem["field"] for problem in refused.json()["problems"]} == {"code", "level"}
    assert post(client, coop(colour="red")).status_code == 422


def test_lists_are_paged_searched_and_filtered(visit):
    for n in range(3):
        party(code=uscc(n), name=f"示例{n}社", data={"level": "municipal"} if n else {})
    client = visit()
    body = client.get(URL, {"page_size": 2, "page": 2}).json()
    assert (body["count"], body["page"], body["pages"], len(body["items"])) == (3, 2, 2, 1)
    assert client.get(URL, {"level": "municipal"}).json()["count"] == 2
    assert client.get(URL, {"district": "500101"}).json()["count"] == 0


def test_strangers_and_other_tenants_get_the_answer_of_an_absent_record(visit):
    party(code=uscc(1), status=Status.DRAFT)
    client = visit()
    assert client.get(f"{URL}/{uscc(1)}").status_code == client.get(f"{URL}/{uscc(2)}").status_code == 404
    assert post(client, coop()).status_code == 401
    assert post(visit(actor(Role.AUDITOR)), coop()).status_code == 403
    assert client.get("/api/v1/register/party/dragon").status_code == 404


def test_a_sheet_is_checked_and_taken(visit):
    village()
    client = visit(officer())
    body = f"统一社会信用代码,名称,所在地\n{uscc(1)},示例一社,500236115200".encode()
    checked = client.post(URL + "/import", {"sheet": SimpleUploadedFile("a.csv", body)})
    assert checked.json()["created"] == 1
    assert not Party.objects.exists()
    taken = client.post(URL + "/import?dry_run=false", {"sheet": SimpleUploadedFile("a.csv", body)})
    assert taken.json()["state"] == "taken"
    assert Party.objects.count() == 1
    broken = client.post(URL + "/import", {"sheet": SimpleUploadedFile("a.xlsx", b"x")})
    assert broken.status_code == 422


def test_every_kind_has_a_schema_and_the_index_lists_all(visit):
    client = visit()
    index = client.get("/api/v1/register").json()
    for each in index[::7]:
        schema = client.get(f"/api/v1/register/{each['registry']}/{each['kind']}/schema").json()
        assert schema["required"]
