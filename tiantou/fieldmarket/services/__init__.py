"""The verbs of the field market, by step: `gate`, `sorting`, `packing`, `cold`, `prices`."""

from tiantou.fieldmarket.services.cold import open_room, read_temperature, stow, take_out
from tiantou.fieldmarket.services.gate import CommitmentMissing, take_in
from tiantou.fieldmarket.services.packing import pack, run_packing
from tiantou.fieldmarket.services.prices import quote_price
from tiantou.fieldmarket.services.sorting import grade, run_grading

__all__ = [
    "CommitmentMissing",
    "grade",
    "open_room",
    "pack",
    "quote_price",
    "read_temperature",
    "run_grading",
    "run_packing",
    "stow",
    "take_in",
    "take_out",
]
