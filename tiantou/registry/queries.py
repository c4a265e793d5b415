"""Reads over the register. Whoever may not see a person sees the masked name, in lists, details, searches, exports and the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from tiantou.areas.models import Area
from tiantou.kernel import search
from tiantou.kernel.actor import Actor, Role
from tiantou.kernel.errors import Absent
from tiantou.kernel.forms import Field, typed
from tiantou.registry.drafts import LINKS, within
from tiantou.registry.kinds import Kind, kinds
from tiantou.registry.kinds import kind as find_kind
from tiantou.registry.models import (
    REGISTERS,
    Certificate,
    Designation,
    Link,
    Party,
    Record,
    RecordQuerySet,
    Revision,
    Status,
)
from tiantou.registry.rules import Validity, validity

#: Sort orders that a list offers; each ends in a unique column, so that pages neither repeat nor skip a row.
SORTS = {
    "name": ("name", "pk"),
    "code": ("code", "pk"),
    "area": ("area__code", "name", "pk"),
    "new": ("-updated_at", "-pk"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for: a query, a district, a status, a day for the kind, values of fields, and an order."""

    q: str = ""
    district: str = ""
    status: str = ""
    on: date | None = None
    choices: Mapping[str, str] | None = None
    sort: str = "name"


def values_of(record: Record, kind: Kind) -> dict[str, Any]:
    """What a row holds, by field name, as a person would type it (codes for references, yuan, kilograms); never the identity."""
    values: dict[str, Any] = {}
    own = {each.name for each in kind.fields}
    for field in kind.all_fields:
        if field.name in own:
            values[field.name] = typed(field, record.data.get(field.name))
        elif field.name == "area":
            values["area"] = record.area.code if record.area else ""
        elif field.name in LINKS:
            linked = getattr(record, field.name)
            values[field.name] = linked.code if linked else ""
        else:
            values[field.name] = "" if field.name == "identity" else getattr(record, field.name)
    return values


def sees_person(actor: Actor, record: Record) -> bool:
    """Whether the actor sees names and personal fields: region-wide officials, officers of the area, holder and registrant."""
    if actor.region_wide:
        return True
    if actor.role in {Role.DISTRICT_OFFICER, Role.INSPECTOR} and within(actor, record):
        return True
    if actor.party_id is not None and actor.party_id == (record.pk if isinstance(record, Party) else record.holder_id):
        return True
    return actor.person_id is not None and actor.person_id == record.registrant_id


def shown_name(actor: Actor, record: Record) -> str:
    """The record's name as the actor may read it: a natural person's is masked for others."""
    if isinstance(record, Party) and record.natural_person and not sees_person(actor, record):
        return record.masked_name()
    return record.name


def shown_fields(actor: Actor, record: Record, kind: Kind) -> list[Field]:
    """The fields that the actor may read; the identity number nobody."""
    everything = sees_person(actor, record)
    return [field for field in kind.all_fields if field.type != "identity" and (everything or field.open)]


def of_kind(kind: Kind, actor: Actor, on: date | None = None) -> RecordQuerySet:
    """Records that are of the kind, or were on a day, among those the actor sees."""
    rows: RecordQuerySet = REGISTERS[kind.register].objects.visible_to(actor)
    further = Designation.objects.filter(register=kind.register, kind=kind.name)
    if on is None:
        further = further.filter(ends=None)
        return (
            rows.filter(Q(kind=kind.name) | Q(pk__in=further.values("record_id")))
            if further.exists()
            else rows.filter(kind=kind.name)
        )
    further = further.filter(Q(ends=None) | Q(ends__gt=on), starts__lte=on)
    there = Q(kind=kind.name) & (Q(starts=None) | Q(starts__lte=on)) & (Q(ends=None) | Q(ends__gt=on))
    return rows.filter(there | Q(pk__in=further.values("record_id")))


def listed(kind: Kind, actor: Actor, asked: Asked) -> QuerySet[Record]:
    """The list of a kind as asked for, in its order."""
    rows = of_kind(kind, actor, asked.on).defer("tokens")
    rows = rows.filter(status=asked.status) if asked.status in Status.values else rows.living()
    if asked.q:
        rows = searched(rows, asked.q, actor)
    if asked.district:
        # By key and not by code: a join with all areas would cost more than the list itself.
        district = list(Area.objects.filter(code=asked.district).values_list("pk", flat=True))
        rows = rows.filter(Q(area__district__in=district) | Q(area__in=district))
    for name, value in (asked.choices or {}).items():
        rows = _having(rows, kind.field(name), value)
    order: tuple[str, ...] = SORTS.get(asked.sort, SORTS["name"])
    if asked.q and asked.sort == "name":
        rows, order = rows.annotate(rank=search.rank(asked.q)), ("rank", *order)
    found: QuerySet[Record] = rows.order_by(*order)
    return found


def _having(rows: RecordQuerySet, field: Field, value: str) -> RecordQuerySet:
    if field.type == "boolean":
        return rows.filter(**{f"data__{field.name}": value == "true"})
    if field.type == "choices":
        return rows.filter(data__contains={field.name: [value]})
    if field.type == "integer":
        return rows.filter(**{f"data__{field.name}": int(value)}) if value.isdigit() else rows.none()
    return rows.filter(**{f"data__{field.name}": value})


def searched(rows: RecordQuerySet, q: str, actor: Actor) -> RecordQuerySet:
    """Rows that answer a query by words, pinyin, initials or the beginning of a code.

    People whom the actor may not see by name are not found by name either: a hit would give the name away.
    """
    # A code has no Chinese characters; asking for one beside the name would make the database open every hit.
    may_be_code = len(q.strip()) > 1 and q.isascii()
    by_code = Q(code__startswith=search.normal(q).upper().replace(" ", "")) if may_be_code else Q(pk__in=[])
    by_name = search.matching(q)
    if rows.model is Party and not actor.region_wide:
        known = Q(natural_person=False)
        if actor.party_id is not None:
            known |= Q(pk=actor.party_id)
        if actor.person_id is not None:
            known |= Q(registrant_id=actor.person_id)
        if actor.role in {Role.DISTRICT_OFFICER, Role.INSPECTOR} and actor.area_code:
            known |= Q(area__code=actor.area_code) | Q(area__district__code=actor.area_code)
        by_name &= known
    return rows.filter(by_name | by_code)


def find(register: str, q: str, actor: Actor, kind: str | None = None, limit: int = 20) -> list[Record]:
    """The living records that answer a query best: exact names and codes, then beginnings, then the others.

    Three short scans rather than a sort of all hits: 合作社 alone has tens of thousands.
    """
    if not search.query_tokens(q):
        return []
    rows = REGISTERS[register].objects.visible_to(actor).living().select_related("area__district").defer("tokens")
    rows = searched(rows.filter(kind=kind) if kind else rows, q, actor)
    word = q.strip()
    found: list[Record] = []
    for condition in (
        Q(name=word) | Q(code=word.upper()),
        Q(name__startswith=word) | Q(code__startswith=word.upper()),
        Q(),
    ):
        part = rows.filter(condition).exclude(pk__in=[record.pk for record in found])[: limit - len(found)]
        found += sorted(part, key=lambda record: (record.name, record.pk))
        if len(found) == limit:
            break
    return found


def find_everywhere(q: str, actor: Actor, limit: int = 5) -> dict[str, list[Record]]:
    """The best hits of every register, by register; registers without a hit are left out."""
    found = {register: find(register, q, actor, limit=limit) for register in REGISTERS}
    return {register: records for register, records in found.items() if records}


def get(register: str, code: str, actor: Actor) -> Record:
    """The living record with this code, else the last closed one, if the actor sees it. Raises: Absent."""
    if register not in REGISTERS:
        raise Absent
    linked = [name for name in LINKS if name in {field.name for field in REGISTERS[register]._meta.get_fields()}]
    rows = REGISTERS[register].objects.visible_to(actor).filter(code=code).select_related("area__district", *linked)
    record: Record | None = rows.living().first() or rows.order_by("-pk").first()
    if record is None:
        raise Absent
    return record


def party_by_code(code: str) -> Party:
    """The living party with this code, for other packages' verbs. Raises: Absent."""
    party: Party | None = Party.objects.living().filter(code=code).first()
    if party is None:
        raise Absent
    return party


def counts_by_kind(actor: Actor) -> dict[tuple[str, str], int]:
    """How many living records of each kind the actor sees."""
    counts: dict[tuple[str, str], int] = {}
    for register, model in REGISTERS.items():
        rows = model.objects.visible_to(actor).living().values_list("kind").annotate(n=Count("pk")).order_by()
        counts |= {(register, name): n for name, n in rows}
    return counts


def count_by_district(register: str, kind: str, on: date | None = None, actor: Actor | None = None) -> dict[str, int]:
    """Confirmed records of a kind by code of the district they lie in today; with `on`, those that were of the kind that day."""
    rows = of_kind(find_kind(register, kind), actor or Actor(), on).filter(status=Status.CONFIRMED)
    return {code: n for code, n in district_counts(rows).items() if code}


def district_counts(rows: QuerySet[Record]) -> dict[str, int]:
    """Rows by code of their district; rows without a place stand under the empty text."""
    counted = dict(rows.order_by().values_list(Coalesce("area__district_id", "area_id")).annotate(n=Count("*")))
    codes = dict(Area.objects.filter(pk__in=[pk for pk in counted if pk]).values_list("pk", "code"))
    found: dict[str, int] = {}
    for pk, n in counted.items():  # a district that was renamed has two rows and one code
        code = codes.get(pk, "")
        found[code] = found.get(code, 0) + n
    return found


def page_of(rows: QuerySet[Record], first: int, last: int, joined: Iterable[str]) -> list[Record]:
    """Rows `first` to `last` (exclusive) of a list with what is shown beside them.

    The keys are found before anything is joined: else a late page would join every row before it.
    """
    keys = list(rows.values_list("pk", flat=True)[first:last])
    found = rows.model._default_manager.select_related(*joined).defer("tokens").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def district_names(codes: Iterable[str]) -> dict[str, str]:
    """Names by code."""
    return dict(Area.objects.filter(code__in=list(codes)).order_by("starts").values_list("code", "name"))


def last_change(kind: Kind) -> Any:
    """When a record of the kind last changed; None where there is none."""
    return REGISTERS[kind.register].objects.filter(kind=kind.name).aggregate(at=Max("updated_at"))["at"]


def history(record: Record) -> list[Revision]:
    """The record's revisions, newest first. Whoever sees the record sees them, each field as `shown_fields` allows."""
    register = record._meta.model_name or ""
    return list(Revision.objects.filter(register=register, record_id=record.pk).order_by("-version", "-pk")[:200])


def designations(record: Record) -> list[Designation]:
    """The further kinds of the record, newest first."""
    register = record._meta.model_name or ""
    return list(Designation.objects.filter(register=register, record_id=record.pk).order_by("-starts"))


def links_of(party: Party, actor: Actor) -> list[Link]:
    """The party's links that the actor sees."""
    rows = Link.objects.visible_to(actor).filter(Q(subject=party) | Q(object=party))
    return list(
        rows.select_related("subject__area__district", "object__area__district").order_by("kind", "-starts")[:200]
    )


def held_by(party: Party, actor: Actor, limit: int = 20) -> dict[str, list[Record]]:
    """What the party holds, by register: sites, brands, certificates, shops …"""
    held = {}
    for register, model in REGISTERS.items():
        if register != "party":
            rows = list(model.objects.visible_to(actor).living().filter(holder=party).order_by("kind", "name")[:limit])
            if rows:
                held[register] = rows
    return held


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer of the public check of a certificate."""

    validity: Validity
    certificate: Certificate | None = None
    kind: Kind | None = None
    days_left: int | None = None


def check_certificate(number: str, on: date) -> Checked:
    """How the certificate with this number stands on a day; a draft is told from an unknown number by nothing."""
    code = search.normal(number).upper()
    rows = Certificate.objects.filter(code=code).select_related("holder", "area__district")
    found = rows.living().first() or rows.order_by("-pk").first()
    if found is None or found.status == Status.DRAFT:
        return Checked(Validity.UNKNOWN)
    standing = validity(status=found.status, starts=found.starts, ends=found.ends, on=on)
    left = (found.ends - on).days if standing is Validity.VALID and found.ends else None
    return Checked(standing, found, find_kind("certificate", found.kind), left)


def kinds_by_group(register: str) -> dict[str, list[Kind]]:
    """The kinds of a register by group, in their order."""
    from tiantou.kernel.labels import label

    grouped: dict[str, list[Kind]] = {}
    for each in kinds(register):
        grouped.setdefault(label(each.group), []).append(each)
    return grouped
