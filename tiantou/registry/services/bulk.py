"""Many rows at once, in few statements: what sheets and data files are taken in by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from tiantou.kernel import search
from tiantou.kernel.access import SYSTEM_ONLY
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Invalid, Problem
from tiantou.kernel.forms import from_base
from tiantou.kernel.verbs import verb
from tiantou.registry.drafts import LINKS, Draft, differences, may_amend, prepare, write_into
from tiantou.registry.finding import Finder
from tiantou.registry.kinds import Kind
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import REGISTERS, Record, Revision
from tiantou.registry.services.records import build, news, next_numbers, revision_of

CHUNK = 2000
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row as typed; `number` is its number in the sheet, from 1."""

    number: int
    values: Mapping[str, Any]


@dataclass(slots=True)
class Plan:
    """What taking the rows in would do."""

    creates: list[tuple[Row, Draft]] = field(default_factory=list)
    amends: list[tuple[Row, Draft, Record, dict[str, list[Any]]]] = field(default_factory=list)
    same: int = 0
    faults: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many records a load made, changed and found as they were."""

    created: int
    amended: int
    same: int


@verb(SYSTEM_ONLY)
def load_records(*, by: Actor, at: datetime, register: str, rows: Sequence[Mapping[str, Any]]) -> Loaded:
    """The records of a data file stand in the register, confirmed; loading it again changes nothing.

    A row has `kind`, `code`, `name`, `area` (code), columns of its table, and the kind's fields, either flat or below
    `data`; money in fen, mass in grams, as the field's name says. Rows are matched by code.

    A record that people have changed since stays as they made it.

    Raises: Invalid with one problem for each fault (`row` counts from 1); then nothing is loaded.
    """
    by_kind: dict[str, list[Row]] = {}
    for number, row in enumerate(rows, 1):
        flat = {**row, **row.get("data", {})}
        name = flat.pop("kind")
        flat.pop("data", None)
        kind = _known(register, name, number, flat)
        by_kind.setdefault(name, []).append(Row(number, from_base(kind.all_fields, flat)))
    done = Loaded(0, 0, 0)
    for name, of_kind in by_kind.items():
        kind = find_kind(register, name)
        planned = plan(kind, of_kind, by, at)
        if planned.faults:
            raise Invalid(problems=planned.faults)
        _leave_to_people(planned, register)
        carry_out(planned, kind, by, at)
        done = Loaded(done.created + len(planned.creates), done.amended + len(planned.amends), done.same + planned.same)
    return done


def _leave_to_people(planned: Plan, register: str) -> None:
    keys = [record.pk for _row, _draft, record, _differ in planned.amends]
    people = Revision.objects.filter(register=register, record_id__in=keys).exclude(role=Role.SYSTEM)
    touched = set(people.values_list("record_id", flat=True))
    kept = [amend for amend in planned.amends if amend[2].pk not in touched]
    planned.same += len(planned.amends) - len(kept)
    planned.amends = kept


def _known(register: str, name: str, number: int, flat: Mapping[str, Any]) -> Kind:
    try:
        kind = find_kind(register, name)
    except KeyError:
        raise Invalid(problems=[Problem("kind", f"there is no kind {register}/{name}", row=number)]) from None
    if unknown := flat.keys() - {each.name for each in kind.all_fields}:
        raise Invalid(
            problems=[
                Problem(name, f"{register}/{kind.name} has no such field", row=number) for name in sorted(unknown)
            ]
        )
    return kind


def plan(kind: Kind, rows: Sequence[Row], by: Actor, at: datetime, progress: Progress | None = None) -> Plan:
    """What taking `rows` in would do; every fault of every row is in it. Writes nothing."""
    finder = Finder(by, local_date(at))
    _prime(kind, rows, finder)
    drafts: list[tuple[Row, Draft]] = []
    for n, row in enumerate(rows):
        drafts.append((row, prepare(kind, row.values, finder)))
        if progress is not None and n % CHUNK == CHUNK - 1:
            progress(n + 1)
    _find_doubles(kind, drafts)
    stored = _Stored(kind, [draft for _row, draft in drafts], by)
    planned = Plan()
    for row, draft in drafts:
        _decide(planned, kind, row, draft, stored, by)
    return planned


def _decide(planned: Plan, kind: Kind, row: Row, draft: Draft, stored: _Stored, by: Actor) -> None:
    record = stored.match(draft)
    if isinstance(record, Problem):
        draft.faults.append(record)
        record = None
    elif record is not None and not may_amend(by, record):
        draft.faults.append(Problem("code", _("这个代码已由别人登记。"), _("请核对代码；确有错误，请联系所在区县。")))
    elif record is not None:
        draft.faults = [fault for fault in draft.faults if fault.field not in draft.left_out]
    if draft.faults:
        planned.faults += [replace(fault, row=row.number) for fault in draft.faults]
    elif record is None:
        planned.creates.append((row, draft))
    elif differ := differences(record, draft, kind):
        planned.amends.append((row, draft, record, differ))
    else:
        planned.same += 1


def carry_out(
    planned: Plan, kind: Kind, by: Actor, at: datetime, batch_id: int | None = None, progress: Progress | None = None
) -> None:
    """The plan's rows are written, each with its revision."""
    model = REGISTERS[kind.register]
    made = [build(kind, draft, by, at) for _row, draft in planned.creates]
    numberless = [record for record in made if not record.code]
    if numberless:
        for record, code in zip(numberless, next_numbers(kind, len(numberless)), strict=True):
            record.code = code
    for n in range(0, len(made), CHUNK):
        part = made[n : n + CHUNK]
        model.objects.bulk_create(part)
        Revision.objects.bulk_create(
            revision_of(record, by, at, news(draft), batch_id)
            for record, (_row, draft) in zip(part, planned.creates[n : n + CHUNK], strict=True)
        )
        if progress is not None:
            progress(n + len(part))
    _amend(planned, kind, by, at, batch_id)


def _amend(planned: Plan, kind: Kind, by: Actor, at: datetime, batch_id: int | None) -> None:
    changed = []
    for _row, draft, record, _differ in planned.amends:
        write_into(record, draft, kind)
        record.version += 1
        record.updated_at = at
        record.tokens = search.tokens(record.name, record.name_en)
        changed.append(record)
    if not changed:
        return
    columns = {name for _row, draft, _record, _differ in planned.amends for name in draft.columns}
    names = [*sorted(name.removesuffix("_id") for name in columns), "data", "tokens", "version", "updated_at"]
    REGISTERS[kind.register].objects.bulk_update(changed, names, batch_size=500)
    Revision.objects.bulk_create(
        [revision_of(record, by, at, differ, batch_id) for _row, _draft, record, differ in planned.amends],
        batch_size=CHUNK,
    )


def _prime(kind: Kind, rows: Iterable[Row], finder: Finder) -> None:
    """Everything that the rows refer to is looked up at once."""
    for each in kind.all_fields:
        register = LINKS.get(each.name) or (each.type if each.type in REGISTERS else "")
        if register:
            codes = (row.values.get(each.name) for row in rows)
            finder.prime(register, (str(code).strip() for code in codes if code))


def _find_doubles(kind: Kind, drafts: Sequence[tuple[Row, Draft]]) -> None:
    """The second row with the same code or identity number in one sheet is a fault."""
    seen: dict[tuple[str, Any], int] = {}
    for row, draft in drafts:
        for name, shown in (("code", "code"), ("identity_hash", "identity")):
            value = draft.columns.get(name)
            if not value:
                continue
            first = seen.setdefault((name, value), row.number)
            if first != row.number:
                title = kind.field(shown).title
                draft.faults.append(
                    Problem(
                        shown, _("“{title}”与第 {n} 行重复。").format(title=title, n=first), _("一个主体只留一行。")
                    )
                )


class _Stored:
    """The living records that the drafts may speak of, fetched in few queries."""

    def __init__(self, kind: Kind, drafts: Sequence[Draft], by: Actor) -> None:
        self.kind = kind
        rows = REGISTERS[kind.register].objects.living().select_related("area__district")
        codes = [draft.columns["code"] for draft in drafts if draft.columns.get("code")]
        hashes = [draft.columns["identity_hash"] for draft in drafts if draft.columns.get("identity_hash")]
        nameless = {
            draft.columns["name"] for draft in drafts if draft.columns.get("name") and not draft.columns.get("code")
        } if kind.identity == "number" else set()  # fmt: skip
        self.by_code = {record.code: record for part in _chunks(codes) for record in rows.filter(code__in=part)}
        self.by_hash = {}
        if hashes:
            self.by_hash = {r.identity_hash: r for part in _chunks(hashes) for r in rows.filter(identity_hash__in=part)}
        self.by_place = {}
        if nameless:
            mine = rows.filter(Q(kind=kind.name)).visible_to(by)
            self.by_place = {
                (r.name, r.area_id): r for part in _chunks(sorted(nameless)) for r in mine.filter(name__in=part)
            }

    def match(self, draft: Draft) -> Record | Problem | None:
        """The record that the draft speaks of, None for a new one, a problem where it may not be meant."""
        code, hashed = draft.columns.get("code"), draft.columns.get("identity_hash")
        found = self.by_code.get(code) if code else None
        if found is None and hashed:
            found = self.by_hash.get(hashed)
        if found is None and not code and not hashed:
            found = self.by_place.get((draft.columns.get("name"), draft.columns.get("area_id")))
        if found is not None and found.kind != self.kind.name:
            other = find_kind(self.kind.register, found.kind).title
            return Problem(
                "code", _("这个代码已登记为“{kind}”。").format(kind=other), _("请在那一类里修改，或核对代码。")
            )
        if found is None and self.kind.identity == "person" and not hashed:
            return Problem(
                "identity", _("没有编号，也没有身份证号。"), _("新登记的自然人要填身份证号；已登记的填 P- 编号。")
            )
        if found is None and code and self.kind.is_person and code.startswith(self.kind.prefix + "-"):
            return Problem("code", _("登记簿里没有编号 {code}。").format(code=code), _("新登记不用填编号。"))
        return found


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[n : n + CHUNK] for n in range(0, len(items), CHUNK))
