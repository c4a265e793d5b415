"""Public pages of the opinion: its articles with counts, and each article with what serves each of its items."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tiantou.kernel.access import PUBLIC
from tiantou.kernel.errors import Absent
from tiantou.kernel.labels import label
from tiantou.kernel.web import Request, page
from tiantou.portal import opinion

#: Shape beside the word for each stand.
SHAPES = {opinion.Stand.SERVED: "ok", opinion.Stand.TRACKED: "info", opinion.Stand.NOT_YET: "none"}


@page("opinion/", name="opinion", access=PUBLIC)
def overview(request: Request) -> HttpResponse:
    """All articles, and how much of each is served."""
    found = opinion.items()
    rows = [
        {
            "number": article.number,
            "names": article.names,
            "href": reverse("portal:article", args=[article.number]),
            "served": article.count(opinion.Stand.SERVED),
            "tracked": article.count(opinion.Stand.TRACKED),
            "not_yet": article.count(opinion.Stand.NOT_YET),
            "total": len(article.items),
        }
        for article in opinion.articles(found)
    ]
    context = {"opinion": opinion.source(), "report": opinion.report(found), "rows": rows}
    return render(request, "portal/opinion.html", context)


@page("opinion/<int:number>/", name="article", access=PUBLIC)
def article(request: Request, number: int) -> HttpResponse:
    """Every item of one article: its stand and links to what serves it."""
    found = next((each for each in opinion.articles() if each.number == number), None)
    if found is None:
        raise Absent(_("意见没有这一条。"))
    numbers = sorted(opinion.source()["articles"])
    near = {
        "before": number - 1 if number - 1 in numbers else None,
        "after": number + 1 if number + 1 in numbers else None,
    }
    rows = [
        (item, SHAPES[item.stand], [(each, str(opinion.SORTS[each.sort])) for each in item.surfaces])
        for item in found.items
    ]
    counts = {stand.value: found.count(stand) for stand in opinion.Stand}
    context = counts | {"article": found, "heading": heading(number, label(found.names)), "rows": rows, **near}
    return render(request, "portal/article.html", context)


def heading(number: int, name: str) -> str:
    """`第 9 条 田头市场与加工`; the head has no number."""
    return _("第 {n} 条 · {name}").format(n=number, name=name) if number else name
