"""A browser for page tests: requests go through all of the stack, signed in as a given actor by `ActAs`."""

from __future__ import annotations

import json
from contextvars import ContextVar

from django.conf import settings
from django.test import Client, override_settings

from tiantou.kernel.actor import STRANGER, Actor

_ACTOR: ContextVar[Actor] = ContextVar("actor", default=STRANGER)
_SIGN_IN = "tiantou.people.middleware.ActorMiddleware"


class ActAs:
    """Stands where sign-in stands: these tests are about pages, whoever acts."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.actor = _ACTOR.get()
        return self.get_response(request)


class Browser:
    """Asks for pages as one actor."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def raw(self, url, *, expect=200):
        return self._ask("get", url, expect)

    def get(self, url, *, expect=200) -> str:
        return self.raw(url, expect=expect).content.decode()

    def post(self, url, *, expect=303, **data):
        return self._ask("post", url, expect, data)

    def api(self, url, body=None, *, key="", expect=None):
        headers = {"Idempotency-Key": key} if key else {}
        if body is None:
            return self._ask("get", url, expect or 200, headers=headers).json()
        text = json.dumps(body)
        answer = self._ask("post", url, expect or (200, 201), text, content_type="application/json", headers=headers)
        return answer.json()

    def _ask(self, method, url, expect, *args, **options):
        stack = [f"{__name__}.ActAs" if name == _SIGN_IN else name for name in settings.MIDDLEWARE]
        token = _ACTOR.set(self.actor)
        try:
            with override_settings(MIDDLEWARE=stack):
                answer = getattr(Client(), method)(url, *args, **options)
        finally:
            _ACTOR.reset(token)
        if answer.status_code == 303:
            answer.url = answer["Location"]
        allowed = expect if isinstance(expect, tuple) else (expect,)
        assert answer.status_code in allowed, (url, answer.status_code, answer.content.decode(errors="replace")[:3000])
        return answer
