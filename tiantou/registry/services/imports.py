"""A sheet is taken in: read and staged, checked, taken, and undone. Identity numbers are hashed before anything is kept."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel.access import allow
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Absent, Conflict, Invalid, Problem
from tiantou.kernel.forms import Fault, IdentityHash, identity_hash
from tiantou.kernel.verbs import verb
from tiantou.registry.drafts import LINKS
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import REGISTERS, Batch, BatchState, Link, Record, Revision, Status
from tiantou.registry.services.bulk import Plan, Row, carry_out, plan
from tiantou.registry.services.records import kind_or_absent, revision_of
from tiantou.registry.sheets import reading

IMPORTERS = allow(Role.DISTRICT_OFFICER, Role.CITY_OFFICER, Role.FARMER, Role.STATION_KEEPER)
#: A sheet of so many rows is checked while the person waits; a longer one by the worker.
AT_ONCE = 2000
_SHOWN = 5


class FaultyRows(Conflict):
    """The sheet has faulty rows, and the person chose to take all or nothing."""

    code = "faulty-rows"


class ChangedSince(Conflict):
    """What the import wrote has been changed or used since; the problems say what."""

    code = "changed-since"


@verb(IMPORTERS)
def stage_sheet(
    *, by: Actor, at: datetime, register: str, kind: str, file_name: str, content: bytes, key: str = ""
) -> Batch:
    """The sheet's rows are kept for checking; nothing is in the register yet.

    Raises: Absent (no such kind), TooLarge, Unreadable, Invalid (columns).
    """
    definition = kind_or_absent(register, kind)
    sheet = reading.read(definition, file_name, content)
    if "identity" in sheet.columns:
        for _number, values in sheet.rows:
            values["identity"] = _hidden(values.get("identity"))
    staged = json.dumps({"columns": sheet.columns, "rows": sheet.rows}, ensure_ascii=False, separators=(",", ":"))
    batch: Batch = Batch.objects.create(
        register=register, kind=kind, file_name=file_name[-200:], sha256=hashlib.sha256(content).hexdigest(), at=at,
        person_id=by.person_id, actor=_actor(by), total=len(sheet.rows), staged=zlib.compress(staged.encode(), 1),
    )  # fmt: skip
    return batch


def check_batch(*, by: Actor, at: datetime, batch: Batch) -> Batch:
    """Every row of a staged sheet is judged; what taking it would do is in the batch. Nothing is in the register yet."""
    if batch.state not in {BatchState.CHECKING, BatchState.CHECKED}:
        raise Conflict(_("这批已经“{state}”。").format(state=batch.get_state_display()))
    planned = _plan(batch, by, at, progress=True)
    _count(batch, planned)
    batch.state, batch.done = BatchState.CHECKED, batch.total
    batch.save()
    return batch


@verb(IMPORTERS)
def take_batch(*, by: Actor, at: datetime, batch: Batch, accept: str = "all", key: str = "") -> Batch:
    """The rows of a checked sheet stand in the register, each with its revision.

    `accept="all"`: every row, or none where one is faulty. `accept="good"`: the faultless rows; the others are reported.

    Raises: Absent, Conflict (not checked, or taken already), FaultyRows.
    """
    batch = _locked(batch, by)
    if batch.state not in {BatchState.CHECKED, BatchState.TAKING}:
        raise Conflict(_("这批现在是“{state}”，不能登记。").format(state=batch.get_state_display()))
    planned = _plan(batch, by, at)
    _count(batch, planned)
    if planned.faults and accept != "good":
        raise FaultyRows(
            _("有 {n} 行有问题，一行都没有登记。").format(n=batch.faulty),
            _("改好再上传，或选择“只登记没有问题的行”。"),
            problems=planned.faults[:_SHOWN],
        )
    carry_out(planned, find_kind(batch.register, batch.kind), by, at, batch.pk)
    batch.state, batch.accept, batch.taken_at = BatchState.TAKEN, accept, at
    batch.save()
    return batch


def import_sheet(
    *, by: Actor, at: datetime, register: str, kind: str, file_name: str, content: bytes,
    dry_run: bool = True, accept: str = "all",
) -> Batch:  # fmt: skip
    """A sheet staged, checked and, unless it is a dry run, taken, in one call (API, commands, small sheets).

    Raises: as `stage_sheet` and `take_batch`.
    """
    batch = stage_sheet(by=by, at=at, register=register, kind=kind, file_name=file_name, content=content)
    if dry_run:
        return check_batch(by=by, at=at, batch=batch)
    batch.state = BatchState.CHECKED
    batch.save(update_fields=["state"])
    return take_batch(by=by, at=at, batch=batch, accept=accept)


@verb(IMPORTERS)
def undo_import(*, by: Actor, at: datetime, batch: Batch, key: str = "") -> Batch:
    """What the import made is closed and what it changed is as before.

    Raises: Absent, Conflict (not taken), ChangedSince naming the rows that were changed or used since.
    """
    batch = _locked(batch, by)
    if batch.state != BatchState.TAKEN:
        raise Conflict(_("这批现在是“{state}”，没有可撤销的。").format(state=batch.get_state_display()))
    model = REGISTERS[batch.register]
    written = {revision.record_id: revision for revision in Revision.objects.filter(batch_id=batch.pk)}
    rows = model.objects.select_for_update().filter(pk__in=written).order_by("pk")
    records: list[Record] = list(rows)
    if faults := _later(batch, records, written):
        raise ChangedSince(
            _("这批里有 {n} 条后来改过或被用到，不能整批撤销。").format(n=len(faults)),
            _("请逐条修改或注销。"), problems=faults,
        )  # fmt: skip
    _put_back(batch, records, written, by, at)
    batch.state = BatchState.UNDONE
    batch.save(update_fields=["state"])
    return batch


def begin_taking(*, batch: Batch) -> bool:
    """The batch waits for the worker to take it; False where somebody asked for that already."""
    return bool(Batch.objects.filter(pk=batch.pk, state=BatchState.CHECKED).update(state=BatchState.TAKING))


def stop_taking(*, batch: Batch) -> None:
    """The batch waits for its person again."""
    Batch.objects.filter(pk=batch.pk, state=BatchState.TAKING).update(state=BatchState.CHECKED)


def fail_batch(*, batch: Batch, reason: str) -> None:
    """The batch says that it could not be done, and why."""
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.FAILED, problems=[asdict(Problem("", reason))])


def staged_rows(batch: Batch) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    """Columns and rows as read from the sheet; identity numbers are hashes in a mapping."""
    staged = json.loads(zlib.decompress(bytes(batch.staged)))
    return staged["columns"], [(number, values) for number, values in staged["rows"]]


def actor_of(batch: Batch) -> Actor:
    """Who uploaded the sheet, in the role of then."""
    return Actor(**{**batch.actor, "role": Role(batch.actor["role"])})


def _plan(batch: Batch, by: Actor, at: datetime, *, progress: bool = False) -> Plan:
    definition = find_kind(batch.register, batch.kind)
    rows = [Row(number, _shown(values)) for number, values in staged_rows(batch)[1]]

    def told(done: int) -> None:
        Batch.objects.filter(pk=batch.pk).update(done=done)

    return plan(definition, rows, by, at, told if progress else None)


def _count(batch: Batch, planned: Plan) -> None:
    batch.created, batch.amended, batch.same = len(planned.creates), len(planned.amends), planned.same
    batch.faulty = len({fault.row for fault in planned.faults})
    batch.problems = [asdict(fault) for fault in planned.faults]


def _hidden(raw: Any) -> Any:
    """What is kept of an identity number as typed: its hash, or what was wrong with it; never the number."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, float):
        raw = int(raw)
    try:
        return {"hash": str(identity_hash(raw))}
    except Fault as fault:
        return {"reason": fault.reason, "remedy": fault.remedy}


def _shown(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """A staged row as `plan` takes it."""
    hidden = values.get("identity")
    if isinstance(hidden, dict):
        # A number that was wrong when it was read is wrong again in the same words.
        return {**values, "identity": IdentityHash(hidden["hash"]) if "hash" in hidden else "?"}
    return values


def _actor(by: Actor) -> dict[str, Any]:
    return {**asdict(by), "role": by.role.value}


def _locked(batch: Batch, by: Actor) -> Batch:
    found: Batch | None = Batch.objects.visible_to(by).select_for_update().filter(pk=batch.pk).first()
    if found is None:
        raise Absent
    return found


def _later(batch: Batch, records: list[Record], written: Mapping[int, Revision]) -> list[Problem]:
    """What happened to the import's records afterwards."""
    faults = [
        Problem(record.code, _("“{name}”后来又改过。").format(name=record.name))
        for record in records
        if record.version != written[record.pk].version
    ]
    made = {record.pk: record for record in records if written[record.pk].version == 1}
    for register, model in REGISTERS.items():
        for name, target in LINKS.items():
            if target != batch.register or not any(each.name == name for each in model._meta.get_fields()):
                continue
            users = model.objects.living().filter(**{f"{name}__in": list(made)})
            if register == batch.register:
                users = users.exclude(pk__in=made)
            faults += [_used(made[getattr(user, f"{name}_id")], str(user)) for user in users[:_SHOWN]]
    if batch.register == "party":
        as_subject = Link.objects.filter(subject__in=list(made)).select_related("object")[:_SHOWN]
        as_object = Link.objects.filter(object__in=list(made)).select_related("subject")[:_SHOWN]
        faults += [_used(made[link.subject_id], str(link.object)) for link in as_subject]
        faults += [_used(made[link.object_id], str(link.subject)) for link in as_object]
    return faults


def _used(record: Record, user: str) -> Problem:
    return Problem(record.code, _("“{name}”已被“{user}”用到。").format(name=record.name, user=user))


def _put_back(batch: Batch, records: list[Record], written: Mapping[int, Revision], by: Actor, at: datetime) -> None:
    revisions, columns = [], set()
    for record in records:
        changes = written[record.pk].changes
        record.version += 1
        record.updated_at = at
        if written[record.pk].version == 1:
            undone = {"status": [record.status, Status.CLOSED.value]}
            record.status = Status.CLOSED
        else:
            undone = {name: [new, old] for name, (old, new) in changes.items()}
            columns |= _restore(record, changes)
        revisions.append(revision_of(record, by, at, {**undone, "undo_of": [None, batch.pk]}, None))
    names = ["status", "data", "version", "updated_at", *sorted(columns)]
    REGISTERS[batch.register].objects.bulk_update(records, names, batch_size=500)
    Revision.objects.bulk_create(revisions, batch_size=2000)


def _restore(record: Record, changes: Mapping[str, list[Any]]) -> set[str]:
    """The row holds what it held before; returns the columns that were set. Raises: Invalid for an identity number."""
    if "identity_hash" in changes:
        raise Invalid(problems=[Problem(record.code, _("身份证号的改动不能撤销，因为号码没有保存。"))])
    columns = set()
    attributes = {field.attname for field in record._meta.concrete_fields}
    for name, (old, _new) in changes.items():
        if name not in attributes:
            record.data = {k: v for k, v in {**record.data, name: old}.items() if v is not None}
            continue
        value = old
        if name in {"starts", "ends"} and old:
            value = date.fromisoformat(old)
        elif name in {"longitude", "latitude"} and old:
            value = Decimal(old)
        setattr(record, name, value)
        columns.add(name.removesuffix("_id"))
    return columns
