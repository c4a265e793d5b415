"""Pages in a real browser.

    pytestmark = [pytest.mark.browser, pytest.mark.django_db]

    def test_the_lot_page(site, page):
        lot = ...                                   # build with services, as in any test
        enter(page, site, person)                   # only for pages behind sign-in
        check(page, f"{site}/lots/{lot.pk}/", "奉节脐橙 20261120-07")

`site` serves the application on a free port, inside the test's own transaction: what the test builds, the page shows, and
all of it is rolled back (the journals refuse TRUNCATE, so pytest-django's `live_server` cannot be used here). `page` is a fresh
Chromium page with an empty profile. `check` opens the address at 375 and 1280 px and asserts that

- the answer is good (`status=` where another is meant) and there is exactly one h1, with this text;
- axe finds nothing (WCAG 2.0, 2.1 and 2.2, levels A and AA);
- nothing makes the page scroll sideways;
- the console is silent: no script error, nothing refused by the content security policy, nothing that failed to load;
- the page asks no other host.

`weight_of` counts the compressed bytes of a page (public pages stay below 60,000). `TIANTOU_SHOTS=/some/folder` keeps a screenshot of every page checked. The fixtures are those of this folder alone: a second
Chromium of another folder would stand in the way of this one.
"""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test import Client
from playwright.sync_api import Browser, Page, Response, sync_playwright

from tools import messages

__all__ = ["browser", "check", "enter", "faults_of", "page", "site", "weight_of"]

CHROMIUM = next(
    (
        path
        for path in (os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "/usr/bin/chromium-browser")
        if Path(path).is_file()
    ),
    "",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
AXE = settings.ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = {375: 812, 1280: 900}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Tests stay silent."""


class _Server(ThreadedWSGIServer):
    def _close_connections(self):
        """The connection belongs to the test and is closed by it."""


class _OneAtATime(WSGIHandler):
    """Requests share the test's one connection, so each has it for itself; static files do not wait."""

    lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self.lock:
            return super().__call__(environ, start_response)


@pytest.fixture
def site(db) -> Iterator[str]:
    """The address of the application, served within the test's transaction."""
    connection = connections["default"]
    connection.ensure_connection()
    connection.inc_thread_sharing()
    # Outside tests a connection left in a transaction is dropped before the next request; here that transaction is the test's.
    guarded = [signal for signal in (request_started, request_finished) if signal.disconnect(close_old_connections)]
    server = _Server(("127.0.0.1", 0), _Quiet, allow_reuse_address=False, connections_override={"default": connection})
    server.set_app(StaticFilesHandler(_OneAtATime()))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()
    for signal in guarded:
        signal.connect(close_old_connections)
    connection.dec_thread_sharing()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine; `make test` installs it")
    messages.compile_all()
    # Playwright's loop runs in this thread. Django would refuse its ORM there although no coroutine of ours exists, and
    # keeps connections apart for code under a loop: both must be the one connection in whose transaction the test runs.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    connection = connections["default"]
    with sync_playwright() as playwright:
        connections["default"] = connection
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page in a profile of its own, in Chinese."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    yield context.new_page()
    context.close()


def enter(page: Page, site: str, user, **session) -> None:
    """The browser is signed in as `user`; `session` adds values to the session (as signing in with a role does)."""
    client = Client()
    client.force_login(user)
    if session:
        store = client.session
        store.update(session)
        store.save()
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": site,
            }
        ]
    )


def check(page: Page, url: str, h1: str, *, status: int = 200) -> None:
    """The page at `url` is sound at the width of a phone and of a desktop."""
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        assert faults_of(page, url, h1, status=status) == [], f"{url} at {width} px"


def faults_of(page: Page, url: str, h1: str, *, status: int = 200) -> list[str]:
    """What is wrong with the page at `url` in the present viewport, one line each."""
    heard: list[str] = []
    own: list[object] = []  # what this page asked for: the page before it may be left while its icon still loads
    host = urlsplit(url).netloc

    def said(message):
        if message.type in {"error", "warning"} and not (status >= 400 and f"status of {status}" in message.text):
            heard.append(f"console: {message.text}")

    def asked(request):
        own.append(request)
        if urlsplit(request.url).scheme in {"http", "https"} and urlsplit(request.url).netloc != host:
            heard.append(f"another host: {request.url}")

    def lost(request):
        if request in own:
            heard.append(f"did not load: {request.url}")

    listeners = {
        "console": said,
        "request": asked,
        "pageerror": lambda error: heard.append(f"script: {error}"),
        "requestfailed": lost,
    }
    for event, hear in listeners.items():
        page.on(event, hear)
    try:
        response = page.goto(url, wait_until="load")
        # Without this a page that never came would pass as faultless.
        if response is None or response.status != status:
            return [f"answered {response.status if response else 'nothing'}, not {status}"]
        faults = _heading(page, h1) + _width(page) + _axe(page)
        _keep(page, url)
    finally:
        for event, hear in listeners.items():
            page.remove_listener(event, hear)
    return heard + faults


def _heading(page: Page, h1: str) -> list[str]:
    found = [heading.inner_text().strip() for heading in page.locator("h1").all()]
    return [] if found == [h1] else [f"h1: {found}, not [{h1!r}]"]


def _width(page: Page) -> list[str]:
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"scrolls sideways by {over} px"] if over > 0 else []


def _axe(page: Page) -> list[str]:
    if not AXE.exists():
        pytest.fail(f"{AXE} is missing: npm ci")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [
        f"axe {violation['id']}: {violation['help']}: {', '.join(' '.join(node['target']) for node in violation['nodes'][:5])}"
        for violation in result["violations"]
    ]


def _keep(page: Page, url: str) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    if folder := os.environ.get("TIANTOU_SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(
            path=Path(folder) / f"{quote(urlsplit(url).path.strip('/') or 'home', safe='')}-{width}.png", full_page=True
        )


def weight_of(page: Page, url: str) -> int:
    """Bytes of everything the page at `url` loads, each part compressed by gzip."""
    parts: list[Response] = []

    def came(part: Response) -> None:
        parts.append(part)

    page.on("response", came)
    page.goto(url, wait_until="load")
    page.remove_listener("response", came)
    return sum(len(gzip.compress(part.body())) for part in parts if part.ok)
