"""What a client wishes by its headers, and what a server of EPCIS 2.0 says of itself by its own. Pure but for the request.

Headers that a client leaves out have the standard's defaults: no client in use sends them all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest

from tiantou import __version__
from tiantou.epcis.errors import NotAcceptable, UnsupportedMediaType
from tiantou.trace.rules import EXTENSIONS

JSON = "application/json"
JSON_LD = "application/ld+json"
XML = "application/xml"
TEXT_XML = "text/xml"
FORMS = (JSON, JSON_LD, XML, TEXT_XML)
_PROBLEMS = {"application/problem+json": JSON, "application/problem+xml": XML}

VERSION = "2.0.0"
#: What is read; answers are always 2.0.
_READ_EPCIS = frozenset({"2", "2.0", "2.0.0", "2.0.1", "1.2", "1.2.0", "1.1", "1.1.0"})
_READ_CBV = _READ_EPCIS
EPC_FORMATS = ("No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates")
CBV_FORMATS = ("No_Preference", "Always_Web_URI", "Always_URN", "Never_Translates")


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the client wants its answer."""

    form: str = JSON
    epc_format: str = "Always_GS1_Digital_Link"
    cbv_format: str = "No_Preference"
    #: Prefixes of extension fields, as the header GS1-Extensions explains them.
    spaces: Mapping[str, str] = field(default_factory=dict)

    @property
    def xml(self) -> bool:
        """Whether the answer is XML."""
        return self.form in {XML, TEXT_XML}


def wishes(request: HttpRequest) -> Wishes:
    """What the request's headers wish. Raises: NotAcceptable."""
    headers = request.headers
    form = best(headers.get("Accept", ""), FORMS)
    if form is None:
        raise NotAcceptable(f"Answers come as {', '.join(FORMS)}.")
    for name in ("EPCIS", "CBV"):
        _in_range(headers.get(f"GS1-{name}-Min"), headers.get(f"GS1-{name}-Max"), name)
        if request.method in {"GET", "HEAD"} and (said := headers.get(f"GS1-{name}-Version")) is not None:
            _speaks(name, said, frozenset({"2", "2.0", "2.0.0", "2.0.1"}))
    return Wishes(
        form,
        _one_of("GS1-EPC-Format", headers.get("GS1-EPC-Format"), EPC_FORMATS, "Always_GS1_Digital_Link"),
        _one_of("GS1-CBV-XML-Format", headers.get("GS1-CBV-XML-Format"), CBV_FORMATS, "No_Preference"),
        spaces(headers.get("GS1-Extensions", "")),
    )


def best(accept: str, offered: Sequence[str]) -> str | None:
    """The offered form that the client likes best (RFC 9110, 12.5.1); the first offered where nothing is said."""
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    ranges = [(name, weight) for name, weight in ranges if name]
    if not ranges:
        return offered[0] if not accept.strip() else None
    ranked = sorted(offered, key=lambda form: -_liking(form, ranges))
    return ranked[0] if _liking(ranked[0], ranges) > 0 else None


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        if found := re.fullmatch(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", parameter):
            weight = float(found[1])
    return _PROBLEMS.get(name, name), weight


def _liking(form: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the most particular range that covers the form."""
    kind = form.partition("/")[0]
    for covering in (form, f"{kind}/*", "*/*"):
        weights = [weight for name, weight in ranges if name == covering]
        if weights:
            return max(weights)
    return 0.0


def _in_range(low: str | None, high: str | None, name: str) -> None:
    mine = _version(VERSION)
    if (low and _parsed(name, low) > mine) or (high and _parsed(name, high) < mine[: len(_parsed(name, high))]):
        raise NotAcceptable(f"This server speaks {name} {VERSION}.")


def _parsed(name: str, text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4}){0,3}", text):
        raise NotAcceptable(f"“{text[:20]}” is no version of {name}.")
    return _version(text)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _speaks(name: str, said: str, known: frozenset[str]) -> None:
    if said not in known:
        raise NotAcceptable(f"This server speaks {name} {VERSION}, not {said[:20]}.")


def _one_of(name: str, said: str | None, known: Sequence[str], default: str) -> str:
    if said is None:
        return default
    if said not in known:
        raise NotAcceptable(f"{name} takes {', '.join(known)}.")
    return said


def spaces(header: str) -> dict[str, str]:
    """The prefixes of `example=http://ns.example.com/epcis/, other=…`."""
    found = {}
    for part in header.split(","):
        name, equals, uri = part.strip().partition("=")
        if equals and re.fullmatch(r"[A-Za-z][\w.-]*", name) and ":" in uri:
            found[name] = uri.strip()
    return found


def body_form(request: HttpRequest) -> str:
    """The media type of what was sent, which is JSON where nothing is said. Raises: UnsupportedMediaType, NotAcceptable."""
    form = request.headers.get("Content-Type", "").partition(";")[0].strip().lower() or JSON
    if form not in FORMS:
        raise UnsupportedMediaType(f"Documents are read as {', '.join(FORMS)}.")
    for name, known in (("EPCIS", _READ_EPCIS), ("CBV", _READ_CBV)):
        if (said := request.headers.get(f"GS1-{name}-Version")) is not None:
            _speaks(name, said, known)
    return form


def versions() -> dict[str, str]:
    """What every answer says of itself."""
    return {
        "GS1-EPCIS-Version": VERSION,
        "GS1-CBV-Version": VERSION,
        "GS1-Extensions": ", ".join(f"{name}={uri}" for name, uri in EXTENSIONS.items()),
    }


def discovery() -> dict[str, str]:
    """What OPTIONS says of every resource."""
    return versions() | {
        "GS1-EPCIS-Min": VERSION,
        "GS1-EPCIS-Max": VERSION,
        "GS1-CBV-Min": VERSION,
        "GS1-CBV-Max": VERSION,
        "GS1-EPC-Format": ", ".join(EPC_FORMATS),
        "GS1-CBV-XML-Format": ", ".join(CBV_FORMATS),
        "GS1-Vendor-Version": __version__,
    }
