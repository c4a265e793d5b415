"""Paper: sheets and labels as PDF (typst) with Chinese fonts that are checked, and QR codes."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str, *, border: int = 4) -> str:
    """An inline SVG of the QR code of `text` (error correction M, quiet zone of four modules as ISO/IEC 18004 asks)."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=border, dark="#1d2a22", omitsize=True, svgclass="qr", lineclass=None
    )
    return out.getvalue().decode()
