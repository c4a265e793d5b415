"""The checker itself: it sees planted faults, and a page that never came is not a faultless one."""

from __future__ import annotations

import http.server
import threading
from datetime import UTC, datetime

import pytest
from django.db import connections

from tests.pages.browser import faults_of
from tiantou.kernel.actor import SYSTEM
from tiantou.kernel.models import Deed
from tiantou.kernel.verbs import record_deed

pytestmark = pytest.mark.browser

GOOD = '<!doctype html><html lang="en"><title>A</title><main><h1>A</h1><p>Words.</p></main></html>'
FAULTS = {
    "axe": GOOD.replace("Words.", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">'),
    "h1": GOOD.replace("<h1>A</h1>", "<h1>A</h1><h1>B</h1>"),
    "scrolls sideways": GOOD.replace("<p>", '<p style="width:3000px">'),
    "console": GOOD.replace("<p>", "<script>console.error('x')</script><p>"),
    "script": GOOD.replace("<p>", "<script>absent()</script><p>"),
    "did not load": GOOD.replace("<p>", '<script src="http://127.0.0.1:9/x.js"></script><p>'),
    "another host": GOOD.replace("<p>", '<script src="http://127.0.0.1:9/x.js"></script><p>'),
}


@pytest.fixture
def serve():
    """Serves one body at any path with a strict policy where asked."""
    answers = {"body": "", "status": 200, "policy": ""}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            icon = self.path == "/favicon.ico"
            self.send_response(204 if icon else answers["status"])
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if answers["policy"]:
                self.send_header("Content-Security-Policy", answers["policy"])
            self.end_headers()
            if not icon:
                self.wfile.write(answers["body"].encode())

        def log_message(self, *args):
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield answers, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_sound_page_has_no_faults(serve, page):
    answers, url = serve
    answers["body"] = GOOD
    assert faults_of(page, url, "A") == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(serve, page, fault):
    answers, url = serve
    answers["body"] = FAULTS[fault]
    assert any(line.startswith(fault) for line in faults_of(page, url, "A"))


def test_what_the_content_security_policy_refuses_is_seen(serve, page):
    answers, url = serve
    answers |= {"body": GOOD.replace("<p>", '<p style="color:red">'), "policy": "default-src 'none'"}
    assert any("Content Security Policy" in line for line in faults_of(page, url, "A"))


def test_a_sound_page_under_a_strict_policy_is_still_examined(serve, page):
    answers, url = serve
    answers |= {"body": FAULTS["axe"], "policy": "default-src 'none'; img-src data:"}
    assert any(line.startswith("axe image-alt") for line in faults_of(page, url, "A"))


def test_an_error_page_is_not_a_faultless_page(serve, page):
    answers, url = serve
    answers |= {"body": GOOD, "status": 500}
    assert faults_of(page, url, "A") == ["answered 500, not 200"]
    assert faults_of(page, url, "A", status=500) == []


@pytest.mark.django_db
def test_what_the_test_writes_is_in_the_transaction_that_the_page_reads(site, page):
    deeds = Deed.objects.count()
    record_deed(verb="test.looked", by=SYSTEM, at=datetime(2026, 11, 20, 8, tzinfo=UTC))
    assert connections["default"].in_atomic_block
    seen: list[int] = []

    def read() -> None:
        connections["default"] = here
        seen.append(Deed.objects.count())

    here = connections["default"]
    reader = threading.Thread(target=read)
    reader.start()
    reader.join()
    assert seen == [deeds + 1]
    assert page.goto(f"{site}/livez").status == 200
