"""Every URL and API operation says who may come in, the reviewed table says the same, and the door itself keeps to it."""

import pytest
from django.test import RequestFactory

from tiantou.config import urls  # noqa: F401 - loads every page
from tiantou.kernel.access import PUBLIC, allow
from tiantou.kernel.actor import SYSTEM, Actor, Role
from tiantou.kernel.errors import NotPermitted
from tiantou.kernel.web import PAGES
from tools import access

#: Doors of libraries, which cannot carry our declaration: each was looked at. The views themselves ask for sign-in where said.
FOREIGN = {
    "api:openapi-json": "everybody: the description of the API is public",
    "api:api-root": "everybody: a name for the prefix, answers 404",
    "account_login": "everybody",
    "account_signup": "everybody",
    "account_logout": "everybody: ends the own session, by POST only",
    "account_inactive": "everybody: says that an account is disabled",
    "account_confirm_login_code": "whoever was sent a code, by session",
    "account_verify_phone": "whoever was sent a code, by session",
    "account_request_login_code": "everybody: leads to sign-in",
    "account_reset_password": "everybody: leads to sign-in",
    "account_email": "everybody: leads to the own page",
    "account_reauthenticate": "signed in",
    "account_change_password": "signed in",
    "account_set_password": "signed in",
    "account_change_phone": "signed in",
    "mfa_index": "signed in",
    "mfa_authenticate": "whoever passed the first step, by session",
    "mfa_reauthenticate": "signed in",
    "mfa_activate_totp": "signed in, proven once more",
    "mfa_deactivate_totp": "signed in, proven once more",
    "mfa_view_recovery_codes": "signed in, proven once more",
    "mfa_generate_recovery_codes": "signed in, proven once more",
    "mfa_download_recovery_codes": "signed in, proven once more",
    "mfa_list_webauthn": "signed in",
    "mfa_add_webauthn": "signed in, proven once more",
    "mfa_edit_webauthn": "signed in: own keys only",
    "mfa_remove_webauthn": "signed in, proven once more: own keys only",
    "mfa_reauthenticate_webauthn": "signed in",
    "mfa_login_webauthn": "everybody: sign-in by passkey",
}
ROLES = [role for role in Role if role is not Role.SYSTEM]


def actor(role):
    return Actor(role=role, person_id=None if role is Role.STRANGER else 1, name="示例")


def test_every_door_declares_who_may_come_in():
    undeclared = [
        f"{door.name} at /{door.route}" for door in access.doors() if door.access is None and door.name not in FOREIGN
    ]
    assert not undeclared, "declare access=… (pages) or auth=admits(…) (API), or review it into FOREIGN:\n" + "\n".join(
        undeclared
    )


def test_the_list_of_foreign_doors_names_only_doors_that_exist():
    assert FOREIGN.keys() - {door.name for door in access.doors()} == set()


def test_the_reviewed_table_and_the_declarations_agree():
    found = access.differences(access.table(), access.reviewed())
    assert not found, "review, then run `.venv/bin/python tools/access.py write`:\n" + "\n".join(found)


def test_the_table_shows_a_door_added_dropped_or_opened_further():
    reviewed = {"a": "auditor", "b": "everybody"}
    declared = {"a": access.words(allow(Role.AUDITOR, Role.BANK)), "c": access.words(PUBLIC)}
    assert access.differences(declared, reviewed) == [
        "a: opens to [auditor bank], reviewed was [auditor]",
        "b: in the table (everybody), but no longer in the code",
        "c: new, opens to everybody",
    ]


def test_names_of_pages_are_used_once():
    names = [f"{page.package}:{page.name}" for page in PAGES]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def enters(page, role):
    """Whether the page's own door lets the role through to what lies behind it, which is not run."""
    request = RequestFactory().generic(min(page.methods - {"HEAD"}), f"/{page.route}")
    request.actor = actor(role)
    try:
        answer = page.view(request, **{"no such argument": 1})
    except NotPermitted:
        return False
    except TypeError as missing:  # the function itself was called, with an argument that it does not take
        return "no such argument" in str(missing)
    assert answer.status_code == 302
    assert role is Role.STRANGER
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.package}:{page.name}")
def test_the_door_of_a_page_lets_in_exactly_the_declared_roles(page):
    assert [role for role in ROLES if enters(page, role)] == [role for role in ROLES if page.access.admits(actor(role))]


def test_the_door_of_an_operation_lets_in_exactly_the_declared_roles():
    wrong = []
    for door in access.operations():
        for role in ROLES if door.access is not None else ():
            request = RequestFactory().get(f"/{door.route}")
            request.actor = actor(role)
            try:
                entered = door.view(request) is not None
            except NotPermitted:
                entered = False
            if entered != door.access.admits(actor(role)):
                wrong.append(f"{door.name}: {role}")
    assert wrong == []


def test_only_the_system_comes_in_everywhere():
    assert all(page.access.admits(SYSTEM) for page in PAGES)
