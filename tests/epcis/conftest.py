"""A client of the REST binding, as a party with a token would be one."""

from __future__ import annotations

import json
import urllib.parse

import pytest

from tests import factories
from tiantou.kernel.actor import Role


class Rest:
    """Speaks to `/epcis` with a token."""

    def __init__(self, client):
        self.client = client

    def get(self, path="", headers=None, **parameters):
        query = urllib.parse.urlencode(parameters, doseq=True, quote_via=urllib.parse.quote)
        return self.client.get(f"/epcis/{path}" + (f"?{query}" if query else ""), headers=self._headers(headers))

    def follow(self, address, headers=None):
        return self.client.get(address.removeprefix("http://testserver"), headers=self._headers(headers))

    def post(self, path, body, headers=None, content_type="application/json"):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(f"/epcis/{path}", data, content_type=content_type, headers=self._headers(headers))

    def delete(self, path, headers=None):
        return self.client.delete(f"/epcis/{path}", headers=self._headers(headers))

    def options(self, path="", headers=None):
        return self.client.options(f"/epcis/{path}", headers=self._headers(headers))

    def events(self, path="events", **parameters):
        """The events of an answer, over all of its pages."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.content
        found = events_of(answer)
        while "Link" in answer:
            answer = self.follow(next_of(answer))
            assert answer.status_code == 200, answer.content
            found += events_of(answer)
        return found

    def ids(self, path="events", **parameters):
        return [event["eventID"] for event in self.events(path, **parameters)]

    @staticmethod
    def _headers(headers):
        return {"Authorization": "Bearer of-the-test", **(headers or {})}


def events_of(answer):
    return json.loads(answer.content)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def next_of(answer):
    address, _, relation = answer["Link"].partition(">; ")
    assert relation == 'rel="next"'
    return address.removeprefix("<")


def fault_of(answer):
    body = json.loads(answer.content)
    assert answer["Content-Type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    return body["type"].removeprefix("epcisException:")


@pytest.fixture
def party():
    return factories.party()


@pytest.fixture
def rest(visit, party):
    return Rest(visit(factories.actor(Role.MARKET_KEEPER, party=party)))
