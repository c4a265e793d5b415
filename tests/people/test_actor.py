"""`request.actor`: from a session's chosen role or from a token, and gone the moment that its ground is gone."""

import json
import re

import pytest
from django.test import Client

from tests.factories import party
from tests.people.conftest import PASSWORD, PHONE, appointed, person
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.kernel.models import Deed
from tiantou.kernel.web import PAGES
from tiantou.people import limits, queries, services
from tiantou.people.models import Appointment, Consent, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office")]


def who(client, **headers):
    return client.get("/api/v1/people/me", headers=headers).json()


def token_for(holder, **facts):
    held = Appointment.objects.get(person=holder)
    return services.issue_token(by=queries.actor_of(held), at=clock.now(), appointment=held, label="示例", **facts)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_stranger_is_nobody(client):
    assert client.get("/api/v1/people/me").status_code == 401
    assert client.get("/me/")["Location"].startswith("/accounts/login/?next=/me/")


def test_the_session_acts_in_the_first_role_and_then_in_the_chosen_one_also_next_time(client, sign_in):
    farm = party()
    holder = appointed(Role.FARMER, party=farm)
    second = services.appoint(by=SYSTEM, at=clock.now(), person=holder, role=Role.BUYER, party=party(name="示例买家"))
    sign_in()
    assert who(client)["role"] == "farmer"
    assert who(client)["party_id"] == farm.pk
    answer = client.post("/me/roles/", {"choice": f"a{second.pk}", "next": "//evil.example"})
    assert answer["Location"] == "/me/"
    assert who(client)["role"] == "buyer"
    assert Deed.objects.filter(verb="people.choose_role", person_id=holder.pk).count() == 1
    other = Client()
    other.post("/accounts/login/", {"login": PHONE, "password": PASSWORD})
    assert who(other)["role"] == "buyer"


def test_another_s_appointment_cannot_be_chosen(client, sign_in):
    appointed(Role.FARMER, party=party())
    foreign = Appointment.objects.get(person=appointed(Role.AUDITOR, phone="13800000002"))
    sign_in()
    assert client.post("/me/roles/", {"choice": f"a{foreign.pk}"}).status_code == 404
    assert who(client)["role"] == "farmer"


def test_an_appointment_that_ends_ends_within_the_session(client, sign_in):
    holder = appointed(Role.AUDITOR)
    sign_in()
    assert client.get("/deeds/").status_code == 200
    services.end_appointment(by=SYSTEM, at=clock.now(), appointment=Appointment.objects.get(person=holder))
    assert client.get("/deeds/").status_code == 403
    assert who(client)["role"] == "consumer"


def test_a_disabled_person_is_out_at_once_by_session_and_by_token(client, sign_in):
    holder = appointed(Role.FARMER, party=party())
    token = token_for(holder)
    sign_in()
    Person.objects.filter(pk=holder.pk).update(is_active=False)
    assert client.get("/me/").status_code == 302
    assert client.get("/api/v1/people/me", headers=bearer(token.plain)).status_code == 401


def test_a_token_acts_under_its_appointment_and_a_bad_one_is_told_so(client):
    holder = appointed(Role.DRIVER, party=party())
    token = token_for(holder)
    assert who(client, **bearer(token.plain))["role"] == "driver"
    refused = client.get("/api/v1/people/me", headers=bearer(token.plain[:-2] + "xx"))
    assert refused.status_code == 401
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "unknown-token"
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_a_token_that_calls_too_often_is_told_when_to_come_back(client, monkeypatch):
    token = token_for(appointed(Role.DRIVER, party=party()))
    monkeypatch.setattr(limits, "API", limits.Limit("api", 2, 60))
    assert [client.get("/api/v1/people/me", headers=bearer(token.plain)).status_code for _ in range(3)] == [
        200,
        200,
        429,
    ]


def test_a_token_opens_no_page(client):
    token = token_for(appointed(Role.DRIVER, party=party()))
    assert client.get("/me/", headers=bearer(token.plain)).status_code == 302


def test_a_write_by_session_needs_its_csrf_token_and_one_by_token_does_not():
    strict = Client(enforce_csrf_checks=True)
    holder = appointed(Role.FARMER, party=party())
    strict.force_login(holder)
    refused = strict.post("/api/v1/people/me", b"{}", content_type="application/json")
    assert refused.status_code == 403
    assert "CSRF" in json.loads(refused.content)["title"]
    by_token = Client(enforce_csrf_checks=True).post("/api/v1/people/me", headers=bearer(token_for(holder).plain))
    assert by_token.status_code == 405


@pytest.fixture
def under_consent(client, station):
    place, keeper = station
    villager = party(kind="grower", name="示例向文", natural_person=True)
    given = services.give_consent(
        by=queries.actor_of(Appointment.objects.get(person=keeper)), at=clock.now(), villager=villager, station=place,
        scopes=["production"], starts=clock.today(), ends=clock.today(), paper="委-1",
    )  # fmt: skip
    client.post("/accounts/login/", {"login": keeper.phone, "password": PASSWORD})
    client.post("/me/roles/", {"choice": f"c{given.pk}"})
    return given


def test_under_a_consent_the_page_says_for_whom(client, under_consent):
    assert who(client)["party_id"] == under_consent.villager_id
    for path in ("/me/", "/ui/"):
        assert "您正在替 示例向文 办事" in client.get(path).content.decode()


def test_where_officials_need_no_second_factor_every_page_says_so(client, sign_in, settings):
    appointed(Role.AUDITOR)
    sign_in()
    assert "不要求第二道验证" in client.get("/deeds/").content.decode()


def page_that_writes(package):
    """The address of some page of `package` that takes a POST; what it does does not matter here."""
    page = next(page for page in PAGES if page.package == package and "POST" in page.methods)
    numbers = re.findall(r"<(?:(\w+):)?(\w+)>", page.route)
    return "/" + re.sub(r"<[^>]*>", "1", page.route) if numbers else f"/{page.route}"


def test_a_write_outside_the_consent_s_matters_is_refused(client, under_consent):
    refused = client.post(page_that_writes("registry"))
    assert refused.status_code == 403
    assert "村民的委托不包括这件事" in refused.content.decode()
    assert "村民的委托不包括这件事" not in client.post(page_that_writes("production")).content.decode()


def test_a_withdrawn_consent_ends_within_the_session(client, under_consent):
    Consent.objects.update(withdrawn_at=clock.now())
    assert who(client)["role"] == "station_keeper"


def test_identifying_takes_two_queries_besides_the_session(client, sign_in, django_assert_max_num_queries):
    appointed(Role.FARMER, party=party())
    sign_in()
    who(client)
    with django_assert_max_num_queries(3):
        who(client)


def test_a_person_without_any_role_is_a_consumer(client, sign_in):
    person()
    sign_in()
    assert who(client)["role"] == "consumer"
