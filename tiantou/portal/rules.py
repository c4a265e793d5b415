"""Which of several links answers a request best. Pure.

Source: GS1-Conformant Resolver Standard 1.0 (the requested type, then language, media type and context; the default otherwise).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

VOCABULARY = "https://ref.gs1.org/voc/"
DEFAULT, DEFAULT_MULTI = "defaultLink", "defaultLinkMulti"
_WRITTEN = ("gs1:", VOCABULARY, "https://gs1.org/voc/", "https://www.gs1.org/voc/", "http://gs1.org/voc/")


@dataclass(frozen=True, slots=True)
class Target:
    """One link: its type (a name of the GS1 Web vocabulary), where it leads, and what is known of what is there."""

    type: str
    href: str
    title: str
    media: str = ""
    languages: tuple[str, ...] = ()
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for; media types and languages in the order of liking."""

    type: str = ""
    media: Sequence[str] = ()
    languages: Sequence[str] = ()
    context: str = ""


def link_type(text: str) -> str:
    """The vocabulary's name of a link type written as `gs1:pip` or as its address; "" for another vocabulary's."""
    return next((text.removeprefix(prefix) for prefix in _WRITTEN if text.startswith(prefix)), "")


def choose(targets: Iterable[Target], wish: Wish) -> list[Target]:
    """The link that fits best; several where nothing that is said of them tells them apart.

    Context, language and media type each narrow the choice if something fits them, and are passed over if nothing does. Of links
    that differ in what is said of them, but not in what was asked, the first is taken.
    """
    left = [each for each in targets if each.type == wish.type]
    if wish.context:
        left = _narrow(left, [lambda each: wish.context in each.context])
    left = _narrow(left, [_speaks(language) for language in wish.languages])
    left = _narrow(left, [_is(media) for media in wish.media])
    alike = [each for each in left if _said(each) == _said(left[0])]
    return alike if len({each.href for each in alike}) > 1 else alike[:1]


def _said(target: Target) -> tuple[object, ...]:
    return target.media, target.languages, target.context


def _narrow(targets: list[Target], tests: Sequence[Callable[[Target], bool]]) -> list[Target]:
    for test in tests:
        if fitting := [each for each in targets if test(each)]:
            return fitting
    return targets


def _speaks(language: str) -> Callable[[Target], bool]:
    primary = language.lower().partition("-")[0]
    return lambda each: primary == "*" or primary in each.languages


def _is(media: str) -> Callable[[Target], bool]:
    kind, _, sub = media.partition("/")
    return lambda each: each.media == media or (sub == "*" and (kind == "*" or each.media.startswith(f"{kind}/")))


def forwarded(href: str, query: str) -> str:
    """`href` with the query string of the request passed on, in front of its fragment."""
    if not query:
        return href
    address, mark, fragment = href.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{mark}{fragment}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a consumer is told first: `kind` is `ok`, `wait` or `stop`, `word` says why."""

    kind: str
    word: str


def verdict(*, recalled: str, held: bool, failed: bool, revoked: bool, certified: bool, suspicious: bool) -> Verdict:
    """The gravest thing that is known. Only goods with a standing certificate and nothing against them are called good.

    `recalled` is `now` while a recall runs, `before` once it is over: goods still about are no better for that.
    """
    if recalled:
        return Verdict("stop", "recalled" if recalled == "now" else "recalled_before")
    if held:
        return Verdict("stop", "held")
    if failed:
        return Verdict("stop", "failed")
    if suspicious:
        return Verdict("wait", "suspicious")
    if certified:
        return Verdict("ok", "good")
    return Verdict("wait", "revoked" if revoked else "uncertified")
