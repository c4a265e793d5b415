"""A passkey from end to end: made in a browser with a security key, used to sign in, and refused once it is removed."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator

from tests.people.conftest import PASSWORD, PHONE, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def key(page):
    """A security key that Chromium pretends to have, with a finger on it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return session


def test_a_passkey_is_made_and_signs_in_by_itself(site, page, key):
    holder = person()
    here = site.replace("127.0.0.1", "localhost")  # the standard binds a passkey to a name and knows no addresses
    page.goto(f"{here}/accounts/login/")
    page.get_by_label("手机号").fill(PHONE)
    page.locator("summary").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.goto(f"{here}/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url("**/webauthn/add/")
    page.locator("input[name=name]").fill("示例手机")
    passwordless = page.locator("input[name=passwordless]")
    if passwordless.count():
        passwordless.check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "/add/" not in url)
    assert Authenticator.objects.filter(user=holder, type=Authenticator.Type.WEBAUTHN).count() == 1

    page.context.clear_cookies()
    page.goto(f"{here}/accounts/login/?next=/me/")
    page.locator("#passkey_login").click()
    page.wait_for_url(f"{here}/me/")
    assert "138****0001" in page.content()

    Authenticator.objects.filter(user=holder, type=Authenticator.Type.WEBAUTHN).delete()
    page.context.clear_cookies()
    page.goto(f"{here}/accounts/login/?next=/me/")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("#passkey_login").click()
    page.wait_for_load_state()
    page.goto(f"{here}/me/")
    assert "/accounts/login/" in page.url
