"""The verbs of the register, the only writers of its tables."""

from __future__ import annotations

from tiantou.registry.services.bulk import Loaded, load_records
from tiantou.registry.services.imports import (
    ChangedSince,
    FaultyRows,
    check_batch,
    import_sheet,
    stage_sheet,
    take_batch,
    undo_import,
)
from tiantou.registry.services.links import designate, link_parties
from tiantou.registry.services.records import (
    AlreadyRegistered,
    PapersMissing,
    StaleVersion,
    amend_record,
    close_record,
    confirm_record,
    note_activity,
    register_record,
)

__all__ = [
    "AlreadyRegistered",
    "ChangedSince",
    "FaultyRows",
    "Loaded",
    "PapersMissing",
    "StaleVersion",
    "amend_record",
    "check_batch",
    "close_record",
    "confirm_record",
    "designate",
    "import_sheet",
    "link_parties",
    "load_records",
    "note_activity",
    "register_record",
    "stage_sheet",
    "take_batch",
    "undo_import",
]
