"""One record: registered, amended, confirmed, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel import search
from tiantou.kernel.access import SIGNED_IN, allow
from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.clock import local_date
from tiantou.kernel.errors import Absent, Conflict, Invalid, NotPermitted, Problem
from tiantou.kernel.labels import label
from tiantou.kernel.verbs import verb
from tiantou.registry.drafts import Draft, differences, may_amend, prepare, within, write_into
from tiantou.registry.finding import Finder
from tiantou.registry.kinds import Kind
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import REGISTERS, Party, Record, Revision, Series, Site, Status
from tiantou.registry.rules import own_number

OFFICERS = allow(Role.DISTRICT_OFFICER, Role.CITY_OFFICER)
#: Officials who look and do not write.
_READERS = OFFICIALS - {Role.DISTRICT_OFFICER, Role.CITY_OFFICER}


class AlreadyRegistered(Conflict):
    """A living record has this code or this identity number."""

    code = "already-registered"


class StaleVersion(Conflict):
    """Somebody changed the record after the form was opened."""

    code = "stale-version"


class PapersMissing(Conflict):
    """Required papers were not seen."""

    code = "papers-missing"


@verb(SIGNED_IN)
def register_record(
    *, by: Actor, at: datetime, register: str, kind: str, values: Mapping[str, Any], key: str = ""
) -> Record:
    """A new record stands in the register: confirmed where an officer who may confirm it registers it, else a draft.

    `values` are as typed (yuan, kilograms, labels or codes), by field name. Whoever is no official registers for the
    own party; a station keeper registers villagers of the station's town.

    Raises: Invalid, AlreadyRegistered, NotPermitted, Absent (no such kind).
    """
    definition = kind_or_absent(register, kind)
    if by.role in _READERS:
        raise NotPermitted(roles=[Role.DISTRICT_OFFICER, Role.CITY_OFFICER])
    finder = Finder(by, local_date(at))
    draft = prepare(definition, values, finder)
    _settle_holder(draft, definition, by)
    _keep_near_station(draft, definition, finder, by)
    refuse(draft.faults)
    refuse_known(definition, draft)
    record = build(definition, draft, by, at)
    record.code = record.code or next_numbers(definition, 1)[0]
    record.save()
    write_revision(record, by, at, news(draft))
    return record


@verb(SIGNED_IN)
def amend_record(
    *, by: Actor, at: datetime, record: Record, version: int, values: Mapping[str, Any], key: str = ""
) -> Record:
    """The record holds the new values; what `values` does not name stays. Nothing changes where nothing differs.

    A holder's change to anything but the kind's free fields (telephone, address …) must be confirmed again.

    Raises: Absent, StaleVersion, Invalid, AlreadyRegistered.
    """
    stored = locked(record, by)
    if not may_amend(by, stored):
        raise Absent
    if stored.version != version:
        raise StaleVersion(_("您打开这一页以后，别人已经改过它。"), _("请重新打开，看过新内容再改。"))
    definition = find_kind(_register_of(stored), stored.kind)
    finder = Finder(by, local_date(at))
    draft = prepare(definition, {**typed_values(stored, definition), **values}, finder)
    if by.role not in OFFICIALS:
        _settle_holder(draft, definition, by)
    refuse(draft.faults)
    refuse_known(definition, draft, besides=stored.pk)
    differ = differences(stored, draft, definition)
    if not differ:
        return stored
    write_into(stored, draft, definition)
    if by.role not in OFFICIALS and by.role is not Role.SYSTEM and differ.keys() - set(definition.free):
        differ |= _stand(stored, Status.DRAFT)
    return save_change(stored, by, at, differ)


@verb(OFFICERS)
def confirm_record(
    *, by: Actor, at: datetime, record: Record, papers_seen: Sequence[str] = (), key: str = ""
) -> Record:
    """The record is confirmed and public; the papers that the officer saw are on record.

    Raises: Absent, NotPermitted (the kind is confirmed by the city), Conflict, PapersMissing.
    """
    stored = locked(record, by)
    definition = find_kind(_register_of(stored), stored.kind)
    if by.role is Role.DISTRICT_OFFICER and not within(by, stored):
        raise Absent
    if by.role is not Role.SYSTEM and by.role not in definition.confirmers:
        raise NotPermitted(_("“{kind}”由市级核实。").format(kind=definition.title), roles=sorted(definition.confirmers))
    if stored.status != Status.DRAFT:
        raise Conflict(_("这条登记现在是“{status}”，不需要核实。").format(status=stored.get_status_display()))
    missing = [paper for paper in definition.papers if paper.required and paper.name not in papers_seen]
    if missing and by.role is not Role.SYSTEM:
        names = "、".join(label(paper.label) for paper in missing)
        raise PapersMissing(_("还没有看过：{names}。").format(names=names), _("看过原件后勾选，再核实。"))
    changes = _stand(stored, Status.CONFIRMED)
    changes["papers_seen"] = [None, sorted(papers_seen)]
    return save_change(stored, by, at, changes)


@verb(SIGNED_IN)
def close_record(
    *, by: Actor, at: datetime, record: Record, reason: str, on: date | None = None, key: str = ""
) -> Record:
    """The record is closed from `on`; it stays readable and its code may be registered anew.

    Officers close records of their area, whoever registered a draft that draft. Raises: Absent, Conflict, Invalid.
    """
    stored = locked(record, by)
    if not may_amend(by, stored) or (by.role not in OFFICIALS | {Role.SYSTEM} and stored.status != Status.DRAFT):
        raise Absent
    if stored.status == Status.CLOSED:
        raise Conflict(_("它已经注销了。"))
    if not reason.strip():
        raise Invalid(problems=[Problem("reason", _("没有写原因。"), _("请写明为什么注销。"))])
    changes = _stand(stored, Status.CLOSED)
    ends = on or local_date(at)
    if stored.ends is None or stored.ends > ends:
        changes["ends"] = [stored.ends, ends]
        stored.ends = ends
    changes["reason"] = [None, reason.strip()]
    return save_change(stored, by, at, changes)


def note_activity(*, site: Site, on: date) -> None:
    """The site was active on that day: called by verbs that do something there, inside their transaction."""
    Site.objects.filter(pk=site.pk).exclude(last_active__gte=on).update(last_active=on)


# What the verbs share.


def kind_or_absent(register: str, kind: str) -> Kind:
    """The kind. Raises: Absent."""
    try:
        return find_kind(register, kind)
    except KeyError:
        raise Absent(_("登记簿里没有这一类。")) from None


def locked(record: Record, by: Actor) -> Record:
    """The row as it is now, locked, if the actor may see it. Raises: Absent."""
    rows = (
        type(record).objects.visible_to(by).select_for_update(of=("self",)).select_related("area__district", "holder")
    )
    stored: Record | None = rows.filter(pk=record.pk).first()
    if stored is None:
        raise Absent
    return stored


def refuse(faults: Sequence[Problem]) -> None:
    """Return if there are none. Raises: Invalid."""
    if faults:
        raise Invalid(problems=faults)


def refuse_known(kind: Kind, draft: Draft, besides: int | None = None) -> None:
    """Return if no other living record has this code or identity number. Raises: AlreadyRegistered, which names it."""
    rows = REGISTERS[kind.register].objects.exclude(pk=besides)
    if (code := draft.columns.get("code")) and (other := rows.living().filter(code=code).first()):
        raise AlreadyRegistered(
            _("代码 {code} 已经登记。").format(code=code),
            _("请在登记簿里查这个代码；要改内容，请修改那一条。"),
            problems=[Problem("code", _("已登记为“{kind}”。").format(kind=find_kind(kind.register, other.kind).title))],
        )
    if (hashed := draft.columns.get("identity_hash")) and rows.living().filter(identity_hash=hashed).exists():
        raise AlreadyRegistered(
            _("这个身份证号已经登记过。"), _("请本人核对已有的登记，不要重复登记。"),
            problems=[Problem("identity", _("已经登记过。"))],
        )  # fmt: skip


def build(kind: Kind, draft: Draft, by: Actor, at: datetime) -> Record:
    """A new row, not yet saved."""
    record = REGISTERS[kind.register](kind=kind.name, updated_at=at, registrant_id=by.person_id)
    write_into(record, draft, kind)
    if isinstance(record, Party) and kind.is_person:
        record.natural_person = (
            kind.identity == "person" or not record.code or record.code.startswith(kind.prefix + "-")
        )
    by_officer = by.role in kind.confirmers or by.role is Role.SYSTEM
    needs_papers = any(paper.required for paper in kind.papers) and by.role is not Role.SYSTEM
    record.status = Status.CONFIRMED if by_officer and not needs_papers else Status.DRAFT
    record.tokens = search.tokens(record.name, record.name_en)
    return record


def news(draft: Draft) -> dict[str, list[Any]]:
    """The changes of a new row: everything that is filled in."""
    return {name: [None, value] for name, value in draft.facts().items() if value is not None and value != ""}


def next_numbers(kind: Kind, count: int) -> list[str]:
    """The next own numbers of the kind's prefix; its row is locked until the transaction ends."""
    Series.objects.get_or_create(prefix=kind.prefix)
    series = Series.objects.select_for_update().get(prefix=kind.prefix)
    first = series.last + 1
    series.last += count
    series.save(update_fields=["last"])
    return [own_number(kind.prefix, number) for number in range(first, first + count)]


def save_change(record: Record, by: Actor, at: datetime, changes: dict[str, list[Any]]) -> Record:
    """The row is saved under its next version with a revision."""
    record.version += 1
    record.updated_at = at
    record.tokens = search.tokens(record.name, record.name_en)
    record.save()
    write_revision(record, by, at, changes)
    return record


def write_revision(
    record: Record, by: Actor, at: datetime, changes: Mapping[str, list[Any]], batch_id: int | None = None
) -> None:
    """A revision of the row's present version is on record."""
    revision_of(record, by, at, changes, batch_id).save(force_insert=True)


def revision_of(
    record: Record, by: Actor, at: datetime, changes: Mapping[str, list[Any]], batch_id: int | None
) -> Revision:
    """The revision, not yet saved. Neither identity hash nor dates as objects get into it."""
    plain = {name: [_plain(value) for value in pair] for name, pair in changes.items()}
    if "identity_hash" in plain:
        plain["identity_hash"] = ["***" if value else None for value in plain["identity_hash"]]
    return Revision(
        register=_register_of(record), record_id=record.pk, version=record.version, at=at,
        person_id=by.person_id, role=by.role, changes=plain, batch_id=batch_id,
    )  # fmt: skip


def typed_values(record: Record, kind: Kind) -> dict[str, Any]:
    """What a row holds, by field name, as `register_record` would take it."""
    from tiantou.registry.queries import values_of

    return values_of(record, kind)


def _stand(record: Record, status: Status) -> dict[str, list[Any]]:
    if record.status == status:
        return {}
    before, record.status = record.status, status
    return {"status": [before, status.value]}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)


def _register_of(record: Record) -> str:
    return record._meta.model_name or ""


def _settle_holder(draft: Draft, kind: Kind, by: Actor) -> None:
    """Whoever is no official registers for the own party, whatever was typed; a party has no holder."""
    if by.role in OFFICIALS or by.role is Role.SYSTEM or kind.register in {"party", "product", "document"}:
        return
    if by.party_id is None:
        raise NotPermitted(_("您还没有登记主体，不能替别人登记。"), _("请先登记您自己的主体。"))
    draft.columns["holder_id"] = by.party_id
    draft.faults = [fault for fault in draft.faults if fault.field != "holder"]


def _keep_near_station(draft: Draft, kind: Kind, finder: Finder, by: Actor) -> None:
    """A station keeper registers people of the station's own town: those whose papers can be seen at the counter."""
    if by.role is not Role.STATION_KEEPER or kind.register != "party" or by.site_id is None:
        return
    site = Site.objects.select_related("area").get(pk=by.site_id)
    mine, theirs = finder.place(site.area_id), finder.place(draft.columns.get("area_id"))
    if mine and theirs and not theirs.code.startswith(mine.code[:9]):
        draft.faults.append(
            Problem("area", _("{name}不在本站所在的乡镇。").format(name=theirs.path), _("请到当地服务站登记。"))
        )
