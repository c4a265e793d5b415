"""A database that is down is a plain 503 that says what happened; when it is back, pages answer without a restart."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from tiantou.config.middleware import FaultMiddleware


def refuse(_request):
    raise OperationalError("could not write: No space left on device")


@pytest.mark.parametrize(("path", "kind"), [("/shop/", "text/html"), ("/api/v1/lots/", "application/problem+json")])
def test_a_refusing_database_is_a_503_with_retry_after(path, kind):
    answer = FaultMiddleware(refuse)(RequestFactory().get(path))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert answer["Content-Type"].startswith(kind)


def test_other_errors_are_not_called_unavailable():
    def broken(_request):
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - that it passes through is the point
        FaultMiddleware(broken)(RequestFactory().get("/"))


class BrokenMiddleware:
    """Stands where the sign-in stands and finds the database away."""

    def __init__(self, get_response):
        pass

    def __call__(self, request):
        raise OperationalError("the database system is in recovery mode")


@pytest.mark.parametrize("path", ["/", "/api/v1/lots/"])
def test_a_database_that_is_away_in_a_middleware_is_a_503_too(path, settings):
    settings.MIDDLEWARE = ["tiantou.config.middleware.FaultMiddleware", f"{__name__}.BrokenMiddleware"]
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"


def test_livez_needs_no_database():
    assert Client().get("/livez").status_code == 200


@pytest.mark.django_db
def test_readyz_is_200_with_a_current_schema():
    assert Client().get("/readyz").json() == {"status": "ok", "database": "ok", "migrations": 0}
