"""The tables of quality, by noun: `commitments`, `quick_tests`."""

from tiantou.quality.models.commitments import Commitment, Style
from tiantou.quality.models.quick_tests import QuickTest

__all__ = ["Commitment", "QuickTest", "Style"]
