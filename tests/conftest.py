"""What all tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils import translation

from tiantou.kernel.actor import STRANGER, Actor


@pytest.fixture(scope="session", autouse=True)
def _journals_may_be_emptied_between_tests():
    """Tests that commit empty all tables afterwards; journals refuse that, so their triggers rest for that one moment."""
    with pytest.MonkeyPatch.context() as patch:
        flush = DatabaseOperations.execute_sql_flush

        def execute(self, statements):
            quiet = ["SET session_replication_role = replica", *statements, "SET session_replication_role = DEFAULT"]
            return flush(self, quiet)

        patch.setattr(DatabaseOperations, "execute_sql_flush", execute)
        yield


class ActAs:
    """Stands where the sign-in stands: takes the actor of the test instead of that of a session."""

    actor: Actor = STRANGER

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = ActAs.actor
        return self.get_response(request)


@pytest.fixture
def visit(settings):
    """`visit(actor)` gives a client that acts as that actor from now on."""
    settings.MIDDLEWARE = [f"{__name__}.ActAs" if "ActorMiddleware" in name else name for name in settings.MIDDLEWARE]

    def as_actor(actor: Actor = STRANGER) -> Client:
        ActAs.actor = actor
        return Client(raise_request_exception=False)

    yield as_actor
    ActAs.actor = STRANGER
    translation.deactivate()
