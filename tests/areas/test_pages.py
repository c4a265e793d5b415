"""The pages and the API of the areas, over a small invented land and over the real region."""

import json
from datetime import date

import pytest
from django.test import Client

from tiantou.areas import queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("chongqing")]


@pytest.fixture
def client():
    return Client()


def text(response):
    return response.content.decode()


def test_the_region_shows_its_tiles_and_counts_on_any_day(client):
    now, then = client.get("/areas/"), client.get("/areas/?on=2016-09-01")
    assert "两江新区" in text(now)
    assert "渝北" not in text(now).split("</figure>")[0]
    assert "梁平县" in text(then)
    assert "5001LJ" not in text(then)
    assert text(now).count('class="tile-label"') == 37
    assert text(then).count('class="tile-label"') == 38


def test_a_day_before_the_history_is_refused_with_a_way_out(client):
    response = client.get("/areas/?on=2001-01-01")
    assert response.status_code == 422
    assert "2016-01-01" in text(response)


def test_searching_finds_past_names_and_says_until_when_they_held(client):
    body = text(client.get("/areas/?q=梁平县"))
    assert "/areas/500228/" in body
    assert "2016年11月24日" in body


def test_an_area_shows_its_history_and_what_is_below(client):
    body = text(client.get("/areas/500155/"))
    assert "梁平县 更名 → 梁平区" in body
    assert "双桂街道" in body
    old = text(client.get("/areas/500112/?on=2020-01-01"))
    assert "统景镇" in old
    gone = text(client.get("/areas/500112/"))
    assert "已经不存在" in gone


@pytest.mark.parametrize("path", ["/areas/999999/", "/areas/500155/?on=2016-09-01"])
def test_an_area_that_is_not_there_on_the_day_is_absent(client, path):
    assert client.get(path).status_code == 404


def test_a_stranger_cannot_record_a_change(client):
    response = client.post("/areas/500236/", {"what": "rename", "name": "奉节区", "on": "2026-01-01", "source": "x"})
    assert response.status_code == 403
    assert queries.get("500236").name == "奉节县"


def test_the_number_of_queries_does_not_grow_with_the_areas(client, django_assert_max_num_queries):
    with django_assert_max_num_queries(25):
        client.get("/areas/")
    with django_assert_max_num_queries(25):
        client.get("/areas/500101/")


def test_the_file_has_all_areas_of_the_day_and_opens_in_a_spreadsheet(client):
    response = client.get("/areas.csv?on=2016-09-01")
    lines = response.content.decode("utf-8")
    assert lines.startswith("\ufeff")
    assert len(lines.splitlines()) == 1 + 1 + 38 + 1031 + 11270


def test_the_api_tells_areas_of_a_day_by_level_parent_or_words(client):
    districts = client.get("/api/v1/areas/", {"level": 1, "on": "2016-09-01"}).json()
    assert len(districts) == 38
    towns = client.get("/api/v1/areas/", {"parent": "500109", "on": "2026-01-01"}).json()
    assert "统景镇" in {town["name"] for town in towns}
    assert client.get("/api/v1/areas/", {"q": "fengjie"}).json()[0]["code"] == "500236"
    assert client.get("/api/v1/areas/500228", {"on": "2016-09-01"}).json()["ends"] == "2016-11-24"


def test_the_api_says_denominators_and_carries_figures(client):
    found = client.get("/api/v1/areas/denominators/village_committees", {"on": "2026-01-01"}).json()
    assert found["value"] == 7946
    told = {"figures": {"500112": 100, "500109": 50}, "period": "2024-01-01", "to": "2026-01-01"}
    done = client.post("/api/v1/areas/rebase", json.dumps(told), content_type="application/json").json()
    assert sum(done["figures"].values()) == 150
    assert done["estimated"] == ["500109", "5001LJ"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/areas/999999", 404), ("/api/v1/areas/?level=9", 422), ("/api/v1/areas/?on=2000-01-01", 422),
     ("/api/v1/areas/denominators/people", 422)],
)  # fmt: skip
def test_what_the_api_cannot_tell_is_a_problem_with_a_reason(client, path, status):
    response = client.get(path)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


def test_a_day_of_the_pages_is_todays_by_default(client):
    assert queries.as_of(date(2026, 11, 20)).count() == len(queries.picture(date(2026, 11, 20)).parents)
