"""The tables of quality, by noun: `commitments`, `quick_tests`, `exits`, `gate`, `laboratories`, `recalls`."""

from tiantou.quality.models.commitments import Commitment, Style
from tiantou.quality.models.exchange import ExchangeAccess
from tiantou.quality.models.exits import ExitPass, Occasion
from tiantou.quality.models.gate import GateDecision, GateEntry, Vendor
from tiantou.quality.models.laboratories import (
    Method,
    Purpose,
    Report,
    ReportLine,
    Sample,
    SampleState,
)
from tiantou.quality.models.quick_tests import QuickTest
from tiantou.quality.models.recalls import (
    DrillPlan,
    Recall,
    RecallAnswer,
    RecallLevel,
    RecallLine,
    RecallLot,
    RecallNotice,
    RecallState,
)
from tiantou.quality.models.received import Form, Received
from tiantou.quality.models.runs import (
    IssueRun,
    PrintLine,
    PrintRun,
    Stock,
)

__all__ = [
    "Commitment",
    "DrillPlan",
    "ExchangeAccess",
    "ExitPass",
    "Form",
    "GateDecision",
    "GateEntry",
    "IssueRun",
    "Method",
    "Occasion",
    "PrintLine",
    "PrintRun",
    "Purpose",
    "QuickTest",
    "Recall",
    "RecallAnswer",
    "RecallLevel",
    "RecallLine",
    "RecallLot",
    "RecallNotice",
    "RecallState",
    "Received",
    "Report",
    "ReportLine",
    "Sample",
    "SampleState",
    "Stock",
    "Style",
    "Vendor",
]
