"""The verbs of production, by noun: `plots`, `lots`, `holds`, `imports`."""

from tiantou.production.services.holds import (
    LotOnHold,
    extend_hold,
    extend_holds,
    hold_input,
    hold_lots,
    hold_plot,
    lift,
    lift_because,
    lift_hold,
    place_hold,
    require_free,
    require_free_goods,
)
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
from tiantou.production.services.tracing import observed

__all__ = [
    "LotOnHold",
    "Output",
    "WithinInterval",
    "assign_standard",
    "derive_lot",
    "derive_lots",
    "extend_hold",
    "extend_holds",
    "hand_over",
    "harvest",
    "hold_input",
    "hold_lots",
    "hold_plot",
    "lay_out_plot",
    "lift",
    "lift_because",
    "lift_hold",
    "next_number",
    "observed",
    "place_hold",
    "record_work",
    "require_free",
    "require_free_goods",
]
