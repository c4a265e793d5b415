"""Search tokens for Chinese names: what is stored beside a row, and what a query needs to find there.

A name is stored as single characters and pairs of characters, its words and digits, and its pinyin as syllables, pairs of
syllables and pairs of initials; so 脐橙, qicheng, fjqc and 奉节 all find 奉节脐橙 through one GIN index, without a
database extension. Pairs may match a name in which they stand apart; ranking puts exact names first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import count, pairwise

from django.db.models import Case, IntegerField, Q, Value, When

#: What fits into one element of a `tokens` array.
TOKEN_LENGTH = 40
_WORDS_IN_A_QUERY = 8
_LONGEST_WORD = 80
_READINGS = 6
_SHORTEST_PREFIX, _LONGEST_PREFIX = 3, 12

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES = re.compile(rf"[{_HAN}]+|[a-z]+|[0-9]+")
_INITIALS = [
    "zh",
    "ch",
    "sh",
    "b",
    "p",
    "m",
    "f",
    "d",
    "t",
    "n",
    "l",
    "g",
    "k",
    "h",
    "j",
    "q",
    "x",
    "r",
    "z",
    "c",
    "s",
    "y",
    "w",
]
_FINALS = [
    "iang",
    "iong",
    "uang",
    "ang",
    "eng",
    "ing",
    "ong",
    "ian",
    "iao",
    "uai",
    "uan",
    "van",
    "ai",
    "an",
    "ao",
    "ei",
    "en",
    "er",
    "ia",
    "ie",
    "in",
    "iu",
    "ou",
    "ua",
    "ue",
    "ui",
    "un",
    "uo",
    "ve",
    "vn",
    "a",
    "e",
    "i",
    "o",
    "u",
    "v",
]
#: Syllables without an initial; the finals that only some initials take.
_BARE = frozenset(["a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "er", "o", "ou"])
_ONLY_AFTER = {"er": "", "o": "bpmfwy", "v": "nl", "ve": "nl", "vn": "nl"}
_SYLLABLES = _BARE | {
    initial + final for initial in _INITIALS for final in _FINALS if initial in _ONLY_AFTER.get(final, initial)
}
_BEGINNINGS = frozenset(syllable[:n] for syllable in _SYLLABLES for n in range(1, len(syllable) + 1))
_LONGEST_SYLLABLE = 6
#: Letters that were never meant as pinyin (aoaoao…vv) must not be read in all ways.
_STEPS = 2000


def normal(text: str) -> str:
    """The text as it is compared: full-width forms narrowed (NFKC), lower case, no space at the ends."""
    return unicodedata.normalize("NFKC", text).lower().strip()


def tokens(*texts: str) -> list[str]:
    """All search tokens of some texts (a name in both languages, an alias), sorted, each once."""
    found: set[str] = set()
    for text in texts:
        for piece in _PIECES.findall(normal(text or "")):
            found.update(_stored(piece))
    return sorted(found)


def query_tokens(q: str) -> list[list[list[str]]]:
    """What a query needs: for each of its words the readings of which one must hold, each a list of tokens all needed.

    A word of Latin letters may be a word or the beginning of one, pinyin, or initials of pinyin.
    """
    words = _PIECES.findall(normal(q))[:_WORDS_IN_A_QUERY]
    return [_readings(word[:_LONGEST_WORD]) for word in words]


def matching(q: str, field: str = "tokens") -> Q:
    """A condition on an array field of tokens; a query without a letter, digit or character matches nothing."""
    words = query_tokens(q)
    if not words:
        return Q(pk__in=[])
    condition = Q()
    for readings in words:
        either = Q()
        for needed in readings:
            either |= Q(**{f"{field}__contains": needed})
        condition &= either
    return condition


def rank(q: str, name: str = "name", code: str = "code") -> Case:
    """0 for a row of exactly this name or code, 1 where the name or the code begins so, 2 for all others: order by it first."""
    q = q.strip()
    return Case(
        When(Q(**{name: q}) | Q(**{code: q.upper()}), then=Value(0)),
        When(Q(**{f"{name}__startswith": q}) | Q(**{f"{code}__startswith": q.upper()}), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def _stored(piece: str) -> Iterator[str]:
    if piece[0].isascii():
        yield piece[:TOKEN_LENGTH]
        if piece[0].isalpha():
            yield from (piece[:n] for n in range(_SHORTEST_PREFIX, min(len(piece), _LONGEST_PREFIX)))
        return
    yield from piece
    yield from _pairs(piece)
    syllables = _pinyin(piece)
    yield from syllables
    yield from (left + right for left, right in pairwise(syllables))
    yield from _pairs("".join(syllable[0] for syllable in syllables))


def _pairs(text: str) -> Iterator[str]:
    return (left + right for left, right in pairwise(text))


def _pinyin(han: str) -> list[str]:
    """The syllables of a run of characters, read by phrase (重庆 chongqing), without tones; unreadable ones left out."""
    from pypinyin import lazy_pinyin  # loads its dictionaries: only where something is written or a Han query comes

    return [syllable[: TOKEN_LENGTH // 2] for syllable in lazy_pinyin(han, errors="ignore") if syllable]


def _readings(word: str) -> list[list[str]]:
    if not word[0].isascii():
        return [list(_pairs(word)) if len(word) > 1 else [word]]
    readings = [[word[:TOKEN_LENGTH]]]
    if word.isalpha() and len(word) > 1:
        readings += [[a + b for a, b in pairwise(way)] or [way[0]] for way in segmentations(word)]
        readings.append(list(_pairs(word)))
    return [reading for n, reading in enumerate(readings) if reading not in readings[:n]]


@lru_cache(maxsize=2048)
def segmentations(letters: str) -> tuple[tuple[str, ...], ...]:
    """Up to six ways to read letters as pinyin, longest syllables first (xian: xian, xi an).

    Letters that are still being typed (fengjieqich) are read as far as their last complete syllable.
    """
    whole: list[tuple[str, ...]] = []
    begun: list[tuple[str, ...]] = []
    steps = count()

    def walk(start: int, way: tuple[str, ...]) -> None:
        rest = letters[start:]
        if next(steps) > _STEPS:
            return
        if not rest:
            whole.append(way)
        elif way and rest in _BEGINNINGS:
            begun.append(way)
        for length in range(min(len(rest), _LONGEST_SYLLABLE), 0, -1):
            if len(whole) < _READINGS and rest[:length] in _SYLLABLES:
                walk(start + length, (*way, rest[:length]))

    walk(0, ())
    return tuple(whole[:_READINGS]) or tuple(begun[:2])
