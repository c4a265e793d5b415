"""The tables of quality, by noun: `commitments`, `quick_tests`, `exits`, `gate`."""

from tiantou.quality.models.commitments import Commitment, Style
from tiantou.quality.models.exits import ExitPass, Occasion
from tiantou.quality.models.gate import GateDecision, GateEntry, Vendor
from tiantou.quality.models.quick_tests import QuickTest

__all__ = ["Commitment", "ExitPass", "GateDecision", "GateEntry", "Occasion", "QuickTest", "Style", "Vendor"]
