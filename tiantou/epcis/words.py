"""The words of the Core Business Vocabulary (CBV 2.0, chapter 7) in their three spellings: short, URN and web address. Pure.

The lists stand in `epcis.schema.json`, once.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA: dict[str, Any] = json.loads((Path(__file__).parent / "epcis.schema.json").read_text(encoding="utf-8"))
_CBV = "https://ref.gs1.org/cbv/"
_VOC = "https://gs1.org/voc/"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One list of words. `urn` is empty where the standard has no URN form; an `open` list takes words that are not in it."""

    words: frozenset[str]
    urn: str
    web: str
    curie: str
    is_open: bool = False

    def has(self, word: str) -> bool:
        """Whether this is a word of the list, in its short spelling."""
        return word in self.words or (self.is_open and _WORD.fullmatch(word) is not None)


_WORD = re.compile(r"[A-Z][A-Za-z_]*")


def _cbv(name: str, urn: str, web: str) -> Vocabulary:
    urn = f"urn:epcglobal:cbv:{urn}:" if urn else ""
    return Vocabulary(frozenset(SCHEMA["$defs"][f"{name}Word"]["enum"]), urn, f"{_CBV}{web}-", f"cbv:{web}-")


VOCABULARIES = {
    "bizStep": _cbv("bizStep", "bizstep", "BizStep"),
    "disposition": _cbv("disposition", "disp", "Disp"),
    "bizTransaction": _cbv("transactionType", "btt", "BTT"),
    "source": _cbv("partyType", "sdt", "SDT"),
    "destination": _cbv("partyType", "sdt", "SDT"),
    "reason": _cbv("errorReason", "er", "ER"),
    "component": _cbv("component", "", "Comp"),
    "exception": Vocabulary(frozenset(SCHEMA["$defs"]["alertWord"]["enum"]), "", _VOC, "gs1:"),
    # The GS1 Web Vocabulary keeps this list; it grows without EPCIS.
    "measurement": Vocabulary(frozenset(), "", _VOC, "gs1:", is_open=True),
}
#: Spellings that drafts and early examples used for the same words.
_EARLIER = re.compile(
    r"https?://(?:ns|ref)\.gs1\.org/cbv/(?:[A-Za-z]+-)?|https?://(?:www\.|ref\.)?gs1\.org/voc/|urn:gs1:voc:"
)


@functools.lru_cache(maxsize=4096)
def short(vocabulary: str, text: str) -> str:
    """A word as JSON spells it; what is no word of the standard's comes back as it is."""
    if ":" not in text:
        return text
    words = VOCABULARIES[vocabulary]
    for start in (words.urn, words.web, words.curie):
        if start and text.startswith(start) and words.has(text[len(start) :]):
            return text[len(start) :]
    found = _EARLIER.match(text)
    return text[found.end() :] if found and words.has(text[found.end() :]) else text


@functools.lru_cache(maxsize=4096)
def long(vocabulary: str, text: str, *, as_urn: bool) -> str:
    """A word as XML spells it: a URN or a web address; a word without a URN has an address, with the prefix `gs1` or `cbv` as usual."""
    words = VOCABULARIES[vocabulary]
    if not words.has(text):
        return text
    if not as_urn:
        return words.web + text
    return (words.urn or words.curie) + text
