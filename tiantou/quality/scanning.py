"""A file that somebody hands in becomes the text in it: a credential as it is, a photograph by the code that it shows."""

from __future__ import annotations

import io

import zxingcpp
from django.utils.translation import gettext as _
from PIL import Image

from tiantou.kernel import photos
from tiantou.kernel.errors import Invalid, Problem, TooLarge

MOST_BYTES = photos.MOST_BYTES
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")


def text_of(content: bytes) -> str:
    """The text of a file, or of the QR code in a photograph.

    Raises: TooLarge; Invalid for a photograph without a code that can be read, and for what is neither.
    """
    if len(content) > MOST_BYTES:
        raise TooLarge(_("文件超过 8 MB。"), _("用手机普通清晰度再拍一张。"))
    if content.startswith(_PICTURES):
        return code_in(content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Invalid(
            problems=[Problem("file", _("这个文件读不出文字。"), _("选凭证文件，或二维码的照片。"))]
        ) from fault


def code_in(picture: bytes) -> str:
    """The text of the QR code in a photograph. Raises: TooLarge; Invalid."""
    with Image.open(io.BytesIO(photos.cleaned(picture))) as image:
        found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    for code in found:
        if code.valid and code.text:
            return str(code.text)
    raise Invalid(
        problems=[Problem("file", _("照片里没有看清的二维码。"), _("靠近一点、对准了再拍，或直接输入编号。"))]
    )
