"""The verbs of quality, by what they act on: `commitments`, `quick_tests`, `exits`."""

from tiantou.quality.services.commitments import (
    ISSUERS,
    REVOKERS,
    SourcesUncovered,
    issue_commitment,
    reissue_commitment,
    revoke_commitment,
    style_for,
)
from tiantou.quality.services.exits import ASKERS, ExitRefused, permit_exit, require_exit
from tiantou.quality.services.gate import KEEPERS, EntryNotAllowed, decide_entry
from tiantou.quality.services.quick_tests import TESTERS, record_test

__all__ = [
    "ASKERS",
    "ISSUERS",
    "KEEPERS",
    "REVOKERS",
    "TESTERS",
    "EntryNotAllowed",
    "ExitRefused",
    "SourcesUncovered",
    "decide_entry",
    "issue_commitment",
    "permit_exit",
    "record_test",
    "reissue_commitment",
    "require_exit",
    "revoke_commitment",
    "style_for",
]
