"""Photographs from phones are hostile until decoded and written anew."""

from __future__ import annotations

import io
import warnings

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from tiantou.kernel.errors import Invalid, Problem, TooLarge

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 25_000_000
SIDE = 1280


def cleaned(content: bytes) -> bytes:
    """The picture as a JPEG of at most 1280 pixels a side, upright, without hidden data.

    Raises: TooLarge; Invalid, for what is no JPEG, PNG or WebP picture or would unpack to too many pixels.
    """
    if len(content) > MOST_BYTES:
        raise TooLarge(_("照片超过 8 MB。"), _("用手机普通清晰度再拍一张。"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
                _refuse_bomb(image)
                upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise Invalid(problems=[Problem("photo", _("这不是能用的照片。"), _("请重新拍一张，JPG 或 PNG。"))]) from fault
    upright.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    upright.save(out, "JPEG", quality=80)
    return out.getvalue()


def _refuse_bomb(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise Image.DecompressionBombError
