"""Refusals become pages or problem+json; a database that is down or a full disk becomes a plain 503."""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from tiantou.config.api import problem
from tiantou.kernel.errors import Refused, Unavailable

GetResponse = Callable[[HttpRequest], HttpResponse]

#: How a database that is away and a disk that is full show themselves.
_REFUSING = (OperationalError, InterfaceError, OSError)

#: Shown when nothing else can be: no template, no database, no translation is touched.
_PLAIN = (
    '<!doctype html><html lang="zh-Hans"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><title>暂时不能服务 · 田头</title>'
    "<main><h1>暂时不能服务</h1><p>系统现在无法存取数据，刚才的操作没有保存。请过一分钟再试；填好的内容请先不要关闭页面。</p>"
    '<p lang="en">The service cannot reach its data at the moment. Nothing was saved. Please try again in a minute.</p></main></html>'
)


def is_api(request: HttpRequest) -> bool:
    """Whether the client expects problem+json."""
    return request.path.startswith(("/api/", "/epcis"))


class FaultMiddleware:
    """Outermost: 503 with Retry-After while the database or the disk refuses; serving resumes by itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or the plain 503."""
        try:
            return self.get_response(request)
        except _REFUSING:
            return unavailable(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Views' own errors reach us here, before Django turns them into a 500."""
        if isinstance(error, _REFUSING):
            return unavailable(request)
        return None


def server_error(request: HttpRequest) -> HttpResponse:
    """What Django shows for an error that nobody caught: 503 where database or disk refused, in a middleware as well, else 500."""
    if isinstance(sys.exc_info()[1], _REFUSING):
        return unavailable(request)
    return defaults.server_error(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The plain 503."""
    if is_api(request):
        response: HttpResponse = problem(Unavailable(), request.path)
    else:
        response = HttpResponse(_PLAIN, status=503)
    response["Retry-After"] = "60"
    response["Cache-Control"] = "no-store"
    return response


class RefusalMiddleware:
    """Innermost: a refusal that a page did not catch is shown as a page with its reason and remedy."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The refusal as problem+json for the API, as a page otherwise."""
        if not isinstance(error, Refused):
            return None
        if is_api(request):
            return problem(error, request.path)
        return render(request, "ui/refused.html", {"refusal": error}, status=error.status)
