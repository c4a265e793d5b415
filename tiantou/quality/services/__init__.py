"""The verbs of quality, by what they act on: `commitments`, `quick_tests`."""

from tiantou.quality.services.commitments import (
    ISSUERS,
    REVOKERS,
    SourcesUncovered,
    issue_commitment,
    reissue_commitment,
    revoke_commitment,
    style_for,
)
from tiantou.quality.services.quick_tests import TESTERS, record_test

__all__ = [
    "ISSUERS",
    "REVOKERS",
    "TESTERS",
    "SourcesUncovered",
    "issue_commitment",
    "record_test",
    "reissue_commitment",
    "revoke_commitment",
    "style_for",
]
