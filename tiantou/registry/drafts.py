"""From what was typed to what a row will hold: cleaned, looked up, compared with what is there. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from tiantou.kernel.actor import OFFICIALS, Actor, Role
from tiantou.kernel.errors import Problem
from tiantou.kernel.forms import REFERENCES, Fault, clean
from tiantou.registry.finding import Finder
from tiantou.registry.kinds import Kind
from tiantou.registry.models import REGISTERS, Record

#: Columns that hold the key of another row, and the register where it is.
LINKS = {
    "holder": "party", "other": "party", "platform": "party", "category": "product", "product": "product", "site": "site",
}  # fmt: skip
_DATES = ("starts", "ends")
_DEGREES = ("longitude", "latitude")
_COLUMNS = {"code", "name", "name_en", "area", *LINKS, *_DATES, *_DEGREES}


@dataclass(slots=True)
class Draft:
    """What a row will hold: values of columns by attribute, and of `data`. `faults` is empty where it may be written."""

    columns: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    faults: list[Problem] = field(default_factory=list)
    #: Attributes and fields that were not mentioned: of a stored row they stay as they are.
    left_out: frozenset[str] = frozenset()

    def facts(self) -> dict[str, Any]:
        """Columns and data in one mapping, as `facts_of` gives them of a stored row."""
        return {**self.columns, **self.data}


def prepare(kind: Kind, raw: Mapping[str, Any], finder: Finder) -> Draft:
    """The draft of a row of `kind`; every fault that can be found without looking at other rows is in it."""
    values, faults = clean(kind.all_fields, raw)
    absent = [each.name for each in kind.all_fields if each.name not in raw]
    draft = Draft(faults=faults, left_out=frozenset({*absent, *map(_attribute, absent)}))
    own = {each.name: each for each in kind.fields}
    for name, value in values.items():
        try:
            if name == "identity":
                draft.columns["identity_hash"] = value and str(value)
            elif name in _COLUMNS:
                _place(draft, name, value, finder)
            elif value is not None:
                _look(own[name].type, value, finder)
                draft.data[name] = value
        except Fault as fault:
            draft.faults.append(Problem(name, fault.reason, fault.remedy))
    _hold_together(draft, kind)
    _keep_within(draft, finder)
    return draft


def _place(draft: Draft, name: str, value: Any, finder: Finder) -> None:
    columns = draft.columns
    if name == "area":
        columns["area_id"] = finder.area(value).pk if value else None
    elif name in LINKS:
        columns[f"{name}_id"] = finder.reference(LINKS[name], value) if value else None
    elif name in _DATES:
        columns[name] = date.fromisoformat(value) if value else None
    elif name in _DEGREES:
        columns[name] = Decimal(value).quantize(Decimal("0.000001")) if value else None
    else:
        columns[name] = value or ""


def _look(kind_of_field: str, value: Any, finder: Finder) -> None:
    if kind_of_field == "area":
        finder.area(value)
    elif kind_of_field in REFERENCES:
        finder.reference(kind_of_field, value)


def _hold_together(draft: Draft, kind: Kind) -> None:
    starts, ends = draft.columns.get("starts"), draft.columns.get("ends")
    if starts and ends and ends < starts:
        title = kind.field("ends").title
        draft.faults.append(Problem("ends", _("“{ends}”早于开始。").format(ends=title), _("请核对两个日期。")))
    if ("longitude" in draft.columns) and (draft.columns["longitude"] is None) != (draft.columns["latitude"] is None):
        draft.faults.append(Problem("latitude", _("经度和纬度只填了一个。"), _("两个都填，或都不填。")))
    if kind.identity == "certificate" and draft.columns.get("code"):
        draft.columns["code"] = draft.columns["code"].upper()


def _keep_within(draft: Draft, finder: Finder) -> None:
    """An officer of a district writes rows of the own district only."""
    by = finder.by
    if by.role in {Role.DISTRICT_OFFICER, Role.INSPECTOR} and draft.columns.get("area_id"):
        place = finder.place(draft.columns["area_id"])
        if place is not None and by.area_code not in {place.district_code, place.code}:
            draft.faults.append(
                Problem("area", _("{name}不在您负责的区县。").format(name=place.path), _("请交由所在区县登记。"))
            )


def facts_of(record: Record, kind: Kind) -> dict[str, Any]:
    """What a stored row holds, in the shape of `Draft.facts`."""
    names = [_attribute(each.name) for each in kind.all_fields if each.name in _COLUMNS or each.name == "identity"]
    own = {each.name for each in kind.fields}
    return {name: getattr(record, name) for name in names} | {k: v for k, v in record.data.items() if k in own}


def _attribute(name: str) -> str:
    if name == "identity":
        return "identity_hash"
    return f"{name}_id" if name == "area" or name in LINKS else name


def differences(record: Record, draft: Draft, kind: Kind) -> dict[str, list[Any]]:
    """`{attribute: [stored, drafted]}`; what was left out, a blank identity number or own code change nothing."""
    stored, drafted = facts_of(record, kind), draft.facts()
    kept = draft.left_out | {name for name in ("identity_hash", "code") if not drafted.get(name)}
    names = sorted((stored.keys() | drafted.keys()) - kept)
    return {name: [stored.get(name), drafted.get(name)] for name in names if stored.get(name) != drafted.get(name)}


def write_into(record: Record, draft: Draft, kind: Kind) -> None:
    """`record` (not yet saved) holds what the draft says; data that the kind does not know stays."""
    for name, value in draft.columns.items():
        if value or (name not in {"identity_hash", "code"} and (record.pk is None or name not in draft.left_out)):
            setattr(record, name, value)
    replaced = {each.name for each in kind.fields} - draft.left_out
    record.data = {k: v for k, v in record.data.items() if k not in replaced} | draft.data


def may_amend(actor: Actor, record: Record) -> bool:
    """Whether the actor may change this record: city officers all, district officers their area, others their own."""
    if actor.role in {Role.CITY_OFFICER, Role.SYSTEM}:
        return True
    if actor.role is Role.DISTRICT_OFFICER:
        return within(actor, record)
    if actor.role in OFFICIALS or not actor.signed_in:
        return False
    if record.status == "closed":
        return False
    own_party = actor.party_id is not None and actor.party_id in {record.holder_id, _own_key(record)}
    return own_party or (
        record.status == "draft" and actor.person_id is not None and record.registrant_id == actor.person_id
    )


def within(actor: Actor, record: Record) -> bool:
    """Whether the record lies in the area that the officer answers for."""
    area = record.area
    return area is not None and actor.area_code in {area.code, area.district.code if area.district else ""}


def _own_key(record: Record) -> int | None:
    return record.pk if isinstance(record, REGISTERS["party"]) else None
