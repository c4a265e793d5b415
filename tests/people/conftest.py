import re

import pytest

from tests.factories import AT, party, site
from tiantou.kernel import clock
from tiantou.kernel.actor import SYSTEM, Role
from tiantou.people import services

PHONE = "13800000001"
PASSWORD = "shili-tiantou-2026"


@pytest.fixture
def sent(monkeypatch, settings):
    """The messages that a gateway of ours was given."""
    Mailbox.messages = []
    settings.TIANTOU_SMS = "tests.people.conftest.Mailbox"
    return Mailbox.messages


class Mailbox:
    """A gateway that keeps what it was given."""

    messages: list = []  # noqa: RUF012 - emptied by the fixture

    def send(self, *, phone, text):
        self.messages.append((phone, text))


def code_in(text):
    return re.search(r"\d{6}", text)[0]


def person(phone=PHONE, name="示例周敏", password=PASSWORD):
    made = services.enrol_person(by=SYSTEM, at=AT, phone=phone, name=name)
    return services.set_password(by=SYSTEM, at=AT, person=made, password=password)


def appointed(role, *, phone=PHONE, at=None, **facts):
    """A person with a password, appointed as of now or `at`."""
    holder = person(phone)
    services.appoint(by=SYSTEM, at=at or clock.now(), person=holder, role=role, **facts)
    return holder


@pytest.fixture
def office(settings):
    """Officials act without a second factor, as in the demonstration."""
    settings.TIANTOU_REQUIRE_MFA = False


@pytest.fixture
def sign_in(client):
    def do(phone=PHONE, password=PASSWORD, **more):
        return client.post("/accounts/login/", {"login": phone, "password": password, **more})

    return do


@pytest.fixture
def station():
    owner = party(kind="ecommerce_firm", name="示例服务站公司")
    place = site(kind="village_station", name="示例村级站", holder=owner)
    keeper = appointed(Role.STATION_KEEPER, phone="13800000005", party=owner, site=place)
    return place, keeper
