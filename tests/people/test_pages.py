"""The pages of people, as each role meets them."""

from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.factories import actor, party
from tests.people.conftest import PASSWORD, appointed, code_in, person
from tiantou.kernel import clock
from tiantou.kernel.actor import Role
from tiantou.kernel.models import Deed
from tiantou.kernel.verbs import record_deed
from tiantou.people.models import Appointment, Consent, Person, Token
from tiantou.people.pages.audit import harmless

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("office")]


def sound(answer):
    page = answer.content.decode()
    assert answer.status_code == 200, page[:2000]
    assert page.count("<h1") == 1
    return page


def test_an_administrator_appoints_ends_and_disables(client, sign_in):
    appointed(Role.ADMINISTRATOR)
    farm = party(code="91500236MA5U000000")
    sign_in()
    sound(client.get("/people/"))
    sound(client.get("/people/appoint/"))
    facts = {"phone": "138 1111 0000", "name": "示例李强", "role": "farmer", "party": farm.code}
    answer = client.post("/people/appoint/", facts)
    made = Person.objects.get(phone="13811110000")
    assert answer["Location"] == f"/people/{made.pk}/"
    page = sound(client.get("/people/?q=13811110000"))
    assert "示例李强" in page
    assert "13811110000" not in page.replace('value="13811110000"', "").replace("q=13811110000", "")
    held = made.appointments.get()
    client.post(f"/people/{made.pk}/", {"end": held.pk})
    held.refresh_from_db()
    assert held.ends < clock.today()
    assert client.post(f"/people/{made.pk}/", {"disable": "1"}).status_code == 422
    client.post(f"/people/{made.pk}/", {"disable": "1", "because": "离职"})
    made.refresh_from_db()
    assert not made.is_active


def test_what_is_wrong_with_an_appointment_stands_at_its_field_and_nothing_is_kept(client, sign_in):
    appointed(Role.ADMINISTRATOR)
    sign_in()
    answer = client.post("/people/appoint/", {"phone": "13811110000", "name": "示例李强", "role": "farmer"})
    assert answer.status_code == 422
    assert "没有选主体" in answer.content.decode()
    assert "示例李强" in answer.content.decode()
    assert not Person.objects.filter(phone="13811110000").exists()


def test_a_manager_adds_and_removes_members_and_others_only_look(client, sign_in):
    farm = party()
    appointed(Role.FARMER, party=farm, manages=True)
    sign_in()
    sound(client.get("/members/"))
    client.post("/members/", {"phone": "13811110000", "name": "示例李强", "role": "driver"})
    held = Appointment.objects.get(role=Role.DRIVER)
    assert held.party == farm
    client.cookies.clear()
    Person.objects.filter(phone="13811110000").update(phone_verified=True)
    client.force_login(held.person)
    page = sound(client.get("/members/"))
    assert "加一位成员" not in page
    assert client.post("/members/", {"end": Appointment.objects.get(role=Role.FARMER).pk}).status_code == 403


def test_another_party_s_appointment_answers_like_an_absent_one(client, sign_in):
    appointed(Role.FARMER, party=party(), manages=True)
    foreign = Appointment.objects.get(person=appointed(Role.DRIVER, phone="13800000002", party=party(name="示例别家")))
    sign_in()
    one = client.post("/members/", {"end": foreign.pk})
    other = client.post("/members/", {"end": 999999})
    assert one.status_code == other.status_code == 404
    assert foreign.ends is None


def test_the_own_page_lists_what_there_is_and_leads_on(client, sign_in):
    appointed(Role.FARMER, party=party(), manages=True)
    sign_in()
    page = sound(client.get("/me/"))
    assert "138****0001" in page
    for path in ("/me/roles/", "/me/sessions/", "/me/tokens/", "/me/consents/"):
        sound(client.get(path))
    assert client.get("/me/second-factor/")["Location"] == "/accounts/2fa/"


def test_a_token_is_shown_once_and_can_be_revoked(client, sign_in):
    appointed(Role.FARMER, party=party())
    sign_in()
    answer = client.post("/me/tokens/", {"label": "示例系统", "days": 30})
    assert "tt_" in sound(answer)
    assert answer["Cache-Control"] == "no-store"
    token = Token.objects.get()
    page = sound(client.get("/me/tokens/"))
    assert f"tt_{token.prefix}…" in page
    assert f"tt_{token.prefix}_" not in page
    client.post(f"/me/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_signing_out_elsewhere_leaves_this_device_and_everywhere_leaves_none(client, sign_in):
    person()
    other = type(client)()
    other.post("/accounts/login/", {"login": "13800000001", "password": PASSWORD})
    sign_in()
    assert sound(client.get("/me/sessions/")).count("127.0.0.1") == 2
    client.post("/me/sessions/", {"which": "others"})
    assert other.get("/me/").status_code == 302
    sound(client.get("/me/"))
    client.post("/me/sessions/", {"which": "all"})
    assert client.get("/me/").status_code == 302


def test_the_keeper_records_a_consent_by_the_villager_s_code(client, station, sent):
    _place, keeper = station
    villager = party(kind="grower", name="示例向文", natural_person=True)
    appointed(Role.FARMER, phone="13800000008", party=villager)
    client.post("/accounts/login/", {"login": keeper.phone, "password": PASSWORD})
    sound(client.get("/me/consents/"))
    facts = {"villager": villager.code, "scopes": ["production"], "starts": clock.today(), "ends": clock.today()}
    answer = client.post("/me/consents/", facts)
    assert answer.status_code == 422
    answer = client.post("/me/consents/", {**facts, "phone": "13800000008"})
    sound(client.get(answer["Location"]))
    client.post(answer["Location"], {"code": code_in(sent[-1][1])})
    given = Consent.objects.living(clock.today()).get()
    assert "示例向文" in sound(client.get("/me/roles/"))
    client.post(f"/me/consents/{given.pk}/withdraw/")
    assert not Consent.objects.living(clock.today()).exists()


def test_the_auditor_filters_and_takes_away_deeds_and_that_too_is_a_deed(client, sign_in):
    appointed(Role.AUDITOR)
    sign_in()
    record_deed(verb="trade.weigh", by=actor(Role.MARKET_KEEPER), at=clock.now())
    page = sound(client.get("/deeds/?verb=weigh"))
    assert "trade.weigh" in page
    assert "people.signed_in" not in page
    assert client.get("/deeds/?since=nonsense").status_code == 422
    answer = client.get("/deeds.xlsx?verb=weigh")
    rows = list(load_workbook(BytesIO(answer.content)).active.values)
    assert len(rows) == 2
    assert Deed.objects.filter(verb="people.deeds_exported").count() == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1"])
def test_no_cell_is_a_formula(text):
    assert harmless(text) == f"'{text}"
    assert harmless("示例") == "示例"


def test_list_pages_take_a_constant_number_of_queries(client, sign_in, django_assert_max_num_queries):
    appointed(Role.ADMINISTRATOR)
    sign_in()
    farm = party()
    for number in range(12):
        appointed(Role.FARMER, phone=f"139000000{number:02d}", party=farm)
    with django_assert_max_num_queries(9):
        client.get("/people/")
