"""Money in whole fen, mass in whole grams, and how they are shown. No floats touch either."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FEN_PER_YUAN = 100
GRAMS_PER_JIN = 500
GRAMS_PER_KG = 1000


def fen(yuan: str | int | Decimal) -> int:
    """Whole fen of an amount in yuan, half a fen rounded up. Raises: decimal.InvalidOperation for what is no number."""
    return int((Decimal(yuan) * FEN_PER_YUAN).quantize(Decimal(1), ROUND_HALF_UP))


def grams(kilograms: str | int | Decimal) -> int:
    """Whole grams of a mass in kilograms, half a gram rounded up."""
    return int((Decimal(kilograms) * GRAMS_PER_KG).quantize(Decimal(1), ROUND_HALF_UP))


def share_fen(amount_fen: int, percent: int) -> int:
    """`percent` of an amount, half a fen rounded up: the one rounding rule for shares of money."""
    return int((Decimal(amount_fen) * percent / 100).quantize(Decimal(1), ROUND_HALF_UP))


def show_yuan(amount_fen: int) -> str:
    """`1,234.50`: yuan with two places and thousands marks."""
    sign = "-" if amount_fen < 0 else ""
    yuan, rest = divmod(abs(amount_fen), FEN_PER_YUAN)
    return f"{sign}{yuan:,}.{rest:02d}"


def show_kg(mass_g: int) -> str:
    """`12.5`: kilograms without trailing zeros, thousands marks, exact."""
    number = Decimal(mass_g) / GRAMS_PER_KG
    text = f"{number:,.3f}".rstrip("0").rstrip(".")
    return text or "0"


def show_jin(mass_g: int) -> str:
    """`25`: jin (500 g) without trailing zeros, exact."""
    number = Decimal(mass_g) / GRAMS_PER_JIN
    text = f"{number:,.3f}".rstrip("0").rstrip(".")
    return text or "0"
