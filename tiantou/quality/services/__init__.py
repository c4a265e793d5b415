"""The verbs of quality, by what they act on: `commitments`, `quick_tests`, `exits`, `gate`, `laboratories`, `results`, `recalls`, `answers`, `drills`."""

from tiantou.quality.services.answers import answer_all_stopped, answer_recall
from tiantou.quality.services.collection import (
    COLLECTORS,
    Paper,
    collect_commitment,
    collect_paper,
    import_received,
    sweep_received,
)
from tiantou.quality.services.commitments import (
    ISSUERS,
    REVOKERS,
    QuantityExceeded,
    SourcesUncovered,
    issue_commitment,
    reissue_commitment,
    revoke_commitment,
    style_for,
)
from tiantou.quality.services.drills import DRILLERS, plan_drills, run_drill
from tiantou.quality.services.exchange import (
    READERS,
    bring_record,
    share_batch,
    shared,
)
from tiantou.quality.services.exits import (
    ASKERS,
    ExitRefused,
    permit_exit,
    require_exit,
)
from tiantou.quality.services.gate import KEEPERS, EntryNotAllowed, decide_entry
from tiantou.quality.services.laboratories import (
    LABORATORIES,
    SAMPLERS,
    Measured,
    NotAccredited,
    WrongStep,
    correct_report,
    file_report,
    receive_sample,
    send_sample,
    take_sample,
)
from tiantou.quality.services.marked_holds import hold_marked
from tiantou.quality.services.quick_tests import TESTERS, record_test
from tiantou.quality.services.recalls import (
    OPENERS,
    ORDERERS,
    close_recall,
    extend_recall,
    extend_recalls,
    open_recall,
    release_recall,
    start_recall,
)
from tiantou.quality.services.results import check_results, import_results
from tiantou.quality.services.runs import import_commitments, issue_commitments, print_copies
from tiantou.quality.services.scopes import Mark

__all__ = [
    "ASKERS",
    "COLLECTORS",
    "DRILLERS",
    "ISSUERS",
    "KEEPERS",
    "LABORATORIES",
    "OPENERS",
    "ORDERERS",
    "READERS",
    "REVOKERS",
    "SAMPLERS",
    "TESTERS",
    "EntryNotAllowed",
    "ExitRefused",
    "Mark",
    "Measured",
    "NotAccredited",
    "Paper",
    "QuantityExceeded",
    "SourcesUncovered",
    "WrongStep",
    "answer_all_stopped",
    "answer_recall",
    "bring_record",
    "check_results",
    "close_recall",
    "collect_commitment",
    "collect_paper",
    "correct_report",
    "decide_entry",
    "extend_recall",
    "extend_recalls",
    "file_report",
    "hold_marked",
    "import_commitments",
    "import_received",
    "import_results",
    "issue_commitment",
    "issue_commitments",
    "open_recall",
    "permit_exit",
    "plan_drills",
    "print_copies",
    "receive_sample",
    "record_test",
    "reissue_commitment",
    "release_recall",
    "require_exit",
    "revoke_commitment",
    "run_drill",
    "send_sample",
    "share_batch",
    "shared",
    "start_recall",
    "style_for",
    "sweep_received",
    "take_sample",
]
