"""Signing in by phone: with a code, with a password, with a second factor; and how often one may try."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from tests.people.conftest import PASSWORD, PHONE, appointed, code_in, person
from tiantou.kernel import clock
from tiantou.kernel.actor import Role
from tiantou.kernel.models import Deed
from tiantou.people.models import Appointment, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def later(monkeypatch):
    """Moves the clock that limits read."""
    moved = timedelta()
    real = clock.now

    def move(**span):
        nonlocal moved
        moved += timedelta(**span)
        monkeypatch.setattr(clock, "now", lambda: real() + moved)

    return move


def signed_in(client):
    return "_auth_user_id" in client.session


def test_a_known_phone_signs_in_with_the_code_it_was_sent(client, sent):
    person()
    answer = client.post("/accounts/login/", {"login": "138 0000 0001", "next": "/me/"})
    assert answer.status_code == 302
    assert sent[0][0] == PHONE
    page = client.get(answer["Location"])
    assert "138****0001" in page.content.decode()
    answer = client.post(answer["Location"], {"code": code_in(sent[0][1])})
    assert signed_in(client)
    assert answer["Location"] == "/me/"
    assert Deed.objects.filter(verb="people.signed_in").count() == 1


def test_a_wrong_code_does_not_and_is_on_record(client, sent):
    person()
    client.post("/accounts/login/", {"login": PHONE})
    right = code_in(sent[0][1])
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    page = client.post("/accounts/login/code/confirm/", {"code": wrong})
    assert not signed_in(client)
    assert "验证码不对" in page.content.decode()
    assert Deed.objects.get(verb="people.sign_in_failed").detail["phone"] == "138****0001"


def test_an_unknown_phone_sees_the_same_page_and_gets_a_message_too(client, sent):
    person()
    known = client.post("/accounts/login/", {"login": PHONE})
    first = client.get(known["Location"]).content.decode()
    client.cookies.clear()
    unknown = client.post("/accounts/login/", {"login": "13800000002"})
    second = client.get(unknown["Location"]).content.decode()
    assert len(sent) == 2
    assert _plain(first) == _plain(second.replace("138****0002", "138****0001"))


def _plain(page):
    return re.sub(r'(value|nonce|content)="[^"]*"', "", page)


def test_a_password_signs_in_at_once_and_changes_the_session_key(client, sign_in):
    person()
    client.get("/accounts/login/")
    client.session.save()
    before = client.session.session_key
    assert sign_in()["Location"] == "/workbench/"
    assert signed_in(client)
    assert client.session.session_key != before


@pytest.mark.parametrize(("phone", "password"), [(PHONE, "not the password"), ("13800000002", PASSWORD)])
def test_a_wrong_password_and_an_unknown_phone_read_alike(client, sign_in, phone, password):
    person()
    page = sign_in(phone, password)
    assert not signed_in(client)
    assert "手机号或密码不对" in page.content.decode()


def test_the_sixth_wrong_password_is_refused_with_a_time_and_the_right_one_enters_after_it(client, sign_in, later):
    person()
    for _ in range(5):
        assert sign_in(password="wrong").status_code == 200
    refused = sign_in()
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 720
    assert not signed_in(client)
    later(seconds=int(refused["Retry-After"]))
    sign_in()
    assert signed_in(client)


def test_signing_in_forgets_the_wrong_tries_before(client, sign_in):
    person()
    for _ in range(4):
        sign_in(password="wrong")
    sign_in()
    client.post("/accounts/logout/")
    for _ in range(5):
        assert sign_in(password="wrong").status_code == 200


def test_codes_to_one_phone_are_few(client, sent):
    person()
    statuses = []
    for _ in range(5):
        client.cookies.clear()
        statuses.append(client.post("/accounts/login/", {"login": PHONE}).status_code)
    assert statuses == [302, 302, 302, 429, 429]
    assert len(sent) == 3


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_no_address_outside_is_ever_returned_to(client, sign_in, url):
    person()
    assert sign_in(next=url)["Location"] == "/workbench/"


def test_whoever_signs_up_by_phone_is_a_consumer_once_the_code_is_said_back(client, sent):
    answer = client.post("/accounts/signup/", {"phone": "13800000009", "name": "示例刘洋"})
    assert answer["Location"].startswith("/accounts/phone/verify/")
    assert not signed_in(client)
    client.post(answer["Location"], {"code": code_in(sent[0][1])})
    assert signed_in(client)
    made = Person.objects.get(phone="13800000009")
    assert made.phone_verified
    assert [row.role for row in made.appointments.all()] == [Role.CONSUMER]


def test_signing_up_a_phone_that_is_taken_looks_the_same_and_changes_nothing(client, sent):
    person()
    answer = client.post("/accounts/signup/", {"phone": PHONE, "name": "示例别人"})
    assert answer["Location"].startswith("/accounts/phone/verify/")
    assert Person.objects.get().name == "示例周敏"
    assert not Appointment.objects.exists()
    assert "已有账户" in sent[0][1]


def test_a_number_that_is_none_is_told_so(client):
    page = client.post("/accounts/login/", {"login": "12345"})
    assert "11 位手机号" in page.content.decode()


def test_a_disabled_person_cannot_sign_in(client, sign_in):
    Person.objects.filter(pk=person().pk).update(is_active=False)
    sign_in()
    assert not signed_in(client)


def _code(secret):
    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))


def test_with_a_code_generator_the_password_alone_is_not_enough(client, sign_in):
    secret = generate_totp_secret()
    holder = person()
    TOTP.activate(holder, secret)
    assert secret not in str(Authenticator.objects.get().data)
    assert sign_in()["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/accounts/2fa/authenticate/").status_code == 200
    assert not signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": _code(secret)})
    assert signed_in(client)


def test_codes_of_the_generator_cannot_be_guessed_at_length(client, sign_in):
    TOTP.activate(person(), generate_totp_secret())
    sign_in()
    statuses = [client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code for _ in range(6)]
    assert statuses[-1] == 429


def test_an_official_without_a_second_factor_is_led_to_set_it_up_and_then_acts(client, sign_in, settings):
    settings.TIANTOU_REQUIRE_MFA = True
    holder = appointed(Role.AUDITOR)
    sign_in()
    assert client.get("/deeds/").status_code == 403
    assert client.get("/api/v1/people/me").json()["role"] == "consumer"
    assert client.get("/me/").status_code == 200
    again = client.get("/accounts/2fa/totp/activate/")
    client.post(again["Location"], {"password": PASSWORD})
    form = client.get("/accounts/2fa/totp/activate/")
    assert form.status_code == 200
    secret = form.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": _code(secret)})
    assert Authenticator.objects.filter(user=holder, type="totp").exists()
    assert client.get("/deeds/").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/accounts/login/", "/accounts/signup/", "/accounts/inactive/"],
)
def test_the_pages_for_strangers_are_ours_and_carry_no_inline_style(client, path):
    page = client.get(path).content.decode()
    assert "ui/tiantou.css" in page
    assert page.count("<h1") == 1
    assert "style=" not in page
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/",
        "/accounts/password/change/", "/accounts/phone/change/", "/accounts/logout/", "/accounts/reauthenticate/",
    ],
)  # fmt: skip
def test_the_pages_of_the_account_are_ours(client, sign_in, path):
    person()
    sign_in()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "ui/tiantou.css" in page
    assert page.count("<h1") == 1


def test_the_demonstration_shows_the_message_and_nothing_else_does(client, sent, settings):
    person()
    client.post("/accounts/login/", {"login": PHONE})
    assert code_in(sent[0][1]) not in client.get("/accounts/login/code/confirm/").content.decode()
    settings.TIANTOU_DEMO_CODES = True
    client.cookies.clear()
    client.post("/accounts/login/", {"login": PHONE})
    assert code_in(sent[1][1]) in client.get("/accounts/login/code/confirm/").content.decode()
