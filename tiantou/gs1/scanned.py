"""What a scanner, a camera or a person gives, whichever of the forms of GS1 it has, as one EPC URN. Pure."""

from __future__ import annotations

from tiantou.gs1 import compression, digital_link, elements, identifiers
from tiantou.gs1.application_identifiers import Malformed


def epc(text: str) -> str:
    """The EPC URN of a piece, lot, crate or place.

    Read are URNs, Digital Links below any address and compressed ones, element strings with brackets or as a bar code carries them
    (with FNC1), and a bare SSCC. Raises: ValueError.
    """
    try:
        return identifiers.epc(text)
    except ValueError:
        pass
    return identifiers.epc(_path(text.strip()))


def _path(text: str) -> str:
    """The part of a Digital Link's path that an EPC is made of."""
    try:
        link = _link(text) if "://" in text else digital_link.build(elements.read(text))
    except Malformed as fault:
        raise ValueError(text) from fault
    key, value = link.key
    wanted = "21" if link.value("21") else "10"
    qualifier = {"01": wanted, "414": "254"}.get(key, "")
    held = link.value(qualifier)
    return f"/{key}/{value}" + (f"/{qualifier}/{digital_link.escape(held)}" if held else "")


def _link(text: str) -> digital_link.Link:
    try:
        return digital_link.parse(text.rstrip("/"))
    except Malformed:
        return compression.expand(text.rstrip("/"))
