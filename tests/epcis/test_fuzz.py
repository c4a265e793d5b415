"""Nothing that a client can send makes the server fail: the standard's own OpenAPI, and parameters of our own invention."""

from __future__ import annotations

import json
import string
import urllib.parse

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shared import shared
from tiantou.epcis.asking.fixed import FIXED
from tiantou.epcis.asking.parse import parse
from tiantou.epcis.errors import EpcisRefused
from tiantou.kernel.actor import SYSTEM

ALLOWED = {"application/json", "application/problem+json", "application/problem+xml", "application/xml", ""}


@pytest.fixture
def application(visit):
    """The platform as a WSGI server calls it; the test's own connection to the database outlives each call, as with Django's client."""
    visit(SYSTEM)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield get_wsgi_application()
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.mark.django_db
def test_the_standards_openapi_draws_no_server_error(application):
    """A few examples of each of its operations; `schemathesis` writes them."""
    import schemathesis
    from schemathesis.generation import GenerationMode

    document = json.loads(shared("conformance/epcis/openapi.json").read_text(), object_hook=_without_patterns)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = application
    schema.config.update(base_url="http://localhost/epcis")
    statuses: dict[tuple[str, str], set[int]] = {}

    def attempt(operation):
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        @settings(
            max_examples=4, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        def try_out(case):
            case.headers["Authorization"] = "Bearer of-the-test"
            answer = case.call(app=application, base_url="http://localhost/epcis")
            statuses.setdefault((operation.method, operation.path), set()).add(answer.status_code)
            assert answer.status_code < 500 or answer.status_code == 501, (case.as_curl_command(), answer.content[:500])

        try_out()

    for result in schema.get_all_operations():
        attempt(result.ok())
    assert len(statuses) >= 60
    assert {200, 204, 404} <= set().union(*statuses.values())


def _without_patterns(node):
    """Its patterns for schedules are no regular expressions of any dialect that a tool knows (`\\g<…>`)."""
    return {name: value for name, value in node.items() if not (name == "pattern" and "\\g<" in str(value))}


NAMES = st.sampled_from(sorted(FIXED)) | st.sampled_from(
    ["EQ_ex:a", "GT_ILMD_ex:a", "EXISTS_INNER_ex:a", "EQ_value_CEL", "GE_quantity_KGM", "EQ_bizTransaction_po", "HASATTR_bizLocation",
     "EQATTR_readPoint_ex:a", "orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken",
     "EQ_SENSORREPORT_ex:a", "EQ_INNER_ILMD_ex:a", "EQ_readPoint_ex:a"]
)  # fmt: skip
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["urn:epc:idpat:sgtin:9521234.*.*", "urn:epc:id:sgtin:9521234.000001.1", "https://id.gs1.org/01/09521234000013", "2026-11-20T00:00:00Z",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e30", "-0", "NaN", "true", "eventTime", "ASC", "%", "\\", "'", '"', "$", "urn:epc:id:sgtin:", "urn:epc:id:sgtin:1", "urn:epc:id:sgtin:..",
     "urn:epc:idpat:sscc:*.*", "urn:epc:idpat:gid:1.*", "urn:epc:idpat:x:*"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(NAMES | st.text(max_size=20), JSON, max_size=4))
@settings(max_examples=300, deadline=None)
def test_every_query_is_read_or_refused(definition):
    try:
        parse(definition)
    except EpcisRefused as refused:
        assert refused.status == 400  # noqa: PT017 - either is right


@pytest.mark.django_db
@given(
    parameters=st.lists(st.tuples(NAMES, TEXTS), max_size=3),
    accept=st.sampled_from(["", "application/xml", "text/plain", "*/*;q=0.2"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_address_is_answered(rest, parameters, accept):
    query = urllib.parse.urlencode(parameters, errors="surrogatepass")
    answer = rest.client.get(
        f"/epcis/events?{query}", headers={"Authorization": "Bearer x", **({"Accept": accept} if accept else {})}
    )
    assert answer.status_code in {200, 400, 406, 413}, answer.content
    assert answer["Content-Type"].partition(";")[0] in ALLOWED


@pytest.mark.django_db
@given(body=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()), path=st.sampled_from(["events", "capture", "queries", "queries/x/subscriptions"]),
       form=st.sampled_from(["application/json", "application/xml", "application/ld+json", "text/xml", "x/y", ""]))  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_body_is_answered(rest, body, path, form):
    answer = rest.post(path, body, content_type=form)
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.content)


@pytest.mark.django_db
@given(value=st.text(alphabet=string.printable + "é田\udcff", min_size=1, max_size=30), kind=st.sampled_from(
    ["events", "epcs", "bizSteps", "readPoints", "bizLocations", "dispositions", "eventTypes", "capture", "queries", "nextPageToken"]))  # fmt: skip
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_name_is_answered(rest, value, kind):
    address = f"{kind}/{urllib.parse.quote(value, safe='', errors='surrogateescape')}"
    for path in (address, f"{address}/events"):
        assert rest.get(path).status_code in {200, 400, 404, 405}
    assert rest.delete(address).status_code in {404, 405}
