"""The verbs of production, by noun: `plots`, `lots`, `holds`, `imports`."""

from tiantou.production.services.holds import LotOnHold, lift_hold, place_hold, require_free
from tiantou.production.services.lots import (
    Output,
    WithinInterval,
    derive_lot,
    derive_lots,
    hand_over,
    harvest,
    next_number,
)
from tiantou.production.services.plots import assign_standard, lay_out_plot, record_work

__all__ = [
    "LotOnHold",
    "Output",
    "WithinInterval",
    "assign_standard",
    "derive_lot",
    "derive_lots",
    "hand_over",
    "harvest",
    "lay_out_plot",
    "lift_hold",
    "next_number",
    "place_hold",
    "record_work",
    "require_free",
]
