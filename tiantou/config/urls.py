"""Every URL: the pages and routers that the packages declare, sign-in, and the two health addresses."""

from __future__ import annotations

from collections import defaultdict

from django.urls import URLPattern, URLResolver, include, path

from tiantou.config import discovery
from tiantou.config.api import API
from tiantou.config.health import livez, readyz
from tiantou.kernel.web import PAGES

discovery.modules("pages")

_by_package: dict[str, list[URLPattern]] = defaultdict(list)
for _page in PAGES:
    _by_package[_page.package].append(path(_page.route, _page.view, name=_page.name))

#: Django asks it for every error that nobody caught.
handler500 = "tiantou.config.middleware.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("api/v1/", API.urls),
    path("accounts/", include("tiantou.people.urls_allauth")),
    *(path("", include((patterns, package), namespace=package)) for package, patterns in _by_package.items()),
]
