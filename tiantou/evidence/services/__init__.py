"""The verbs of the log, by noun; callers import them from here."""

from tiantou.evidence.services.checking import check_log
from tiantou.evidence.services.erasure import attach_personal, erase_salt
from tiantou.evidence.services.sequencing import append_all, append_leaves
from tiantou.evidence.services.signing import accept_cosignature, rotate_key, sign_checkpoint

__all__ = [
    "accept_cosignature",
    "append_all",
    "append_leaves",
    "attach_personal",
    "check_log",
    "erase_salt",
    "rotate_key",
    "sign_checkpoint",
]
