"""The language switch and the gallery of components."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt

from tiantou.kernel.access import PUBLIC
from tiantou.kernel.web import Request, page, see_other
from tiantou.ui import gallery

YEAR = 365 * 24 * 3600


# Exempt: it changes nothing but the language of the browser that sends it, and so public pages need no cookie.
@page("language/", name="language", access=PUBLIC, methods=("POST",))
@csrf_exempt
def language(request: Request) -> HttpResponse:
    """From now on this browser reads the chosen language; back to the page it came from."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = see_other(target)
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=YEAR,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=True,
        )
    return response


@page("ui/", name="gallery", access=PUBLIC)
def show_gallery(request: Request) -> HttpResponse:
    """Every component with its examples."""
    return render(
        request, "ui/gallery.html", {"components": gallery.components(request), "icons": gallery.icon_names()}
    )
